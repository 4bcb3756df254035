"""What a file says about its own making, as JSON; shared by the audit document, inspect and verify.

Imports nothing heavy: it is part of the auditor's path.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from clearance.clock import rfc3339

if TYPE_CHECKING:
    from provenance.reading import Ingredient, ProvenanceReading


def provenance_of(reading: ProvenanceReading) -> dict[str, Any]:
    """Return what a file says about its own making: five separate answers, then what they are about."""
    signer = reading.signer
    return {
        "present": reading.present,
        **_answers(reading),
        "time_at": rfc3339(reading.time_at) if reading.time_at else None,
        "signer": asdict(signer) if signer else None,
        "trust_list": reading.trust_list,
        "generator": reading.generator,
        "manifest": reading.manifest_label,
        "manifests": reading.manifests,
        "source_type": reading.source_type,
        "source_type_status": reading.source_type_status,
        "actions": [
            {
                "name": a.name,
                "source_type": a.source_type,
                "agent": a.agent,
                "created": a.created,
                "target_language": a.target_language,
            }
            for a in reading.actions
        ],
        "ingredients": [_ingredient(ingredient) for ingredient in reading.ingredients],
        "consent_assertion": {"label": reading.consent.label, "created": reading.consent.created}
        if reading.consent
        else None,
        "redactions": list(reading.redactions),
        "codes": list(reading.codes),
        "remote_manifest": reading.remote_manifest,
        "remarks": [{"code": remark.code, "sentence": remark.sentence} for remark in reading.remarks],
        "sidecar": reading.sidecar,
        "asked": reading.asked,
    }


def _answers(about: ProvenanceReading | Ingredient) -> dict[str, dict[str, str]]:
    return {
        name: {"value": answer.value, "why": answer.why}
        for name in ("integrity", "trust", "identity", "time", "revocation")
        for answer in (getattr(about, name),)
    }


def _ingredient(ingredient: Ingredient) -> dict[str, Any]:
    return {
        "title": ingredient.title,
        "relationship": ingredient.relationship,
        "depth": ingredient.depth,
        "manifest": ingredient.manifest_label,
        "used_by": ingredient.used_by,
        "answers": _answers(ingredient),
        "integrity": ingredient.integrity.value,
        "trust": ingredient.trust.value,
        "time_at": rfc3339(ingredient.time_at) if ingredient.time_at else None,
        "signer": asdict(ingredient.signer) if ingredient.signer else None,
        "trust_list": ingredient.trust_list,
        "codes": list(ingredient.codes),
    }
