"""A reference is one clear face; anything else is refused with the file, the reason and what to do."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.enrolment import reference_face
from detectors.errors import DetectorError, FaceTooPoor, FaceTooSmall, FaceUnsuitable, NoFace, SeveralFaces
from detectors.media import identify
from detectors.model import FaceModel
from detectors.values import Picture

Save = Callable[[Path, Picture], Path]


def test_one_clear_face_gives_a_template_and_the_digest_of_its_picture(
    tmp_path: Path, save: Save, model: FaceModel, astronaut: Picture
) -> None:
    path = save(tmp_path / "a.png", astronaut)
    reference = reference_face(path, model)
    assert reference.template.model_key == model.key
    assert float(np.linalg.norm(reference.template.vector)) == pytest.approx(1.0, abs=1e-5)
    assert reference.quality.level == "usable"
    assert reference.image_sha256 == identify(path).sha256


def test_a_large_portrait_is_one_face(tmp_path: Path, save: Save, model: FaceModel, astronaut: Picture) -> None:
    large = np.asarray(cv2.resize(astronaut, (4000, 4000), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    assert reference_face(save(tmp_path / "large.jpg", large), model).quality.face_width_px > 600


def test_a_tiny_face_in_the_background_is_no_second_person(
    tmp_path: Path, save: Save, model: FaceModel, astronaut: Picture, stranger: Callable[[int], Picture]
) -> None:
    picture = astronaut.copy()
    head = stranger(1)
    scale = 19 / (head.shape[1] / 1.9)
    small = cv2.resize(head, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    picture[20 : 20 + small.shape[0], 440 : 440 + small.shape[1]] = small
    assert reference_face(save(tmp_path / "a.png", picture), model).quality.face_width_px > 80


def test_a_picture_of_nobody_is_refused(tmp_path: Path, save: Save, model: FaceModel, faceless: Picture) -> None:
    path = save(tmp_path / "sky.png", faceless)
    with pytest.raises(NoFace, match="use a sharp picture") as caught:
        reference_face(path, model)
    assert caught.value.path == path


def test_a_group_is_refused_with_its_number(tmp_path: Path, save: Save, model: FaceModel, strangers: Picture) -> None:
    with pytest.raises(SeveralFaces, match=r"shows 6 faces; crop it"):
        reference_face(save(tmp_path / "group.jpg", strangers), model)


@pytest.mark.parametrize("width", [20, 28])
def test_a_small_face_is_refused_with_its_width(
    tmp_path: Path, save: Save, model: FaceModel, astronaut: Picture, width: int
) -> None:
    small = cv2.resize(astronaut, None, fx=width / 90, fy=width / 90, interpolation=cv2.INTER_AREA)
    with pytest.raises(FaceTooSmall, match=r"pixels wide; use one of 32 or more"):
        reference_face(save(tmp_path / "small.png", np.asarray(small, np.uint8)), model)


def test_a_blurred_face_is_refused(tmp_path: Path, save: Save, model: FaceModel, astronaut: Picture) -> None:
    blurred = np.asarray(cv2.GaussianBlur(astronaut, (0, 0), 4), dtype=np.uint8)
    with pytest.raises(FaceTooPoor, match="blurred"):
        reference_face(save(tmp_path / "blurred.png", blurred), model)


def test_a_film_is_no_reference(story: Path, model: FaceModel) -> None:
    with pytest.raises(FaceUnsuitable, match="not a single still"):
        reference_face(story, model)


@given(content=st.binary(max_size=300), suffix=st.sampled_from(["", ".jpg", ".png", ".mp4"]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_as_reference_are_one_of_our_errors(
    tmp_path: Path, model: FaceModel, content: bytes, suffix: str
) -> None:
    path = tmp_path / f"any{suffix}"
    path.write_bytes(content)
    with pytest.raises(DetectorError):
        reference_face(path, model)
