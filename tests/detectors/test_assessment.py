"""A drawing of a face is not compared; a photograph is; nothing is embedded where no template is wanted."""

import cv2
import numpy as np
import pytest

from detectors.assessment import assessed_faces, measured_faces
from detectors.model import FaceModel
from detectors.quality import TOO_WEAK
from detectors.values import Picture


class NeverEmbeds(FaceModel):
    """A model whose recogniser must not be asked."""

    def __init__(self, model: FaceModel) -> None:
        self.pack = model.pack
        self._scrfd, self._detector = model._scrfd, model._detector


def cartoon(picture: Picture) -> Picture:
    """Flat colours and black outlines."""
    flat = picture
    for _ in range(4):
        flat = np.asarray(cv2.bilateralFilter(flat, 9, 50, 9), dtype=np.uint8)
    grey = cv2.medianBlur(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), 5)
    lines = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 9, 4)
    return np.asarray(cv2.bitwise_and(flat // 32 * 32 + 16, flat // 32 * 32 + 16, mask=lines), dtype=np.uint8)


def test_photographed_faces_are_compared_and_have_unit_vectors(model: FaceModel, strangers: Picture) -> None:
    faces = assessed_faces(strangers, model)
    assert [each.quality.level for each in faces] == ["usable"] * 6
    vectors = model.embed(strangers, [each.face for each in faces])
    for each, vector in zip(faces, vectors, strict=True):
        assert each.vector is not None
        assert each.vector @ vector == pytest.approx(1.0, abs=1e-5)
        assert each.quality.strength is not None
        assert each.quality.strength > TOO_WEAK


def test_a_drawn_face_is_never_usable(model: FaceModel, astronaut: Picture, strangers: Picture) -> None:
    drawn = [*assessed_faces(cartoon(astronaut), model), *assessed_faces(cartoon(strangers), model)]
    assert drawn
    assert all(each.quality.level != "usable" for each in drawn)
    assert any(each.vector is None for each in drawn)


def test_without_templates_the_recogniser_is_not_asked(model: FaceModel, strangers: Picture) -> None:
    faces = measured_faces(strangers, NeverEmbeds(model).detect(strangers))
    assert len(faces) == 6
    assert all(each.vector is None and each.quality.strength is None for each in faces)
