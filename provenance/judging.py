"""The reading of one manifest store: the five answers about the file, the same about each ingredient, and remarks.

Standard: C2PA Technical Specification 2.x, chapter 15 (validation).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from provenance import answers, chain, credentials, remarks, source_types, vouching
from provenance.json_shapes import Json, mapping, moment, text
from provenance.reading import Answer, ProvenanceReading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from cryptography import x509

    from provenance.engine import StoreReport
    from provenance.revocation import RevocationList
    from provenance.trust import TrustList, TrustProfile


@dataclass(frozen=True, slots=True)
class Grounds:
    """By what a store is judged. `asked`: the address that was asked whether the signer's certificate stands."""

    trust: TrustProfile | None
    revoked: RevocationList | None = None
    asked: str | None = None
    answer: Answer | None = None
    """What was said at that address."""


def without_manifest(
    why: str, value: str = "absent", *, present: bool = False, remote: bool = False
) -> ProvenanceReading:
    """Return the reading of something that carries no manifest (absent), or none that can be read (unreadable)."""
    nothing = Answer("absent", why)
    return ProvenanceReading(
        present=present,
        integrity=Answer(value, why),
        trust=nothing,
        identity=nothing,
        time=Answer("none", why),
        revocation=Answer("not_checked", why),
        remote_manifest=remote,
        remarks=(remarks.remark("manifest.remote"),) if remote else (),
    )


def stopped(why: str) -> ProvenanceReading:
    """Return the reading of a file that nothing is known about, because its reader broke down or was stopped."""
    reading = without_manifest(why, "unreadable", present=True)
    return replace(reading, remarks=(remarks.remark("reader.stopped"),))


def reading_of(report: StoreReport, grounds: Grounds) -> ProvenanceReading:
    """Return the reading of what the engine found in one file."""
    by_label = {text(manifest.get("label")) or "": manifest for manifest in report.manifests}
    active = by_label.get(report.active)
    if active is None:
        return without_manifest("the manifest that should be active is not there", "unreadable", present=True)

    @cache
    def certificates(label: str) -> tuple[x509.Certificate, ...]:
        return credentials.certificates(report.store, by_label.get(label))

    others = [manifest for manifest in report.manifests if manifest is not active]
    results = mapping(active.get("validationResults"))
    now = moment(results.get("validationTime"))
    found = answers.statuses(results)
    signers = certificates(report.active)
    # 1. Is the file what was signed? 2. When? 3. By somebody we trust? Each stands alone.
    integrity = answers.integrity(found, report.state)
    time = answers.time(found, grounds.trust, now)
    timely = time.value == "trusted"
    time_at = answers.time_stated(active) if timely else None
    trusted = answers.trust(found, report.state, report.trust_list, signers, grounds.trust, now, time_is_trusted=timely)
    by = _by(signers, grounds.trust, now, time_is_trusted=timely) if trusted.value == "trusted" else None
    stated = chain.assertions(active)
    inherited = tuple(assertion for manifest in others for assertion in chain.assertions(manifest))
    actions = chain.actions(stated)
    declared = tuple(action.source_type for action in (*actions, *chain.actions(inherited)) if action.source_type)
    source_type = next((action.source_type for action in actions if action.source_type), None)
    everything = [active, *others]
    return ProvenanceReading(
        present=True,
        integrity=integrity,
        trust=trusted,
        identity=answers.identity(found, grounds.trust, now, stated=_states_identity(active)),
        time=time,
        revocation=_revocation(found, signers, grounds, grounds.answer, signed_at=time_at, now=now),
        time_at=time_at,
        signer=credentials.signer(signers),
        generator=chain.generator(active),
        trust_list=by.uri if by else None,
        manifest_label=report.active,
        manifests=len(report.manifests),
        actions=actions,
        all_actions_included=chain.all_actions_included(stated),
        source_type=source_type,
        source_type_status=source_types.status(source_type),
        declared_source_types=tuple(dict.fromkeys(declared)),
        ingredients=chain.ingredients(everything, report.deltas, _judge(by_label, certificates, grounds, now)),
        consent=chain.consent(stated),
        assertions=stated,
        inherited_assertions=inherited,
        redactions=chain.redactions(report.manifests),
        codes=found.failure_codes(),
        remarks=remarks.in_order((*remarks.found(everything, stated, inherited), *remarks.of_list(by, now))),
        asked=grounds.asked,
    )


def _judge(
    by_label: Mapping[str, Mapping[str, Json]],
    certificates: Callable[[str], tuple[x509.Certificate, ...]],
    grounds: Grounds,
    now: datetime | None,
) -> Callable[[str, answers.Statuses], chain.Standing]:
    """Return what judges the manifest of an ingredient, by what its use recorded and what was found now."""

    def judged(label: str, found: answers.Statuses) -> chain.Standing:
        manifest = by_label.get(label)
        if manifest is None:
            value = "untrusted" if grounds.trust else "not_checked"
            return chain.unknown(value, "its manifest is not in the file")
        signers = certificates(label)
        time = answers.time(found, grounds.trust, now)
        time_at = answers.time_stated(manifest) if time.value == "trusted" else None
        trusted = _trust(signers, found, grounds.trust, now, time_is_trusted=time.value == "trusted")
        by = _by(signers, grounds.trust, now, time_is_trusted=time.value == "trusted")
        by = by if trusted.value == "trusted" else None
        return chain.Standing(
            trust=trusted,
            identity=answers.identity(found, grounds.trust, now, stated=_states_identity(manifest)),
            time=time,
            revocation=_revocation(found, signers, grounds, None, signed_at=time_at, now=now),
            time_at=time_at,
            signer=credentials.signer(signers),
            trust_list=by.uri if by else None,
        )

    return judged


def _trust(
    signers: tuple[x509.Certificate, ...],
    found: answers.Statuses,
    trust: TrustProfile | None,
    now: datetime | None,
    *,
    time_is_trusted: bool,
) -> Answer:
    """Return trusted | untrusted | not_checked for the signer of an ingredient's manifest."""
    if trust is None:
        return Answer("not_checked", answers.NO_PROFILE)
    vouched = vouching.for_claims(signers, trust, now, time_is_trusted=time_is_trusted)
    failed = tuple(code for code in found.failure_codes() if code.startswith("signingCredential."))
    if vouched.by is None or failed:
        return Answer("untrusted", vouched.problem or answers.in_words(failed))
    if not found.has("signingCredential.trusted"):
        return Answer("untrusted", "nothing shows that its signer was trusted")
    return Answer("trusted", f"its signer's certificate leads to {vouched.by.described(now)}")


def _by(
    signers: tuple[x509.Certificate, ...], trust: TrustProfile | None, now: datetime | None, *, time_is_trusted: bool
) -> TrustList | None:
    return None if trust is None else vouching.for_claims(signers, trust, now, time_is_trusted=time_is_trusted).by


def _revocation(
    found: answers.Statuses,
    signers: tuple[x509.Certificate, ...],
    grounds: Grounds,
    asked: Answer | None,
    *,
    signed_at: datetime | None,
    now: datetime | None,
) -> Answer:
    """Return what the manifest carries or, in its place, what was said when asked, and what the revocation file says.

    Revoked by any of them is revoked.
    """
    engine = answers.revocation(found)
    if engine.value == "good" and signed_at is None:
        # The engine does not look at the days for which such an answer counts: a thief would keep an old one.
        engine = Answer("unknown", "the manifest carries its authority's word, and nothing proves of what time")
    if asked is not None and engine.value != "revoked":
        engine = asked
    if grounds.revoked is None or not signers or engine.value == "revoked":
        return engine
    listed = grounds.revoked.answer(signers[0], signed_at=signed_at, now=now)
    if listed is not None and (listed.value == "revoked" or engine.value != "good"):
        return listed
    if engine.value == "not_checked":
        return Answer("not_checked", f"neither {grounds.revoked.name} nor the manifest says anything about it")
    return engine


def _states_identity(manifest: Mapping[str, Json]) -> bool:
    return any(a.label.startswith("cawg.identity") for a in chain.assertions(manifest))
