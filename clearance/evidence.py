"""What a reading of a manifest is worth as evidence: one table, for the auditor's check and for the audit alike.

clearance/README.md repeats it for readers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearance.verdict import Verdict

if TYPE_CHECKING:
    from provenance.reading import ProvenanceReading


def judge(reading: ProvenanceReading) -> tuple[Verdict, str]:
    """Return the verdict that a reading leads to, and the answer that decided it.

    The first line that applies: no manifest, held; bytes or signature do not match, invalid; an ingredient was
    damaged when it was used, invalid; certificate revoked, invalid; signer on no trusted list, held; an
    ingredient's signer not trusted, held; revocation or time not proven, a warning; else pass.
    """
    if not reading.present:
        return Verdict.REVIEW, reading.integrity.why
    if reading.integrity.value != "valid":
        return Verdict.INVALID, reading.integrity.why
    for ingredient in reading.ingredients:
        if ingredient.integrity.value == "invalid":
            return (
                Verdict.INVALID,
                f"its ingredient {ingredient.title or 'without a title'} does not hold: {ingredient.integrity.why}",
            )
    if reading.revocation.value == "revoked":
        return Verdict.INVALID, reading.revocation.why
    if reading.trust.value != "trusted":
        return Verdict.REVIEW, reading.trust.why
    for ingredient in reading.ingredients:
        if ingredient.integrity.value == "not_checked":
            return Verdict.REVIEW, f"its ingredient {ingredient.title or 'without a title'}: {ingredient.integrity.why}"
        if ingredient.trust.value in ("untrusted", "not_checked"):
            return (
                Verdict.REVIEW,
                f"its ingredient {ingredient.title or 'without a title'}: {ingredient.trust.why}",
            )
    for answer in (reading.revocation, reading.time):
        if answer.value not in ("good", "trusted"):
            return Verdict.WARN, answer.why
    return Verdict.PASS, reading.integrity.why
