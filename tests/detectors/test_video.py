"""Films come out frame by frame, upright and in order; what cannot be read is noted, not raised."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.errors import DetectorError, UnreadableMedia
from detectors.signatures import signature_of
from detectors.values import Picture
from detectors.video import VideoReader, video_facts

# The display matrix of a track header (ISO/IEC 14496-12, 8.3.2), 16.16 and 2.30 fixed point.
IDENTITY = bytes.fromhex("00010000 00000000 00000000 00000000 00010000 00000000 00000000 00000000 40000000")
QUARTER_TURN = bytes.fromhex("00000000 00010000 00000000 ffff0000 00000000 00000000 00000000 00000000 40000000")


def reader(path: Path) -> VideoReader:
    """A reader with the format of the file's first bytes."""
    signature = signature_of(path.read_bytes()[:600])
    assert signature is not None
    return VideoReader(path, signature)


def test_frames_come_in_order_from_time_zero(story: Path) -> None:
    film = reader(story)
    frames = list(film)
    assert len(frames) == film.frames_decoded == 72
    assert frames[0].time_s == 0.0
    assert frames[0].is_key
    np.testing.assert_allclose([frame.time_s for frame in frames], np.arange(72) / 12, atol=0.002)
    assert frames[0].picture().shape == (272, 480, 3)
    assert film.end_s == pytest.approx(6.0, abs=0.01)
    assert film.unreadable_from_s is None


def test_a_start_offset_is_taken_off(tmp_path: Path) -> None:
    path = tmp_path / "late.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for n in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 20 * n, np.uint8), format="bgr24")
            frame.pts = n + 50
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    times = [frame.time_s for frame in reader(path)]
    assert times[0] == 0.0
    assert times[-1] == pytest.approx(0.9, abs=0.01)


def test_a_quarter_turn_in_the_header_is_honoured(tmp_path: Path, story: Path) -> None:
    content = story.read_bytes()
    start = content.index(b"tkhd")
    at = content.index(IDENTITY, start)
    path = tmp_path / "turned.mp4"
    path.write_bytes(content[:at] + QUARTER_TURN + content[at + len(IDENTITY) :])
    upright, turned = next(iter(reader(story))).picture(), next(iter(reader(path))).picture()
    assert turned.shape == (480, 272, 3)
    # This matrix turns the stored picture by a quarter with the clock.
    np.testing.assert_array_equal(turned, np.rot90(upright, -1))
    signature = signature_of(content[:64])
    assert signature is not None
    facts = video_facts(path, signature)
    assert (facts.width, facts.height) == (272, 480)


def test_wide_pixels_are_made_square(tmp_path: Path, faceless: Picture) -> None:
    path = tmp_path / "anamorphic.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(2)
        for _ in range(3):
            picture = np.ascontiguousarray(faceless[:120, :160])
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode())
    assert next(iter(reader(path))).picture().shape == (120, 320, 3)


def test_the_thumbnail_is_the_brightness_in_fields(story: Path) -> None:
    frame = next(iter(reader(story)))
    grey = cv2.cvtColor(frame.picture(), cv2.COLOR_BGR2GRAY).astype(np.float32)
    fields = cv2.resize(grey, (32, 18), interpolation=cv2.INTER_AREA)
    thumbnail = frame.thumbnail()
    assert thumbnail.shape == (18, 32)
    # Luma of film spans 16-235, brightness of the picture 0-255.
    assert np.corrcoef(thumbnail.ravel(), fields.ravel())[0, 1] > 0.99


@pytest.mark.parametrize("layout", ["yuv420p10le", "rgb24", "gray"])
def test_other_pixel_layouts_have_thumbnails_too(layout: str, story: Path) -> None:
    frame = next(iter(reader(story)))
    other = type(frame)(0.0, 0.04, is_key=True, raw=frame.raw.reformat(format=layout), stretch=1.0)
    assert np.abs(other.thumbnail() - frame.thumbnail()).mean() < 12


@pytest.mark.parametrize("share", [0.45, 0.8])
def test_a_film_that_breaks_off_gives_what_was_there_and_says_from_when(
    tmp_path: Path, story: Path, share: float
) -> None:
    content = story.read_bytes()
    path = tmp_path / "half.mp4"
    path.write_bytes(content[: round(len(content) * share)])
    film = reader(path)
    frames = list(film)
    assert 0 < len(frames) < 72
    assert film.unreadable_from_s is not None
    assert film.unreadable_from_s <= film.end_s + 0.1
    assert film.declared is not None
    assert film.declared.frames == 72


def test_a_film_in_an_unknown_coding_is_unreadable(
    tmp_path: Path, make_film: Callable[..., Path], faceless: Picture
) -> None:
    path = make_film(tmp_path / "film.avi", [(faceless, 0.5)], codec="mpeg4")
    path.write_bytes(path.read_bytes().replace(b"FMP4", b"ZZ99"))
    with pytest.raises(UnreadableMedia, match="coding that is not read here"):
        list(reader(path))


def test_a_film_without_its_index_is_unreadable(tmp_path: Path, faceless: Picture) -> None:
    path = tmp_path / "whole.mov"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        picture = np.ascontiguousarray(faceless[:64, :64])
        out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode())
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"moov") - 8])
    with pytest.raises(UnreadableMedia, match="ask for the file again"):
        list(reader(path))


@given(
    edits=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=6),
    kept=st.floats(0.0, 1.0) | st.just(1.0),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_film_with_any_bytes_changed_or_cut_gives_frames_or_our_error(
    tmp_path: Path, tiny_film: bytes, edits: list[tuple[int, int]], kept: float
) -> None:
    content = bytearray(tiny_film)
    for at, value in edits:
        content[at % len(content)] = value
    path = tmp_path / "changed.mp4"
    path.write_bytes(content[: round(kept * len(content))])
    signature = signature_of(tiny_film[:64])
    assert signature is not None
    film = VideoReader(path, signature)
    try:
        frames = list(film)
    except DetectorError:
        return
    assert frames
    assert all(frame.time_s >= 0.0 for frame in frames)


@pytest.fixture(scope="module")
def tiny_film(tmp_path_factory: pytest.TempPathFactory, make_film: Callable[..., Path], faceless: Picture) -> bytes:
    """Half a second of galaxies, its index first."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.mp4"
    return make_film(path, [(faceless, 0.5)], options={"preset": "veryfast"}).read_bytes()
