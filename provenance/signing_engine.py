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
from provenance.errors import ManifestInvalid, ProvenanceError, SigningFailed
from provenance.json_shapes import Json, mapping

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
    raised, SigningFailed with the reason for everything else.
    """
    document = json.dumps(definition)
    if len(document.encode()) > _MOST_DEFINITION_BYTES:
        raise ManifestInvalid(
            f"the manifest has {len(document)} bytes and may have {_MOST_DEFINITION_BYTES}; shorten it"
        )
    failures: list[Exception] = []
    try:
        with (
            c2pa.Context.from_dict(engine_settings(trust)) as context,
            c2pa.Builder(document, context=context) as builder,
            _signer(identity, failures) as signer,
        ):
            for ingredient in ingredients:
                _add(builder, context, ingredient)
            if destination is not None:
                manifest: bytes = builder.sign(signer, media_type, source, destination)
            else:
                # The format's own way would alter MP3, FLAC and PDF, and cannot be had for EXR, DPX or MXF.
                builder.set_no_embed()
                manifest = builder.sign(signer, formats.ANY, source, _Nowhere())
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


def _signer(identity: SigningIdentity, failures: list[Exception]) -> c2pa.Signer:
    """Return the engine's signer; what goes wrong with the key is kept in failures."""

    def sign(data: bytes) -> bytes:
        # The engine reports any failure here as a bad signature; the true reason must outlive it.
        try:
            return identity.sign(data)
        except Exception as error:
            failures.append(error)
            raise

    algorithm = c2pa.C2paSigningAlg[identity.algorithm.upper()]
    return c2pa.Signer.from_callback(sign, algorithm, identity.chain_pem.decode("ascii", "replace"))


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
