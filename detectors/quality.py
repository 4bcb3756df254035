"""How far a face can be trusted for comparison: its size, sharpness and pose, with the reasons in words.

The limits come from measuring the default pack on faces whose size and blur were changed: below 24 pixels
of face width every fourth known person is missed, below 32 every tenth; with a blur of 5 % of the face's
width nearly all, with 3 % every third. A turned face scores low against frontal references even when it is
sharp. Terms: ISO/IEC 29794-5 (face image quality); the measures here are simpler than that standard's.
"""

import cv2
import numpy as np

from detectors.values import Face, Picture, Quality, QualityLevel

TOO_SMALL_PX, SMALL_PX = 24.0, 32.0
# Of clean faces 1 % lie below 0.113; of those blurred by 3 % of their width 95 % below 0.095; by 5 %, half
# below 0.045 and 95 % below 0.064.
TOO_BLURRED, BLURRED = 0.055, 0.095
# In press photographs 99 % of the faces lie below 0.52, and above 0.35 in the distance of the eyes.
TURNED, NARROW_EYES = 0.6, 0.28
TILTED_DEGREES = 30.0

TOO_SMALL_REASON = f"narrower than {TOO_SMALL_PX:.0f} pixels"
TOO_BLURRED_REASON = "too blurred"

_INNER = slice(20, 100)
_DETAIL_SIGMA = 1.5
_FLAT = 1.0


def quality_of(face: Face, crop: Picture) -> Quality:
    """Return the quality of a face. crop: the same face aligned to 112 x 112."""
    first_eye, second_eye, nose = face.landmarks[:3].astype(np.float64)
    axis = second_eye - first_eye
    inter_eye = float(np.hypot(*axis))
    width = face.box.width
    detail = sharpness(crop)
    too_poor = []
    if width < TOO_SMALL_PX:
        too_poor.append(TOO_SMALL_REASON)
    if detail < TOO_BLURRED:
        too_poor.append(TOO_BLURRED_REASON)
    poor = []
    if TOO_SMALL_PX <= width < SMALL_PX:
        poor.append(f"narrower than {SMALL_PX:.0f} pixels")
    if TOO_BLURRED <= detail < BLURRED:
        poor.append("blurred")
    # How far the nose lies from the middle between the eyes, along their line, in distances of the eyes.
    offset = abs(float((nose - (first_eye + second_eye) / 2) @ axis)) / max(inter_eye**2, 1e-6)
    if offset > TURNED or inter_eye < NARROW_EYES * width:
        poor.append("turned to the side")
    if abs(float(np.degrees(np.arctan2(axis[1], axis[0])))) > TILTED_DEGREES:
        poor.append("tilted")
    level: QualityLevel = "too_poor" if too_poor else "poor" if poor else "usable"
    return Quality(level, tuple(too_poor + poor), width, inter_eye, detail)


def sharpness(crop: Picture) -> float:
    """Return the fine detail of an aligned face relative to its contrast: 0 for none, 0.19 for a clean face.

    The spread of what a Gaussian of 1.5 pixels takes away, over the spread of the brightness, in the inner
    face.
    """
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)[_INNER, _INNER].astype(np.float32)
    contrast = float(grey.std())
    if contrast < _FLAT:
        return 0.0
    fine = grey - cv2.GaussianBlur(grey, (0, 0), _DETAIL_SIGMA)
    return float(fine.std()) / contrast


def rank(face: Face, quality: Quality) -> float:
    """Return a number by which faces of one person are ordered, the best for comparison highest.

    Larger is better up to the 112 pixels a model sees; sharper is better up to a clean face's detail.
    """
    size = min(quality.face_width_px, 112.0) / 112.0
    detail = min(quality.sharpness, 0.2) / 0.2
    level = {"usable": 1.0, "poor": 0.5, "too_poor": 0.1}[quality.level]
    return level * face.score * size * detail
