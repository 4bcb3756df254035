"""The life of a grant at the command line: recorded, amended, suspended, withdrawn, and who relied on it."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clearance.demo import media

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clearance.conftest import Studio, Typed

GRANT = """\
signed_on: 2026-02-01
scope:
  projects: [SHORE]
  characters: any
  scenes: any
  use_categories: any
  media: [streaming]
  territories: [US]
  expires_on: 2026-12-31
  replica_kinds: any
  modalities: any
"""
USE = ("--project", "SHORE", "--territory", "US")


@pytest.fixture
def typed(clearance: Callable[..., Typed], tmp_path: Path) -> Callable[..., Typed]:
    """Return the command line of a home of its own."""
    home = tmp_path / "home"
    assert clearance("--home", home, "init").code == 0
    return lambda *arguments: clearance("--home", home, *arguments)


@pytest.fixture
def performer(typed: Callable[..., Typed]) -> str:
    return typed("performer", "add", "Ada Vale").out.strip()


@pytest.fixture
def grant(typed: Callable[..., Typed], performer: str, tmp_path: Path) -> str:
    (tmp_path / "grant.yaml").write_text(GRANT)
    return typed("consent", "grant", performer, tmp_path / "grant.yaml").out.strip()


def test_an_amendment_is_another_version_from_its_day_on(
    typed: Callable[..., Typed], performer: str, grant: str, tmp_path: Path
) -> None:
    file = tmp_path / "amendment.yaml"
    file.write_text("signed_on: 2026-06-01\nscope:\n  media: [streaming, theatrical]\n")
    done = typed("consent", "amend", grant, file)
    assert done.out.strip() == f"{grant}: version 2, in effect from 2026-06-01", done
    theatrical = ("consent", "check", performer, *USE, "--media", "theatrical")
    assert typed(*theatrical, "--at", "2026-05-31").code == 1
    assert typed(*theatrical, "--at", "2026-06-01").code == 0
    shown = json.loads(typed("consent", "show", grant, "--at", "2026-05-31", "--json").out)
    assert (shown["version"], shown["scope"]["media"]) == (1, ["streaming"])
    assert [version["number"] for version in shown["versions"]] == [1, 2]
    file.write_text("scope:\n  expires_on: 2025-01-01\n")
    refused = typed("consent", "amend", grant, file)
    assert refused.code == 2
    assert "amendment.yaml:2" in refused.err


def test_suspension_and_withdrawal_count_from_their_days(
    typed: Callable[..., Typed], performer: str, grant: str
) -> None:
    streaming = ("consent", "check", performer, *USE, "--media", "streaming")
    assert typed("consent", "suspend", grant, "--on", "2026-04-01", "--reason", "strike").code == 0
    assert typed("consent", "resume", grant, "--on", "2026-05-01").code == 0
    assert typed("consent", "revoke", grant, "--on", "2026-08-01").out == f"{grant}: withdrawn from 2026-08-01\n"
    days = {"2026-03-31": 0, "2026-04-01": 1, "2026-05-01": 0, "2026-07-31": 0, "2026-08-01": 1}
    assert {day: typed(*streaming, "--at", day).code for day in days} == days
    assert "(strike)" in typed(*streaming, "--at", "2026-04-15").out
    again = typed("consent", "resume", grant, "--on", "2026-09-01")
    assert again.code == 2
    assert "record a new grant" in again.err


def test_before_it_was_recorded_nothing_was_known(
    typed: Callable[..., Typed], performer: str, grant: str, tmp_path: Path
) -> None:
    streaming = ("consent", "check", performer, *USE, "--media", "streaming", "--at", "2026-03-01")
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    done = typed(*streaming, "--known-at", yesterday)
    assert done.code == 1
    assert "as known at" in done.out
    assert typed(*streaming, "--known-at", (datetime.now(UTC) + timedelta(days=1)).isoformat()).code == 0
    assert json.loads(typed("consent", "list", "--known-at", yesterday, "--json").out)["grants"] == []
    assert typed("consent", "show", grant, "--known-at", yesterday).code == 2
    moment = datetime.now(UTC).isoformat()
    other = typed("consent", "grant", performer, tmp_path / "grant.yaml").out.strip()
    at = ("consent", "show", grant, "--at", "2026-03-01")
    assert f"flag, overlap: {other}" in typed(*at).out
    assert "flag" not in typed(*at, "--known-at", moment).out
    assert typed("consent", "list", "--known-at", "soon").code == 2


def test_a_request_covers_nothing_until_it_is_given_and_is_then_superseded(
    typed: Callable[..., Typed], performer: str, tmp_path: Path, grant: str
) -> None:
    asked = typed("consent", "request", performer, tmp_path / "grant.yaml").out.strip()
    assert "requested" in typed("consent", "list", performer).out
    assert typed("consent", "supersede", grant, asked).code == 2
    assert typed("consent", "give", asked, "--on", "2026-03-01").code == 0
    shown = typed("consent", "show", asked).out
    assert f"flag, overlap: {grant} is in force for the same scope" in shown
    done = typed("consent", "supersede", grant, asked)
    assert done.out == f"{grant}: superseded by {asked} from 2026-03-01\n"
    assert json.loads(typed("consent", "show", asked, "--json").out)["flags"] == []


def test_a_boundless_grant_is_recorded_and_flagged(typed: Callable[..., Typed], performer: str, tmp_path: Path) -> None:
    file = tmp_path / "boundless.yaml"
    file.write_text("signed_on: 2026-02-01\nscope: {media: any, territories: any, expires_on: any}\n")
    done = typed("consent", "grant", performer, file)
    assert done.code == 0
    assert "a rule will question" in done.err
    assert re.fullmatch(r"G-\w{8}\n", done.out)


def test_names_come_out_only_when_asked_for_and_that_is_recorded(typed: Callable[..., Typed], tmp_path: Path) -> None:
    facts = ("--legal-name", "Quite Another", "--guardian-name", "Some Guardian", "--minor-until", "2032-05-01")
    ref = typed("performer", "add", "Kid", *facts, "--id", "imdb:nm0000001", "--birth-years", "2010-2015").out.strip()
    plain = typed("performer", "show", ref)
    assert "minor until: 2032-05-01" in plain.out
    assert "imdb:nm0000001" in plain.out
    assert "Another" not in plain.out + typed("performer", "show", ref, "--json").out
    opened = typed("performer", "show", ref, "--identity", "--operator", "legal-1", "--json")
    assert json.loads(opened.out)["guardian_name"] == "Some Guardian"
    (tmp_path / "grant.yaml").write_text(GRANT)
    refused = typed("consent", "grant", ref, tmp_path / "grant.yaml")
    assert refused.code == 2
    assert "guardian" in refused.err


def test_a_performer_is_updated_and_what_was_known_before_stays(typed: Callable[..., Typed], performer: str) -> None:
    before = datetime.now(UTC).isoformat()
    assert typed("performer", "update", performer, "--deceased-on", "2026-05-01", "--domicile", "US-NY").code == 0
    shown: Any = json.loads(typed("performer", "show", performer, "--json").out)
    assert (shown["deceased_on"], shown["domicile"]) == ("2026-05-01", "US-NY")
    assert json.loads(typed("performer", "show", performer, "--known-at", before, "--json").out)["deceased_on"] is None
    assert typed("performer", "update", performer, "--unstate", "deceased-on").code == 0
    assert json.loads(typed("performer", "show", performer, "--json").out)["deceased_on"] is None
    assert typed("performer", "update", performer).code == 2
    assert typed("performer", "update", performer, "--unstate", "stage-name").code == 2


def test_what_was_audited_and_signed_is_found_by_the_grant_and_the_release(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    still, out = tmp_path / "keeper-still.jpg", tmp_path / "signed.jpg"
    media.retouched(media.COLLINS).save(still, quality=92)
    options = ("-d", studio.declaration(tmp_path), "--source-type", "compositeWithTrainedAlgorithmicMedia")
    assert clearance("--home", studio.home, "sign", still, "--out", out, *options).code == 0
    home = ("--home", studio.home, "consent")
    (grant,) = json.loads(clearance(*home, "list", studio.keeper, "--json").out)["grants"]
    done = clearance(*home, "affected", grant["id"], "--json")
    assert done.code == 0, done
    document = json.loads(done.out)
    assert document["schema"] == "clearance.affected/1"
    digests = {hashlib.sha256(path.read_bytes()).hexdigest(): path == out for path in (still, out)}
    found = {each["asset_sha256"]: each["signed"] for each in document["deliverables"]}
    assert digests.items() <= found.items()
    later = clearance(*home, "affected", grant["id"], "--at", "2032-01-01")
    assert later.code == 3
    assert "expired on 2031-12-31" in later.out
    shown = json.loads(clearance("--home", studio.home, "performer", "show", studio.keeper, "--json").out)
    released = clearance(*home, "affected", shown["releases"][0]["id"])
    assert next(digest for digest, signed in digests.items() if not signed) in released.out
    assert clearance(*home, "affected", studio.pilot).code == 0
    assert clearance(*home, "affected", "G-00000000").code == 2
