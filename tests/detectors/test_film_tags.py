"""What films declare besides their pictures, and pictures that need more than decoding."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from detectors.content import signature_at
from detectors.errors import NoPicture, UnreadableMedia
from detectors.image import pages
from detectors.media import identify
from detectors.model import FaceModel
from detectors.scan import scan
from detectors.values import Picture
from detectors.video import VideoReader

Save = Callable[[Path, Picture], Path]


def write(path: Path, streams: list[list[Picture]], stamps: list[int] | None = None, **settings: Any) -> Path:
    """Write each list of pictures as a stream of MPEG-4; settings go to the container."""
    with av.open(str(path), "w", **settings) as out:
        tracks: list[Any] = []
        for pictures in streams:
            stream: Any = out.add_stream("mpeg4", rate=10)
            stream.height, stream.width = pictures[0].shape[:2]
            stream.pix_fmt, stream.bit_rate = "yuv420p", 4_000_000
            stream.codec_context.time_base = Fraction(1, 100)
            tracks.append(stream)
        for stream, pictures in zip(tracks, streams, strict=True):
            for n, picture in enumerate(pictures):
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24")
                frame.pts, frame.time_base = stamps[n] if stamps else 10 * n, Fraction(1, 100)
                out.mux(stream.encode(frame))
            out.mux(stream.encode())
    return path


def test_a_further_picture_track_is_reported_and_the_largest_one_searched(tmp_path: Path, faceless: Picture) -> None:
    path = write(tmp_path / "two.mkv", [[faceless[:64, :64]] * 2, [faceless[:120, :160]] * 2])
    media = identify(path)
    assert (media.width, media.height) == (160, 120)
    (sentence,) = media.not_searched
    assert "stream 0 is a further picture track (64 x 64) that was not searched" in sentence


def test_a_film_of_one_track_leaves_nothing_out(story: Path) -> None:
    media = identify(story)
    assert media.not_searched == ()
    assert media.timecode is None


def test_time_codes_are_read_from_containers_and_their_streams(tmp_path: Path, faceless: Picture) -> None:
    path = tmp_path / "coded.mov"
    with av.open(str(path), "w") as out:
        out.metadata["timecode"] = "10:00:00:12"
        stream: Any = out.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(faceless[:64, :64]), format="bgr24")))
        out.mux(stream.encode())
    media = identify(path)
    assert media.timecode == "10:00:00:12"
    assert media.not_searched == ()


def test_irregular_frames_keep_their_stamps_and_lengths(tmp_path: Path, faceless: Picture) -> None:
    stamps = [0, 4, 50, 120, 124]
    path = write(tmp_path / "irregular.mp4", [[faceless[:64, :64]] * 5], stamps)
    reader = VideoReader(path, signature_at(path))
    frames = list(reader)
    np.testing.assert_allclose([frame.time_s for frame in frames], np.array(stamps) / 100, atol=0.002)
    np.testing.assert_allclose([frame.duration_s for frame in frames][:4], np.diff(stamps) / 100, atol=0.002)
    assert reader.unreadable_from_s is None


def test_a_face_in_combed_film_is_found_and_matched(tmp_path: Path, astronaut: Picture, model: FaceModel) -> None:
    still = np.ascontiguousarray(astronaut[:320, :400])
    picture = still.copy()
    picture[1::2] = np.roll(still, 14, axis=1)[1::2]
    path = tmp_path / "combed.mpg"
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("mpeg2video", rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 400, 320, "yuv420p", 12_000_000
        stream.codec_context.options = {"flags": "+ildct+ilme", "top": "1"}
        for _ in range(3):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode())
    (face,) = model.detect(still)
    (expected,) = model.embed(still, [face])
    (appearance,) = scan(path, model).appearances
    assert appearance.template is not None
    assert float(appearance.template.vector @ expected) >= 0.8


def test_sound_with_a_cover_has_no_picture(tmp_path: Path, save: Save, faceless: Picture) -> None:
    cover = save(tmp_path / "cover.jpg", faceless[:64, :64])
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as out, av.open(str(cover)) as picture:
        sound: Any = out.add_stream("aac", rate=44100)
        attached: Any = out.add_stream_from_template(picture.streams.video[0])
        attached.disposition = 0x0400  # AV_DISPOSITION_ATTACHED_PIC
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44100
        out.mux(sound.encode(frame))
        out.mux(sound.encode())
        for packet in picture.demux(video=0):
            if packet.size:
                packet.stream = attached
                out.mux(packet)
    with pytest.raises(NoPicture):
        identify(path)


def test_a_film_whose_frames_claim_to_be_enormous_is_refused(tmp_path: Path, faceless: Picture) -> None:
    path = tmp_path / "claim.avi"
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("rawvideo", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "bgr24"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(faceless[:64, :64]), format="bgr24")))
    content = bytearray(path.read_bytes())
    at = content.index(b"strf") + 8  # BITMAPINFOHEADER: its size, then width and height
    content[at + 4 : at + 12] = np.array([16_000, 16_000], dtype="<i4").tobytes()
    path.write_bytes(content)
    with pytest.raises(UnreadableMedia, match="no picture that can be decoded"):
        identify(path)


def test_a_turned_heic_comes_out_upright_once(tmp_path: Path, astronaut: Picture) -> None:
    stored = Image.fromarray(astronaut[:300, :400, ::-1]).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "telephone.heic"
    stored.save(path, exif=exif.tobytes(), quality=80)
    media = identify(path)
    assert (media.width, media.height) == (400, 300)
    (picture,) = pages(path, signature_at(path))
    assert np.abs(picture.astype(int) - astronaut[:300, :400]).mean() < 8
