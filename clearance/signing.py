"""Sign what is true: the audit of that very file decides whether, and its facts become the consent assertion."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from clearance.audit import audit
from clearance.consent_statement import assertion_of, commitment
from clearance.errors import ConfigurationError, EvidenceInvalid, SigningHeld, SigningRefused
from clearance.home import identity_of, registry_of, require_trust
from clearance.instruments import instruments_of
from clearance.judged_packs import before_signing, judged_packs
from clearance.report.document import asset_of
from clearance.report.sentences import reason
from clearance.statements import Stated, stated_of
from clearance.verdict import Verdict
from consent.checkpoint import open_checkpoint
from detectors.sequence import files_of, is_pattern
from provenance.sequences import sign_sequence
from provenance.sidecar import sidecar_path
from provenance.sign import place_of, sign
from provenance.statements import TRAINING_USES, training_mining, without_audit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from clearance.audit import AssetAudit, ReplicaAudit
    from clearance.declaration import Declaration
    from clearance.papers import Papers
    from clearance.settings import Settings
    from provenance.consent_assertion import LikenessConsent
    from provenance.identity import SigningIdentity
    from provenance.manifest import ExtraAssertion
    from provenance.sign import SigningReceipt
    from provenance.trust import TrustProfile


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be signed, into what, and what the user says about it beyond the declaration."""

    source: Path
    """A file, or a pattern of numbered files."""
    destination: Path | None
    """The signed copy, or the manifest beside the source; None for the manifest's usual place."""
    source_type: str | None = None
    ingredients: tuple[Path, ...] = ()
    sidecar: bool = False


def sign_audited(
    order: Order,
    declaration: Declaration,
    settings: Settings,
    *,
    identity: SigningIdentity | None = None,
    now: datetime,
    papers: Papers | None = None,
) -> SigningReceipt:
    """Return the receipt of a signed copy, or of the manifest beside the source; the source is never touched.

    identity: who signs; by default whom the settings name.
    Raises SigningRefused or SigningHeld with the gravest finding when the audit blocks or holds the file or when
    the source type contradicts the declaration, EvidenceInvalid when the file or its history is damaged, and the
    errors of `provenance.sign`. Side effect: the salts that open the commitments are recorded as events.
    """
    stated = _stated(order, declaration)
    identity, trust = identity or identity_of(settings), require_trust(settings)
    packs = judged_packs((), declaration.policies, settings)
    with instruments_of(settings, packs=packs, now=now, purpose="sign", papers=papers) as opened:
        instruments = replace(opened, packs=before_signing(opened.packs))
        judged = audit((order.source,), declaration, instruments, as_of=now, now=now)
        asset = judged.assets[0]
        _refuse_unless_passed(asset)
        snapshot = open_checkpoint(judged.registry_checkpoint, instruments.registry.ledger.verifier_key)
        commitments = tuple(commitment(replica, instruments.registry) for replica in asset.replicas)
        permitted = training_mining([_training(replica) for replica in asset.replicas])
        receipt = _signed(
            order,
            stated,
            identity,
            trust,
            now=now,
            consent=assertion_of(judged, asset, tuple(c.subject for c in commitments), snapshot),
            extra=(stated.production, *((permitted,) if permitted else ())),
            judged_sha256=asset.media.sha256 if asset.media else None,
        )
        instruments.registry.deliverables.record_signing(
            receipt.signed_sha256,
            verdict=str(asset.verdict),
            reliances=[(made.rests_on, made.opening()) for made in commitments],
            now=now,
        )
    return receipt


def sign_without_audit(
    order: Order,
    declaration: Declaration,
    settings: Settings,
    *,
    identity: SigningIdentity | None = None,
    reason: str,
    now: datetime,
) -> SigningReceipt:
    """Return the receipt of a file that nobody judged, which its manifest says, with the reason.

    It states no consent, and permits no training with the performers declared: nobody looked up what they agreed.
    Raises SigningRefused for a source type that contradicts the declaration, and the errors of `provenance.sign`.
    Side effect: the reason is recorded as an event.
    """
    stated = _stated(order, declaration)
    nobody_asked: list[dict[str, str | None]] = [{} for _ in declaration.replicas_in(order.source.name)]
    permitted = training_mining(nobody_asked)
    extra = (without_audit(reason), stated.production, *((permitted,) if permitted else ()))
    identity, trust = identity or identity_of(settings), require_trust(settings)
    with registry_of(settings) as registry:
        receipt = _signed(order, stated, identity, trust, now=now, consent=None, extra=extra, judged_sha256=None)
        # The registry keeps no free text; the manifest has it, and this proves which.
        detail = {"manifest": receipt.manifest_label, "reason": hashlib.sha256(reason.encode()).hexdigest()}
        registry.record_event("signed-without-audit", receipt.signed_sha256, detail, now=now)
    return receipt


def _stated(order: Order, declaration: Declaration) -> Stated:
    """Return what will be stated. Raises what is wrong with the order before anything long is done."""
    if not is_pattern(order.source):
        place_of(order.source, order.destination, sidecar=order.sidecar)
    elif order.destination is not None:
        raise ConfigurationError(
            f"the manifest of a sequence is kept beside it, as {sidecar_path(order.source).name}; leave --out out"
        )
    return stated_of(declaration, order.source.name, source_type=order.source_type, plates=bool(order.ingredients))


def _signed(
    order: Order,
    stated: Stated,
    identity: SigningIdentity,
    trust: TrustProfile,
    *,
    now: datetime,
    consent: LikenessConsent | None,
    extra: Sequence[ExtraAssertion],
    judged_sha256: str | None,
) -> SigningReceipt:
    is_sequence = is_pattern(order.source)
    one = partial(
        sign,
        identity=identity,
        trust=trust,
        source_type=stated.source_type,
        now=now,
        agent=stated.agent,
        edits=stated.edits,
        consent=consent,
        extra=extra,
        components=order.ingredients,
        all_actions_included=stated.all_actions_included,
        sidecar=order.sidecar or is_sequence,
        expected_sha256=None if is_sequence else judged_sha256,
    )
    if not is_sequence:
        return one(order.source, order.destination)
    frames = [file.path for file in files_of(order.source)]
    return sign_sequence(order.source, frames, one, expected_sum=judged_sha256)


def _refuse_unless_passed(asset: AssetAudit) -> None:
    if asset.verdict <= Verdict.WARN:
        return
    error = {Verdict.REVIEW: SigningHeld, Verdict.BLOCK: SigningRefused, Verdict.INVALID: EvidenceInvalid}[
        asset.verdict
    ]
    raise error(f"{asset.path} is not signed: {reason(asset_of(asset))}")


def _training(replica: ReplicaAudit) -> dict[str, str | None]:
    assert replica.consent is not None  # noqa: S101 -- K1 has passed
    assert replica.consent.best is not None  # noqa: S101
    stated = replica.consent.best.grant.training_use
    return {use: getattr(stated, use) for use in TRAINING_USES}
