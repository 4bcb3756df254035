"""An answer counts only if the right person signed it, to that question, for this use; else its finding says why."""

from __future__ import annotations

import base64
import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from policies import dsse
from policies.attestation import (
    PAYLOAD_TYPE,
    AttestationRecord,
    attestation_facts,
    question_digest,
    read_attestation,
    written_attestation,
)
from policies.errors import EnvelopeInvalid
from policies.facts import Facts
from policies.judge import judge
from policies.pack import load_pack
from policies.signed_record import key_text
from policies.use_facts import AssetFacts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from policies.finding import Finding
    from policies.pack import Pack

SHA = "ab" * 32
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()
COUNSEL = {dsse.fingerprint(KEY.public_key()): frozenset({"legal counsel"})}
PACK = """\
pack: HOUSE
title: House rules
version: "1"
effective: 2026-01-01
legal_review: pending
facts:
  asset: {sha256: "0000000000000000000000000000000000000000000000000000000000000000"}
  appearance: {id: A1}
rules:
  - id: H1
    title: The description is specific
    severity: review
    citation: {instrument: House, section: "1", paraphrase: P., confidence: high, checked: "2026-11-22"}
    for_each: asset
    attestation:
      question: Is the description reasonably specific?
      answers: ["yes", "no"]
      roles: [legal counsel, compliance officer]
      valid_days: 30
    require:
      - {expr: attestation.answer == "yes", say: "It was answered {attestation.answer}."}
    remedy: Describe the use.
  - id: H2
    title: A rule that asks nothing
    severity: review
    citation: {instrument: House, section: "2", paraphrase: P., confidence: high, checked: "2026-11-22"}
    for_each: asset
    require: [{expr: 1 < 2, say: never}]
    remedy: None is needed.
  - id: H3
    title: The person is nobody
    severity: review
    citation: {instrument: House, section: "3", paraphrase: P., confidence: high, checked: "2026-11-22"}
    for_each: appearance
    attestation: {question: Who is it?, answers: [nobody, somebody], roles: [legal counsel]}
    require: [{expr: attestation.answer == "nobody", say: It is somebody.}]
    remedy: Ask.
"""


@pytest.fixture
def pack(written: Callable[[str], Path]) -> Pack:
    return load_pack(written(PACK))


def record(pack: Pack, **changes: Any) -> AttestationRecord:
    asked = pack.rules[0].attestation
    assert asked is not None
    values = {
        "rule": "HOUSE.H1",
        "question": question_digest(asked),
        "answer": "yes",
        "role": "legal counsel",
        "reasons": "The rider names the scene.",
        "project": "P",
        "signer_key": key_text(KEY.public_key()),
        "given_at": "2026-11-01",
    }
    return AttestationRecord.model_validate(values | changes)


def judged(pack: Pack, content: str | None, attestors: dict[str, frozenset[str]] = COUNSEL) -> Finding:
    given_ = () if content is None else (read_attestation(content.encode()),)
    facts = attestation_facts(given_, (pack,), attestors, sha256=SHA, project="P", as_of=NOW, now=NOW)
    return judge((pack.only("H1"),), Facts(asset=AssetFacts(sha256=SHA), attestations=facts), as_of=NOW)[0]


def test_an_answer_by_the_right_person_decides_the_rule(pack: Pack) -> None:
    assert judged(pack, written_attestation(record(pack), KEY)).outcome == "pass"
    refused = judged(pack, written_attestation(record(pack, answer="no"), KEY))
    assert (refused.outcome, refused.why) == ("fail", "It was answered no.")


def test_without_an_answer_the_finding_says_what_is_asked_of_whom(pack: Pack) -> None:
    finding = judged(pack, None)
    assert (finding.outcome, finding.missing) == ("unknown", ("attestation.answer",))
    assert finding.why.endswith(
        "Asked of legal counsel or compliance officer: Is the description reasonably specific? (yes / no)"
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"question": "0" * 64}, "it answers another wording of the question"),
        ({"answer": "perhaps"}, "perhaps is not one of the answers yes / no"),
        ({"role": "vendor"}, "the holder of the key {key}... does not have the role of vendor"),
        ({"project": "Q"}, "it is for the project Q"),
        ({"given_at": "2026-11-23"}, "it is dated 2026-11-23T00:00:00Z, which lies in the future"),
        ({"expires_at": "2026-11-22T12:00:00Z"}, "it expired on 2026-11-22T12:00:00Z"),
        ({"given_at": "2026-10-23"}, "it was given on 2026-10-23, and answers to this question hold for 30 days"),
    ],
)
def test_an_answer_that_does_not_count_is_missing_and_the_finding_says_why(
    pack: Pack, changes: dict[str, Any], why: str
) -> None:
    finding = judged(pack, written_attestation(record(pack, **changes), KEY))
    assert finding.outcome == "unknown"
    why = why.format(key=next(iter(COUNSEL))[:16])
    assert f"An answer on record does not count: {why}" in finding.why


def test_a_role_that_the_rule_does_not_ask_counts_for_nothing(pack: Pack) -> None:
    vendor = {next(iter(COUNSEL)): frozenset({"vendor"})}
    finding = judged(pack, written_attestation(record(pack, role="vendor"), KEY), vendor)
    assert "given as vendor, and the rule asks the legal counsel or the compliance officer" in finding.why


def test_nobody_unknown_answers(pack: Pack) -> None:
    finding = judged(pack, written_attestation(record(pack), KEY), {})
    assert "which is not among the trusted attestors" in finding.why


def test_an_unsigned_answer_counts_for_nothing(pack: Pack) -> None:
    finding = judged(pack, record(pack).model_dump_json(by_alias=True))
    assert (finding.outcome, "it is not signed" in finding.why) == ("unknown", True)


def test_an_answer_signed_with_another_key_than_it_names_counts_for_nothing(pack: Pack) -> None:
    finding = judged(pack, written_attestation(record(pack), Ed25519PrivateKey.generate()))
    assert (finding.outcome, "its signature does not hold" in finding.why) == ("unknown", True)


def test_a_signature_made_for_another_purpose_counts_for_nothing(pack: Pack) -> None:
    other = dsse.sign(
        "application/vnd.clearance.waiver+json", record(pack).model_dump_json(by_alias=True).encode(), KEY
    )
    assert "its signature does not hold" in judged(pack, other.to_json()).why
    relabelled = replace(other, payload_type=PAYLOAD_TYPE)
    assert "its signature does not hold" in judged(pack, relabelled.to_json()).why


def test_a_changed_answer_counts_for_nothing(pack: Pack) -> None:
    envelope = json.loads(written_attestation(record(pack, answer="no"), KEY))
    payload = base64.b64decode(envelope["payload"]).replace(b'"no"', b'"yes"')
    envelope["payload"] = base64.b64encode(payload).decode()
    assert judged(pack, json.dumps(envelope)).outcome == "unknown"


def test_an_answer_about_another_file_or_rule_is_no_concern_of_this_one(pack: Pack) -> None:
    for changes in ({"file": "cd" * 32}, {"rule": "OTHER.H1"}):
        assert "on record" not in judged(pack, written_attestation(record(pack, **changes), KEY)).why


def test_an_answer_to_a_rule_that_asks_nothing_is_named(pack: Pack) -> None:
    given_ = (read_attestation(written_attestation(record(pack, rule="HOUSE.H2"), KEY).encode()),)
    (told,) = attestation_facts(given_, (pack,), COUNSEL, sha256=SHA, project="P", as_of=NOW, now=NOW)
    assert (told.answer, told.problem) == (None, "the rule asks no question")


def test_an_answer_about_a_face_must_name_the_file_and_the_appearance(pack: Pack) -> None:
    asked = pack.rules[2].attestation
    assert asked is not None
    for changes, counts in (({}, False), ({"subject": "A1"}, False), ({"subject": "A1", "file": SHA}, True)):
        made = record(pack, rule="HOUSE.H3", question=question_digest(asked), answer="nobody", **changes)
        given_ = (read_attestation(written_attestation(made, KEY).encode()),)
        (told,) = attestation_facts(given_, (pack,), COUNSEL, sha256=SHA, project="P", as_of=NOW, now=NOW)
        assert (told.answer == "nobody") is counts


def test_the_last_day_of_an_answer_is_counted_from_the_moment_it_was_given(pack: Pack) -> None:
    moment = NOW - timedelta(days=30)
    made = written_attestation(record(pack, given_at=moment + timedelta(seconds=1)), KEY)
    assert judged(pack, made).outcome == "pass"
    assert judged(pack, written_attestation(record(pack, given_at=moment), KEY)).outcome == "unknown"


@given(
    st.binary()
    | st.dictionaries(st.sampled_from(["schema", "rule", "answer"]), st.text()).map(json.dumps).map(str.encode)
)
def test_any_bytes_give_our_error(content: bytes) -> None:
    with pytest.raises(EnvelopeInvalid):
        read_attestation(content)


@given(st.binary(), st.dictionaries(st.sampled_from([*AttestationRecord.model_fields, "schema"]), st.text()))
def test_any_signed_payload_gives_a_record_or_our_error(payload: bytes, fields: dict[str, str]) -> None:
    for content in (payload, json.dumps(fields).encode()):
        with contextlib.suppress(EnvelopeInvalid):
            assert read_attestation(dsse.sign(PAYLOAD_TYPE, content, KEY).to_json().encode()).problem is None
