"""A picture as the detector looks at it: reduced and smoothed where need be, in the runs that its size asks for."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from detectors.detection import Found, View
from detectors.noise import NOISY, noise_sigma, smoothed
from detectors.passes import DetectorPass, detector_passes
from detectors.values import Picture, Vector

# Reduced by more than this, a picture is averaged before the detector's resizing, which takes every n-th pixel.
_SKIPS_BELOW = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One run of the detector, and the way back from what it sees to the prepared picture."""

    by: DetectorPass
    view: View
    corner: Vector
    enlarged: float


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A picture ready for the detector."""

    looks: tuple[Look, ...]
    """The close pass first; none where no face could be seen."""
    finest: float
    """Pixels of the prepared picture per pixel of the original."""
    factors: Vector
    """(2,): pixels of the original per pixel of the prepared picture, across and down."""

    def admitted(self, found: Sequence[Found]) -> Found:
        """Return what all passes admit of what they found, in pixels of the prepared picture, with overlaps."""
        all_rows, all_points = [np.zeros((0, 5), dtype=np.float32)], [np.zeros((0, 5, 2), dtype=np.float32)]
        witnesses: Vector | None = None
        for look, (rows, points) in zip(self.looks, found, strict=True):
            rows[:, :4] = rows[:, :4] * look.enlarged + np.tile(look.corner, 2)
            # The close pass comes first and is the witness of those that follow.
            witnesses = rows if witnesses is None else witnesses
            kept = look.by.admits(rows, self.finest, witnesses)
            all_rows.append(rows[kept])
            all_points.append(points[kept] * look.enlarged + look.corner)
        return np.concatenate(all_rows), np.concatenate(all_points)


def prepared(bgr: Picture) -> Prepared:
    """Return an upright picture as the detector looks at it."""
    height, width = bgr.shape[:2]
    passes = detector_passes(width, height)
    if not passes:
        return Prepared((), 1.0, np.ones(2, dtype=np.float32))
    finest = max(each.scale for each in passes)
    if finest < 1.0:
        bgr = _reduced(bgr, round(width * finest), round(height * finest))
    if noise_sigma(bgr) > NOISY:
        bgr = smoothed(bgr)
    factors = np.array([width / bgr.shape[1], height / bgr.shape[0]], dtype=np.float32)
    return Prepared(tuple(_look(bgr, each, finest) for each in passes), finest, factors)


def _look(bgr: Picture, each: DetectorPass, finest: float) -> Look:
    """Return what a pass sees of a picture at the scale finest."""
    if each.tile is not None:
        left, top = each.tile.left, each.tile.top
        part = bgr[top : top + each.size[1], left : left + each.size[0]]
        return Look(each, View(part, each.size, each.lowest_score), np.array([left, top], dtype=np.float32), 1.0)
    corner, shrunk = np.zeros(2, dtype=np.float32), each.scale / finest
    if shrunk > _SKIPS_BELOW:
        return Look(each, View(bgr, each.size, each.lowest_score), corner, 1.0)
    small = _reduced(bgr, round(bgr.shape[1] * shrunk), round(bgr.shape[0] * shrunk))
    return Look(each, View(small, each.size, each.lowest_score), corner, bgr.shape[1] / small.shape[1])


def _reduced(bgr: Picture, width: int, height: int) -> Picture:
    """Return the picture made smaller by averaging: the detector's own resizing skips pixels, detail becomes noise."""
    size = (max(1, width), max(1, height))
    return np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
