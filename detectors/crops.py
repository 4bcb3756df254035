"""What is kept of a face besides its numbers: a small crop for reports, and a wider one for a second try."""

import cv2
import numpy as np

from detectors.values import Box, Picture

_CROP_SIDE = 256
_CROP_MARGIN = 0.4
_CROP_QUALITY = 85
_CONTEXT_SIDE = 640
_CONTEXT_QUALITY = 97


def face_jpeg(picture: Picture, box: Box) -> bytes:
    """Return the face with a margin as a JPEG of at most 256 pixels a side."""
    margins = (box.width * _CROP_MARGIN, box.height * _CROP_MARGIN)
    return _encoded(_cut(picture, box, margins, _CROP_SIDE), _CROP_QUALITY)


def context_jpeg(picture: Picture, box: Box) -> bytes:
    """Return the face with a margin of its own width on every side, as a fine JPEG of at most 640 pixels a side."""
    return _encoded(_cut(picture, box, (box.width, box.width), _CONTEXT_SIDE), _CONTEXT_QUALITY)


def picture_of(jpeg: bytes) -> Picture:
    """Return what `context_jpeg` encoded."""
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, dtype=np.uint8), cv2.IMREAD_COLOR), dtype=np.uint8)


def _cut(picture: Picture, box: Box, margins: tuple[float, float], longest: int) -> Picture:
    height, width = picture.shape[:2]
    across, down = margins
    left, right = _within(box.left - across, box.left + box.width + across, width)
    top, bottom = _within(box.top - down, box.top + box.height + down, height)
    crop = picture[top:bottom, left:right]
    scale = longest / max(crop.shape[:2])
    if scale < 1.0:
        size = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
        crop = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return crop


def _encoded(crop: Picture, quality: int) -> bytes:
    _, encoded = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return encoded.tobytes()


def _within(low: float, high: float, length: int) -> tuple[int, int]:
    """Return whole limits inside [0, length] that hold at least one pixel."""
    first = min(max(0, int(low)), length - 1)
    return first, max(first + 1, min(length, int(high) + 1))
