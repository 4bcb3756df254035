"""What a machine can't decide is asked of a person: the signed answer, and whether it counts.

An answer counts if a trusted key signed it, its holder has the role it was given in, the rule asks that role, and
asks that very question today, for this production, this file and this day. In every other case it is missing, and
the reason goes into the facts, so that the finding can say it. A record names its signer by the key alone.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field, StringConstraints

from policies import signed_record
from policies.fact_fields import Sha256, moment_text
from policies.person_facts import AttestationFacts
from policies.rule import Role
from policies.signed_record import Line, Reasons, Signed, SignedRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from policies.dsse import SigningKey
    from policies.pack import Pack
    from policies.rule import Attestation, Rule

PAYLOAD_TYPE: Final = "application/vnd.clearance.attestation+json"


class AttestationRecord(SignedRecord):
    """One person's answer. question: digest of the question as it was put (`question_digest`).

    file: the SHA-256 of the file it is about, None for all files of the project. subject: the performer, appearance,
    tool or synthetic performer it is about, None for all of them.
    """

    schema_: Literal["clearance.attestation/1"] = Field(alias="schema", default="clearance.attestation/1")
    question: Sha256
    answer: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    role: Role
    reasons: Reasons
    project: Line
    file: Sha256 | None = None
    subject: Line | None = None


def question_digest(asked: Attestation) -> str:
    """Return the SHA-256 of a question with its answers: an answer to other words is no answer to these."""
    canonical = json.dumps({"answers": asked.answers, "question": asked.question}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def read_attestation(content: bytes) -> Signed[AttestationRecord]:
    """Return the answer in a file's bytes. Raises EnvelopeInvalid."""
    return signed_record.read(content, AttestationRecord, PAYLOAD_TYPE)


def written_attestation(record: AttestationRecord, key: SigningKey) -> str:
    """Return the answer signed, as the text of its file."""
    return signed_record.written(record, key, PAYLOAD_TYPE)


def attestation_facts(
    given: Iterable[Signed[AttestationRecord]],
    packs: Iterable[Pack],
    attestors: Mapping[str, frozenset[str]],
    *,
    sha256: str,
    project: str,
    as_of: datetime,
    now: datetime,
) -> tuple[AttestationFacts, ...]:
    """Return the answers that rules may read about one file, and the records that don't count, with the reason.

    attestors: fingerprint → roles of those who are trusted to answer. as_of: the moment that is judged, at which an
    answer must not have expired. now: the present; an answer from the future counts for nothing. Records about
    other files and about rules of other packs are left out.
    """
    rules = {f"{pack.id}.{rule.id}": rule for pack in packs for rule in pack.rules}
    found = []
    for signed in given:
        record = signed.record
        rule = rules.get(record.rule)
        if rule is None or record.file not in (None, sha256):
            continue
        problem = (
            signed.signer_problem(attestors, record.role)
            or _unasked(record, rule)
            or (f"it is for the project {record.project}" if record.project != project else None)
            or record.dated_problem(as_of=moment_text(as_of), now=moment_text(now))
            or _lapsed(record, rule.attestation, as_of)
        )
        answer = {"problem": problem} if problem else {"answer": record.answer, "reasons": record.reasons}
        found.append(AttestationFacts(rule=record.rule, subject=record.subject, role=record.role, **answer))
    return tuple(found)


def _unasked(record: AttestationRecord, rule: Rule) -> str | None:
    """Return why the record is no answer to what the rule asks."""
    asked = rule.attestation
    if asked is None:
        return "the rule asks no question"
    if record.role not in asked.roles:
        return f"it was given as {record.role}, and the rule asks the {' or the '.join(asked.roles)}"
    if record.question != question_digest(asked):
        return "it answers another wording of the question; ask again"
    if record.answer not in asked.answers:
        return f"{record.answer} is not one of the answers {' / '.join(asked.answers)}"
    if rule.for_each == "appearance" and (record.file is None or record.subject is None):
        return "an answer about a face must name the file and the appearance"
    return None


def _lapsed(record: AttestationRecord, asked: Attestation | None, as_of: datetime) -> str | None:
    if asked is None or asked.valid_days is None:
        return None
    given = datetime.fromisoformat(record.given_at)
    if as_of - given < timedelta(days=asked.valid_days):
        return None
    return f"it was given on {record.given_at[:10]}, and answers to this question hold for {asked.valid_days} days"
