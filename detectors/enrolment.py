"""The template of a reference picture: exactly one face, good enough to be compared.

A reference decides about somebody for years, so what is unclear is refused with the file and the reason, and
never repaired in silence. A sharp face that is turned away is welcome beside others: without one from each side, nobody
is recognised in profile. Standard: ISO/IEC 19794-5 asks the same of a reference portrait, more strictly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detectors.assessment import assessed_faces
from detectors.errors import FaceTooPoor, FaceTooSmall, FaceUnsuitable, NoFace, SeveralFaces
from detectors.image import pages
from detectors.media import identify, signature_at
from detectors.model import FaceModel
from detectors.quality import SMALL_PX
from detectors.values import Quality, Template

Pose = Literal["front", "left", "right"]
"""Where the face looks, as the picture shows it: towards its left or right edge."""
POSES: tuple[Pose, ...] = ("front", "left", "right")

SAME_PICTURE = 0.95
"""Two templates this alike come from one picture: of 4,425 pairs of press photographs of one person none reaches it,
while darker and compressed copies all do, and every second of those at half the size."""
TURNED_FROM = 0.2
"""The nose's distance from the middle between the eyes, in distances of the eyes; in press photographs 5 % of the
faces lie beyond on one side and 11 % on the other."""
_TURNED_REASON = "turned to the side"


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceFace:
    """What is enrolled, and of which picture."""

    template: Template
    quality: Quality
    image_sha256: str
    pose: Pose


@dataclass(frozen=True, slots=True)
class Completeness:
    """Whether a performer's references suffice to be recognised from all sides."""

    enough: bool
    missing: tuple[str, ...]
    """What to add or to replace, one phrase each; where it is enough, at most copies to replace."""


def completeness(references: Sequence[ReferenceFace]) -> Completeness:
    """Return what a performer's references still lack: three different pictures, from the front and both sides.

    One in sixteen enrolled people is missed with one reference, one in seventy with three. Pictures that are nearly
    the same count once: a copy, made smaller or darker, teaches nothing, and lets strangers in poor pictures through.
    """
    different: list[ReferenceFace] = []
    copies = 0
    for reference in references:
        if any(_same_picture(reference, other) for other in different):
            copies += 1
        else:
            different.append(reference)
    missing: list[str] = []
    if copies:
        pictures = "picture that is" if copies == 1 else "pictures that are"
        missing.append(f"another moment in place of {copies} {pictures} nearly the same as another")
    poses = {reference.pose for reference in different}
    if "front" not in poses:
        missing.append("a picture from the front")
    missing += [f"a picture in which the face looks to the {side}" for side in ("left", "right") if side not in poses]
    # Three poses are three different pictures.
    return Completeness(len(poses) == len(POSES), tuple(missing))


def _same_picture(one: ReferenceFace, other: ReferenceFace) -> bool:
    """Return whether two references show one moment."""
    alike = float(one.template.vector @ other.template.vector) > SAME_PICTURE
    return one.image_sha256 == other.image_sha256 or alike


def pose_of(landmarks: NDArray[np.float32]) -> Pose:
    """Return where a face looks. landmarks: (5, 2) pixels, as in `Face`."""
    first_eye, second_eye, nose = landmarks[:3].astype(np.float64)
    axis = second_eye - first_eye
    offset = float((nose - (first_eye + second_eye) / 2) @ axis) / max(float(axis @ axis), 1e-6)
    return "left" if offset < -TURNED_FROM else "right" if offset > TURNED_FROM else "front"


def reference_face(path: Path, model: FaceModel) -> ReferenceFace:
    """Return the template of the one face in a still.

    Faces too small or too blurred to be compared do not count as further people. Raises MissingMedia,
    UnreadableMedia, MislabelledMedia, NoPicture for the file; NoFace, SeveralFaces, FaceTooSmall, FaceTooPoor
    for what it shows; FaceUnsuitable for a film or a still of several pages.
    """
    media = identify(path)
    if media.kind != "image" or media.frames != 1:
        raise FaceUnsuitable(path, "is not a single still; save the frame that shows the face as a picture")
    picture = next(pages(path, signature_at(path)))
    faces = assessed_faces(picture, model)
    if not faces:
        raise NoFace(path, "shows no face that can be found; use a sharp picture from the front")
    clear = [each for each in faces if each.vector is not None]
    if len(clear) > 1:
        raise SeveralFaces(path, f"shows {len(clear)} faces; crop it to the one person")
    # Nothing clear: the largest face is the one that was meant.
    chosen = clear[0] if clear else max(faces, key=lambda each: each.face.box.width)
    quality = chosen.quality
    if quality.face_width_px < SMALL_PX:
        width = round(quality.face_width_px)
        raise FaceTooSmall(path, f"shows a face {width} pixels wide; use one of {SMALL_PX:.0f} or more")
    pose = pose_of(chosen.face.landmarks)
    # A turned face is poor evidence that somebody is absent, yet a good reference: strangers reach its score about
    # as rarely (1.4 times as often).
    turned = pose != "front" and quality.reasons == (_TURNED_REASON,)
    if chosen.vector is None or (quality.level != "usable" and not turned):
        raise FaceTooPoor(path, f"shows a face that is {' and '.join(quality.reasons)}; use a better picture")
    return ReferenceFace(Template(chosen.vector, model.key), quality, media.sha256, pose)
