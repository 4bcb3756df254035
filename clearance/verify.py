"""The auditor's check of a file: offline, with nothing but the file and the roots the auditor chose to trust.

Reaches neither the database nor the face models nor numpy, even indirectly; import-linter holds it to that.
How the answers make the verdict is `verdict_of`'s table, which clearance/README.md repeats.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clearance.report.provenance import provenance_of
from clearance.verdict import Verdict
from provenance.verify import read

if TYPE_CHECKING:
    from pathlib import Path

    from provenance.reading import ProvenanceReading
    from provenance.trust import TrustProfile


@dataclass(frozen=True, slots=True)
class Verification:
    """What an auditor can say about one file, and the verdict that follows."""

    path: str
    sha256: str
    reading: ProvenanceReading
    verdict: Verdict
    why: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON form, schema clearance.verification/1."""
        return {
            "schema": "clearance.verification/1",
            "path": self.path,
            "sha256": self.sha256,
            "verdict": str(self.verdict),
            "why": self.why,
            "provenance": provenance_of(self.reading),
        }


def verify(path: Path, trust: TrustProfile | None) -> Verification:
    """Return the verification of one file against the roots in trust; without any, no signer is trusted.

    Raises the errors of provenance for a path that is no file.
    """
    reading = read(path, trust)
    with path.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    verdict, why = judge(reading)
    return Verification(str(path), sha256, reading, verdict, why)


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
