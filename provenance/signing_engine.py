"""c2pa at work for signing: one manifest sealed around a file, or apart from it, with everything it was made from.

The engine's settings are those of reading, so that an ingredient is judged as it would be when read.
Standard: C2PA Technical Specification 2.x, as c2pa-python 0.38.0 (c2pa-rs 0.91.0) implements it; RFC 6920 for
the name of an ingredient.
"""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Literal

import c2pa  # type: ignore[import-untyped]  # the package ships no types

from provenance import formats
from provenance.engine import engine_settings
from provenance.errors import ManifestInvalid, ProvenanceError, SigningFailed, TimeStampUnavailable
from provenance.json_shapes import Json, mapping
from provenance.organisation import asserted, joint_signer
from provenance.time_stamping import running_relay

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from provenance.identity import SigningIdentity
    from provenance.trust import TrustProfile

PARENT = "parent"
"""The label by which an action of a new manifest names the file that is being signed."""

# c2pa-rs refuses larger definitions with an opaque error; the guard leaves room for what it adds.
_MOST_DEFINITION_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class IngredientFile:
    """A file that goes into the new one, and the label by which an action names it."""

    label: str
    relationship: Literal["parentOf", "componentOf"]
    path: Path
    media_type: str
    sha256: str | None
    """Of a component; a parent is the source itself, which the receipt names."""
    sidecar: bytes | None = None
    """Its manifest, where that is kept apart from it."""


def seal(
    definition: Mapping[str, Json],
    source: BinaryIO,
    destination: BinaryIO | None,
    *,
    media_type: str,
    identity: SigningIdentity,
    trust: TrustProfile,
    ingredients: Sequence[IngredientFile] = (),
) -> bytes:
    """Return the signed manifest of source, and write source with it to destination (open, empty).

    Without a destination nothing is written: the manifest is to be kept apart, and binds every byte of source.
    Raises ManifestInvalid for a definition above the engine's size, the error of this package that the key
    raised, TimeStampUnavailable if the identity names authorities and none answered as it should, SigningFailed
    with the reason for everything else.
    """
    document = json.dumps(definition)
    if len(document.encode()) > _MOST_DEFINITION_BYTES:
        raise ManifestInvalid(
            f"the manifest has {len(document)} bytes and may have {_MOST_DEFINITION_BYTES}; shorten it"
        )
    work = _Work(document, source, destination, media_type, identity, trust, tuple(ingredients))
    if identity.time_stamps is None:
        return _sealed(work, None)
    with running_relay(identity.time_stamps) as relay:
        try:
            return _sealed(work, relay.url)
        except SigningFailed as error:
            if not relay.failures and relay.answered_by is None:
                raise
            if relay.answered_by is None and identity.time_stamps.when_unreachable == "allow":
                _rewind(work)
                return _sealed(work, None)
            said = "; ".join(relay.failures) or f"{relay.answered_by} gave one that does not hold"
            raise TimeStampUnavailable(
                f"no time-stamp authority answered as it should: {said}; try later, name another, or allow "
                "signing without a time-stamp"
            ) from error


@dataclass(frozen=True, slots=True)
class _Work:
    """What one call of `seal` is about."""

    document: str
    source: BinaryIO
    destination: BinaryIO | None
    media_type: str
    identity: SigningIdentity
    trust: TrustProfile
    ingredients: tuple[IngredientFile, ...]


def _rewind(work: _Work) -> None:
    work.source.seek(0)
    if work.destination is not None:
        work.destination.seek(0)
        work.destination.truncate()


def _sealed(work: _Work, time_stamper: str | None) -> bytes:
    """Return the manifest, with a time-stamp from the address if there is one."""
    failures: list[Exception] = []
    try:
        with (
            c2pa.Context.from_dict(engine_settings(work.trust)) as context,
            c2pa.Builder(work.document, context=context) as builder,
            _signer(work, failures, time_stamper) as signer,
        ):
            for ingredient in work.ingredients:
                _add(builder, context, ingredient)
            if work.destination is not None:
                manifest: bytes = builder.sign(signer, work.media_type, work.source, work.destination)
            else:
                # The format's own way would alter MP3, FLAC and PDF, and cannot be had for EXR, DPX or MXF.
                builder.set_no_embed()
                manifest = builder.sign(signer, formats.ANY, work.source, _Nowhere())
            return manifest
    except (c2pa.C2paError, ValueError, TypeError, OSError) as error:
        if not failures:
            raise SigningFailed(
                f"the engine could not sign: {str(error)[:200]}; check source and certificates"
            ) from error
        if isinstance(failures[0], ProvenanceError):
            raise failures[0] from error
        raise SigningFailed(
            f"the signing key failed ({type(failures[0]).__name__}); check where it is kept"
        ) from failures[0]


def _signer(work: _Work, failures: list[Exception], time_stamper: str | None) -> c2pa.Signer:
    """Return the engine's signer; what goes wrong with a key is kept in failures."""

    def engine_signer(identity: SigningIdentity, time_stamper: str | None) -> c2pa.Signer:
        def sign(data: bytes) -> bytes:
            # The engine reports any failure here as a bad signature, and its bindings print the reason on stderr
            # before that; the true reason must outlive it, and is ours to tell.
            try:
                return identity.sign(data)
            except Exception as error:  # noqa: BLE001 -- whatever a key raises; the caller of `seal` gets it
                failures.append(error)
                return b""

        algorithm = c2pa.C2paSigningAlg[identity.algorithm.upper()]
        chain = identity.chain_pem.decode("ascii", "replace")
        return c2pa.Signer.from_callback(sign, algorithm, chain, time_stamper)

    claim = engine_signer(work.identity, time_stamper)
    organisation = work.identity.organisation
    if organisation is None:
        return claim
    return joint_signer(
        claim,
        engine_signer(organisation.identity, None),
        labels=asserted(work.document),
        roles=organisation.roles,
    )


def _add(builder: c2pa.Builder, context: c2pa.Context, ingredient: IngredientFile) -> None:
    stated: dict[str, Json] = {"relationship": ingredient.relationship, "label": ingredient.label}
    if ingredient.sha256 is not None:
        # File names tell who is in a shot; the digest names the file to those who have it.
        digest = base64.urlsafe_b64encode(bytes.fromhex(ingredient.sha256)).decode().rstrip("=")
        stated["instance_id"] = f"ni:///sha-256;{digest}"
    if ingredient.sidecar is not None:
        stated |= _recorded(builder, context, ingredient, ingredient.sidecar)
    with ingredient.path.open("rb") as stream:
        builder.add_ingredient(
            json.dumps(stated), ingredient.media_type if ingredient.sidecar is None else formats.ANY, stream
        )


def _recorded(
    builder: c2pa.Builder, context: c2pa.Context, ingredient: IngredientFile, sidecar: bytes
) -> dict[str, Json]:
    """Return what is recorded of an ingredient whose manifest lies apart: the engine looks for embedded ones alone."""
    place = f"{ingredient.label}.c2pa"
    builder.add_resource(place, io.BytesIO(sidecar))
    with (
        ingredient.path.open("rb") as stream,
        c2pa.Reader(formats.ANY, stream, sidecar, context=context) as reader,
    ):
        found: Json = json.loads(reader.json())
    return {
        "active_manifest": mapping(found).get("active_manifest"),
        "validation_results": mapping(found).get("validation_results"),
        "manifest_data": {"format": "application/c2pa", "identifier": place},
    }


class _Nowhere(io.RawIOBase):
    """A place that keeps nothing: the engine copies the file even where only its manifest is wanted."""

    def __init__(self) -> None:
        super().__init__()
        self._position = 0
        self._size = 0

    def readinto(self, _: object) -> int:
        return 0

    def write(self, data: object) -> int:
        length = len(data) if isinstance(data, bytes | bytearray | memoryview) else 0
        self._position += length
        self._size = max(self._size, self._position)
        return length

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True
