"""Grants are recorded from a file, shown, and asked what they cover; the answer is the exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clearance.conftest import Studio, Typed

USE = ("--project", "NIGHT-HARBOUR", "--territory", "US", "--media", "streaming", "--category", "series")
PERSON = ("--character", "The Keeper", "--scene", "12", "--kind", "ICDR", "--modality", "face")


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ((*USE, *PERSON, "--at", "2026-11-22"), 0, "covered"),
        ((*USE, *PERSON, "--at", "2032-01-01"), 1, "expired"),
        ((*USE, *PERSON, "--at", "2024-01-01"), 1, "not covered"),
        ((*USE, *PERSON, "--at", "2026-11-22", "--media", "theatrical"), 1, "theatrical"),
        ((*USE, "--at", "2026-11-22"), 3, "unknown"),
    ],
)
def test_the_answer_names_its_reason_and_is_the_exit_code(
    clearance: Callable[..., Typed], studio: Studio, options: tuple[str, ...], code: int, words: str
) -> None:
    done = clearance("--home", studio.home, "consent", "check", studio.keeper, *options)
    assert done.code == code, done
    assert words in done.out


def test_a_performer_without_a_grant_is_not_covered(clearance: Callable[..., Typed], studio: Studio) -> None:
    done = clearance("--home", studio.home, "consent", "check", studio.pilot)
    assert done.code == 1
    assert "no grant" in done.out


def test_a_grant_is_listed_and_shown_with_its_scope(clearance: Callable[..., Typed], studio: Studio) -> None:
    home = ("--home", studio.home)
    (grant,) = json.loads(clearance(*home, "consent", "list", studio.keeper, "--json").out)["grants"]
    assert grant["scope"]["scenes"] == "any"
    assert grant["evidence"]["signature"] == "valid"
    shown = clearance(*home, "consent", "show", grant["id"]).out
    assert "scope, scenes: any" in shown
    assert "2031-12-31" in shown
    assert grant["id"] in clearance(*home, "consent", "list").out


def test_the_template_is_valid_yaml_for_a_grant(clearance: Callable[..., Typed]) -> None:
    assert set(yaml.safe_load(clearance("consent", "template").out)) >= {"signed_on", "scope"}


def test_changed_evidence_is_refused_when_the_grant_is_recorded(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    for path in studio.papers.glob("keeper-*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    grant = tmp_path / "keeper-grant.yaml"
    text = grant.read_text(encoding="utf-8").replace("  custodian:", f'  sha256: "{"0" * 64}"\n  custodian:')
    grant.write_text(text, encoding="utf-8")
    done = clearance("--home", studio.home, "consent", "grant", studio.pilot, grant)
    assert done.code == 2
    assert "keeper-grant.yaml:" in done.err
    assert "sha256" in done.err.lower()


def test_twins_are_marked_and_a_performer_is_not_marked_as_its_own_twin(
    clearance: Callable[..., Typed], studio: Studio
) -> None:
    home = ("--home", studio.home, "performer")
    pair = [clearance(*home, "add", f"twin {n}").out.strip() for n in (1, 2)]
    assert clearance(*home, "relate", *pair, "--kind", "twin").code == 0
    assert clearance(*home, "relate", pair[0], pair[0], "--kind", "twin").code == 2


def test_performers_are_added_listed_and_shown_and_the_legal_name_is_never_printed(
    clearance: Callable[..., Typed], studio: Studio
) -> None:
    home = ("--home", studio.home)
    added = clearance(*home, "performer", "add", "Stage Person", "--legal-name", "Quite Another", "--domicile", "US-CA")
    reference = added.out.strip()
    assert "Stage Person" in clearance(*home, "performer", "list").out
    shown = clearance(*home, "performer", "show", reference).out
    assert "Stage Person" in shown
    assert "Quite Another" not in shown + clearance(*home, "performer", "show", reference, "--json").out
    again = clearance(*home, "performer", "add", "Stage Person")
    assert again.code == 2
    assert clearance(*home, "performer", "add", "Stage Person", "--namesake").code == 0
