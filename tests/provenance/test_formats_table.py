"""The table of formats in the package's README is what happens when each format is signed, altered and read."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import provenance
from provenance import formats, sidecar, verify
from provenance.errors import SigningError
from provenance.sign import sign

from . import films

if TYPE_CHECKING:
    from provenance.sign import SigningReceipt

    from .conftest import Studio

README = (Path(provenance.__file__).parent / "README.md").read_text("utf-8")


def signed(studio: Studio, source: Path, destination: Path | None, *, apart: bool) -> SigningReceipt:
    return sign(
        source,
        destination,
        identity=studio.identity,
        trust=studio.profile,
        source_type="trainedAlgorithmicMedia",
        now=studio.now,
        sidecar=apart,
    )


def stands(studio: Studio, media: Path, manifest: bytes | None) -> str:
    reading = verify.read(media, studio.profile, sidecar=manifest)
    return "trusted" if (reading.integrity.value, reading.trust.value) == ("valid", "trusted") else "not trusted"


def tampering(studio: Studio, media: Path, manifest: bytes | None) -> str:
    """Whether one altered bit of the pictures or the sound is found, and one more byte at the end."""
    content = media.read_bytes()
    original = content if manifest is not None else (media.parent / "source").read_bytes()
    # Where pictures or sound lie in the signed copy: a stretch of the source with as many different bytes as any.
    starts = range(len(original) // 4, len(original) - 16, max(1, len(original) // 2_000))
    start = max(starts, key=lambda place: len(set(original[place : place + 16])))
    place = content.find(original[start : start + 16])
    assert place >= 0
    flipped = bytearray(content)
    flipped[place + 8] ^= 1
    found = []
    for altered in (bytes(flipped), content + b"\0"):
        media.write_bytes(altered)
        found.append(verify.read(media, studio.profile, sidecar=manifest).integrity.value != "valid")
    media.write_bytes(content)
    return "found" if all(found) else "not found"


def row(studio: Studio, name: str) -> str:
    source = studio.folder / "source"
    source.write_bytes(films.made(name))
    before = hashlib.sha256(films.made(name)).hexdigest()
    kind = formats.detected(films.made(name)[:4096])
    embedded = altered = "–"
    if sidecar.is_embeddable(kind):
        copy = studio.folder / "signed"
        receipt = signed(studio, source, copy, apart=False)
        assert not receipt.sidecar
        embedded, altered = stands(studio, copy, None), tampering(studio, copy, None)
    receipt = signed(studio, source, None, apart=sidecar.is_embeddable(kind))
    assert (receipt.sidecar, receipt.signed_sha256) == (True, before)
    manifest = (studio.folder / "source.c2pa").read_bytes()
    beside, altered_beside = stands(studio, source, manifest), tampering(studio, source, manifest)
    # Signing never touched it, and the checks above put it back.
    assert hashlib.sha256(source.read_bytes()).hexdigest() == before
    default = "embedded" if sidecar.is_embeddable(kind) else "beside"
    return f"| {name} | {kind} | {default} | {embedded} | {altered} | {beside} | {altered_beside} |"


@pytest.mark.parametrize("name", films.FORMATS)
def test_each_row_of_the_table_of_formats_is_what_happens(studio: Studio, name: str) -> None:
    made = row(studio, name)
    assert made in README, made


def test_the_table_names_no_format_that_is_not_tried() -> None:
    rows = [line for line in README.splitlines() if line.startswith("| ") and line.endswith("found |")]
    assert len(rows) == len(films.FORMATS)


def test_an_engine_that_refuses_a_format_is_never_asked_for_it(studio: Studio) -> None:
    for name in ("OpenEXR", "DPX", "MXF (MPEG-2)", "Matroska", "WebM", "Ogg", "AIFF", "BMP", "PDF", "JPEG 2000"):
        source = studio.folder / "plain"
        source.write_bytes(films.made(name))
        with pytest.raises(SigningError, match="kept beside it"):
            signed(studio, source, studio.folder / "copy", apart=False)
        assert not (studio.folder / "copy").exists()
