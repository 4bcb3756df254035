"""Every shot is searched from its first frames, every second once, and a flicker does not run wild."""

from pathlib import Path

import av
import numpy as np
import pytest

from detectors.sampling import MAX_GAP_S, MIN_GAP_S, FilmSamples, Sample
from detectors.signatures import signature_of
from detectors.video import VideoReader


def samples_of(path: Path) -> tuple[list[Sample], FilmSamples]:
    """All samples of a film."""
    signature = signature_of(path.read_bytes()[:64])
    assert signature is not None
    samples = FilmSamples(VideoReader(path, signature))
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
