"""Combing is told from detail, and taken away without moving the picture."""

import cv2
import numpy as np
import pytest

from detectors.interlacing import combed_share, one_field
from detectors.values import Picture


def woven(first: Picture, second: Picture) -> Picture:
    """Return a picture of the first one's even and the second one's odd lines."""
    picture = first.copy()
    picture[1::2] = second[1::2]
    return picture


@pytest.mark.parametrize("name", ["astronaut", "faceless", "strangers"])
def test_a_progressive_picture_is_not_combed(request: pytest.FixtureRequest, name: str) -> None:
    picture: Picture = request.getfixturevalue(name)
    assert combed_share(picture) <= 0.001
    noise = np.random.default_rng(1).normal(0, 12, picture.shape)
    assert combed_share(np.clip(picture + noise, 0, 255).astype(np.uint8)) <= 0.001


def test_two_moments_of_a_moving_face_are_combed_and_one_field_is_not(astronaut: Picture) -> None:
    moved = np.roll(astronaut, 12, axis=1)
    picture = woven(astronaut, moved)
    assert combed_share(picture) > 0.1
    assert combed_share(one_field(picture)) == 0.0


def test_one_field_stays_where_the_picture_was(astronaut: Picture) -> None:
    smooth = np.asarray(cv2.GaussianBlur(astronaut, (0, 0), 3), dtype=np.uint8)
    assert np.abs(one_field(smooth).astype(int) - smooth).mean() < 0.5
    assert one_field(smooth).shape == smooth.shape
