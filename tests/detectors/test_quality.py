"""Small, blurred and turned faces are told from good ones, in words."""

import cv2
import numpy as np
import pytest

from detectors.align import aligned
from detectors.model import FaceModel
from detectors.quality import quality_of, rank, sharpness
from detectors.values import Box, Face, Picture, Quality


def best(model: FaceModel, picture: Picture) -> tuple[Face, Quality]:
    """The first face of a picture with its quality."""
    face = model.detect(picture)[0]
    return face, quality_of(face, aligned(picture, face.landmarks))


def scaled(picture: Picture, factor: float) -> Picture:
    """The picture, smaller."""
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def blurred(picture: Picture, sigma: float) -> Picture:
    """The picture, out of focus."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), dtype=np.uint8)


def test_a_portrait_is_usable_without_reasons(model: FaceModel, astronaut: Picture) -> None:
    _, quality = best(model, astronaut)
    assert (quality.level, quality.reasons) == ("usable", ())
    assert 80 < quality.face_width_px < 100
    assert 35 < quality.inter_eye_px < 55


@pytest.mark.parametrize(("width", "level", "reason"), [(28, "poor", "narrower than 32 pixels"),
                                                        (20, "too_poor", "narrower than 24 pixels")])  # fmt: skip
def test_a_small_face_is_poor_and_a_tiny_one_too_poor(
    model: FaceModel, astronaut: Picture, width: int, level: str, reason: str
) -> None:
    _, quality = best(model, scaled(astronaut, width / 90))
    assert quality.level == level
    assert reason in quality.reasons


@pytest.mark.parametrize(("share", "level"), [(0.03, "poor"), (0.07, "too_poor")])
def test_a_blurred_face_is_poor_and_a_very_blurred_one_too_poor(
    model: FaceModel, astronaut: Picture, share: float, level: str
) -> None:
    _, quality = best(model, blurred(astronaut, share * 90))
    assert quality.level == level
    assert any("blurred" in reason for reason in quality.reasons)


def test_a_tilted_head_is_poor(astronaut: Picture) -> None:
    points = np.array([[0, 0], [30, 30], [0, 30], [-15, 45], [15, 60]], dtype=np.float32)
    quality = quality_of(Face(Box(0, 0, 90, 110), points, 0.9), astronaut[60:172, 170:282])
    assert "tilted" in quality.reasons


def test_a_profile_is_turned_to_the_side(astronaut: Picture) -> None:
    points = np.array([[20, 40], [45, 40], [60, 60], [22, 80], [40, 80]], dtype=np.float32)
    quality = quality_of(Face(Box(0, 0, 90, 110), points, 0.9), astronaut[60:172, 170:282])
    assert (quality.level, quality.reasons) == ("poor", ("turned to the side",))


def test_sharpness_falls_with_every_step_of_blur_and_is_zero_for_a_flat_picture(
    model: FaceModel, astronaut: Picture
) -> None:
    values = [best(model, blurred(astronaut, sigma))[1].sharpness for sigma in (0.5, 1.0, 2.0, 4.0, 8.0)]
    assert values == sorted(values, reverse=True)
    assert sharpness(np.full((112, 112, 3), 90, dtype=np.uint8)) == 0.0


def test_a_good_face_ranks_before_a_small_and_before_a_blurred_one(model: FaceModel, astronaut: Picture) -> None:
    good = rank(*best(model, astronaut))
    assert good > rank(*best(model, scaled(astronaut, 0.4)))
    assert good > rank(*best(model, blurred(astronaut, 3)))
