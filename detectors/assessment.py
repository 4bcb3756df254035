"""The faces of one picture, each with its quality and, where it is good enough, its template's numbers.

The order matters: what a face's geometry and pixels rule out is never embedded, and what the template itself shows to
be no clear face loses it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from detectors.align import aligned
from detectors.model import FaceModel
from detectors.quality import quality_of
from detectors.values import Face, Picture, Quality, Vector


@dataclass(frozen=True, slots=True, eq=False)
class AssessedFace:
    """A face with what is known about it."""

    face: Face
    crop: Picture
    """Aligned, (112, 112, 3)."""
    quality: Quality
    vector: Vector | None
    """(d,) float32, unit length; None for a face too poor to compare, and where templates are not made."""


def measured_faces(picture: Picture, faces: Sequence[Face]) -> tuple[AssessedFace, ...]:
    """Return the faces that were found in an upright picture, judged by geometry and pixels alone."""
    frame = (picture.shape[1], picture.shape[0])
    found = []
    for face in faces:
        crop = aligned(picture, face.landmarks)
        found.append(AssessedFace(face, crop, quality_of(face, crop, frame=frame), None))
    return tuple(found)


def with_templates(
    faces: Sequence[AssessedFace], wanted: Sequence[int], picture: Picture, model: FaceModel
) -> tuple[AssessedFace, ...]:
    """Return the faces of a picture, those at the wanted places with a template and judged by its strength too.

    Faces that are too poor as measured get none, and one whose template shows no clear face loses it again.
    """
    frame = (picture.shape[1], picture.shape[0])
    good = [n for n in wanted if faces[n].quality.level != "too_poor"]
    vectors, strengths = model.embed_with_strength([faces[n].crop for n in good])
    judged = list(faces)
    for n, vector, strength in zip(good, vectors, strengths.tolist(), strict=True):
        quality = quality_of(faces[n].face, faces[n].crop, frame=frame, strength=strength)
        judged[n] = replace(faces[n], quality=quality, vector=None if quality.level == "too_poor" else vector)
    return tuple(judged)


def assessed_faces(picture: Picture, model: FaceModel) -> tuple[AssessedFace, ...]:
    """Return the faces of an upright picture with templates where they are good enough, best first."""
    faces = measured_faces(picture, model.detect(picture))
    return with_templates(faces, range(len(faces)), picture, model)
