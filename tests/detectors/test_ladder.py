"""A rolled or noisy face that the first look misses is found on the ladder, and a stranger is not."""

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.assessment import assessed_faces
from detectors.ladder import climb
from detectors.model import FaceModel
from detectors.values import Picture, Vector


@dataclass(frozen=True)
class OnePerson:
    """A gallery of one template."""

    template: Vector
    enough: float = 0.5

    def score(self, vector: Vector) -> float:
        return float(self.template @ vector)


def context_of(picture: Picture, model: FaceModel) -> Picture:
    """The first face with a margin of its own width."""
    box = model.detect(picture)[0].box
    top, left = max(0, round(box.top - box.width)), max(0, round(box.left - box.width))
    return picture[top : round(box.top + box.height + box.width), left : round(box.left + 2 * box.width)]


def rolled(picture: Picture, degrees: float) -> Picture:
    """The picture turned about its middle."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(picture, matrix, (width, height)), dtype=np.uint8)


@pytest.fixture(scope="module")
def known(model: FaceModel, astronaut: Picture) -> OnePerson:
    """A gallery that knows the astronaut."""
    (face, *_) = assessed_faces(astronaut, model)
    assert face.vector is not None
    return OnePerson(face.vector)


@pytest.mark.parametrize("degrees", [-60, -45, 45, 60])
def test_a_rolled_face_is_found_turned_upright(
    model: FaceModel, astronaut: Picture, known: OnePerson, degrees: float
) -> None:
    context = rolled(context_of(astronaut, model), degrees)
    first_look = [known.score(face.vector) for face in assessed_faces(context, model) if face.vector is not None]
    assert max(first_look, default=0.0) < known.enough
    found = climb([context], model, known)
    assert found is not None
    assert found.rung == "turned upright"
    assert found.score >= known.enough
    assert np.linalg.norm(found.vector) == pytest.approx(1.0, abs=1e-5)
    assert found.crop.shape == (112, 112, 3)


def test_a_second_look_asks_for_a_little_more_than_the_first(
    model: FaceModel, astronaut: Picture, known: OnePerson
) -> None:
    context = context_of(astronaut, model)
    found = climb([context], model, known)
    assert found is not None
    almost = OnePerson(known.template, enough=found.score - 0.01)
    reached = climb([context], model, almost)
    assert reached is None or reached.rung != found.rung


def test_a_stranger_is_found_on_no_rung(model: FaceModel, strangers: Picture, known: OnePerson) -> None:
    assert climb([context_of(strangers, model)], model, known) is None


def test_a_face_at_the_side_of_the_context_is_somebody_elses(
    model: FaceModel, astronaut: Picture, known: OnePerson
) -> None:
    face = context_of(astronaut, model)
    beside = np.concatenate([face, np.full((face.shape[0], 3 * face.shape[1], 3), 90, dtype=np.uint8)], axis=1)
    assert climb([beside], model, known) is None


def test_a_face_too_small_to_compare_is_not_made_larger(model: FaceModel, astronaut: Picture, known: OnePerson) -> None:
    context = context_of(astronaut, model)
    tiny = np.asarray(cv2.resize(context, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    assert climb([tiny], model, known) is None


@settings(max_examples=8, deadline=None)
@given(height=st.integers(1, 90), width=st.integers(1, 90))
def test_a_context_of_any_size_without_a_face_gives_nobody(
    model: FaceModel, known: OnePerson, height: int, width: int
) -> None:
    assert climb([np.zeros((height, width, 3), dtype=np.uint8)], model, known) is None
    assert climb([], model, known) is None
