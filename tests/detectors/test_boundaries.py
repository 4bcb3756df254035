"""Who comes and goes without a cut is found, and the moment is known to two frames."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.model import FaceModel
from detectors.scan import scan
from detectors.values import Picture

RATE = 25
TWO_FRAMES = 2 / RATE + 1e-3
ONE_KEYFRAME = {"preset": "ultrafast", "g": "999", "sc_threshold": "0"}
WIDTH, HEIGHT = 640, 360

Encode = Callable[..., Path]


def sized(portrait: Picture, height: int) -> Picture:
    """A portrait of this height."""
    scale = height / portrait.shape[0]
    return np.asarray(cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def backdrop(faceless: Picture) -> Picture:
    """A faceless picture that fills the frame."""
    return np.asarray(cv2.resize(faceless, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def laid(scene: Picture, portrait: Picture, left: int, top: int) -> Picture:
    """The scene with a portrait in it, cut off at the edges."""
    scene = scene.copy()
    low, high = max(0, left), min(WIDTH, left + portrait.shape[1])
    if low < high:
        scene[top : top + portrait.shape[0], low:high] = portrait[:, low - left : high - left]
    return scene


def visit(scene: Picture, portrait: Picture, left: int, top: int, shown: range, frames: int) -> Iterator[Picture]:
    """A long take in which somebody stands at a place during some frames."""
    with_somebody = laid(scene, portrait, left, top)
    for n in range(frames):
        yield with_somebody if n in shown else scene


@pytest.mark.parametrize("first", [9, 31, 68])
def test_somebody_in_a_corner_for_little_more_than_half_a_second_is_found_to_two_frames(
    tmp_path: Path, encode: Encode, model: FaceModel, faceless: Picture, astronaut: Picture, first: int
) -> None:
    shown = range(first, first + 15)
    small = sized(astronaut[:300, 80:380], 90)
    frames = visit(backdrop(faceless), small, WIDTH - 92, HEIGHT - 92, shown, 110)
    result = scan(encode(tmp_path / "visit.mp4", frames, options=ONE_KEYFRAME, rate=RATE), model)
    (visitor,) = result.appearances
    assert visitor.quality.face_width_px < 40
    ((start, end),) = visitor.intervals
    assert abs(start - shown.start / RATE) <= TWO_FRAMES
    assert abs(end - shown.stop / RATE) <= TWO_FRAMES


def test_a_long_take_of_strangers_alone_names_each_once(
    tmp_path: Path, encode: Encode, model: FaceModel, faceless: Picture, stranger: Callable[[int], Picture]
) -> None:
    scene = backdrop(faceless)
    first, second = sized(stranger(2), 150), sized(stranger(3), 150)
    frames = [laid(scene, first, 60, 80) for _ in range(60)]
    frames[20:44] = [laid(frame, second, 420, 80) for frame in frames[20:44]]
    result = scan(encode(tmp_path / "two.mp4", frames, options=ONE_KEYFRAME, rate=RATE), model)
    stays, visits = result.appearances
    np.testing.assert_allclose(stays.intervals, [(0.0, 2.4)], atol=TWO_FRAMES)
    np.testing.assert_allclose(visits.intervals, [(0.8, 1.76)], atol=TWO_FRAMES)


def test_somebody_who_walks_through_the_picture_is_one_person_in_view_for_as_long_as_the_face_is_whole(
    tmp_path: Path, encode: Encode, model: FaceModel, faceless: Picture, stranger: Callable[[int], Picture]
) -> None:
    scene, walker = backdrop(faceless), sized(stranger(2), 140)
    lefts = range(-140, WIDTH + 1, 10)
    frames = [laid(scene, walker, left, 100) for left in lefts]
    everything = scan(path := encode(tmp_path / "walk.mp4", frames, options=ONE_KEYFRAME, rate=RATE), model)
    every_frame = scan(path, model, sampling="every-frame")
    (walks,), (reference,) = everything.appearances, every_frame.appearances
    np.testing.assert_allclose(walks.intervals, reference.intervals, atol=TWO_FRAMES)


def test_two_people_whose_paths_cross_keep_their_identities(
    tmp_path: Path, encode: Encode, model: FaceModel, faceless: Picture, stranger: Callable[[int], Picture]
) -> None:
    scene = backdrop(faceless)
    right, left = sized(stranger(2), 130), sized(stranger(5), 130)
    room = WIDTH - 140
    frames = [laid(laid(scene, left, room - room * n // 60, 110), right, room * n // 60, 100) for n in range(61)]
    result = scan(encode(tmp_path / "cross.mp4", frames, options=ONE_KEYFRAME, rate=RATE), model)
    assert len(result.appearances) == 2
    alone = [
        model.embed(picture, model.detect(picture)[:1])[0]
        for picture in (sized(stranger(2), 260), sized(stranger(5), 260))
    ]
    templates = [a.template.vector for a in result.appearances if a.template is not None]
    alike = np.stack(templates) @ np.stack(alone).T
    assert alike[0, 0] > 0.6 > 0.4 > alike[0, 1]
    assert alike[1, 1] > 0.6 > 0.4 > alike[1, 0]
    assert [a.intervals[0][0] for a in result.appearances] == [0.0, 0.0]
    assert [a.intervals[-1][1] for a in result.appearances] == pytest.approx([61 / RATE] * 2, abs=TWO_FRAMES)


def test_where_somebody_takes_anothers_place_at_once_one_interval_ends_as_the_other_begins(
    tmp_path: Path, encode: Encode, model: FaceModel, faceless: Picture, stranger: Callable[[int], Picture]
) -> None:
    scene = backdrop(faceless)
    first, second = (laid(scene, sized(stranger(n), 100), 300, 100) for n in (1, 3))
    # The exchange changes too little of the picture to be a cut.
    frames = [first if n < 33 else second for n in range(70)]
    assert all(float(np.abs(a.astype(float) - b).mean()) < 7.0 for a, b in pairwise(frames))
    result = scan(encode(tmp_path / "swap.mp4", frames, options=ONE_KEYFRAME, rate=RATE), model)
    ((one,), (other,)) = (appearance.intervals for appearance in result.appearances)
    np.testing.assert_allclose([one, other], [(0.0, 1.32), (1.32, 2.8)], atol=TWO_FRAMES)
