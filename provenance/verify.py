"""What a file says about its own making, and how far each part holds. Needs no network, model or database.

Standard: C2PA Technical Specification 2.x, chapter 15 (validation).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from cryptography.x509.oid import NameOID

from provenance import answers, chain, cose, engine, formats, jumbf, source_types
from provenance.errors import (
    NoManifest,
    RemoteManifestOnly,
    SourceUnreadable,
    UnreadableManifest,
)
from provenance.json_shapes import Json, mapping, moment, text
from provenance.reading import Answer, ProvenanceReading, SignerIdentity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cryptography import x509

    from provenance.trust import TrustProfile


def read(path: Path, trust: TrustProfile | None, *, sidecar: bytes | None = None) -> ProvenanceReading:
    """Return what a media file says about its making. Hostile content gives answers, never an exception.

    trust: whose signatures count; without it, `trust` is not_checked and no time-stamp or organisation is
    trusted. sidecar: the manifest that was kept apart from this file; it binds every byte of it.
    Raises SourceMissing or SourceUnreadable. Cost: one reading of the file, about twice its SHA-256.
    """
    media_type = formats.detected(formats.file_head(path)) if sidecar is None else formats.ANY
    if media_type not in formats.READABLE and sidecar is None:
        if media_type is None:
            return without_manifest("the content is of no known media format", "unreadable")
        return without_manifest(f"{media_type} cannot carry an embedded manifest", "absent")
    try:
        with path.open("rb") as stream:
            report = engine.inspect(stream, media_type or formats.ANY, trust, sidecar=sidecar)
    except NoManifest as error:
        return without_manifest(str(error), "absent")
    except RemoteManifestOnly as error:
        return without_manifest(str(error), "absent", remote=True)
    except UnreadableManifest as error:
        return without_manifest(str(error), "unreadable", present=True)
    except OSError as error:
        raise SourceUnreadable(f"{path.name} cannot be read ({error.strerror}); check its permissions") from error
    return reading_of(report, trust)


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
    )


def reading_of(report: engine.StoreReport, trust: TrustProfile | None) -> ProvenanceReading:
    """Return the reading of what the engine found in one file."""
    by_label = {text(manifest.get("label")) or "": manifest for manifest in report.manifests}
    active = by_label.get(report.active)
    if active is None:
        return without_manifest("the manifest that should be active is not there", "unreadable", present=True)

    @cache
    def certificates(label: str) -> tuple[x509.Certificate, ...]:
        return _certificates(report.store, by_label.get(label))

    def trust_of(label: str, found: answers.Statuses) -> Answer:
        return _ingredient_trust(by_label.get(label), certificates(label), found, trust)

    others = [manifest for label, manifest in by_label.items() if label != report.active]
    results = mapping(active.get("validationResults"))
    found = answers.statuses(results)
    # 1. Is the file what was signed? 2. When? 3. By somebody we trust? Each stands alone.
    integrity = answers.integrity(found, report.state)
    time = answers.time(found, trust)
    timely = time.value == "trusted"
    signers = certificates(report.active)
    checked_at = moment(results.get("validationTime"))
    trusted = answers.trust(found, report.state, report.trust_list, signers, trust, checked_at, time_is_trusted=timely)
    stated = chain.assertions(active)
    inherited = tuple(assertion for manifest in others for assertion in chain.assertions(manifest))
    actions = chain.actions(stated)
    declared = tuple(action.source_type for action in (*actions, *chain.actions(inherited)) if action.source_type)
    source_type = next((action.source_type for action in actions if action.source_type), None)
    return ProvenanceReading(
        present=True,
        integrity=integrity,
        trust=trusted,
        identity=answers.identity(found, trust, stated=any(a.label.startswith("cawg.identity") for a in stated)),
        time=time,
        revocation=answers.revocation(found),
        time_at=answers.time_stated(active) if timely else None,
        signer=_signer(signers),
        generator=chain.generator(active),
        trust_list=report.trust_list if trusted.value == "trusted" else None,
        manifest_label=report.active,
        manifests=len(report.manifests),
        actions=actions,
        all_actions_included=chain.all_actions_included(stated),
        source_type=source_type,
        source_type_status=source_types.status(source_type),
        declared_source_types=tuple(dict.fromkeys(declared)),
        ingredients=chain.ingredients([active, *others], report.deltas, trust_of),
        consent=chain.consent(stated),
        assertions=stated,
        inherited_assertions=inherited,
        redactions=chain.redactions(report.manifests),
        codes=found.failure_codes(),
    )


def _certificates(store: bytes, manifest: Mapping[str, Json] | None) -> tuple[x509.Certificate, ...]:
    """Return the certificates in a manifest's signature; none if unreadable, or if the engine saw another."""
    if manifest is None:
        return ()
    try:
        found = cose.certificates(jumbf.signature(store, text(manifest.get("label")) or ""))
    except UnreadableManifest:
        return ()
    seen = text(mapping(mapping(manifest.get("signature")).get("certificateInfo")).get("serialNumber"))
    return found if seen is not None and seen.lower().lstrip("0") == f"{found[0].serial_number:x}" else ()


def _ingredient_trust(
    manifest: Mapping[str, Json] | None,
    signers: tuple[x509.Certificate, ...],
    found: answers.Statuses,
    trust: TrustProfile | None,
) -> Answer:
    """Return trusted | untrusted | not_checked for the signer of an ingredient's manifest."""
    if trust is None:
        return Answer("not_checked", "no trust profile was given")
    if manifest is None:
        return Answer("untrusted", "its manifest is not in the file")
    timely = answers.time(found, trust).value == "trusted"
    results = mapping(manifest.get("validationResults"))
    problem = answers.signer_problem(signers, trust, moment(results.get("validationTime")), time_is_trusted=timely)
    failed = tuple(code for code in found.failure_codes() if code.startswith("signingCredential."))
    if problem or failed:
        return Answer("untrusted", problem or answers.in_words(failed))
    if not found.has("signingCredential.trusted"):
        return Answer("untrusted", "nothing shows that its signer was trusted")
    return Answer("trusted", "its signer's certificate leads to an authority trusted for claims")


def _signer(certificates: tuple[x509.Certificate, ...]) -> SignerIdentity | None:
    if not certificates:
        return None
    leaf = certificates[0]

    def part(name: x509.Name, oid: x509.ObjectIdentifier) -> str | None:
        return next((str(attribute.value) for attribute in name.get_attributes_for_oid(oid)), None)

    return SignerIdentity(
        subject=part(leaf.subject, NameOID.COMMON_NAME),
        organisation=part(leaf.subject, NameOID.ORGANIZATION_NAME),
        issuer=part(leaf.issuer, NameOID.COMMON_NAME) or part(leaf.issuer, NameOID.ORGANIZATION_NAME),
        serial=f"{leaf.serial_number:x}",
    )
