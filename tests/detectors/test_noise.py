"""Noise is measured, not confused with detail, and no longer hides a face."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.model import FaceModel
from detectors.noise import NOISY, noise_sigma
from detectors.values import Picture


def noisy(picture: Picture, sigma: float) -> Picture:
    """The picture from a sensor in the dark."""
    noise = np.random.default_rng(7).normal(0.0, sigma, picture.shape[:2])[..., None]
    return np.asarray(np.clip(picture + noise, 0, 255), dtype=np.uint8)


@pytest.mark.parametrize("sigma", [10.0, 20.0, 30.0])
def test_the_estimate_is_near_the_noise_that_was_added(sigma: float) -> None:
    grey = np.full((200, 300, 3), 128, dtype=np.uint8)
    assert noise_sigma(noisy(grey, sigma)) == pytest.approx(sigma, rel=0.1)


def test_photographs_are_not_noisy(astronaut: Picture, strangers: Picture, faceless: Picture) -> None:
    assert max(noise_sigma(astronaut), noise_sigma(strangers), noise_sigma(faceless)) < NOISY


def test_faces_under_heavy_noise_are_found_where_they_are(model: FaceModel, strangers: Picture) -> None:
    clean = sorted(face.box.left for face in model.detect(strangers))
    found = sorted(face.box.left for face in model.detect(noisy(strangers, 60.0)))
    assert found == pytest.approx(clean, abs=12)


@given(height=st.integers(1, 5), width=st.integers(1, 700))
def test_any_size_of_picture_has_an_estimate(height: int, width: int) -> None:
    assert noise_sigma(np.zeros((height, width, 3), dtype=np.uint8)) == 0.0
