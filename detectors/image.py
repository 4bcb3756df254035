"""Stills as upright colour pictures, every page of them.

Orientation follows EXIF 3.0 (tag 0x0112); transparency is laid over mid-grey; 16-bit and floating-point
samples are scaled to eight bits; palettes, CMYK and YCbCr go through Pillow's conversions; HEIC and AVIF in PQ
or HLG are brought to display. Only the decoder of the format that the file's first bytes name is used: Pillow's,
libheif's for HEIC, and FFmpeg's for OpenEXR and DPX (see `production`).
"""

import struct
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError
from pillow_heif import register_heif_opener

from detectors.errors import UnreadableMedia
from detectors.production import production_still
from detectors.signatures import FLOAT_TIFF, TIFF, Signature
from detectors.still_colour import StillColour, still_colour
from detectors.values import Picture, Transfer

register_heif_opener(thumbnails=False)

MAX_PIXELS = 150_000_000
"""Larger than the sensors of medium-format cameras; decoded it takes 450 MB."""
MAX_PAGES = 600
# EXIF 3.0, tag 0x0112: which operation makes the stored picture upright.
_TRANSPOSED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_TURNED = (5, 6, 7, 8)
_GREY = (127, 127, 127, 255)
# What Pillow's decoders were seen or are documented to raise on broken files.
DECODER_ERRORS = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    EOFError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    SyntaxError,
    struct.error,
    Image.DecompressionBombError,
)


@dataclass(frozen=True, slots=True)
class StillFacts:
    """What a still declares."""

    width: int
    """After orientation, as the height."""
    height: int
    pages: int
    transfer: Transfer = "display"
    timecode: str | None = None
    frame_rate: float | None = None
    """Of the sequence that the still is meant for, where OpenEXR or DPX say it."""


def still_facts(path: Path, signature: Signature) -> StillFacts:
    """Return what a still declares, from its header; OpenEXR and DPX are decoded for it.

    Raises UnreadableMedia.
    """
    signature = _readable(path, signature)
    if signature.is_production:
        still = production_still(path, signature)
        return StillFacts(still.raw.width, still.raw.height, 1, still.transfer, still.timecode, still.frame_rate)
    with _guarded(path, signature), Image.open(path, formats=decoders(signature)) as picture:
        _check_size(path, picture)
        width, height = picture.size
        if _orientation(picture) in _TURNED:
            width, height = height, width
        return StillFacts(width, height, _pages(picture), still_colour(path, picture).name())
    raise AssertionError  # unreachable: the guard lets nothing but UnreadableMedia pass


def pages(path: Path, signature: Signature) -> Iterator[Picture]:
    """Yield each page of a still, upright, as (height, width, 3) in the order blue, green, red.

    Most stills have one page; an animated GIF, PNG or WebP and a TIFF may have many (600 at most are given).
    Raises UnreadableMedia where a page cannot be decoded.
    """
    signature = _readable(path, signature)
    if signature.is_production:
        yield production_still(path, signature).picture()
        return
    with ExitStack() as stack:
        with _guarded(path, signature):
            picture = stack.enter_context(Image.open(path, formats=decoders(signature)))
            count = min(_pages(picture), MAX_PAGES)
            colour = still_colour(path, picture)
        for page in range(count):
            with _guarded(path, signature):
                picture.seek(page)
                _check_size(path, picture)
                upright = _upright_bgr(picture, colour)
            yield upright


def _readable(path: Path, signature: Signature) -> Signature:
    """Return the signature by which a still is read: colour TIFF in floating point is FFmpeg's, not Pillow's."""
    if signature is not TIFF:
        return signature
    try:
        with _guarded(path, signature), Image.open(path, formats=decoders(signature)):
            return signature
    except UnreadableMedia as error:
        return FLOAT_TIFF if isinstance(error.__cause__, UnidentifiedImageError) else signature


@contextmanager
def _guarded(path: Path, signature: Signature) -> Iterator[None]:
    """Run one step of decoding: whatever fails in it comes out as UnreadableMedia, and no warning does."""
    try:
        # Pillow warns about large pictures and odd metadata: the size is checked here, the rest is harmless.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Image.DecompressionBombError as error:
        raise UnreadableMedia(path, f"is larger than {MAX_PIXELS} pixels; scale it down") from error
    except DECODER_ERRORS as error:
        message = f"is truncated or broken {signature.name} ({type(error).__name__}); ask for the file again"
        raise UnreadableMedia(path, message) from error


def decoders(signature: Signature) -> tuple[str, ...]:
    """Return Pillow's decoders for a format; photographs with an attached preview are a JPEG dialect."""
    return ("JPEG", "MPO") if signature.decoder == "JPEG" else (signature.decoder,)


def _check_size(path: Path, picture: Image.Image) -> None:
    """Raise UnreadableMedia for a picture that would not fit into memory."""
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise UnreadableMedia(path, f"is larger than {MAX_PIXELS} pixels; scale it down")


def _pages(picture: Image.Image) -> int:
    """Return the number of pages; further pictures of a photograph (previews, depth) are not pages."""
    return 1 if picture.format == "MPO" else max(1, int(getattr(picture, "n_frames", 1)))


def _orientation(picture: Image.Image) -> int:
    """Return the EXIF orientation, 1 (upright) where there is none or it cannot be read."""
    try:
        value = picture.getexif().get(0x0112, 1)
    except DECODER_ERRORS:
        return 1
    return value if isinstance(value, int) else 1


def _upright_bgr(picture: Image.Image, colour: StillColour) -> Picture:
    """Return the current page as blue, green, red for a screen, with its orientation applied."""
    flat = _eight_bit_rgb(picture)
    turn = _TRANSPOSED.get(_orientation(picture))
    if turn is not None:
        flat = flat.transpose(turn)
    return colour.shown(np.ascontiguousarray(np.asarray(flat, dtype=np.uint8)[:, :, ::-1]))


def _eight_bit_rgb(picture: Image.Image) -> Image.Image:
    """Return the current page in eight bits of red, green and blue."""
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        return Image.fromarray(_scaled(np.asarray(picture, dtype=np.float64))).convert("RGB")
    if "A" in picture.mode or "a" in picture.mode or "transparency" in picture.info:
        coloured = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", coloured.size, _GREY), coloured).convert("RGB")
    return picture.convert("RGB")


def _scaled(samples: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Picture:
    """Return samples of any range as 0-255: full scale is 1, 255 or 65535, the least that holds them all."""
    samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
    top = float(samples.max(initial=0.0))
    full = 1.0 if top <= 1.0 else 255.0 if top <= 255.0 else 65535.0
    return np.clip(samples * (255.0 / full), 0, 255).astype(np.uint8)
