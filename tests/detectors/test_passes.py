"""Large pictures are searched in tiles that leave no gap, and the faces in them are found once each."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.model import FaceModel
from detectors.passes import detector_passes
from detectors.values import Picture


@settings(max_examples=20, deadline=None)
@given(width=st.integers(2561, 9000), height=st.integers(300, 9000))
def test_every_point_of_a_large_picture_is_the_own_of_a_tile_with_room_around_it(width: int, height: int) -> None:
    passes = [each for each in detector_passes(width, height) if each.tile is not None]
    assert passes
    across, down = width * passes[0].scale, height * passes[0].scale
    room = 48.0
    for x in np.linspace(1, across - 1, 17):
        for y in np.linspace(1, down - 1, 17):
            seen_by = 0
            for each in passes:
                assert each.tile is not None
                left, top, right, bottom = each.tile.own
                if left <= x < right and top <= y < bottom:
                    seen_by += 1
                    assert each.tile.left <= max(0.0, x - room)
                    assert each.tile.top <= max(0.0, y - room)
                    assert each.tile.left + each.size[0] >= min(across, x + room) - 1
                    assert each.tile.top + each.size[1] >= min(down, y + room) - 1
            assert seen_by >= 1


def crowd(portrait: Picture, width: int, size: tuple[int, int], count: int) -> tuple[Picture, list[tuple[int, int]]]:
    """A grey picture with a portrait at random places, its face so many pixels wide; and the places."""
    scale = width / 90
    small = cv2.resize(portrait[40:240, 120:320], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    side = small.shape[0]
    picture = np.full((size[1], size[0], 3), 90, dtype=np.uint8)
    columns, rows = size[0] // side, size[1] // side
    places = np.random.default_rng(3).choice(columns * rows, count, replace=False)
    corners = [(int(p % columns) * side, int(p // columns) * side) for p in places]
    for left, top in corners:
        picture[top : top + side, left : left + side] = small
    return picture, [(left + side // 2, top + side // 2) for left, top in corners]


@pytest.mark.parametrize("size", [(3840, 2160), (2160, 3840), (5000, 2700)])
def test_each_small_face_of_a_crowd_in_a_large_picture_is_found_once(
    model: FaceModel, astronaut: Picture, size: tuple[int, int]
) -> None:
    picture, middles = crowd(astronaut, 36, size, 60)
    found = [(face.box.left + face.box.width / 2, face.box.top + face.box.height / 2) for face in model.detect(picture)]
    near = [sum(np.hypot(x - mx, y - my) < 36 for x, y in found) for mx, my in middles]
    assert max(near) == 1
    assert sum(near) >= 0.98 * len(middles)
    assert len(found) == sum(near)


def test_a_face_that_fills_a_large_picture_is_found_once(model: FaceModel, astronaut: Picture) -> None:
    large = np.asarray(cv2.resize(astronaut, None, fx=8, fy=8, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    (face,) = model.detect(large)
    assert 640 < face.box.width < 800
