"""Pictures without the combing of interlaced film: one field where two moments were woven together.

A progressive picture's neighbouring lines are more alike than lines two apart; where something moved between
two fields it is the other way round. Files often call progressive pictures interlaced and the reverse, so the
picture decides, and the file's word only says how much combing it takes.
"""

from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.values import Picture

_BLOCK = (16, 16)
# Share of a picture's blocks that must be combed: a face that moves across a still picture is enough.
_COMBED_WHERE_DECLARED = 0.003
_COMBED_ELSEWHERE = 0.02
# In a combed block neighbours differ by this much more than second neighbours, in factor and in grey levels.
_FACTOR, _LEAST_DIFFERENCE = 1.5, 4.0
_FEWEST_LINES = 64


def without_combing(picture: Picture, raw: av.VideoFrame) -> Picture:
    """Return the picture, made of its upper field alone where two moments are woven together."""
    if picture.shape[0] < _FEWEST_LINES or picture.shape[1] < _BLOCK[0]:
        return picture
    limit = _COMBED_WHERE_DECLARED if raw.interlaced_frame else _COMBED_ELSEWHERE
    return one_field(picture) if combed_share(picture) > limit else picture


def combed_share(picture: Picture) -> float:
    """Return the share of blocks of 16 x 16 pixels in which lines of two moments alternate."""
    grey = cv2.extractChannel(picture, 1)  # green is most of luminance, and needs no conversion
    lines = grey[: grey.shape[0] // 2 * 2]
    upper, lower = lines[0::2], lines[1::2]
    neighbours = np.minimum(_block_means(upper[:-1], lower[:-1]), _block_means(lower[:-1], upper[1:]))
    seconds = np.maximum(_block_means(upper[:-1], upper[1:]), _block_means(lower[:-1], lower[1:]))
    return float(((neighbours > _FACTOR * seconds) & (neighbours > seconds + _LEAST_DIFFERENCE)).mean())


def one_field(picture: Picture) -> Picture:
    """Return the picture with its lower field's lines interpolated from the upper field."""
    height, width = picture.shape[:2]
    field = np.ascontiguousarray(picture[0::2])
    # Lines of the upper field lie at even rows: the affine map keeps them there, where resizing would shift them.
    halved = np.array([[1.0, 0.0, 0.0], [0.0, 0.5, 0.0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    whole = cv2.warpAffine(field, halved, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(whole, dtype=np.uint8)


def _block_means(lines: NDArray[Any], others: NDArray[Any]) -> NDArray[np.float32]:
    """Return the mean difference in every block; half a block high, since the rows are those of one field."""
    differences = cv2.absdiff(lines, others)
    rows, columns = differences.shape[0] // (_BLOCK[1] // 2), differences.shape[1] // _BLOCK[0]
    whole = differences[: rows * (_BLOCK[1] // 2), : columns * _BLOCK[0]].astype(np.float32)
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), dtype=np.float32)
