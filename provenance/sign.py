"""A finished media file signed: its source type, its actions and its likeness consent, bound to its content.

The manifest goes into the file where its format carries one, else into a file beside it. The source is never
changed, its history is kept, and what appears at the destination was read and verified before.
Standard: C2PA Technical Specification 2.x, chapters 10 (claims), 11.4 (external manifests) and 13 (signatures).
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from provenance import formats, labels, pki, signing_engine, source_types, verify
from provenance.consent_assertion import assertion_data
from provenance.digests import sha256_of, stamps_of
from provenance.errors import DestinationUnusable, IdentityUnusable, SigningFailed
from provenance.history import history_of
from provenance.manifest import Agent, definition
from provenance.publishing import check_destination, publish, unfinished
from provenance.sidecar import SUFFIX, is_embeddable, sidecar_path

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from provenance.consent_assertion import LikenessConsent
    from provenance.digests import Stamps
    from provenance.history import History
    from provenance.identity import SigningIdentity
    from provenance.json_shapes import Json
    from provenance.manifest import Edit, ExtraAssertion
    from provenance.organisation import Organisation
    from provenance.reading import Answer, ProvenanceReading
    from provenance.trust import TrustProfile

_GENERATOR = Agent("clearance")


@dataclass(frozen=True, slots=True)
class SigningReceipt:
    """What was signed, into what, and how the result stood when read again."""

    source_sha256: str
    signed_sha256: str
    """Of the media that the manifest belongs to: the signed copy, or the source itself if `sidecar` is set."""
    manifest_label: str
    signed_at: datetime
    media_type: str
    parent_kept: bool
    """True if the source carried a manifest, which now is the parent of the new one."""
    trust: Answer
    """The new manifest's own trust under the profile given."""
    time: Answer
    """Whether the time of signing is proven under that profile: trusted, untrusted or none."""
    written: Path
    sidecar: bool = False
    """True if the manifest was written beside the source, and the source needs no copy."""


def sign(
    source: Path,
    destination: Path | None,
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
    components: Sequence[Path] = (),
    all_actions_included: bool = False,
    sidecar: bool = False,
    expected_sha256: str | None = None,
    overwrite: bool = False,
) -> SigningReceipt:
    """Return the receipt of a signed copy of source, or of its manifest alone, written in one step.

    destination: the signed copy, if the format embeds a manifest. Else, or if sidecar asks for it, the file of
    the manifest, by default `sidecar_path(source)`.
    source_type: a current IPTC term, short or as an address; it goes with the first action, which is
    c2pa.created by agent, or c2pa.opened if the source carries a manifest already: that history is kept as
    the parent. components: files that went into it. all_actions_included: the actions are complete.
    expected_sha256: of the source that was judged; no signature is made for another file under the same name.
    trust: under which the history is judged and recorded. now: aware; certificates must be valid then.
    Raises SourceError, or SigningError: then destination is as it was, and nothing half-written is left.
    """
    media_type, destination = place_of(source, destination, sidecar=sidecar, overwrite=overwrite)
    detached = media_type is None
    _check_identity(identity, now)
    files = (source, *components)
    before = stamps_of(files)
    with ThreadPoolExecutor(1, "sha256") as hashing, unfinished(destination) as path:
        # Hashing beside the engine, not before it, saves a reading of the file each time.
        digest = hashing.submit(sha256_of, source)
        history = history_of(source, components, trust)
        manifest = definition(
            source_type=source_type,
            agent=agent,
            edits=edits,
            consent=consent,
            extra=extra,
            generator=generator,
            history=history,
            all_actions_included=all_actions_included,
            now=now,
        )
        guarded = _guarded(identity, source, digest, expected_sha256, files, before)
        store = _seal(manifest, source, path, media_type, guarded, trust, history)
        signed = digest if detached else hashing.submit(sha256_of, path)
        result = verify.read(source, trust, sidecar=store) if detached else verify.read(path, trust)
        _check_result(result, history, source_type, consent, identity.organisation)
        receipt = SigningReceipt(
            source_sha256=digest.result(),
            signed_sha256=signed.result(),
            manifest_label=result.manifest_label or "",
            signed_at=now,
            media_type=media_type or formats.ANY,
            parent_kept=history.parent is not None,
            trust=result.trust,
            time=result.time,
            written=destination,
            sidecar=detached,
        )
        if stamps_of(files) != before:
            raise _changed(source)
        publish(path, source, destination, overwrite=overwrite)
    return receipt


def place_of(
    source: Path, destination: Path | None, *, sidecar: bool, overwrite: bool = False
) -> tuple[str | None, Path]:
    """Return the format to embed in, or None for a manifest kept apart, and where the result goes.

    To be asked before long work: raises what `sign` would raise about the place. Nothing is written.
    """
    found = formats.detected(formats.file_head(source))
    apart = sidecar or not is_embeddable(found)
    if apart and not sidecar and not formats.is_media(found):
        # Raises with what the file is instead.
        formats.media_type(source)
    if not apart and destination is None:
        raise DestinationUnusable(f"{source.name} carries its manifest inside; name the signed copy to write")
    if apart and destination is not None and destination.suffix != SUFFIX:
        raise DestinationUnusable(
            f"the manifest of {source.name} is kept beside it; name a file that ends in {SUFFIX}, or none "
            f"for {sidecar_path(source).name}"
        )
    place = destination or sidecar_path(source)
    check_destination(source, place, overwrite=overwrite)
    return None if apart else found, place


def _check_identity(identity: SigningIdentity, now: datetime) -> None:
    problems = pki.lint(identity.chain_pem, now=now)
    if problems:
        raise IdentityUnusable(f"{identity.name} cannot sign claims: {'; '.join(problems)}")


def _guarded(
    identity: SigningIdentity,
    source: Path,
    digest: Future[str],
    expected: str | None,
    files: Sequence[Path],
    before: Stamps,
) -> SigningIdentity:
    """Return an identity whose key is touched only if the source is the file that was judged, unchanged."""

    def sign(data: bytes) -> bytes:
        if expected not in (None, digest.result()):
            raise SigningFailed(f"{source.name} is not the file that was judged; judge and sign it again")
        if stamps_of(files) != before:
            raise _changed(source)
        return identity.sign(data)

    return replace(identity, sign=sign)


def _changed(source: Path) -> SigningFailed:
    return SigningFailed(
        f"{source.name}, or what went into it, was changed while it was signed; sign it again when it is finished"
    )


def _seal(
    manifest: dict[str, Json],
    source: Path,
    path: Path,
    media_type: str | None,
    identity: SigningIdentity,
    trust: TrustProfile,
    history: History,
) -> bytes:
    """Write the signed copy of source, or its manifest alone, into path; return the manifest. Raises SigningFailed."""
    try:
        with source.open("rb") as original, path.open("r+b") as written:
            store = signing_engine.seal(
                manifest,
                original,
                None if media_type is None else written,
                media_type=media_type or formats.ANY,
                identity=identity,
                trust=trust,
                ingredients=history.ingredients,
            )
            if media_type is None:
                written.write(store)
            return store
    except OSError as error:
        raise SigningFailed(f"signing {source.name} failed ({error.strerror}); check space and rights") from error


def _check_result(
    result: ProvenanceReading,
    history: History,
    source_type: str,
    consent: LikenessConsent | None,
    organisation: Organisation | None,
) -> None:
    """Raise SigningFailed unless the signed file says exactly what it was meant to say."""
    stated = result.consent
    meant = None if consent is None else assertion_data(consent)
    named = [i for i in result.ingredients if i.used_by == result.manifest_label]
    faults = {
        f"its manifest does not hold ({result.integrity.why})": result.integrity.value != "valid",
        "what it was made from is missing": len(named) != len(history.ingredients)
        or not history.manifests <= {i.manifest_label for i in named},
        "its source type differs": result.source_type != source_types.short(source_type),
        "an action or assertion is not stated by the signer": not all(
            assertion.created
            # An organisation signs for itself: its assertion is not the claim signer's.
            for assertion in result.assertions
            if not assertion.label.startswith("cawg.identity")
        ),
        "the organisation's identity is missing": organisation is not None and result.identity.value == "absent",
        "its consent assertion differs": (stated.data if stated and stated.label == labels.CONSENT else None) != meant,
    }
    found = [fault for fault, present in faults.items() if present]
    if found:
        raise SigningFailed(f"the signed file was discarded: {'; '.join(found)}")
