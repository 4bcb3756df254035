"""One portrait in every format a supplier delivers: described, found, and matched with its plain JPEG."""

import warnings
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from detectors.content import signature_at
from detectors.enrolment import reference_face
from detectors.errors import DetectorError, MislabelledMedia, UnreadableMedia
from detectors.image import pages
from detectors.media import identify
from detectors.model import FaceModel
from detectors.scan import scan
from detectors.values import Picture, Vector

Save = Callable[[Path, Picture], Path]
Samples = NDArray[np.float32]

LEAST_COSINE = 0.8
BT2020, PQ, HLG = 9, 16, 18  # ITU-T H.273
TO_BT2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])  # BT.2087
SMALL = 400


@pytest.fixture(scope="module")
def rgb(astronaut: Picture) -> Picture:
    """The portrait's upper part, red first."""
    return np.ascontiguousarray(astronaut[:SMALL, :SMALL, ::-1])


@pytest.fixture(scope="module")
def light(rgb: Picture) -> Samples:
    """The portrait as scene-linear light (IEC 61966-2-1 undone)."""
    encoded = rgb / 255.0
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4).astype(np.float32)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory, model: FaceModel, rgb: Picture) -> Vector:
    """The template of the plain JPEG."""
    path = tmp_path_factory.mktemp("plain") / "plain.jpg"
    Image.fromarray(rgb).save(path, quality=92)
    return reference_face(path, model).template.vector


@pytest.fixture
def matches(model: FaceModel, expected: Vector) -> Callable[[Path], None]:
    """Asserts that a scan of a file sees the portrait's person, once."""

    def check(path: Path) -> None:
        (appearance,) = scan(path, model).appearances
        assert appearance.template is not None
        assert float(appearance.template.vector @ expected) >= LEAST_COSINE

    return check


def encoded_still(path: Path, codec: str, frame: av.VideoFrame, options: dict[str, str] | None = None) -> Path:
    """Write one picture with one of FFmpeg's encoders of stills."""
    context: Any = av.CodecContext.create(codec, "w")
    context.width, context.height, context.pix_fmt = frame.width, frame.height, frame.format.name
    context.time_base, context.framerate = Fraction(1, 25), Fraction(25)
    context.options = options or {}
    path.write_bytes(b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode()]))
    return path


def exr(path: Path, light: Samples, options: dict[str, str] | None = None) -> Path:
    """Write light as OpenEXR."""
    return encoded_still(path, "exr", av.VideoFrame.from_ndarray(light, format="gbrpf32le"), options)


def dpx(path: Path, codes: NDArray[np.uint16], transfer: int, *, rate: float = 0.0, timecode: int = 0) -> Path:
    """Write ten-bit codes as DPX with the film and television headers that FFmpeg's encoder leaves out."""
    deep = np.asarray((codes << 6) | (codes >> 4), dtype=np.uint16)
    frame = av.VideoFrame.from_ndarray(deep, format="rgb48le").reformat(format="gbrp10be")
    content = bytearray(encoded_still(path, "dpx", frame).read_bytes())
    offset = int.from_bytes(content[4:8], "big")
    content[offset:offset] = bytes(2048 - offset)
    content[4:8] = (2048).to_bytes(4, "big")
    content[801] = transfer
    content[1724:1728] = np.array(rate, dtype=">f4").tobytes()
    content[1920:1924] = timecode.to_bytes(4, "big")
    path.write_bytes(content)
    return path


def film(path: Path, codec: str, frames: list[av.VideoFrame], **settings: Any) -> Path:
    """Write frames as a film; settings go to the encoder."""
    rate = settings.pop("rate", 24)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with av.open(str(path), "w") as out:
            stream: Any = out.add_stream(codec, rate=rate)
            stream.width, stream.height, stream.pix_fmt = frames[0].width, frames[0].height, frames[0].format.name
            for name, value in settings.items():
                setattr(stream.codec_context, name, value)
            for frame in frames:
                out.mux(stream.encode(frame))
            out.mux(stream.encode())
    return path


def perceptual(light: Samples) -> NDArray[np.float64]:
    """Return the PQ signal of light whose diffuse white is 203 cd/m2 (ITU-R BT.2100 table 4, BT.2408)."""
    y = (np.clip(light @ TO_BT2020.T, 0, 1) * 203 / 10000) ** (2610 / 16384)
    return np.asarray(((3424 / 4096 + 2413 / 128 * y) / (1 + 2392 / 128 * y)) ** (2523 / 32), dtype=np.float64)


def hybrid(light: Samples) -> NDArray[np.float64]:
    """Return the HLG signal of light whose diffuse white is 75 % of it (ITU-R BT.2100 table 5, BT.2408)."""
    scene = np.clip(light @ TO_BT2020.T, 0, 1) ** (1 / 1.2) * 0.265
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    upper = a * np.log(np.maximum(12 * scene - b, 1e-9)) + c
    return np.asarray(np.where(scene <= 1 / 12, np.sqrt(3 * scene), upper), dtype=np.float64)


@pytest.mark.parametrize(
    "options", [{}, {"format": "half", "compression": "zip16"}], ids=["32-bit", "16-bit compressed"]
)
@pytest.mark.parametrize("exposure", [1.0, 0.02, 40.0])
def test_scene_linear_light_is_found_at_any_exposure(
    tmp_path: Path, light: Samples, matches: Callable[[Path], None], options: dict[str, str], exposure: float
) -> None:
    path = exr(tmp_path / "plate.exr", light * exposure, options)
    media = identify(path)
    assert (media.kind, media.format, media.width, media.height) == ("image", "EXR", SMALL, SMALL)
    assert media.transfer == "scene-linear"
    matches(path)


def test_display_and_film_density_in_dpx_are_told_apart_and_found(
    tmp_path: Path, rgb: Picture, light: Samples, matches: Callable[[Path], None]
) -> None:
    display = dpx(tmp_path / "video.dpx", rgb.astype(np.uint16) * 4, 6, timecode=0x01020304)
    assert (identify(display).transfer, identify(display).timecode) == ("display", "01:02:03:04")
    matches(display)
    # Cineon: 0.002 of density per code, negative gamma 0.6, diffuse white at 685.
    density = 685 + 300 * np.log10(np.maximum(light * (1 - 0.0108) + 0.0108, 1e-6))
    film_scan = dpx(tmp_path / "film.dpx", density.astype(np.uint16), 3)
    assert identify(film_scan).transfer == "film density"
    matches(film_scan)


@pytest.mark.parametrize(("suffix", "name"), [(".heic", "HEIC"), (".avif", "AVIF"), (".webp", "WebP")])
def test_the_formats_of_telephones_and_the_web_are_found(
    tmp_path: Path, rgb: Picture, matches: Callable[[Path], None], suffix: str, name: str
) -> None:
    path = tmp_path / f"photo{suffix}"
    Image.fromarray(rgb).save(path, quality=80)
    media = identify(path)
    assert (media.kind, media.format, media.width, media.height) == ("image", name, SMALL, SMALL)
    assert media.transfer == "display"
    matches(path)


def test_sixteen_bit_colour_is_found(tmp_path: Path, save: Save, rgb: Picture, matches: Callable[[Path], None]) -> None:
    deep = np.ascontiguousarray(rgb[:, :, ::-1]).astype(np.uint16) * 257
    for name in ("deep.tif", "deep.png"):
        matches(save(tmp_path / name, deep))  # type: ignore[arg-type]  # sixteen bits on purpose


FILMS = {
    "ProRes": (".mov", "prores_ks", "yuv422p10le", "MOV"),
    "MPEG-2 in MXF": (".mxf", "mpeg2video", "yuv422p", "MXF"),
    "AV1 in ten bits": (".mp4", "libsvtav1", "yuv420p10le", "MP4"),
    "twelve bits": (".mkv", "ffv1", "yuv444p12le", "Matroska"),
}


@pytest.mark.parametrize("name", FILMS)
def test_films_of_production_and_delivery_are_found(
    tmp_path: Path, rgb: Picture, matches: Callable[[Path], None], name: str
) -> None:
    suffix, codec, layout, container = FILMS[name]
    frames = [av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format=layout) for _ in range(4)]
    path = film(tmp_path / f"film{suffix}", codec, frames, bit_rate=8_000_000)
    media = identify(path)
    assert (media.kind, media.format, media.transfer) == ("video", container, "display")
    matches(path)


@pytest.mark.parametrize(
    ("transfer", "name", "signal"), [(HLG, "HLG", hybrid), (PQ, "PQ", perceptual)], ids=["HLG", "PQ"]
)
def test_high_dynamic_range_comes_out_as_a_display_shows_it(
    tmp_path: Path,
    rgb: Picture,
    light: Samples,
    matches: Callable[[Path], None],
    transfer: int,
    name: str,
    signal: Callable[[Samples], NDArray[np.float64]],
) -> None:
    deep = av.VideoFrame.from_ndarray(np.round(signal(light) * 65535).astype(np.uint16), format="rgb48le")
    frame = deep.reformat(format="yuv420p10le", dst_colorspace=BT2020, dst_color_range=1)
    tags = {"color_trc": transfer, "color_primaries": BT2020, "colorspace": BT2020, "color_range": 1}
    path = film(tmp_path / "wide.mp4", "libx264", [frame], options={"preset": "veryfast", "crf": "12"}, **tags)
    assert identify(path).transfer == name
    matches(path)


@pytest.mark.parametrize("suffix", [".heic", ".avif"])
def test_stills_of_high_dynamic_range_come_out_as_a_display_shows_them(
    tmp_path: Path, light: Samples, matches: Callable[[Path], None], suffix: str
) -> None:
    samples = np.round(perceptual(light) * 255).astype(np.uint8)
    path = tmp_path / f"wide{suffix}"
    if suffix == ".heic":
        tags: dict[str, Any] = {
            "color_primaries": BT2020,
            "transfer_characteristics": PQ,
            "matrix_coefficients": BT2020,
        }
        Image.fromarray(samples).save(path, quality=90, full_range_flag=1, **tags)
    else:
        deep = av.VideoFrame.from_ndarray(samples, format="rgb24")
        frame = deep.reformat(format="yuv420p10le", dst_colorspace=BT2020, dst_color_range=1)
        code_points = {"color_trc": PQ, "color_primaries": BT2020, "colorspace": BT2020, "color_range": 1}
        film(path, "libsvtav1", [frame], rate=1, options={"crf": "10"}, **code_points)
    assert identify(path).transfer == "PQ"
    matches(path)


def test_floating_point_colour_in_tiff_is_found(
    tmp_path: Path, save: Save, rgb: Picture, matches: Callable[[Path], None]
) -> None:
    path = save(tmp_path / "float.tif", (rgb[:, :, ::-1] / 255.0).astype(np.float32))
    media = identify(path)
    assert (media.format, media.width, media.height, media.frames) == ("TIFF", SMALL, SMALL, 1)
    matches(path)


@pytest.mark.parametrize("suffix", [".heic", ".avif", ".exr", ".dpx"])
def test_stills_under_another_suffix_are_refused(tmp_path: Path, rgb: Picture, light: Samples, suffix: str) -> None:
    path = small_still(tmp_path, suffix, rgb, light).rename(tmp_path / "still.png")
    with pytest.raises(MislabelledMedia, match=rf'rename it to "\{suffix}"'):
        identify(path)


def small_still(folder: Path, suffix: str, rgb: Picture, light: Samples) -> Path:
    """Write a small still in one of the newer formats."""
    path = folder / f"still{suffix}"
    if suffix == ".exr":
        return exr(path, np.ascontiguousarray(light[:48, :64]))
    if suffix == ".dpx":
        return dpx(path, rgb[:48, :64].astype(np.uint16) * 4, 6)
    Image.fromarray(rgb[:48, :64]).save(path)
    return path


def test_a_header_that_claims_an_enormous_picture_is_refused(tmp_path: Path, light: Samples) -> None:
    path = exr(tmp_path / "claim.exr", np.ascontiguousarray(light[:48, :64]))
    content = bytearray(path.read_bytes())
    for window in (b"dataWindow\0box2i\0", b"displayWindow\0box2i\0"):
        at = content.index(window) + len(window) + 4
        content[at : at + 16] = np.array([0, 0, 59_999, 59_999], dtype="<i4").tobytes()
    path.write_bytes(content)
    with pytest.raises(UnreadableMedia, match="too large"):
        identify(path)


@pytest.fixture(scope="module")
def small_stills(tmp_path_factory: pytest.TempPathFactory, rgb: Picture, light: Samples) -> dict[str, bytes]:
    """The newer formats' bytes, by suffix."""
    folder = tmp_path_factory.mktemp("small")
    return {s: small_still(folder, s, rgb, light).read_bytes() for s in (".heic", ".avif", ".exr", ".dpx")}


@given(
    suffix=st.sampled_from([".heic", ".avif", ".exr", ".dpx"]),
    edits=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=6),
    kept=st.floats(0.0, 1.0) | st.just(1.0),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_change_or_cut_of_the_newer_formats_is_media_or_our_error(
    tmp_path: Path, small_stills: dict[str, bytes], suffix: str, edits: list[tuple[int, int]], kept: float
) -> None:
    content = bytearray(small_stills[suffix])
    for at, value in edits:
        content[at % len(content)] = value
    path = tmp_path / "changed"
    path.write_bytes(content[: round(kept * len(content))])
    try:
        assert identify(path).width > 0
        for picture in pages(path, signature_at(path)):
            assert picture.dtype == np.uint8
    except DetectorError:
        return
