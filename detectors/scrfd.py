"""What an SCRFD graph takes and answers, as insightface reads it: pictures fitted into its input, outputs to boxes.

insightface does both for one picture within one method. Here they are apart from the session, so that several pictures
go through it together. Every number is made by the same operations in the same order.
Source: insightface 2.1, `model_zoo/scrfd.py`; Guo et al., Sample and Computation Redistribution, ICLR 2022.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from detectors.values import Picture, Vector

LAYOUTS = {9: ((8, 16, 32), 2), 15: ((8, 16, 32, 64, 128), 1)}
"""By the number of outputs: the strides, and the anchors in each cell. Others give no landmarks."""


def fitted(bgr: Picture, size: tuple[int, int]) -> tuple[Picture, float]:
    """Return the picture in the upper left of a black one of size (width, height), and by how much it was scaled."""
    width, height = size
    proportion = bgr.shape[0] / bgr.shape[1]
    if proportion > height / width:
        across, down = int(height / proportion), height
    else:
        across, down = width, int(width * proportion)
    whole = np.zeros((height, width, 3), dtype=np.uint8)
    whole[:down, :across] = cv2.resize(bgr, (across, down))
    return whole, down / bgr.shape[0]


def candidates(outputs: Sequence[Vector], size: tuple[int, int], lowest_score: float) -> tuple[Vector, Vector]:
    """Return what a graph found in one picture, best first, with all overlaps still among it.

    outputs: of that picture alone, scores, sides and landmarks, each stride by stride: (n, 1), (n, 4), (n, 10).
    size: (width, height) of the input. Returned: (m, 5) left, top, right, bottom, score and (m, 5, 2) landmarks, in
    pixels of the input.
    """
    strides, anchors = LAYOUTS[len(outputs)]
    levels = len(strides)
    rows, points = [], []
    for level, stride in enumerate(strides):
        scores = outputs[level]
        found = np.flatnonzero(scores[:, 0] >= lowest_score)
        row, column = np.divmod(found // anchors, size[0] // stride)
        centres = np.stack([column, row], axis=1).astype(np.float32) * stride
        sides = outputs[level + levels][found] * stride
        marks = outputs[level + 2 * levels][found] * stride
        rows.append(np.hstack([centres - sides[:, :2], centres + sides[:, 2:], scores[found]]))
        points.append(centres[:, None, :] + marks.reshape(-1, 5, 2))
    all_rows, all_points = np.concatenate(rows).astype(np.float32, copy=False), np.concatenate(points)
    order = np.argsort(-all_rows[:, 4], kind="stable")
    return all_rows[order], all_points[order]
