"""The deliverables of the demo: stills and videos made on the spot from public-domain portraits.

The stills are regraded and mirrored, the videos move a camera over the photographs with cuts between shots, so
that what is matched is never the picture that was enrolled. Where a person has a second photograph, that one is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Final

import av
import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FRAME_RATE: Final = 25
FRAME_SIZE: Final = (1280, 720)
COLLINS: Final = "eileen-collins-1999.jpg"
OBAMA_ENROLLED: Final = "barack-obama-2012.jpg"
OBAMA_SPEAKING: Final = "barack-obama-2009.jpg"
OBAMA_STANDING: Final = "barack-obama-2010.jpg"
BIDEN: Final = "joe-biden-2010.jpg"


@dataclass(frozen=True, slots=True)
class Shot:
    """A camera move over one photograph: from one view to another, each (centre x, centre y, width) in shares of it."""

    photograph: str
    start: tuple[float, float, float]
    end: tuple[float, float, float]
    seconds: float = 2.0


HARBOUR: Final = (
    Shot(COLLINS, (0.45, 0.30, 0.90), (0.42, 0.22, 0.60)),
    Shot(COLLINS, (0.15, 0.20, 0.28), (0.15, 0.50, 0.28)),
    Shot(COLLINS, (0.30, 0.25, 0.55), (0.50, 0.25, 0.55)),
    Shot(COLLINS, (0.42, 0.22, 0.50), (0.42, 0.32, 0.95)),
)
GALA: Final = (
    Shot(COLLINS, (0.45, 0.30, 0.90), (0.42, 0.22, 0.60)),
    Shot(OBAMA_SPEAKING, (0.50, 0.40, 1.00), (0.50, 0.32, 0.75), 3.0),
    Shot(COLLINS, (0.15, 0.50, 0.28), (0.15, 0.25, 0.28)),
    Shot(COLLINS, (0.50, 0.25, 0.60), (0.36, 0.25, 0.60)),
)


def portrait(name: str) -> Image.Image:
    """Return one of the shipped portraits as an RGB picture."""
    with as_file(files("clearance.demo") / "portraits" / name) as path, Image.open(path) as opened:
        return opened.convert("RGB")


def retouched(name: str) -> Image.Image:
    """Return a portrait as a finished still: mirrored, regraded, slightly softened."""
    still = ImageOps.mirror(portrait(name))
    still = ImageEnhance.Color(still).enhance(0.7)
    still = ImageEnhance.Contrast(still).enhance(1.15)
    return still.filter(ImageFilter.GaussianBlur(0.6))


def strangers() -> Image.Image:
    """Return the group photograph that insightface carries for its own examples: six people, none enrolled.

    Read from the installed package each time; it is not ours to ship.
    """
    with as_file(files("insightface") / "data" / "images" / "t1.jpg") as path, Image.open(path) as opened:
        return opened.convert("RGB")


def write_video(path: Path, shots: Sequence[Shot]) -> None:
    """Write an H.264 MP4 of the shots, 1280 by 720 at 25 frames a second."""
    width, height = FRAME_SIZE
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FRAME_RATE, options={"crf": "20", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number, picture in enumerate(p for shot in shots for p in _frames(shot)):
            frame = av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FRAME_RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _frames(shot: Shot) -> list[Image.Image]:
    photograph = portrait(shot.photograph)
    count = round(shot.seconds * FRAME_RATE)
    views = np.linspace(shot.start, shot.end, count)
    return [_view(photograph, *view) for view in views.tolist()]


def _view(photograph: Image.Image, x: float, y: float, share: float) -> Image.Image:
    width = share * photograph.width
    height = width * FRAME_SIZE[1] / FRAME_SIZE[0]
    # A view that would leave the photograph slides back inside.
    left = min(max(x * photograph.width - width / 2, 0), photograph.width - width)
    top = min(max(y * photograph.height - height / 2, 0), photograph.height - height)
    return photograph.resize(FRAME_SIZE, Image.Resampling.BILINEAR, box=(left, top, left + width, top + height))
