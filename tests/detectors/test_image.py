"""Stills come out upright, in eight bits of blue, green and red, whatever they were stored as."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detectors.errors import UnreadableMedia
from detectors.image import pages, still_facts
from detectors.signatures import JPEG, PNG, TIFF, signature_of
from detectors.values import Picture


def read(path: Path) -> list[Picture]:
    """All pages of a still."""
    signature = signature_of(path.read_bytes()[:64])
    assert signature is not None
    return list(pages(path, signature))


@pytest.fixture(scope="module")
def rgb() -> Image.Image:
    """A picture whose corners tell its orientation: red top left, green top right, blue bottom left."""
    picture = np.full((48, 80, 3), 128, dtype=np.uint8)
    picture[:16, :16] = (255, 0, 0)
    picture[:16, -16:] = (0, 255, 0)
    picture[-16:, :16] = (0, 0, 255)
    return Image.fromarray(picture)


def is_upright(bgr: Picture) -> bool:
    """Whether the corners are where they belong, a little compression aside."""
    corners = bgr[4, 4].astype(int), bgr[4, -4].astype(int), bgr[-4, 4].astype(int)
    wanted = (0, 0, 255), (0, 255, 0), (255, 0, 0)
    return all(np.abs(c - w).max() < 60 for c, w in zip(corners, np.array(wanted), strict=True))


STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", STORED)
def test_every_exif_orientation_comes_out_upright(tmp_path: Path, rgb: Image.Image, orientation: int) -> None:
    turn = STORED[orientation]
    stored = rgb if turn is None else rgb.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned.jpg"
    stored.save(path, quality=95, exif=exif)
    (bgr,) = read(path)
    assert bgr.shape == (48, 80, 3)
    assert is_upright(bgr)
    facts = still_facts(path, JPEG)
    assert (facts.width, facts.height, facts.pages) == (80, 48, 1)


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [("RGB", ".webp"), ("RGB", ".bmp"), ("RGBA", ".png"), ("P", ".png"), ("P", ".gif"), ("CMYK", ".jpg"),
     ("YCbCr", ".tif"), ("CMYK", ".tif")],
)  # fmt: skip
def test_other_colour_models_come_out_in_the_same_colours(
    tmp_path: Path, rgb: Image.Image, mode: str, suffix: str
) -> None:
    path = tmp_path / f"picture{suffix}"
    rgb.convert(mode).save(path)
    (bgr,) = read(path)
    assert is_upright(bgr)


def test_sixteen_bit_grey_keeps_its_shades(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 64).astype(np.uint16)
    path = tmp_path / "deep.png"
    Image.fromarray(np.tile(ramp, (32, 1))).save(path)
    (bgr,) = read(path)
    assert np.abs(bgr[0, :, 0].astype(int) - np.linspace(0, 255, 64)).max() <= 1.5


def test_floating_point_samples_in_the_unit_range_are_scaled(tmp_path: Path) -> None:
    path = tmp_path / "float.tif"
    Image.fromarray(np.tile(np.linspace(0, 1, 64, dtype=np.float32), (32, 1))).save(path)
    (bgr,) = read(path)
    assert (int(bgr[0, 0, 0]), int(bgr[0, -1, 0])) == (0, 255)


def test_transparent_parts_lie_over_grey(tmp_path: Path) -> None:
    path = tmp_path / "clear.png"
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(path)
    (bgr,) = read(path)
    assert (bgr == 127).all()


@pytest.mark.parametrize("suffix", [".gif", ".png", ".webp", ".tif"])
def test_every_page_of_an_animation_or_a_paged_tiff_is_given(tmp_path: Path, rgb: Image.Image, suffix: str) -> None:
    path = tmp_path / f"several{suffix}"
    others = [rgb.transpose(Image.Transpose.ROTATE_180), rgb.point(lambda value: value // 2)]
    rgb.save(path, save_all=True, append_images=others)
    assert len(read(path)) == 3


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    Image.new("1", (20_000, 20_000)).save(path)
    with pytest.raises(UnreadableMedia, match="scale it down"):
        still_facts(path, PNG)


def test_a_large_photograph_gives_no_warning(tmp_path: Path) -> None:
    path = tmp_path / "large.tif"
    Image.new("L", (10_000, 9_500)).save(path, compression="tiff_deflate")
    facts = still_facts(path, TIFF)
    assert (facts.width, facts.height, facts.pages) == (10_000, 9_500, 1)


def test_a_truncated_still_is_unreadable(tmp_path: Path, rgb: Image.Image) -> None:
    path = tmp_path / "half.png"
    rgb.save(path)
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(UnreadableMedia, match="ask for the file again"):
        list(pages(path, PNG))
