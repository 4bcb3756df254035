"""The auditor's check of a file: offline, with nothing but the file and the roots the auditor chose to trust.

Reaches neither the database nor the face models nor numpy, even indirectly; import-linter holds it to that.
How the answers make the verdict is the table of `clearance.evidence`, which clearance/README.md repeats.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clearance.evidence import judge
from clearance.report.provenance import provenance_of
from provenance.verify import read

if TYPE_CHECKING:
    from pathlib import Path

    from clearance.verdict import Verdict
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
