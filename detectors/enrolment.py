"""The template of a reference picture: exactly one face, good enough to be compared.

A reference decides about somebody for years, so what is unclear is refused with the file and the reason, and
never repaired in silence. Standard: ISO/IEC 19794-5 asks the same of a reference portrait, more strictly.
"""

from dataclasses import dataclass
from pathlib import Path

from detectors.assessment import assessed_faces
from detectors.errors import FaceTooPoor, FaceTooSmall, FaceUnsuitable, NoFace, SeveralFaces
from detectors.image import pages
from detectors.media import identify, signature_at
from detectors.model import FaceModel
from detectors.quality import SMALL_PX
from detectors.values import Quality, Template


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceFace:
    """What is enrolled, and of which picture."""

    template: Template
    quality: Quality
    image_sha256: str


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
    if quality.level != "usable" or chosen.vector is None:
        raise FaceTooPoor(path, f"shows a face that is {' and '.join(quality.reasons)}; use a better picture")
    return ReferenceFace(Template(chosen.vector, model.key), quality, media.sha256)
