"""Small, blurred and turned faces are told from good ones, in words."""

from collections.abc import Callable

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


@pytest.mark.parametrize(("nose", "level", "reason"), [(52, "poor", "turned to the side"),
                                                       (60, "too_poor", "in profile")])  # fmt: skip
def test_a_turned_head_is_poor_and_a_profile_too_poor(astronaut: Picture, nose: float, level: str, reason: str) -> None:
    points = np.array([[20, 40], [45, 40], [nose, 60], [22, 80], [40, 80]], dtype=np.float32)
    quality = quality_of(Face(Box(0, 0, 90, 110), points, 0.9), astronaut[60:172, 170:282])
    assert quality.level == level
    assert reason in quality.reasons


@pytest.mark.parametrize(("nose", "seen"), [(44, True), (60, False), (74, True)])
def test_a_face_looking_up_or_down_is_poor(astronaut: Picture, nose: float, seen: bool) -> None:
    points = np.array([[20, 40], [60, 40], [40, nose], [25, 80], [55, 80]], dtype=np.float32)
    quality = quality_of(Face(Box(0, 0, 90, 110), points, 0.9), astronaut[60:172, 170:282])
    assert ("looking up or down" in quality.reasons) == seen


def flat_light(picture: Picture) -> Picture:
    """The picture in fog."""
    return np.asarray(picture * 0.2 + 140, dtype=np.uint8)


def in_the_dark(picture: Picture) -> Picture:
    """The picture five stops darker in its shadows."""
    return np.asarray(np.clip(picture * 1.4 - 170.0, 0, 255), dtype=np.uint8)


def in_glare(picture: Picture) -> Picture:
    """The picture overexposed."""
    return np.asarray(np.clip(picture * 1.8 + 40.0, 0, 255), dtype=np.uint8)


@pytest.mark.parametrize(
    ("change", "reason"),
    [(flat_light, "low in contrast"), (in_the_dark, "underexposed"), (in_glare, "overexposed")],
)
def test_bad_light_is_said(
    model: FaceModel, astronaut: Picture, change: Callable[[Picture], Picture], reason: str
) -> None:
    face = model.detect(astronaut)[0]
    quality = quality_of(face, aligned(change(astronaut), face.landmarks))
    assert reason in quality.reasons


@pytest.mark.parametrize(("points", "reason"), [((0, 1), "eyes covered"), ((3, 4), "mouth covered")])
def test_a_plain_cover_over_eyes_or_mouth_is_said(
    model: FaceModel, astronaut: Picture, points: tuple[int, int], reason: str
) -> None:
    face = model.detect(astronaut)[0]
    covered = astronaut.copy()
    for point in points:
        x, y = (round(float(v)) for v in face.landmarks[point])
        cv2.rectangle(covered, (x - 24, y - 14), (x + 24, y + 14), (40, 40, 40), -1)
    quality = quality_of(face, aligned(covered, face.landmarks))
    assert reason in quality.reasons
    assert quality.level == "poor"


def test_a_face_that_the_frame_cuts_is_said_to_be_cut(model: FaceModel, astronaut: Picture) -> None:
    face = model.detect(astronaut)[0]
    crop = aligned(astronaut, face.landmarks)
    width, height = round(face.box.left + 0.7 * face.box.width), astronaut.shape[0]
    assert "cut by the frame" in quality_of(face, crop, frame=(width, height)).reasons
    assert "cut by the frame" not in quality_of(face, crop, frame=(astronaut.shape[1], height)).reasons


@pytest.mark.parametrize(("strength", "level"), [(6.9, "too_poor"), (7.2, "poor"), (12.0, "usable"), (None, "usable")])
def test_a_short_template_is_not_trusted(
    model: FaceModel, astronaut: Picture, strength: float | None, level: str
) -> None:
    face = model.detect(astronaut)[0]
    assert quality_of(face, aligned(astronaut, face.landmarks), strength=strength).level == level


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
