"""A waived finding stays in sight: by whom, why and until when; and a waiver that doesn't count is named."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policies import dsse
from policies.errors import EnvelopeInvalid
from policies.finding import Citation, Finding
from policies.signed_record import key_text
from policies.waiver import PAYLOAD_TYPE, WaiverRecord, read_waiver, with_waivers, written_waiver

if TYPE_CHECKING:
    from policies.finding import Outcome

SHA = "ab" * 32
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()
SIGNER = dsse.fingerprint(KEY.public_key())
APPROVERS = {SIGNER: frozenset({"waiver approver"})}


def finding(outcome: Outcome = "fail", **changes: Any) -> Finding:
    values: dict[str, Any] = {
        "rule": "K10",
        "title": "Nobody undeclared",
        "pack": "CORE",
        "pack_version": "1.0",
        "severity": "block",
        "outcome": outcome,
        "subject_kind": "appearance",
        "subject": "A1",
        "why": "P-1 is seen.",
        "facts": (),
        "missing": (),
        "citation": Citation("Principle", "1", "P.", "high", "2026-11-22"),
        "remedy": "Declare.",
    }
    return Finding(**values | changes)


def record(**changes: Any) -> WaiverRecord:
    values = {
        "rule": "CORE.K10",
        "pack_version": "1.0",
        "files": [SHA],
        "reason": "A crowd member who signed on paper.",
        "signer_key": key_text(KEY.public_key()),
        "given_at": "2026-11-01",
        "expires_at": "2026-12-31",
    }
    return WaiverRecord.model_validate(values | changes)


def waived(found: Finding, text: str, approvers: dict[str, frozenset[str]] = APPROVERS) -> Finding:
    (after,) = with_waivers(
        (found,), (read_waiver(text.encode()),), approvers, sha256=SHA, project="P", as_of=NOW, now=NOW
    )
    return after


def test_a_waiver_by_an_approver_sets_the_finding_aside_and_stays_in_sight() -> None:
    text = written_waiver(record(), KEY)
    after = waived(finding(), text)
    assert (after.outcome, after.why) == ("waived", "P-1 is seen.")
    assert after.waived is not None
    assert (after.waived.approver, after.waived.reason) == (SIGNER, "A crowd member who signed on paper.")
    assert (after.waived.expires, after.waived.instead_of) == ("2026-12-31T00:00:00Z", "fail")
    assert after.waived.waiver == read_waiver(text.encode()).id


def test_a_waiver_for_a_project_holds_for_each_of_its_files() -> None:
    assert waived(finding("unknown"), written_waiver(record(files=[], project="P"), KEY)).outcome == "waived"


@pytest.mark.parametrize("outcome", ["pass", "not_applicable"])
def test_what_stands_in_nobodys_way_is_not_waived(outcome: Outcome) -> None:
    assert waived(finding(outcome), written_waiver(record(), KEY)) == finding(outcome)


@pytest.mark.parametrize(
    "changes",
    [
        {"files": ["cd" * 32]},
        {"files": [], "project": "Q"},
        {"rule": "CORE.K11"},
        {"rule": "SAG-TV.K10"},
        {"subject": "A2"},
    ],
)
def test_a_waiver_of_something_else_changes_nothing(changes: dict[str, Any]) -> None:
    assert waived(finding(), written_waiver(record(**changes), KEY)) == finding()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"pack_version": "0.9"}, "it is for version 0.9 of the pack"),
        ({"expires_at": "2026-11-22"}, "it expired on 2026-11-22T00:00:00Z"),
        ({"given_at": "2026-11-23"}, "it is dated 2026-11-23T00:00:00Z, which lies in the future"),
    ],
)
def test_a_waiver_that_does_not_count_is_named_in_the_finding(changes: dict[str, Any], why: str) -> None:
    after = waived(finding(), written_waiver(record(**changes), KEY))
    assert (after.outcome, after.why) == ("fail", f"P-1 is seen. A waiver does not count: {why}.")


def test_nobody_waives_without_a_signature_the_key_and_the_role() -> None:
    text = written_waiver(record(), KEY)
    for content, approvers in (
        (record().model_dump_json(by_alias=True), APPROVERS),
        (written_waiver(record(), Ed25519PrivateKey.generate()), APPROVERS),
        (text, {}),
        (text, {SIGNER: frozenset({"legal counsel"})}),
    ):
        after = waived(finding(), content, approvers)
        assert (after.outcome, "A waiver does not count: " in after.why) == ("fail", True)


def test_a_rule_may_forbid_waivers() -> None:
    after = waived(finding(waivable=False), written_waiver(record(), KEY))
    assert (after.outcome, after.why) == ("fail", "P-1 is seen. A waiver does not count: this rule can not be waived.")


@pytest.mark.parametrize(
    "changes",
    [{"files": []}, {"project": "P"}, {"expires_at": None}, {"expires_at": "2026-11-01"}, {"reason": " "}],
)
def test_a_waiver_without_scope_end_or_reason_is_none(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        record(**changes)


@given(st.binary())
def test_any_bytes_give_our_error(content: bytes) -> None:
    with pytest.raises(EnvelopeInvalid):
        read_waiver(content)
    with pytest.raises(EnvelopeInvalid):
        read_waiver(dsse.sign(PAYLOAD_TYPE, content, KEY).to_json().encode())
