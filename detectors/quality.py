"""How far a face can be trusted for comparison, with the reasons in words.

Components in the terms of ISO/IEC 29794-5 (face image quality): inter-eye distance, sharpness, pose, exposure and
contrast, occlusion of eyes and mouth, margins; the measures are simpler than that standard's. The limits come from
3,473 press photographs and from changing 100 of them; shares of faces that are not usable afterwards:

  clean 1 %, blur of 3 % of the width 94 %, of 5 % 100 %, cartoon 95 %, pencil sketch 91 %, stylisation 33 %,
  grey with noise of sigma 40 100 %, rolled by 30 / 45 degrees 12 / 57 %, plain smoothing 7 %.

What is a drawing, a blur or a turned head shows best in the template itself: before it is made a unit vector it is
short where the model sees no clear face. What this can't see: sunglasses that reflect, masks with a pattern, make-up.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.values import Face, Picture, Quality, QualityLevel

TOO_SMALL_PX, SMALL_PX = 24.0, 32.0
# Of clean faces 1 % lie below 0.113; of those blurred by 3 % of their width 95 % below 0.095; by 5 %, half
# below 0.045 and 95 % below 0.064.
TOO_BLURRED, BLURRED = 0.055, 0.095
# Of clean templates 0.1 % are shorter than 7.3 and 0.3 % than 8.5; of cartoons 87 % are shorter than 7.0 and 96 % than
# 7.5, of heads rolled by 45 degrees 45 % and 57 %.
TOO_WEAK, WEAK = 7.0, 7.5
# Of clean faces 1 % lie above 0.111, portraits of 300 pixels and more up to 0.126; half of all pencil sketches lie
# above 0.16, and faces under noise of sigma 40 above 0.24.
GRAINY = 0.135
# In press photographs 99 % of the faces lie below 0.52, and above 0.35 in the distance of the eyes; none of 1,500
# reaches the limits of a profile.
TURNED, NARROW_EYES = 0.6, 0.28
PROFILE, PROFILE_EYES = 1.0, 0.2
TILTED_DEGREES = 30.0
# The nose's place between eyes (0) and mouth (1): all of 1,500 press photographs lie between.
LOOKING_UP, LOOKING_DOWN = 0.40, 0.71

TOO_SMALL_REASON = f"narrower than {TOO_SMALL_PX:.0f} pixels"
TOO_BLURRED_REASON = "too blurred"

_INNER = slice(20, 100)
_DETAIL_SIGMA = 1.5
_FLAT = 1.0
_BRIGHT, _DARK = 250, 12
# Shares of the inner face, and levels: beyond all but 0.3 % of press photographs.
_MOST_BRIGHT, _MOST_DARK, _LEAST_CONTRAST = 0.10, 0.20, 18.0
# Places of the aligned face, and the median gradient in them over the contrast: the plainest bare eye of 1,500 has
# 0.35 and mouth 0.32; both lie at 0 under an opaque cover.
_EYES = ((slice(44, 60), slice(26, 50)), (slice(44, 60), slice(62, 86)))
_MOUTH = (slice(82, 102), slice(38, 74))
_BARE_EYES, _BARE_MOUTH = 0.2, 0.15
_CUT_SHARE = 0.15


def quality_of(
    face: Face, crop: Picture, *, frame: tuple[int, int] | None = None, strength: float | None = None
) -> Quality:
    """Return the quality of a face. crop: the same face aligned to 112 x 112.

    frame: (width, height) of its picture, to see whether the frame cuts it. strength: length of its template before
    normalisation, from `FaceModel.embed_with_strength`. What is not given is not judged.
    """
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)[_INNER, _INNER].astype(np.float32)
    contrast, detail, grain = float(grey.std()), sharpness(crop), _grain(grey)
    pose = _Pose.of(face)
    width = face.box.width
    too_poor = [
        reason
        for reason, holds in (
            (TOO_SMALL_REASON, width < TOO_SMALL_PX),
            (TOO_BLURRED_REASON, detail < TOO_BLURRED),
            ("in profile", pose.turn > PROFILE or pose.inter_eye < PROFILE_EYES * width),
            ("not seen by the model as a face of a person", strength is not None and strength < TOO_WEAK),
        )
        if holds
    ]
    poor = [
        reason
        for reason, holds in (
            (f"narrower than {SMALL_PX:.0f} pixels", TOO_SMALL_PX <= width < SMALL_PX),
            ("blurred", TOO_BLURRED <= detail < BLURRED),
            ("turned to the side", pose.turn > TURNED or pose.inter_eye < NARROW_EYES * width),
            ("tilted", abs(pose.roll_degrees) > TILTED_DEGREES),
            ("looking up or down", not LOOKING_UP <= pose.nose_between <= LOOKING_DOWN),
            ("noisy, drawn or painted", grain > GRAINY),
            ("unclear to the model", strength is not None and TOO_WEAK <= strength < WEAK),
            ("overexposed", float((grey >= _BRIGHT).mean()) > _MOST_BRIGHT),
            ("underexposed", float((grey <= _DARK).mean()) > _MOST_DARK),
            ("low in contrast", contrast < _LEAST_CONTRAST),
            ("cut by the frame", frame is not None and _share_outside(face, frame) > _CUT_SHARE),
            *_occlusions(crop, contrast, detail),
        )
        if holds
    ]
    level: QualityLevel = "too_poor" if too_poor else "poor" if poor else "usable"
    return Quality(level, tuple(too_poor + poor), width, pose.inter_eye, detail, grain, contrast, strength)


def sharpness(crop: Picture) -> float:
    """Return the fine detail of an aligned face relative to its contrast: 0 for none, 0.19 for a clean face.

    The spread of what a Gaussian of 1.5 pixels takes away, over the spread of the brightness, in the inner
    face.
    """
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)[_INNER, _INNER].astype(np.float32)
    contrast = float(grey.std())
    if contrast < _FLAT:
        return 0.0
    return float(_fine(grey).std()) / contrast


def rank(face: Face, quality: Quality) -> float:
    """Return a number by which faces of one person are ordered, the best for comparison highest.

    Larger is better up to the 112 pixels a model sees; sharper is better up to a clean face's detail.
    """
    size = min(quality.face_width_px, 112.0) / 112.0
    detail = min(quality.sharpness, 0.2) / 0.2
    level = {"usable": 1.0, "poor": 0.5, "too_poor": 0.1}[quality.level]
    return level * face.score * size * detail


@dataclass(frozen=True, slots=True)
class _Pose:
    """Where the head points, as far as five landmarks tell."""

    inter_eye: float
    """In pixels."""
    roll_degrees: float
    turn: float
    """How far the nose lies from the middle between the eyes, along their line, in distances of the eyes."""
    nose_between: float
    """Where the nose lies between the eyes (0) and the mouth (1), across their line."""

    @classmethod
    def of(cls, face: Face) -> "_Pose":
        """Return the pose of a face."""
        first_eye, second_eye, nose, *mouth = face.landmarks.astype(np.float64)
        axis = second_eye - first_eye
        inter_eye = float(np.hypot(*axis))
        middle = (first_eye + second_eye) / 2
        down = np.array([-axis[1], axis[0]])
        to_mouth = float((np.mean(mouth, axis=0) - middle) @ down)
        return cls(
            inter_eye=inter_eye,
            roll_degrees=float(np.degrees(np.arctan2(axis[1], axis[0]))),
            turn=abs(float((nose - middle) @ axis)) / max(inter_eye**2, 1e-6),
            nose_between=float((nose - middle) @ down) / max(to_mouth, 1e-6),
        )


def _fine(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(grey - cv2.GaussianBlur(grey, (0, 0), _DETAIL_SIGMA), dtype=np.float32)


def _grain(grey: NDArray[np.float32]) -> float:
    """Return the median of the fine detail over the contrast: texture everywhere, not edges here and there."""
    contrast = float(grey.std())
    return 0.0 if contrast < _FLAT else float(np.median(np.abs(_fine(grey)))) / contrast


def _occlusions(crop: Picture, contrast: float, detail: float) -> tuple[tuple[str, bool], ...]:
    """Return whether eyes and mouth are covered by something plain; not asked where blur alone would do that."""
    if detail < BLURRED or contrast < _FLAT:
        return ()
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY).astype(np.float32)
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    slope = np.hypot(across, down) / contrast
    eyes = max(float(np.median(slope[place])) for place in _EYES)
    return ("eyes covered", eyes < _BARE_EYES), ("mouth covered", float(np.median(slope[_MOUTH])) < _BARE_MOUTH)


def _share_outside(face: Face, frame: tuple[int, int]) -> float:
    """Return the share of the face's box that lies beyond the picture."""
    box, (width, height) = face.box, frame
    across = min(box.left + box.width, width) - max(box.left, 0.0)
    down = min(box.top + box.height, height) - max(box.top, 0.0)
    return 1.0 - max(0.0, across) * max(0.0, down) / max(box.width * box.height, 1e-6)
