"""Light and density become display values by the standards' own numbers."""

import time

import av
import numpy as np
import pytest

from detectors.colour import developed, displayed, light_of_density
from detectors.values import Picture


def grey(*values: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return a row of grey light."""
    return np.repeat(np.array(values, dtype=np.float32)[None, :, None], 3, axis=2)


def test_cineon_white_is_diffuse_white_and_black_is_none() -> None:
    light = light_of_density(np.array([0, 95, 470, 685, 1023], dtype=np.float32))
    assert light[0] == light[1] == 0.0
    # Kodak's table: code 470 is a grey card of 18 %.
    assert light[2] == pytest.approx(0.18, abs=0.01)
    assert light[3] == pytest.approx(1.0)
    assert light[4] > 10


def test_middle_grey_is_encoded_as_srgb_and_highlights_keep_their_order() -> None:
    picture = developed(np.tile(grey(0.18), (16, 16, 1)))
    assert int(picture[0, 0, 0]) == 118  # IEC 61966-2-1: 18 % of white
    row = np.tile(grey(0.18), (64, 64, 1))
    row[0, :5] = grey(0.5, 0.8, 1.0, 2.0, 8.0)[0]
    bright = developed(row)[0, :5, 0].astype(int)
    assert (np.diff(bright) > 0).all()
    assert bright[-1] <= 255


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1.0, 3e38, 1e-30, 0.0])
def test_any_light_is_a_picture(value: float) -> None:
    assert developed(np.full((40, 40, 3), value, dtype=np.float32)).shape == (40, 40, 3)
    light = np.full((400, 40, 3), 0.18, dtype=np.float32)
    light[:8] = value
    assert (developed(light)[200:] == 118).all()  # what is not a number leaves the rest as it is


def test_wide_primaries_of_ordinary_film_are_narrowed(astronaut: Picture) -> None:
    raw = av.VideoFrame.from_ndarray(astronaut, format="bgr24")
    same = displayed(raw, width=512, height=512)
    np.testing.assert_array_equal(same, astronaut)
    raw.color_primaries, raw.color_trc = 9, 14  # BT.2020 in ten bits
    wider = displayed(raw, width=512, height=512).astype(int)
    skin = (slice(100, 150), slice(210, 250))
    # The same numbers stand for more colour there: red grows over blue.
    assert (wider[skin][..., 2] - wider[skin][..., 0]).mean() > np.ptp(astronaut[skin].mean(axis=(0, 1))) + 3


def test_the_mapping_is_prepared_once(astronaut: Picture) -> None:
    times = []
    for _ in range(4):
        raw = av.VideoFrame.from_ndarray(astronaut, format="bgr24")
        raw.color_primaries, raw.color_trc = 9, 14
        begun = time.process_time()
        displayed(raw, width=512, height=512)
        times.append(time.process_time() - begun)
    assert max(times[1:]) < 0.5  # prepared anew it takes two seconds


def test_tags_that_nobody_knows_still_give_a_picture(astronaut: Picture) -> None:
    raw = av.VideoFrame.from_ndarray(astronaut, format="bgr24")
    raw.color_trc, raw.color_primaries = 16, 3  # PQ with reserved primaries
    assert displayed(raw, width=512, height=512).shape == astronaut.shape
