"""The record of an audit as a JSON document, schema clearance.audit/1 (`clearance/schemas/audit-1.json`).

Holds references, scores and reasons; never a face vector, a legal name or contract text.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from clearance.clock import rfc3339
from clearance.report.provenance import provenance_of

if TYPE_CHECKING:
    from clearance.audit import AssetAudit, Audit, ReplicaAudit
    from detectors.pack import ModelPack
    from detectors.values import Appearance, Box, Coverage, Identification, Media
    from policies.finding import Citation, Finding

SCHEMA: Final = "clearance.audit/1"


def audit_schema() -> dict[str, Any]:
    """Return the JSON Schema of the document, as shipped."""
    text = files("clearance").joinpath("schemas/audit-1.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def document_of(audit: Audit) -> dict[str, Any]:
    """Return the audit as the JSON document that is the record."""
    return {
        "schema": SCHEMA,
        "verdict": str(audit.verdict),
        "as_of": rfc3339(audit.as_of),
        "known_at": None if audit.known_at is None else rfc3339(audit.known_at),
        "created": rfc3339(audit.created),
        "tool": audit.tool,
        "model_pack": model_pack_of(audit.model_pack) | {"providers": list(audit.providers)},
        "calibration": {
            "id": audit.calibration.id,
            "dataset": audit.calibration.dataset,
            "target_fpir": audit.calibration.target_fpir,
            "threshold": audit.calibration.threshold,
            "review_threshold": audit.calibration.review_threshold,
            "gallery_size": audit.calibration.gallery_size,
            "references": audit.calibration.references,
            "expected_fnir": audit.calibration.expected_fnir,
            "expected_review_fnir": audit.calibration.expected_review_fnir,
            "expected_fpir": audit.calibration.expected_fpir,
            "expected_review_fpir": audit.calibration.expected_review_fpir,
            "extrapolated": audit.calibration.extrapolated,
        },
        "search_mode": audit.search_mode,
        "registry": {"checkpoint": audit.registry_checkpoint},
        "packs": [
            {
                "id": p.id,
                "title": p.title,
                "version": p.version,
                "effective": p.effective.isoformat(),
                "sha256": p.sha256,
                "legal_review": p.legal_review,
            }
            for p in audit.packs
        ],
        "declaration": audit.declaration.model_dump(mode="json", by_alias=True),
        "assets": [asset_of(asset) for asset in audit.assets],
        "not_searched": list(audit.not_searched),
        "limits": list(audit.limits),
    }


def model_pack_of(pack: ModelPack) -> dict[str, Any]:
    """Return what a model pack is; of a pair both packs as well, under "parts"."""
    return {
        "name": pack.name,
        "version": pack.version,
        "sha256": pack.sha256,
        "licence": pack.licence,
        "licence_held": pack.licence_held,
        "commercial_use": pack.commercial_use,
    } | ({"parts": [model_pack_of(part) for part in pack.parts]} if pack.parts else {})


def asset_of(asset: AssetAudit) -> dict[str, Any]:
    """Return one asset's part of the document."""
    media, scan = asset.media, asset.scan
    placed = {a.id: a for a in scan.appearances} if scan else {}
    return {
        "path": _text(asset.path),
        "sha256": media.sha256 if media else None,
        "verdict": str(asset.verdict),
        "problem": _text(asset.problem) if asset.problem else None,
        "media": media_of(media) if media else None,
        "provenance": provenance_of(asset.provenance) if asset.provenance else None,
        "coverage": coverage_of(scan.coverage) if scan else None,
        "appearances": [
            appearance_of(placed[i.appearance], i) | {"crop": crop_name(asset, i.appearance)}
            for i in asset.identifications
        ],
        "marks": [asdict(mark) for mark in asset.marks],
        "replicas": [_replica(replica) for replica in asset.replicas],
        "findings": [_finding(finding, placed) for finding in asset.findings],
        # Exactly what the rules were judged on, so that anybody can judge again; what is not known is left out.
        "facts": asset.facts.model_dump(mode="json", exclude_none=True) if asset.facts else None,
    }


def _text(path: str) -> str:
    """Return a path as text that every format can hold: bytes that are no UTF-8 are written as \\xff."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def media_of(media: Media) -> dict[str, Any]:
    """Return what a file is, without its path and digest."""
    return {
        "kind": media.kind,
        "format": media.format,
        "width": media.width,
        "height": media.height,
        "duration_s": media.duration_s,
        "frame_rate": media.frame_rate,
        "frames": media.frames,
        "frame_rate_is_assumed": media.frame_rate_is_assumed,
        "timecode": media.timecode,
        "transfer": media.transfer,
        "missing_numbers": [list(span) for span in media.missing_numbers],
        "not_searched": list(media.not_searched),
    }


def coverage_of(coverage: Coverage) -> dict[str, Any]:
    """Return what was looked at, field by field (see `detectors.values.Coverage`)."""
    return asdict(coverage)


def crop_name(asset: AssetAudit, appearance: str) -> str:
    """Return where an appearance's crop lies beside the report: crops/<first digits of the file's SHA-256>-A1.jpg."""
    assert asset.media is not None  # noqa: S101 -- only readable media have appearances
    return f"crops/{asset.media.sha256[:16]}-{appearance}.jpg"


def _box(box: Box) -> dict[str, float]:
    return {k: round(getattr(box, k), 1) for k in ("left", "top", "width", "height")}


def appearance_of(appearance: Appearance, identification: Identification) -> dict[str, Any]:
    """Return one person's appearance in a file and who of the gallery it may be."""
    return {
        "id": appearance.id,
        "intervals": [[round(start, 3), round(end, 3)] for start, end in appearance.intervals],
        "frames": appearance.frames,
        "decision": identification.decision,
        "why": identification.why,
        "flags": list(identification.flags),
        "retry": appearance.retry,
        "quality": {"level": appearance.quality.level, "reasons": list(appearance.quality.reasons)},
        "candidates": [
            {
                "performer": c.performer,
                "score": round(c.score, 4),
                "false_match_probability": float(f"{c.false_match_probability:.3g}"),
            }
            for c in identification.candidates
        ],
        "box": _box(appearance.box),
        "best_time_s": appearance.best_time_s,
    }


def _replica(replica: ReplicaAudit) -> dict[str, Any]:
    best = replica.consent.best if replica.consent else None
    evidence = best.grant.evidence if best else None
    return {
        "performer": replica.declared.performer,
        "kind": replica.declared.kind,
        "modalities": list(replica.declared.modalities),
        "character": replica.declared.character,
        "scenes": list(replica.declared.scenes) if replica.declared.scenes is not None else None,
        "seen": replica.seen,
        "grant": best.grant.id if best else None,
        "evidence": {"hash_verified": evidence.hash_verified, "signature": evidence.signature} if evidence else None,
        "consent": [
            {"dimension": d.dimension, "outcome": d.outcome, "why": d.why, "clause": d.clause}
            for d in (best.dimensions if best else ())
        ],
    }


def _finding(finding: Finding, placed: dict[str, Appearance]) -> dict[str, Any]:
    appearance = placed.get(finding.subject) if finding.subject_kind == "appearance" else None
    return {
        "rule": finding.rule,
        "title": finding.title,
        "pack": finding.pack,
        "severity": finding.severity,
        "outcome": finding.outcome,
        "subject": {"kind": finding.subject_kind, "id": finding.subject},
        "why": finding.why,
        "facts": dict(finding.facts),
        "missing": list(finding.missing),
        "citation": _citation(finding.citation),
        "also": [
            {
                "rule": other.rule,
                "title": other.title,
                "pack": other.pack,
                "severity": other.severity,
                "why": other.why,
                "citation": _citation(other.citation),
            }
            for other in finding.also
        ],
        "waived": asdict(finding.waived) if finding.waived else None,
        "remedy": finding.remedy,
        "where": {
            "intervals": [[round(start, 3), round(end, 3)] for start, end in appearance.intervals],
            "box": _box(appearance.box),
        }
        if appearance
        else None,
    }


def _citation(citation: Citation) -> dict[str, Any]:
    return {name: getattr(citation, name) for name in ("instrument", "section", "address", "paraphrase")}
