"""Sign what is true: the audit of that very file decides whether, and its facts become the consent assertion."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clearance.audit import audit
from clearance.clock import rfc3339
from clearance.errors import ConfigurationError, EvidenceInvalid, SigningHeld, SigningRefused
from clearance.grants import grant_document
from clearance.home import identity_of, require_trust
from clearance.instruments import instruments_of
from clearance.report.document import asset_of
from clearance.report.sentences import reason
from clearance.verdict import Verdict
from provenance import source_types
from provenance.consent_assertion import AssetScan, LikenessConsent, PolicyOutcome, Subject, record_commitment
from provenance.manifest import Agent
from provenance.sign import sign

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from clearance.audit import AssetAudit, Audit, ReplicaAudit
    from clearance.declaration import Declaration
    from clearance.papers import Papers
    from clearance.settings import Settings
    from provenance.sign import SigningReceipt

# PROV judges a manifest; the file about to be signed gets its manifest here.
_PACKS: Final = ("CORE", "BIO")
_SALT_BYTES: Final = 16
_COVERAGE: Final = {
    "default": "cuts-keyframes-changes-and-every-second",
    "every-frame": "every-frame",
    "preview": "keyframes",
}
# What the assertion's schema admits as a short code.
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+-]{0,63}")


@dataclass(frozen=True, slots=True)
class _Commitment:
    """One subject of the assertion, and what the registry must keep to open its commitment later."""

    subject: Subject
    grant: str
    salt: bytes


def sign_audited(
    source: Path,
    destination: Path,
    declaration: Declaration,
    settings: Settings,
    *,
    source_type: str,
    now: datetime,
    papers: Papers | None = None,
) -> SigningReceipt:
    """Return the receipt of a signed copy of source; the source is never touched.

    Raises SigningRefused or SigningHeld with the gravest finding when the audit blocks or holds the file or when
    the source type contradicts the declaration, EvidenceInvalid when the file or its history is damaged, and the
    errors of `provenance.sign`. Side effect: the salts that open the commitments are recorded as events.
    """
    _check_source_type(source_type, declaration, source.name)
    identity, trust = identity_of(settings), require_trust(settings)
    with instruments_of(settings, packs=_PACKS, today=now.date(), papers=papers) as instruments:
        judged = audit((source,), declaration, instruments, as_of=now, now=now)
        asset = judged.assets[0]
        _refuse_unless_passed(asset)
        commitments = tuple(_commitment(replica) for replica in asset.replicas)
        receipt = sign(
            source,
            destination,
            identity=identity,
            trust=trust,
            source_type=source_type,
            agent=_agent(declaration),
            consent=_assertion(judged, asset, tuple(c.subject for c in commitments)),
            expected_sha256=asset.media.sha256 if asset.media else None,
            now=now,
        )
        for made in commitments:
            detail = {"grant": made.grant, "ref": made.subject.ref, "salt": made.salt.hex()}
            instruments.registry.record_event("signed", receipt.signed_sha256, detail, now=now)
    return receipt


def _check_source_type(source_type: str, declaration: Declaration, file: str) -> None:
    if source_types.status(source_type) != "current":
        known = ", ".join(sorted(source_types.CURRENT))
        raise ConfigurationError(f'"{source_type}" is no current IPTC source type; use one of {known}')
    generated = bool(declaration.replicas_in(file)) or any(tool.generative for tool in declaration.tools)
    if source_types.short(source_type) in source_types.CAPTURE and generated:
        raise SigningRefused(
            f"{file}: source type {source_type} says that a camera recorded it, but the declaration names a replica or "
            "a generative tool; use compositeWithTrainedAlgorithmicMedia, or correct the declaration"
        )


def _refuse_unless_passed(asset: AssetAudit) -> None:
    if asset.verdict <= Verdict.WARN:
        return
    error = {Verdict.REVIEW: SigningHeld, Verdict.BLOCK: SigningRefused, Verdict.INVALID: EvidenceInvalid}[
        asset.verdict
    ]
    raise error(f"{asset.path} is not signed: {reason(asset_of(asset))}")


def _agent(declaration: Declaration) -> Agent | None:
    generative = [tool for tool in declaration.tools if tool.generative]
    return Agent(generative[0].name, generative[0].version) if generative else None


def _commitment(replica: ReplicaAudit) -> _Commitment:
    assert replica.consent is not None  # noqa: S101 -- K1 has passed
    assert replica.consent.best is not None  # noqa: S101
    grant = replica.consent.best.grant
    canonical = json.dumps(grant_document(grant), sort_keys=True, separators=(",", ":")).encode()
    salt = secrets.token_bytes(_SALT_BYTES)
    project = replica.consent.use.project or ""
    subject = Subject(
        ref=f"urn:uuid:{uuid.uuid4()}",
        decision="granted",
        consent_record_hash=record_commitment(salt, canonical),
        scope=(replica.declared.kind, *replica.declared.modalities),
        project=project if _CODE.fullmatch(project) else None,
    )
    return _Commitment(subject, grant.id, salt)


def _assertion(judged: Audit, asset: AssetAudit, subjects: tuple[Subject, ...]) -> LikenessConsent:
    assert asset.scan is not None  # noqa: S101 -- a file that was not scanned is held, and not signed
    decisions = [identification.decision for identification in asset.identifications]
    packs = hashlib.sha256("".join(pack.sha256 for pack in judged.packs).encode()).hexdigest()
    still = asset.scan.media.kind == "image"
    return LikenessConsent(
        asset_scan=AssetScan(
            detector=f"{judged.model_pack.name}-{judged.model_pack.version}",
            model_sha256=judged.model_pack.sha256,
            frames_scanned=asset.scan.coverage.frames_searched,
            coverage="whole-picture" if still else _COVERAGE[asset.scan.coverage.sampling],
            faces_found=len(decisions),
            unmatched_faces=sum(decision != "match" for decision in decisions),
        ),
        subjects=subjects,
        policy=PolicyOutcome(
            id="+".join(pack.id for pack in judged.packs),
            version="+".join(pack.version for pack in judged.packs),
            sha256=packs,
            outcome="warn" if asset.verdict == Verdict.WARN else "pass",
        ),
        decided_at=rfc3339(judged.as_of),
        registry_snapshot=judged.registry_state,
    )
