"""What a HEIC or AVIF still declares about its colours, as code points of ITU-T H.273.

Pillow hands on the samples alone: of HEIC the code points come from libheif, of AVIF from FFmpeg's reading of
the same file. Other stills are taken as display values.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorTrc
from PIL import Image

from detectors.colour import displayed, transfer_of
from detectors.values import Picture, Transfer

_READER_ERRORS = (av.error.FFmpegError, OSError, ValueError, TypeError, RuntimeError)


@dataclass(frozen=True, slots=True)
class StillColour:
    """Code points of H.273: primaries and transfer characteristics."""

    primaries: int = int(ColorPrimaries.UNSPECIFIED)
    transfer: int = int(ColorTrc.UNSPECIFIED)

    def name(self) -> Transfer:
        """Return how the samples relate to light."""
        return transfer_of(self._tagged(np.zeros((2, 2, 3), dtype=np.uint8)))

    def shown(self, bgr: Picture) -> Picture:
        """Return what a BT.709 screen shows of these samples; unchanged unless they are PQ or HLG."""
        if self.name() == "display":
            return bgr
        return displayed(self._tagged(bgr), width=bgr.shape[1], height=bgr.shape[0])

    def _tagged(self, bgr: Picture) -> av.VideoFrame:
        frame = av.VideoFrame.from_ndarray(bgr, format="bgr24")
        frame.color_trc, frame.color_primaries = self.transfer, self.primaries
        return frame


def still_colour(path: Path, picture: Image.Image) -> StillColour:
    """Return the code points of an open still; unspecified where it declares none or they cannot be read."""
    if picture.format == "HEIF":
        return _of_profile(picture.info.get("nclx_profile"))
    return _of_avif(path) if picture.format == "AVIF" else StillColour()


def _of_profile(profile: Any) -> StillColour:
    """Return the code points of libheif's description."""
    try:
        return StillColour(int(profile["color_primaries"]), int(profile["transfer_characteristics"]))
    except (TypeError, KeyError, ValueError):
        return StillColour()


def _of_avif(path: Path) -> StillColour:
    """Return the code points that FFmpeg reads in an AVIF file's properties."""
    try:
        with av.open(str(path), format="mov", options={"protocol_whitelist": "file"}, metadata_errors="ignore") as file:
            context = file.streams.video[0].codec_context
            return StillColour(int(context.color_primaries), int(context.color_trc))
    except (*_READER_ERRORS, IndexError, AttributeError):
        return StillColour()
