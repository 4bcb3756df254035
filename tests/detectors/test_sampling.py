"""Every shot is searched from its first frames, every second once, and a flicker does not run wild."""

from collections.abc import Generator
from itertools import count, pairwise
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest

from detectors.sampling import MAX_GAP_S, MIN_GAP_S, FilmSamples, Passed, Sample, grouped, thinned
from detectors.signatures import signature_of
from detectors.values import Sampling
from detectors.video import VideoReader


def samples_of(
    path: Path, sampling: Sampling = "default", *, frame_pixels: int = 0
) -> tuple[list[Sample], FilmSamples]:
    """All samples of a film."""
    signature = signature_of(path.read_bytes()[:64])
    assert signature is not None
    reader = VideoReader(path, signature, keyframes_only=sampling == "preview")
    samples = FilmSamples(reader, sampling, frame_pixels=frame_pixels)
    return list(samples), samples


def grey_film(path: Path, shades: list[int], *, rate: int = 25, keyframes: int = 999) -> Path:
    """A film of plain frames, one per shade."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=rate)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 160, 96, "yuv420p", keyframes
        for shade in shades:
            picture = np.full((96, 160, 3), shade, dtype=np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode())
    return path


def test_a_cut_without_a_keyframe_is_searched_at_its_first_frame(story: Path) -> None:
    taken, _ = samples_of(story)
    times = [sample.time_s for sample in taken]
    for cut in (1.5, 3.0, 4.5):
        assert any(time is not None and 0 <= time - cut <= MIN_GAP_S + 1 / 12 for time in times)
    assert [taken[0].shot, taken[-1].shot] == [0, 3]


def test_a_still_camera_is_searched_once_a_second(tmp_path: Path) -> None:
    taken, samples = samples_of(grey_film(tmp_path / "still.mp4", [90] * 101))
    assert 5 <= len(taken) <= 6
    assert samples.longest_gap_s <= MAX_GAP_S + 1e-3
    assert samples.searched == len(taken)


def test_where_every_frame_is_a_keyframe_not_every_frame_is_searched(tmp_path: Path) -> None:
    taken, _ = samples_of(grey_film(tmp_path / "intra.mp4", [90] * 100, keyframes=1))
    assert len(taken) <= 10


def test_a_flicker_is_searched_no_more_often_than_the_least_gap_allows(tmp_path: Path) -> None:
    taken, _ = samples_of(grey_film(tmp_path / "flicker.mp4", [40, 200] * 50))
    times = [sample.time_s or 0.0 for sample in taken]
    assert np.diff(times)[:-1].min() >= MIN_GAP_S - 1e-6
    assert len(taken) <= 4.0 / MIN_GAP_S + 1


def test_a_slow_dissolve_is_searched_on_its_way(tmp_path: Path) -> None:
    shades = [60] * 10 + [60 + 3 * n for n in range(40)] + [180] * 10
    taken, _ = samples_of(grey_film(tmp_path / "dissolve.mp4", shades))
    assert len(taken) >= 5


def test_a_shot_too_short_to_wait_for_is_still_counted_in_the_gap(tmp_path: Path) -> None:
    _, samples = samples_of(grey_film(tmp_path / "one.mp4", [10]))
    assert samples.searched == 1
    assert samples.longest_gap_s == pytest.approx(0.04, abs=0.01)


def test_a_change_in_one_corner_is_searched_within_half_a_second(tmp_path: Path) -> None:
    path = tmp_path / "corner.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 640, 360, "yuv420p", 999
        for n in range(75):
            picture = np.full((360, 640, 3), 90, dtype=np.uint8)
            if 30 <= n < 43:
                picture[-24:, -24:] = 130
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode())
    taken, _ = samples_of(path)
    assert any(30 / 25 <= (sample.time_s or 0.0) < 43 / 25 for sample in taken)


def test_all_frames_are_searched_or_at_hand_and_those_between_are_in_order(story: Path) -> None:
    taken, samples = samples_of(story)
    indexes = [passed.index for sample in taken for passed in sample.passed]
    assert indexes == sorted(set(indexes))
    assert len(indexes) + samples.searched == 72
    assert taken[-1].end_s == pytest.approx(6.0, abs=0.01)


def test_frames_too_large_to_keep_are_thinned_and_searched_more_often(tmp_path: Path) -> None:
    path = grey_film(tmp_path / "still.mp4", [90] * 100)
    taken, samples = samples_of(path, frame_pixels=8_000_000)
    assert max(len(sample.passed) for sample in taken) <= 8
    assert samples.longest_gap_s <= 0.7
    for sample, after in pairwise(taken):
        stops = [sample.time_s or 0.0, *(p.frame.time_s for p in after.passed), after.time_s or 0.0]
        assert np.diff(stops).max() <= 2 / 25 + 1e-3


def test_thinning_keeps_both_sides_of_every_cut(story: Path) -> None:
    frame = samples_of(story)[0][1].passed[0].frame
    shots = [0] * 5 + [1] + [2] * 4
    kept = thinned(Passed(n, shot, frame) for n, shot in enumerate(shots))
    assert [passed.index for passed in kept] == [0, 2, 4, 5, 6, 8, 9]


def test_every_frame_is_searched_where_asked_for(story: Path) -> None:
    taken, samples = samples_of(story, "every-frame")
    assert len(taken) == samples.searched == 72
    assert samples.longest_gap_s == pytest.approx(1 / 12, abs=1e-3)
    assert [taken[0].shot, taken[-1].shot] == [0, 3]


def test_a_preview_searches_keyframes_alone(tmp_path: Path) -> None:
    path = grey_film(tmp_path / "keys.mp4", [90] * 100, keyframes=20)
    taken, samples = samples_of(path, "preview")
    assert [sample.time_s for sample in taken] == pytest.approx([0.0, 0.8, 1.6, 2.4, 3.2])
    assert samples.longest_gap_s == pytest.approx(0.8, abs=1e-3)


def large_samples(passed: int, closed: list[bool]) -> Generator[Sample, None, None]:
    """Samples of 1000 x 1000 without end, each with so many frames before it."""
    picture = np.zeros((1000, 1000, 3), dtype=np.uint8)
    try:
        for n in count():
            yield Sample(float(n), None, 0, picture, cast("tuple[Passed, ...]", (None,) * passed))
    finally:
        closed.append(True)


@pytest.mark.parametrize(("most", "passed", "together"), [(1, 0, 1), (16, 0, 16), (16, 31, 4), (16, 500, 1)])
def test_samples_come_in_groups_as_large_as_asked_for_and_as_memory_allows(
    most: int, passed: int, together: int
) -> None:
    groups = grouped(large_samples(passed, []), most)
    taken = [next(groups) for _ in range(3)]
    assert [len(group) for group in taken] == [together] * 3
    assert [sample.time_s for group in taken for sample in group] == list(range(3 * together))


def test_the_last_group_holds_the_rest(story: Path) -> None:
    signature = signature_of(story.read_bytes()[:64])
    assert signature is not None
    groups = list(grouped(iter(FilmSamples(VideoReader(story, signature), "every-frame")), 16))
    assert [len(group) for group in groups] == [16, 16, 16, 16, 8]


def test_closing_the_groups_closes_the_film() -> None:
    closed: list[bool] = []
    groups = grouped(large_samples(0, closed), 4)
    next(groups)
    groups.close()
    assert closed == [True]
