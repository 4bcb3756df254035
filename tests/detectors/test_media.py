"""A file is what its content says; whatever else it claims is an error that names it."""

import hashlib
import wave
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.errors import DetectorError, MislabelledMedia, MissingMedia, NoPicture, UnreadableMedia
from detectors.media import identify
from detectors.values import Picture

Save = Callable[[Path, Picture], Path]
FORMATS = {".jpg": "JPEG", ".png": "PNG", ".webp": "WebP", ".tiff": "TIFF", ".bmp": "BMP"}


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_still_is_described_with_its_digest(tmp_path: Path, save: Save, astronaut: Picture, suffix: str) -> None:
    path = save(tmp_path / f"a{suffix}", np.ascontiguousarray(astronaut[:300]))
    media = identify(path)
    assert (media.kind, media.format, media.width, media.height) == ("image", FORMATS[suffix], 512, 300)
    assert (media.duration_s, media.frame_rate, media.frames) == (None, None, 1)
    assert media.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_film_is_described_with_size_duration_and_rate(story: Path) -> None:
    media = identify(story)
    assert (media.kind, media.format, media.width, media.height) == ("video", "MP4", 480, 272)
    assert media.frames == 72
    assert media.frame_rate == pytest.approx(12)
    assert media.duration_s == pytest.approx(6.0, abs=0.1)


@pytest.mark.parametrize(
    ("suffix", "codec", "name"),
    [(".mkv", "libx264", "Matroska"), (".webm", "libvpx", "WebM"), (".mov", "mpeg4", "MOV"),
     (".avi", "mpeg4", "AVI"), (".ts", "mpeg2video", "MPEG-TS"), (".mpg", "mpeg2video", "MPEG-PS")],
)  # fmt: skip
def test_other_containers_are_told_apart(
    tmp_path: Path, make_film: Callable[..., Path], faceless: Picture, suffix: str, codec: str, name: str
) -> None:
    if codec == "mpeg2video":
        # MPEG-2 knows no 12 frames per second.
        path = tmp_path / f"film{suffix}"
        with av.open(str(path), "w") as out:
            stream = out.add_stream("mpeg2video", rate=25)
            assert isinstance(stream, av.VideoStream)
            stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
            for shade in range(25):
                picture = np.full((96, 160, 3), 5 * shade, dtype=np.uint8)
                out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
            out.mux(stream.encode())
    else:
        path = make_film(tmp_path / f"film{suffix}", [(faceless, 0.5)], codec=codec)
    media = identify(path)
    assert (media.kind, media.format) == ("video", name)
    assert media.duration_s is not None


def test_a_suffix_that_says_another_format_is_refused_with_the_right_one(
    tmp_path: Path, save: Save, faceless: Picture
) -> None:
    path = save(tmp_path / "a.png", faceless).rename(tmp_path / "a.jpg")
    with pytest.raises(MislabelledMedia, match=r'holds PNG.*rename it to "\.png"') as caught:
        identify(path)
    assert caught.value.path == path


def test_a_file_without_suffix_claims_nothing(tmp_path: Path, save: Save, faceless: Picture) -> None:
    path = save(tmp_path / "a.png", faceless).rename(tmp_path / "a")
    assert identify(path).format == "PNG"


def test_what_is_not_there_and_what_is_a_folder_are_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingMedia, match="no such file"):
        identify(tmp_path / "absent.mp4")
    with pytest.raises(MissingMedia, match="is a folder"):
        identify(tmp_path)


def test_an_empty_file_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    with pytest.raises(UnreadableMedia, match="is empty"):
        identify(path)


def test_sound_alone_has_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(1600))
    with pytest.raises(NoPicture):
        identify(path)
    in_mp4 = tmp_path / "sound.mp4"
    with av.open(str(in_mp4), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44100
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(NoPicture):
        identify(in_mp4)


def test_a_playlist_named_as_a_film_opens_nothing(tmp_path: Path, story: Path) -> None:
    path = tmp_path / "list.mp4"
    path.write_text(f"ffconcat version 1.0\nfile '{story}'\n")
    with pytest.raises(UnreadableMedia, match="no picture or video"):
        identify(path)


HEADS = [
    b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", b"GIF89a", b"II*\x00\x08\x00\x00\x00", b"BM",
    b"RIFF\x20\x00\x00\x00WEBPVP8L", b"RIFF\x20\x00\x00\x00AVI LIST", b"\x00\x00\x00\x18ftypisom",
    b"\x00\x00\x00\x10moov", b"\x1a\x45\xdf\xa3\x9f\x42\x86", b"\x00\x00\x01\xba", b"OggS\x00\x02", b"FLV\x01\x01",
    b"\x06\x0e\x2b\x34\x02\x05\x01\x01", (b"\x47" + bytes(187)) * 3, b"",
]  # fmt: skip


@given(head=st.sampled_from(HEADS), rest=st.binary(max_size=200))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_media_or_one_of_our_errors(tmp_path: Path, head: bytes, rest: bytes) -> None:
    path = tmp_path / "anything"
    path.write_bytes(head + rest)
    try:
        assert identify(path).width > 0
    except DetectorError:
        return
