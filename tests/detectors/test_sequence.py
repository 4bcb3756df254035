"""Numbered files are one film: counted, timed, and honest about what is missing."""

import hashlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from detectors.errors import MislabelledMedia, MissingMedia, UnreadableMedia
from detectors.frames import frames_of
from detectors.media import identify
from detectors.model import FaceModel
from detectors.scan import scan
from detectors.sequence import SequenceReader, files_of
from detectors.values import Picture


def numbered(folder: Path, numbers: list[int], picture: Picture, suffix: str = ".jpg") -> Path:
    """Write a picture under each number; gives the pattern."""
    for number in numbers:
        Image.fromarray(picture[:, :, ::-1]).save(folder / f"shot.{number:04d}{suffix}")
    return folder / f"shot.%04d{suffix}"


def test_a_pattern_is_one_asset_at_an_assumed_rate_and_its_digest_is_that_of_the_list(
    tmp_path: Path, faceless: Picture
) -> None:
    pattern = numbered(tmp_path, [1001, 1002, 1003], faceless[:80, :120])
    media = identify(pattern)
    assert (media.kind, media.format, media.width, media.height) == ("sequence", "JPEG", 120, 80)
    assert (media.frames, media.frame_rate, media.frame_rate_is_assumed) == (3, 24.0, True)
    assert media.duration_s == pytest.approx(3 / 24)
    assert media.missing_numbers == ()
    names = [f"shot.{number}.jpg" for number in (1001, 1002, 1003)]
    lines = "".join(f"{hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()}  {name}\n" for name in names)
    assert media.sha256 == hashlib.sha256(lines.encode()).hexdigest()


def test_gaps_are_named_and_time_goes_on_by_the_numbers(tmp_path: Path, faceless: Picture) -> None:
    pattern = numbered(tmp_path, [10, 11, 14, 20], faceless[:40, :60], ".png")
    media = identify(pattern)
    assert media.missing_numbers == ((12, 13), (15, 19))
    reader = frames_of(media)
    times = [frame.time_s for frame in reader]
    np.testing.assert_allclose(times, np.array([0, 1, 4, 10]) / 24)
    assert reader.unreadable_from_s == pytest.approx(2 / 24)
    assert reader.frames_decoded == 4
    assert reader.end_s == pytest.approx(11 / 24)


def test_the_rate_that_the_files_carry_is_used(tmp_path: Path, faceless: Picture) -> None:
    light = np.asarray(faceless[:40, :60] / 255.0, dtype=np.float32)
    for number in (1, 2):
        context: Any = av.CodecContext.create("exr", "w")
        context.width, context.height, context.pix_fmt = 60, 40, "gbrpf32le"
        context.time_base, context.framerate = Fraction(1, 25), Fraction(25)
        packets = context.encode(av.VideoFrame.from_ndarray(light, format="gbrpf32le"))
        (tmp_path / f"plate_{number}.exr").write_bytes(bytes(packets[0]))
    media = identify(tmp_path / "plate_%d.exr")
    assert (media.format, media.transfer, media.frames) == ("EXR", "scene-linear", 2)
    assert (media.frame_rate, media.frame_rate_is_assumed) == (25.0, False)
    frame = next(iter(frames_of(media)))
    assert frame.picture().shape == (40, 60, 3)
    assert frame.thumbnail().mean() == pytest.approx(frame.picture().mean(), rel=0.5)


def test_files_that_cannot_be_read_are_passed_over_and_noted(tmp_path: Path, faceless: Picture) -> None:
    pattern = numbered(tmp_path, [1, 2, 3, 4], faceless[:40, :60])
    (tmp_path / "shot.0001.jpg").write_bytes(b"")
    broken = tmp_path / "shot.0003.jpg"
    broken.write_bytes(broken.read_bytes()[:200])
    assert identify(pattern).frames == 4
    reader = SequenceReader(pattern, 24.0)
    assert [round(24 * frame.time_s) for frame in reader] == [1, 3]
    assert reader.unreadable_from_s == 0.0


def test_a_foreign_file_among_them_is_refused_by_name(tmp_path: Path, faceless: Picture) -> None:
    pattern = numbered(tmp_path, [1, 2], faceless[:40, :60])
    Image.fromarray(faceless[:40, :60]).save(tmp_path / "shot.0002.jpg", format="PNG")
    with pytest.raises(MislabelledMedia, match="holds PNG") as caught:
        identify(pattern)
    assert caught.value.path.name == "shot.0002.jpg"


def test_a_pattern_over_films_is_refused(tmp_path: Path, story: Path) -> None:
    (tmp_path / "reel1.mp4").write_bytes(story.read_bytes())
    with pytest.raises(MislabelledMedia, match="made of stills"):
        identify(tmp_path / "reel%d.mp4")


def test_only_names_that_printf_would_write_belong_to_it(tmp_path: Path, faceless: Picture) -> None:
    for name in ("a9.png", "a09.png", "a10.png", "a010.png", "ax.png", "a11.png.bak", "b12.png"):
        (tmp_path / name).touch()
    assert [file.path.name for file in files_of(tmp_path / "a%d.png")] == ["a9.png", "a10.png"]
    assert [file.path.name for file in files_of(tmp_path / "a%02d.png")] == ["a09.png", "a10.png"]
    with pytest.raises(MissingMedia, match="no file has such a name"):
        identify(tmp_path / "c%04d.png")
    with pytest.raises(MissingMedia, match="one number"):
        identify(tmp_path / "a%d_%d.png")
    with pytest.raises(MissingMedia, match="folder cannot be read"):
        identify(tmp_path / "absent" / "a%d.png")


def test_a_sequence_without_one_readable_file_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a1.png").write_bytes(b"nothing")
    with pytest.raises(UnreadableMedia, match="no picture"):
        identify(tmp_path / "a%d.png")


def test_a_file_whose_name_looks_like_a_pattern_is_a_file(tmp_path: Path, faceless: Picture) -> None:
    path = tmp_path / "take%d.png"
    Image.fromarray(faceless[:40, :60]).save(path)
    assert identify(path).kind == "image"


def test_people_in_a_sequence_are_seen_with_their_times(tmp_path: Path, astronaut: Picture, model: FaceModel) -> None:
    pattern = numbered(tmp_path, list(range(1, 31)), np.ascontiguousarray(astronaut[:300, :400]))
    result = scan(pattern, model)
    (appearance,) = result.appearances
    assert appearance.intervals[0][0] == 0.0
    assert result.coverage.frames_total == result.coverage.frames_decoded == 30
    assert result.coverage.unreadable_from_s is None
