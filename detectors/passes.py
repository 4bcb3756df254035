"""The runs of the detector that one picture needs: at which sizes, and which faces each may report.

YuNet finds practically every face of 12 pixels and more at its input. Of far larger ones it sees parts as faces,
and of small ones it places the landmarks coarsely. So faces that fill the picture are left to a close pass, faces of
24 pixels in film to a wide one, and a large face in the base pass counts only if the close pass saw it too: cloth,
helmets and cups that look like a face at one size do not at another.

Measured on 315 faceless pictures and enlarged crops of up to 1280 x 720: 27 false alarms without the second look, 13
with it, 11 of them small; none of 250 press photographs lost its only face.

Pictures of more than 2560 pixels a side are searched in overlapping tiles at two thirds of their size. Of 150 faces of
24 pixels in a crowd of 3840 x 2160, 96 % are found instead of the 87 % of one wide pass at half size, of 7680 x 4320
86 % instead of none (of 32 pixels 99 % instead of 23 %), for twice the time. In twelve faceless mosaics of that size it
raised no false alarm where the wide pass raised three; in 133 smaller faceless pictures six, with and without.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.values import Vector

DETECTION_THRESHOLD = 0.6
"""Two false alarms in 175 faceless pictures at this score; insightface's 0.5 gives more."""
BASE_SIDE = 640
_CLOSE_SIDE = 160
# Above this side a picture is searched in tiles, at two thirds of its size: 24 pixels are 16 there, which YuNet finds.
_TILED_FROM, _TILED_SHARE = 2560, 2 / 3
_TILE_SIDE, _TILE_OVERLAP, _TILED_SIDE = 1408, 128, 5120
# Widths of face at the pass's own input, in pixels.
_CLOSE_LEAST, _BASE_MOST, _WIDE_MOST = 80.0, 400.0, 200.0
# A face and its height of 1.3 widths lies wholly in one of two tiles that overlap by 128.
_TILE_MOST = 96.0
# From this width at the base pass a face has 16 pixels at the close one, where YuNet misses practically none.
_SECOND_LOOK_FROM = 64.0
# A second look asks for less than finding does, and a face this clear at once needs none.
_WITNESS_SCORE, _CLEAR_SCORE = 0.3, 0.9
_SAME_FACE_OVERLAP = 0.4
_STEP = 32
_SHORTEST_SIDE = 8


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of a picture, in pixels at the scale at which it is searched."""

    left: int
    top: int
    own: tuple[float, float, float, float]
    """Left, top, right, bottom: where the middle of a face must lie, so that a neighbour does not see it better."""


@dataclass(frozen=True, slots=True)
class DetectorPass:
    """One run of the detector over a picture or over one tile of it."""

    size: tuple[int, int]
    """(width, height) at its input: multiples of 32 in the proportions of what it sees."""
    least: float
    """Width of the smallest face it may report, in pixels at its input."""
    most: float
    """Width of the largest face it may report, in pixels at its input."""
    second_look_from: float = math.inf
    """Width from which a face needs a witness in the close pass, in pixels at its input."""
    lowest_score: float = DETECTION_THRESHOLD
    """Score down to which it is asked for candidates."""
    scale: float = 1.0
    """Pixels at its input per pixel of the picture."""
    tile: Tile | None = None
    """What it sees; None for the whole picture."""

    def admits(self, rows: Vector, finest: float, witnesses: Vector) -> NDArray[np.bool_]:
        """Return which of this pass's candidates count as faces.

        rows, witnesses: (n, 5) left, top, right, bottom in pixels of the picture times finest, and score.
        witnesses: what the close pass saw.
        """
        width = (rows[:, 2] - rows[:, 0]) * (self.scale / finest)
        found = (rows[:, 4] >= DETECTION_THRESHOLD) & (width >= self.least) & (width <= self.most)
        if self.tile is not None:
            low, high = np.array(self.tile.own[:2]), np.array(self.tile.own[2:])
            middle = (rows[:, 0:2] + rows[:, 2:4]) / 2 * (self.scale / finest)
            found &= ((middle >= low) & (middle < high)).all(axis=1)
        seen_twice = (overlaps(rows, witnesses) >= _SAME_FACE_OVERLAP).any(axis=1)
        return found & ((width < self.second_look_from) | (rows[:, 4] >= _CLEAR_SCORE) | seen_twice)


def detector_passes(width: int, height: int) -> list[DetectorPass]:
    """Return the runs that a picture of this size needs, the close pass first; none where no face could be seen."""
    longer = max(width, height)
    if longer <= _CLOSE_SIDE:
        wanted = [(longer, 0.0, math.inf, math.inf, DETECTION_THRESHOLD)]
    else:
        wanted = [
            (_CLOSE_SIDE, _CLOSE_LEAST, math.inf, math.inf, _WITNESS_SCORE),
            (min(longer, BASE_SIDE), 0.0, _BASE_MOST, _SECOND_LOOK_FROM, DETECTION_THRESHOLD),
        ]
    if 2 * BASE_SIDE < longer <= _TILED_FROM:
        wanted.append((longer // 2, 0.0, _WIDE_MOST, math.inf, DETECTION_THRESHOLD))
    passes = []
    for side, least, most, second_look_from, lowest_score in wanted:
        scale = side / longer
        if min(width, height) * scale >= _SHORTEST_SIDE:
            size = (_rounded(width * scale), _rounded(height * scale))
            passes.append(DetectorPass(size, least, most, second_look_from, lowest_score, scale))
    if longer > _TILED_FROM and passes:
        passes += _tiles(width, height, min(_TILED_SHARE, _TILED_SIDE / longer))
    return passes


def _tiles(width: int, height: int, scale: float) -> list[DetectorPass]:
    """Return the runs over overlapping tiles of one size that together cover the picture at this scale."""
    across, down = round(width * scale), round(height * scale)
    columns, rows = _spans(across), _spans(down)
    size = (columns[0][1], rows[0][1])
    return [
        DetectorPass(size, 0.0, _TILE_MOST, scale=scale, tile=Tile(left, top, (own_left, own_top, own_right, own_end)))
        for top, _, own_top, own_end in rows
        for left, _, own_left, own_right in columns
    ]


def _spans(length: int) -> list[tuple[int, int, float, float]]:
    """Return the tiles along one side: start, length, and where the part of its own begins and ends."""
    parts = max(1, math.ceil((length - _TILE_OVERLAP) / (_TILE_SIDE - _TILE_OVERLAP)))
    tile = _rounded((length + (parts - 1) * _TILE_OVERLAP) / parts)
    spans = []
    for n in range(parts):
        # The last one ends with the picture.
        start = 0 if parts == 1 else round((max(length, tile) - tile) * n / (parts - 1))
        own_from = -math.inf if n == 0 else start + _TILE_OVERLAP / 2
        own_to = math.inf if n == parts - 1 else start + tile - _TILE_OVERLAP / 2
        spans.append((start, tile, own_from, own_to))
    return spans


def overlaps(rows: Vector, others: Vector) -> Vector:
    """Return (n, m) float32: the shared area of each two boxes as a share of the area that either covers."""
    low = np.maximum(rows[:, None, 0:2], others[None, :, 0:2])
    high = np.minimum(rows[:, None, 2:4], others[None, :, 2:4])
    shared = np.prod(np.clip(high - low, 0.0, None), axis=2)
    areas, other_areas = (np.prod(np.clip(r[:, 2:4] - r[:, 0:2], 0.0, None), axis=1) for r in (rows, others))
    either = areas[:, None] + other_areas[None, :] - shared
    return np.asarray(shared / np.maximum(either, np.finfo(np.float32).tiny), dtype=np.float32)


def _rounded(length: float) -> int:
    """Return the next multiple of 32."""
    return math.ceil(round(length, 6) / _STEP) * _STEP
