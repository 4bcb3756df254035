"""What people signed for a record: who answered, who waived, and whether the record counts only what is signed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from clearance.bundle.listing import ATTESTORS
from clearance.bundle.steps import invalid, ok, worst_of
from policies.attestation import read_attestation
from policies.errors import EnvelopeInvalid
from policies.waiver import read_waiver

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clearance.bundle.record import Record
    from clearance.bundle.steps import Found
    from policies.attestation import AttestationRecord
    from policies.signed_record import Signed


def attestors_in(members: Mapping[str, bytes]) -> dict[str, frozenset[str]]:
    """Return key fingerprint → roles of those whose word the operator counts. Raises ValueError, TypeError."""
    listed = json.loads(members.get(ATTESTORS, b"{}"))
    return {str(key): frozenset(map(str, roles)) for key, roles in dict(listed).items()}


def signed_papers(record: Record, members: Mapping[str, bytes]) -> Found:
    """Return who signed the answers and waivers inside, and whether the record counts none that nobody signed."""
    said: list[str] = []
    doubtful: list[str] = []
    answers: list[Signed[AttestationRecord]] = []
    try:
        attestors = attestors_in(members)
        for name in sorted(members):
            if name.startswith("attestations/"):
                answers.append(answer := read_attestation(members[name]))
                role = f"answered {answer.record.answer} as {answer.record.role}"
                (doubtful if answer.problem else said).append(_line(answer.record.rule, role, answer))
            elif name.startswith("waivers/"):
                waiver = read_waiver(members[name])
                (doubtful if waiver.problem else said).append(_line(waiver.record.rule, "waived", waiver))
    except (EnvelopeInvalid, ValueError, TypeError, RecursionError) as error:
        return invalid(f"a signed paper or the list of attestors cannot be read: {error}")
    wrong = [
        f"the record counts the answer {answer.get('answer')} to {answer.get('rule')}, which nobody inside signed"
        for answer in _counted(record)
        if not any(_is(each, answer, attestors) for each in answers)
    ]
    wrong += [
        f"the waiver {used[:16]} of the record is not inside"
        for used in sorted(record.waivers_used)
        if f"waivers/{used[:16]}.json" not in members
    ]
    return worst_of(wrong, doubtful, ok("; ".join(said) or "nobody answered a question or waived a finding"))


def _line(rule: str, what: str, signed: Signed[Any]) -> str:
    by = f"but {signed.problem}" if signed.problem else f"by the key {signed.signer[:16]}"
    return f"{rule} {what}, {by}"


def _counted(record: Record) -> Iterator[dict[str, Any]]:
    """Yield the answers that the rules were judged on."""
    for asset in record.assets:
        listed = (asset.facts or {}).get("attestations")
        for each in listed if isinstance(listed, list) else ():
            if isinstance(each, dict) and each.get("answer") is not None:
                yield each


def _is(signed: Signed[AttestationRecord], answer: Mapping[str, Any], attestors: Mapping[str, frozenset[str]]) -> bool:
    """Return whether a signed answer is the recorded one, of a signer who counts in that role."""
    record = signed.record
    same = (record.rule, record.answer, record.role, record.subject) == (
        answer.get("rule"),
        answer.get("answer"),
        answer.get("role"),
        answer.get("subject"),
    )
    return same and signed.signer_problem(attestors, record.role) is None
