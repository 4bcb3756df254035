"""What a signed manifest says about consent: salted commitments to grants, how faces were searched, which rules judged.

Nothing in it means anything to somebody who does not hold the record; what opens a commitment stays in the registry.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clearance.clock import rfc3339
from clearance.grants import grant_document
from clearance.reliance import of_replica
from clearance.verdict import Verdict
from provenance.consent_assertion import (
    AssetScan,
    Checkpoint,
    LikenessConsent,
    PolicyOutcome,
    Subject,
    record_commitment,
)

if TYPE_CHECKING:
    from clearance.audit import AssetAudit, Audit, ReplicaAudit
    from consent.checkpoint import Checkpoint as LedgerCheckpoint
    from consent.registry import Registry
    from consent.reliance import Reliance

_SALT_BYTES: Final = 16
_COVERAGE: Final = {
    "default": "cuts-keyframes-changes-and-every-second",
    "every-frame": "every-frame",
    "preview": "keyframes",
}
# What the assertion's schema admits as a short code.
_LONGEST_CODE: Final = 64
_CODE: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._:/+-]{{0,{_LONGEST_CODE - 1}}}")


@dataclass(frozen=True, slots=True)
class Commitment:
    """One subject of the assertion, and what the registry must keep to open its commitment later."""

    subject: Subject
    rests_on: Reliance
    salt: bytes

    def opening(self) -> dict[str, str]:
        """Return what opens the commitment, as the detail of an event."""
        return {"grant": self.rests_on.grant or "", "ref": self.subject.ref, "salt": self.salt.hex()}


def commitment(replica: ReplicaAudit, registry: Registry) -> Commitment:
    """Return the salted commitment to the grant that a replica rests on, K1 having passed."""
    rests_on = of_replica(replica)
    assert rests_on is not None  # noqa: S101 -- K1 has passed
    assert replica.consent is not None  # noqa: S101
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
        receipts=tuple(
            sorted({each.id for each in registry.receipts.receipts(grant.performer) if each.record == grant.id})
        ),
    )
    return Commitment(subject, rests_on, salt)


def assertion_of(
    judged: Audit, asset: AssetAudit, subjects: tuple[Subject, ...], snapshot: LedgerCheckpoint
) -> LikenessConsent:
    """Return the assertion about an asset that passed its audit."""
    assert asset.scan is not None  # noqa: S101 -- a file that was not scanned is held, and not signed
    decisions = [identification.decision for identification in asset.identifications]
    packs = hashlib.sha256("".join(pack.sha256 for pack in judged.packs).encode()).hexdigest()
    still = asset.scan.media.kind == "image"
    return LikenessConsent(
        asset_scan=AssetScan(
            # Of two packs with long names the assertion holds the beginning; the digest says which they are.
            detector=f"{judged.model_pack.name}-{judged.model_pack.version}"[:_LONGEST_CODE],
            model_sha256=judged.model_pack.sha256,
            frames_scanned=asset.scan.coverage.frames_searched,
            coverage="whole-picture" if still else _COVERAGE[asset.scan.coverage.sampling],
            faces_found=len(decisions),
            unmatched_faces=sum(decision != "match" for decision in decisions),
            frames_total=asset.scan.coverage.frames_total,
        ),
        subjects=subjects,
        policy=PolicyOutcome(
            id="+".join(pack.id for pack in judged.packs),
            version="+".join(pack.version for pack in judged.packs),
            sha256=packs,
            outcome="warn" if asset.verdict == Verdict.WARN else "pass",
        ),
        decided_at=rfc3339(judged.as_of),
        registry_snapshot=snapshot.root.hex(),
        checkpoint=Checkpoint(snapshot.origin, snapshot.size, snapshot.root.hex()),
    )
