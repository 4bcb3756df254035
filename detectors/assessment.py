"""The faces of one picture, each with its quality and, where it is good enough, its template's numbers.

The order matters: what a face's geometry and pixels rule out is never embedded, and what the template itself shows to
be no clear face loses it again.
"""

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


def assessed_faces(picture: Picture, model: FaceModel, *, make_templates: bool = True) -> tuple[AssessedFace, ...]:
    """Return the faces of an upright picture, best first by the detector's score.

    Without templates the quality is judged by geometry and pixels alone, and `Quality.strength` is None.
    """
    frame = (picture.shape[1], picture.shape[0])
    found = []
    for face in model.detect(picture):
        crop = aligned(picture, face.landmarks)
        found.append(AssessedFace(face, crop, quality_of(face, crop, frame=frame), None))
    if not make_templates:
        return tuple(found)
    good = [n for n, each in enumerate(found) if each.quality.level != "too_poor"]
    vectors, strengths = model.embed_with_strength([found[n].crop for n in good])
    for n, vector, strength in zip(good, vectors, strengths.tolist(), strict=True):
        face, crop = found[n].face, found[n].crop
        quality = quality_of(face, crop, frame=frame, strength=strength)
        found[n] = replace(found[n], quality=quality, vector=None if quality.level == "too_poor" else vector)
    return tuple(found)
