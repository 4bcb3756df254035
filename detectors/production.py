"""Stills of production, OpenEXR and DPX: what they declare, and the picture a screen would show.

FFmpeg decodes them, one file at a time, as scene-linear light, film density or display values. Multi-part and
layered OpenEXR files give their first, unnamed layer; alpha is dropped.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np

from detectors.colour import Light, developed, displayed, light_of_density, transfer_of
from detectors.errors import UnreadableMedia
from detectors.ffmpeg import FFMPEG_ERRORS
from detectors.signatures import DPX, Signature
from detectors.values import Picture, Transfer

MAX_PIXELS = 64_000_000
"""Beyond 8K film; as floating-point light it takes 770 MB."""
# SMPTE ST 268-1, 5.2: the transfer characteristic of the first image element, which FFmpeg does not hand on.
_DPX_TRANSFER_AT = 801
_PRINTING_DENSITY, _LOGARITHMIC = 1, 3
_FILM_LIGHT = frozenset((_PRINTING_DENSITY, _LOGARITHMIC))


@dataclass(frozen=True, slots=True, eq=False)
class ProductionStill:
    """One decoded file, not yet brought to display."""

    raw: av.VideoFrame
    transfer: Transfer
    frame_rate: float | None
    timecode: str | None

    def picture(self, step: int = 1) -> Picture:
        """Return the picture, or every step-th of its rows and columns, in the order blue, green, red."""
        if self.transfer == "scene-linear":
            return developed(_light(self.raw, step))
        if self.transfer == "film density":
            # Ten bits are what film density is written in; sixteen are ten and their repetition.
            codes = np.asarray(self.raw.reformat(format="rgb48le").to_ndarray(), dtype=np.uint16)[::step, ::step]
            return developed(light_of_density(np.arange(1024, dtype=np.float32))[codes >> 6])
        width, height = max(1, self.raw.width // step), max(1, self.raw.height // step)
        return displayed(self.raw, width=width, height=height)


def _light(raw: av.VideoFrame, step: int) -> Light:
    """Return the samples of every step-th row and column as they are.

    FFmpeg's scaler would cut half floats off at 1, and highlights with them: the planes are read as they lie.
    """
    name = raw.format.name
    kind, size = (np.float16, 2) if "f16" in name else (np.float32, 4)
    if not name.startswith(("gbr", "gray")) or not name.endswith(("f16le", "f32le")):
        return np.asarray(raw.reformat(format="gbrpf32le").to_ndarray()[::step, ::step], dtype=np.float32)
    planes = []
    for plane in list(raw.planes)[:3] if name.startswith("gbr") else [raw.planes[0]]:
        samples = np.frombuffer(memoryview(plane), dtype=kind)
        lines = samples[: plane.line_size // size * raw.height].reshape(raw.height, plane.line_size // size)
        planes.append(lines[::step, : raw.width : step].astype(np.float32))
    green, blue, red = planes if len(planes) == 3 else planes * 3
    return np.stack((red, green, blue), axis=-1)


def production_still(path: Path, signature: Signature) -> ProductionStill:
    """Return the one picture of an OpenEXR or DPX file, decoded; raises UnreadableMedia."""
    with _guarded(path, signature), _opened(path, signature) as (container, stream):
        raw: av.VideoFrame | None = next(container.decode(stream), None)
        if raw is None:
            raise UnreadableMedia(path, f"is {signature.name} without a picture; ask for the file again")
        rate = stream.codec_context.framerate
        return ProductionStill(
            raw=raw,
            transfer="film density" if signature is DPX and _is_density(path) else transfer_of(raw),
            frame_rate=float(rate) if rate and 1 <= rate <= 1000 else None,
            timecode=_timecode(raw.metadata),
        )
    raise AssertionError  # unreachable: the guard lets nothing but UnreadableMedia pass


def _timecode(tags: dict[str, str]) -> str | None:
    """Return the time code among a picture's tags, None where there is none or an empty one."""
    text = tags.get("timecode", "").strip("\0 ")
    return text[:32] if text and text.isascii() and text.isprintable() else None


def _is_density(path: Path) -> bool:
    """Return whether a DPX file says that it holds film density."""
    with path.open("rb") as stream:
        stream.seek(_DPX_TRANSFER_AT)
        return stream.read(1)[:1] in (bytes([code]) for code in _FILM_LIGHT)


@contextmanager
def _opened(path: Path, signature: Signature) -> Iterator[tuple[Any, Any]]:
    """Open a still with FFmpeg's demuxer of its format; yields (container, its stream)."""
    limits = {"max_pixels": str(MAX_PIXELS)}
    with av.open(
        str(path),
        format=signature.decoder,
        options={"protocol_whitelist": "file", **limits},
        metadata_errors="ignore",
    ) as container:
        stream = container.streams.video[0]
        # The limit holds before memory is taken: a header may claim any size.
        stream.codec_context.options = limits
        yield container, stream


@contextmanager
def _guarded(path: Path, signature: Signature) -> Iterator[None]:
    """Run one step of decoding: whatever fails in it comes out as UnreadableMedia."""
    try:
        yield
    except FFMPEG_ERRORS as error:
        message = f"is truncated, broken or too large {signature.name} ({type(error).__name__}); ask for it again"
        raise UnreadableMedia(path, message) from error
