"""`provenance trust` and `--trust`: taking lists into the home, showing and checking them, and using them by name."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clearance.settings import load
from clearance.trusted import chosen
from tests.provenance.authorities import make_authority
from tests.provenance.issuers import authority_until
from tests.provenance.lists import as_json, published, service

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clearance.conftest import Typed

NOW = datetime.now(UTC)


@pytest.fixture
def home(clearance: Callable[..., Typed], tmp_path: Path) -> Path:
    made = tmp_path / "home"
    assert clearance("--home", made, "init").code == 0
    return made


@pytest.fixture
def trust(clearance: Callable[..., Typed], home: Path) -> Callable[..., Typed]:
    """Run a command of the group on the home."""
    return lambda *arguments: clearance("--home", home, "provenance", "trust", *arguments)


def root_of(signed_still: str) -> Path:
    return Path(signed_still).parent / "identity" / "root.pem"


def official(folder: Path, pem: bytes, **stated: str) -> Path:
    path = folder / "C2PA-TRUST-LIST.json"
    path.write_bytes(as_json(published(service(pem), **stated)))
    return path


def test_a_studio_and_an_official_profile_are_added_shown_and_used_by_name(
    clearance: Callable[..., Typed], trust: Callable[..., Typed], home: Path, signed_still: str, tmp_path: Path
) -> None:
    other = make_authority("Some Public CA").pem
    added = trust("add", official(tmp_path, other), "--name", "official", "--purpose", "claim", "--source", "c2pa.org")
    assert (added.code, "a list of 2026-08-05" in added.out) == (0, True)
    assert trust("add", root_of(signed_still), "--name", "studio", "--purpose", "claim", "--list", "own").code == 0
    listed = trust("list").out
    assert all(word in listed for word in ("official", "c2pa-trust-list", "2026-08-05", "studio", "current"))
    shown = json.loads(trust("show", "official", "--json").out)
    assert shown["schema"] == "clearance.trust-profile-shown/1"
    assert shown["lists"][0]["authorities"][0]["subject"] == "CN=Some Public CA"
    verify = ("--home", home, "verify", signed_still)
    assert clearance(*verify, "--trust", "official").code == 3
    both = clearance(*verify, "--trust", "official", "--trust", "studio")
    assert both.code == 0
    assert f"leads to urn:clearance:studio:own, a list of {NOW.date()}" in both.out
    document = json.loads(clearance(*verify, "--trust", "studio", "--json").out)
    assert document["trust_profile"]["name"] == "studio"
    assert document["provenance"]["trust_list"] == "urn:clearance:studio:own"


def test_an_empty_home_has_nothing_to_check_and_a_list_that_is_none_is_named(
    trust: Callable[..., Typed], tmp_path: Path
) -> None:
    none = trust("check")
    assert (none.code, "keeps no trust profile" in none.err) == (2, True)
    assert json.loads(trust("list", "--json").out)["profiles"] == []
    absent = trust("add", tmp_path / "absent.pem", "--name", "studio", "--purpose", "claim")
    assert (absent.code, f"{tmp_path / 'absent.pem'}: the file cannot be read" in absent.err) == (2, True)
    (tmp_path / "tsa.pem").write_bytes(make_authority("Stamps").pem)
    alone = trust("add", tmp_path / "tsa.pem", "--name", "stamps", "--purpose", "tsa")
    assert (alone.code, "profile stamps: it trusts no authority for claim signers" in alone.err) == (2, True)
    assert json.loads(trust("list", "--json").out)["profiles"] == []


def test_the_setting_names_the_profile_for_every_command(
    clearance: Callable[..., Typed], trust: Callable[..., Typed], home: Path, signed_still: str
) -> None:
    trust("add", root_of(signed_still), "--name", "studio", "--purpose", "claim")
    assert clearance("--home", home, "verify", signed_still).code == 3
    (home / "clearance.toml").write_text('trust_profile = ["studio"]\n', "utf-8")
    assert clearance("--home", home, "verify", signed_still).code == 0
    (home / "clearance.toml").write_text('trust_profile = "nobody"\n', "utf-8")
    refused = clearance("--home", home, "verify", signed_still)
    assert (refused.code, "it keeps studio" in refused.err) == (2, True)


def test_a_plain_name_is_never_a_file_of_the_current_folder(
    clearance: Callable[..., Typed], home: Path, signed_still: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A stranger's delivery may hold a file of any name.
    (tmp_path / "official").write_bytes(root_of(signed_still).read_bytes())
    monkeypatch.chdir(tmp_path)
    assert clearance("--home", home, "verify", signed_still, "--trust", "official").code == 2
    assert clearance("--home", home, "verify", signed_still, "--trust", "./official").code == 0


def test_a_setting_takes_no_path_that_depends_on_the_current_folder(home: Path, signed_still: str) -> None:
    relative = load(home=str(home), environment={"CLEARANCE_TRUST_PROFILE": "./roots.pem"})
    with pytest.raises(Exception, match="a path from the root"):
        chosen(home, relative.trust_profile)
    absolute = load(home=str(home), environment={"CLEARANCE_TRUST_PROFILE": str(root_of(signed_still))})
    assert chosen(home, absolute.trust_profile).name == "root"


def test_a_list_that_was_changed_is_refused_by_verify_and_named_by_check(
    clearance: Callable[..., Typed], trust: Callable[..., Typed], home: Path, signed_still: str
) -> None:
    trust("add", root_of(signed_still), "--name", "studio", "--purpose", "claim")
    (kept,) = (home / "trust" / "studio").glob("*.pem")
    kept.write_bytes(kept.read_bytes() + make_authority("Slipped In").pem)
    refused = clearance("--home", home, "verify", signed_still, "--trust", "studio")
    assert (refused.code, "not the one that was pinned" in refused.err) == (2, True)
    checked = trust("check")
    assert (checked.code, "unusable" in checked.out) == (4, True)
    assert "unusable" in trust("list").out
    assert json.loads(trust("check", "--json").out)["profiles"][0]["problem"]


def test_check_says_what_is_stale_expired_expiring_frozen_and_listed_twice(
    trust: Callable[..., Typed], tmp_path: Path
) -> None:
    soon = authority_until(NOW + timedelta(days=20), name="Soon Root").pem
    gone = authority_until(NOW - timedelta(days=1), name="Gone Root").pem
    lasting = make_authority("Lasting Root").pem
    (tmp_path / "soon.pem").write_bytes(soon)
    (tmp_path / "frozen.pem").write_bytes(gone + lasting)
    add = ("--name", "mixed", "--purpose")
    assert trust("add", tmp_path / "soon.pem", *add, "claim", "--date", "2024-01-01").code == 0
    assert trust("add", tmp_path / "soon.pem", *add, "tsa", "--list", "stamps").code == 0
    assert trust("add", tmp_path / "frozen.pem", *add, "claim", "--legacy").code == 0
    done = trust("check", "mixed")
    assert done.code == 3
    for words in ("stale: it is older", "CN=Gone Root expired", "Soon Root expires", "frozen", "overlapping purposes"):
        assert words in done.out
    stale = json.loads(trust("list", "--json").out)["profiles"][0]["lists"][0]["stale"]
    assert "older than its limit of 365 days" in stale


def test_a_profile_with_nothing_against_it_passes_the_check(trust: Callable[..., Typed], tmp_path: Path) -> None:
    (tmp_path / "own.pem").write_bytes(make_authority("Own Root").pem)
    trust("add", tmp_path / "own.pem", "--name", "studio", "--purpose", "claim")
    done = trust("check")
    assert (done.code, done.out) == (0, "studio: nothing to say against it\n")


def test_a_stale_list_is_said_to_be_stale_and_holds_the_file_for_an_auditor(
    clearance: Callable[..., Typed], trust: Callable[..., Typed], home: Path, signed_still: str, tmp_path: Path
) -> None:
    trust("add", root_of(signed_still), "--name", "old", "--purpose", "claim", "--date", "2024-01-01")
    verify = ("--home", home, "verify", signed_still, "--trust", "old")
    done = clearance(*verify)
    assert (done.code, "STALE" in done.out) == (0, True)
    assert clearance(*verify, "--profile", "auditor").code == 3
    assert json.loads(clearance(*verify, "--json").out)["trust_profile"]["lists"][0]["stale"]


def test_a_list_is_replaced_only_on_request_and_never_by_an_older_one(
    trust: Callable[..., Typed], home: Path, tmp_path: Path
) -> None:
    pem = make_authority("Public CA").pem
    add = ("--name", "official", "--purpose", "claim")
    assert trust("add", official(tmp_path, pem), *add).code == 0
    newer = official(tmp_path, make_authority("Newer CA").pem, issued="2026-10-01T00:00:00Z")
    assert "--replace" in trust("add", newer, *add).err
    assert trust("add", newer, *add, "--replace").code == 0
    assert "CN=Newer CA" in trust("show", "official").out
    refused = trust("add", official(tmp_path, pem), *add, "--replace")
    assert (refused.code, "older than the list of 2026-10-01" in refused.err) == (2, True)
    assert "CN=Newer CA" in trust("show", "official").out


@pytest.mark.parametrize(
    ("content", "purpose", "said"),
    [
        ("tsa list", "claim", "never for claim signers"),
        ("expired", "claim", "has expired"),
        ("private", "claim", "private key"),
        ("nothing", "claim", "no certificate"),
        ("root", "tsa", "no authority for claim signers"),
    ],
)
def test_what_must_not_be_trusted_is_not_taken(
    trust: Callable[..., Typed], home: Path, tmp_path: Path, content: str, purpose: str, said: str
) -> None:
    root = make_authority("Some Root").pem
    contents = {
        "tsa list": as_json(published(service(root), title="C2PA TSA Trust List")),
        "expired": authority_until(NOW - timedelta(days=1)).pem,
        "private": root + b"-----BEGIN EC PRIVATE KEY-----\n",
        "nothing": b"certificates will follow",
        "root": root,
    }
    path = tmp_path / "given"
    path.write_bytes(contents[content])
    done = trust("add", path, "--name", "bad", "--purpose", purpose)
    assert (done.code, said in done.err) == (2, True)
    assert not (home / "trust" / "bad").exists()


@pytest.mark.parametrize("name", ["../elsewhere", "Über", "a/b", ""])
def test_a_profile_has_a_plain_name(trust: Callable[..., Typed], home: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "own.pem").write_bytes(make_authority("Own Root").pem)
    assert trust("add", tmp_path / "own.pem", "--name", name, "--purpose", "claim").code == 2
    assert not (home / "trust").exists()


def test_control_characters_in_the_name_of_an_authority_reach_no_terminal(
    trust: Callable[..., Typed], tmp_path: Path
) -> None:
    (tmp_path / "own.pem").write_bytes(make_authority("Own\x1b[31m Root").pem)
    assert trust("add", tmp_path / "own.pem", "--name", "studio", "--purpose", "claim").code == 0
    assert "\x1b" not in trust("show", "studio").out + trust("check").out
