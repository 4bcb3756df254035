"""The face turned upright, centred and scaled to 112 x 112, as recognition models expect it.

Standard: the five-point template of ArcFace (Deng et al., CVPR 2019), fitted by the least-squares similarity
of Umeyama (1991) in closed form. Gives the same crops as `insightface.utils.face_align.norm_crop`, whose own
fit calls a function that scikit-image has deprecated.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.values import Picture

SIDE = 112
_TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)


def aligned(bgr: Picture, landmarks: NDArray[np.float32]) -> Picture:
    """Return the face as a (112, 112, 3) picture; what lies outside of the source is black.

    landmarks: (5, 2) pixels of bgr: both eyes, nose, both corners of the mouth.
    """
    matrix = similarity(landmarks.astype(np.float64), _TEMPLATE)
    crop = cv2.warpAffine(bgr, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderValue=(0, 0, 0))
    return np.asarray(crop, dtype=np.uint8)


def similarity(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (2, 3) rotation, scale and shift that bring source points (n, 2) nearest to target points.

    Points that all coincide give a matrix that maps everything to the middle of the target.
    """
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    a, b = source - source_mean, target - target_mean
    spread = float((a * a).sum())
    if not np.isfinite(spread) or spread <= 0.0:
        return np.hstack([np.zeros((2, 2)), target_mean[:, None]])
    cosine = float((a * b).sum()) / spread
    sine = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / spread
    turn = np.array([[cosine, -sine], [sine, cosine]])
    return np.hstack([turn, (target_mean - turn @ source_mean)[:, None]])
