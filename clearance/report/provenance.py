"""What a file says about its own making, as JSON; shared by the audit document, inspect and verify.

Imports nothing heavy: it is part of the auditor's path.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from clearance.clock import rfc3339

if TYPE_CHECKING:
    from provenance.reading import ProvenanceReading


def provenance_of(reading: ProvenanceReading) -> dict[str, Any]:
    """Return what a file says about its own making: five separate answers, then what they are about."""
    answers = {
        name: {"value": answer.value, "why": answer.why}
        for name in ("integrity", "trust", "identity", "time", "revocation")
        for answer in (getattr(reading, name),)
    }
    signer = reading.signer
    return {
        "present": reading.present,
        **answers,
        "time_at": rfc3339(reading.time_at) if reading.time_at else None,
        "signer": asdict(signer) if signer else None,
        "generator": reading.generator,
        "manifest": reading.manifest_label,
        "manifests": reading.manifests,
        "source_type": reading.source_type,
        "source_type_status": reading.source_type_status,
        "actions": [
            {"name": a.name, "source_type": a.source_type, "agent": a.agent, "created": a.created}
            for a in reading.actions
        ],
        "ingredients": [
            {
                "title": i.title,
                "relationship": i.relationship,
                "integrity": i.integrity.value,
                "trust": i.trust.value,
                "codes": list(i.codes),
            }
            for i in reading.ingredients
        ],
        "consent_assertion": {"label": reading.consent.label, "created": reading.consent.created}
        if reading.consent
        else None,
        "redactions": list(reading.redactions),
        "codes": list(reading.codes),
        "remote_manifest": reading.remote_manifest,
    }
