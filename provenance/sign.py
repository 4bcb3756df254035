"""A finished media file signed: its source type, its actions and its likeness consent, bound to its content.

The source is never changed, its history is kept, and what appears at the destination was read and verified
before. Standard: C2PA Technical Specification 2.x, chapters 10 (claims) and 13 (signatures).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provenance import engine, formats, labels, pki, source_types, verify
from provenance.consent_assertion import assertion_data
from provenance.errors import IdentityUnusable, ParentUnusable, SigningFailed, SourceUnreadable
from provenance.manifest import Agent, definition
from provenance.publishing import check_destination, publish, unfinished

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from provenance.consent_assertion import LikenessConsent
    from provenance.identity import SigningIdentity
    from provenance.json_shapes import Json
    from provenance.manifest import Edit, ExtraAssertion
    from provenance.reading import Answer, ProvenanceReading
    from provenance.trust import TrustProfile

_GENERATOR = Agent("clearance")


@dataclass(frozen=True, slots=True)
class SigningReceipt:
    """What was signed, into what, and how the result stood when read again."""

    source_sha256: str
    signed_sha256: str
    manifest_label: str
    signed_at: datetime
    media_type: str
    parent_kept: bool
    """True if the source carried a manifest, which now is the parent of the new one."""
    trust: Answer
    """The new manifest's own trust under the profile given."""


def sign(
    source: Path,
    destination: Path,
    *,
    identity: SigningIdentity,
    trust: TrustProfile,
    source_type: str,
    now: datetime,
    agent: Agent | None = None,
    edits: Sequence[Edit] = (),
    consent: LikenessConsent | None = None,
    extra: Sequence[ExtraAssertion] = (),
    generator: Agent = _GENERATOR,
    expected_sha256: str | None = None,
    overwrite: bool = False,
) -> SigningReceipt:
    """Return the receipt of a signed copy of source, written to destination in one step.

    source_type: a current IPTC term, short or as an address; it goes with the first action, which is
    c2pa.created by agent, or c2pa.opened if the source carries a manifest already: that history is kept as
    the parent.
    expected_sha256: of the source that was judged; another file under the same name is not signed.
    trust: under which the parent is judged and recorded. now: aware; certificates must be valid then.
    Raises SourceError, or SigningError: then destination is as it was, and nothing half-written is left.
    """
    media_type = formats.media_type(source)
    check_destination(source, destination, overwrite=overwrite)
    problems = pki.lint(identity.chain_pem, now=now)
    if problems:
        raise IdentityUnusable(f"{identity.name} cannot sign claims: {'; '.join(problems)}")
    before = _sha256(source)
    if expected_sha256 not in (None, before):
        raise SigningFailed(f"{source.name} is not the file that was judged; judge and sign it again")
    parent = _usable_parent(source, trust)
    manifest = definition(
        source_type=source_type,
        agent=agent,
        edits=edits,
        consent=consent,
        extra=extra,
        generator=generator,
        keep_parent=parent.present,
        now=now,
    )
    with unfinished(destination) as path:
        _seal(manifest, source, path, media_type, identity, trust, keep_parent=parent.present)
        result = verify.read(path, trust)
        _check_result(result, parent, source_type, consent)
        if _sha256(source) != before:
            raise SigningFailed(f"{source.name} was changed while it was signed; sign it again when it is finished")
        receipt = SigningReceipt(
            source_sha256=before,
            signed_sha256=_sha256(path),
            manifest_label=result.manifest_label or "",
            signed_at=now,
            media_type=media_type,
            parent_kept=parent.present,
            trust=result.trust,
        )
        publish(path, source, destination, overwrite=overwrite)
    return receipt


def _seal(
    manifest: dict[str, Json],
    source: Path,
    path: Path,
    media_type: str,
    identity: SigningIdentity,
    trust: TrustProfile,
    *,
    keep_parent: bool,
) -> None:
    """Write the signed copy of source into path. Raises SigningFailed."""
    try:
        with source.open("rb") as original, path.open("r+b") as copy:
            engine.seal(
                manifest,
                original,
                copy,
                media_type=media_type,
                identity=identity,
                trust=trust,
                keep_parent=keep_parent,
            )
    except OSError as error:
        raise SigningFailed(f"signing {source.name} failed ({error.strerror}); check space and rights") from error


def _usable_parent(source: Path, trust: TrustProfile) -> ProvenanceReading:
    """Return the reading of the source. Raises ParentUnusable if signing would bless or lose a history."""
    parent = verify.read(source, trust)
    if parent.remote_manifest:
        raise ParentUnusable(f"{source.name} names a manifest elsewhere, which would be lost; embed it first")
    if parent.integrity.value not in {"valid", "absent"}:
        raise ParentUnusable(
            f"{source.name} carries a broken manifest ({parent.integrity.why}); go back to an intact file"
        )
    return parent


def _check_result(
    result: ProvenanceReading, parent: ProvenanceReading, source_type: str, consent: LikenessConsent | None
) -> None:
    """Raise SigningFailed unless the signed file says exactly what it was meant to say."""
    stated = result.consent
    meant = None if consent is None else assertion_data(consent)
    faults = {
        f"its manifest does not hold ({result.integrity.why})": result.integrity.value != "valid",
        "the history of the source is missing": result.manifests != parent.manifests + 1,
        "its source type differs": result.source_type != source_types.short(source_type),
        "an action or assertion is not stated by the signer": not all(
            assertion.created for assertion in result.assertions
        ),
        "its consent assertion differs": (stated.data if stated and stated.label == labels.CONSENT else None) != meant,
    }
    found = [fault for fault, present in faults.items() if present]
    if found:
        raise SigningFailed(f"the signed file was discarded: {'; '.join(found)}")


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise SourceUnreadable(f"{path.name} cannot be read ({error.strerror}); check its permissions") from error
