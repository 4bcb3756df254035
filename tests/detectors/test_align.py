"""Alignment gives insightface's own crops, and something harmless for impossible landmarks."""

import warnings

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from insightface.utils.face_align import norm_crop

from detectors.align import SIDE, aligned, similarity
from detectors.model import FaceModel
from detectors.values import Picture


def test_the_crop_is_insightfaces_own(model: FaceModel, strangers: Picture) -> None:
    for face in model.detect(strangers):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            theirs = norm_crop(strangers, face.landmarks, SIDE)
        ours = aligned(strangers, face.landmarks)
        assert np.abs(ours.astype(int) - theirs.astype(int)).max() <= 1


@given(angle=st.floats(-np.pi, np.pi), scale=st.floats(0.05, 20), x=st.floats(-1e3, 1e3), y=st.floats(-1e3, 1e3))
def test_a_similarity_is_found_again(angle: float, scale: float, x: float, y: float) -> None:
    points = np.array([[0.0, 0.0], [40.0, 1.0], [20.0, 20.0], [5.0, 40.0], [35.0, 41.0]])
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    target = points @ turn.T + [x, y]
    matrix = similarity(points, target)
    np.testing.assert_allclose(points @ matrix[:, :2].T + matrix[:, 2], target, atol=1e-6)


def test_landmarks_in_one_point_give_a_flat_crop(astronaut: Picture) -> None:
    crop = aligned(astronaut, np.full((5, 2), 100.0, dtype=np.float32))
    assert crop.shape == (SIDE, SIDE, 3)
