"""Revocation files: read strictly, whole or not at all, and never taken for more than they claim."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance import pki, revocation
from provenance.errors import RevocationFileInvalid
from provenance.revocation import REASONS, RevocationList, Revoked

from .authorities import make_authority

if TYPE_CHECKING:
    from .authorities import Authority

SCHEMA = json.loads((Path(revocation.__file__).parent / "schemas" / "revocation-1.json").read_text("utf-8"))
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def loaded(folder: Path, content: str | bytes) -> RevocationList:
    path = folder / "revoked"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return revocation.load(path)


def document(**more: Any) -> str:
    return json.dumps({"schema": "clearance.revocation/1", "revoked": [], **more})


def test_lines_and_json_say_the_same(tmp_path: Path) -> None:
    lines = loaded(tmp_path, "# studio\n\nCN=Root,O=Studio ; 00:AB:cd ; superseded ; 2026-11-01\n0xFF # lost\n")
    entries = [
        {"issuer": "CN=Root,O=Studio", "serial": "abcd", "reason": "superseded", "date": "2026-11-01T00:00:00Z"},
        {"serial": "ff"},
    ]
    text = document(revoked=entries)
    jsonschema.validate(json.loads(text), SCHEMA)
    assert lines.entries == loaded(tmp_path, text).entries
    assert lines.entries[0].serial == "abcd"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "lists nothing"),
        ("# only a comment\n", "lists nothing"),
        ("xyz", "line 1"),
        ("ab\nzz", "line 2"),
        ("ab; because", "no reason"),
        ("ab; superseded; yesterday", "no date"),
        ("ab; superseded; 2026-11-01T00:00:00", "no date"),
        ("CN=a; ab; superseded; 2026-11-01; more", "line 1"),
        ("CN=; ; ;", "line 1"),
        ("{", "not readable JSON"),
        ('{"schema": "other", "revoked": []}', "it needs"),
        (document(extra=1), "it needs"),
        (document(revoked={}), "it needs"),
        (document(revoked=[{"serial": 17}]), "entry 1"),
        (document(revoked=[{"serial": "1", "why": "x"}]), "entry 1"),
        (document(revoked=[{"serial": "1", "reason": None}]), "entry 1"),
        (document(revoked=[{"serial": "1", "issuer": "nobody"}]), "no name"),
        (document(covers=["CN=a"]), "next_update"),
        (document(covers=[1], next_update="2026-11-22T00:00:00Z"), "covers"),
        (b"\xff\xfe", "cannot be read as text"),
    ],
)
def test_what_cannot_be_read_in_one_way_only_is_refused_whole(tmp_path: Path, content: str | bytes, why: str) -> None:
    with pytest.raises(RevocationFileInvalid, match=why):
        loaded(tmp_path, content)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RevocationFileInvalid, match=r"none\.txt"):
        revocation.load(tmp_path / "none.txt")


@pytest.fixture(scope="module")
def issuing() -> Authority:
    return make_authority("Issuing Root")


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_only_a_harmless_reason_after_a_proven_time_leaves_a_certificate_good(issuing: Authority, reason: str) -> None:
    leaf, _ = issuing.issue(pki.CLAIM_SIGNING)
    listed = RevocationList("list", (Revoked(f"{leaf.serial_number:x}", None, reason, NOW),))
    before, after = NOW - timedelta(days=1), NOW + timedelta(days=1)

    def value(signed_at: datetime | None) -> str:
        answer = listed.answer(leaf, signed_at=signed_at, now=after)
        assert answer is not None
        return answer.value

    harmless = reason in {"affiliationChanged", "superseded", "cessationOfOperation", "privilegeWithdrawn"}
    assert (value(None), value(after)) == ("revoked", "revoked")
    assert value(before) == ("good" if harmless else "revoked")


def test_a_serial_number_of_another_issuer_is_another_certificate(issuing: Authority) -> None:
    leaf, _ = issuing.issue(pki.CLAIM_SIGNING)
    serial = f"{leaf.serial_number:x}"

    def value(issuer: str) -> str | None:
        listed = RevocationList("list", (Revoked(serial, issuer, "unspecified", None),))
        answer = listed.answer(leaf, signed_at=None, now=NOW)
        return answer.value if answer else None

    assert (value("CN=Issuing Root"), value("CN=Other Root")) == ("revoked", None)


def test_what_a_file_does_not_cover_stays_unknown_to_it(issuing: Authority) -> None:
    leaf, _ = issuing.issue(pki.CLAIM_SIGNING)
    covers = frozenset({"CN=Issuing Root"})

    def value(covered: frozenset[str], now: datetime | None) -> str | None:
        answer = RevocationList("list", (), covered, NOW).answer(leaf, signed_at=None, now=now)
        return answer.value if answer else None

    later = NOW + timedelta(seconds=1)
    assert [value(frozenset(), NOW), value(covers, NOW)] == [None, "good"]
    assert [value(covers, later), value(covers, None)] == ["unknown", "unknown"]


@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_list_or_our_error(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        try:
            found = loaded(Path(folder), content)
        except RevocationFileInvalid:
            return
    assert found.entries


@given(
    st.fixed_dictionaries(
        {"schema": st.just("clearance.revocation/1")},
        optional={
            "revoked": st.lists(
                st.dictionaries(st.sampled_from(["serial", "issuer", "date", "x"]), st.text(max_size=9))
            ),
            "covers": st.lists(st.text(max_size=9)) | st.none(),
            "next_update": st.text(max_size=9) | st.none(),
        },
    )
)
def test_what_is_accepted_is_also_what_the_schema_accepts(found: dict[str, Any]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        try:
            loaded(Path(folder), json.dumps(found))
        except RevocationFileInvalid:
            return
    jsonschema.validate(found, SCHEMA)
