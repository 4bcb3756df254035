"""Light and film density as what a screen shows, so that a face looks like the faces a model was trained on.

Film in PQ or HLG (ITU-R BT.2100) is mapped to BT.709 by FFmpeg's scaler, which knows both curves, the BT.2020
primaries (BT.2087) and a tone curve for highlights. Scene-linear light (OpenEXR) is exposed, rolled off above
diffuse white and encoded as sRGB (IEC 61966-2-1). Film density (SMPTE ST 268-1, printing density) becomes light
by Kodak's Cineon convention first. This is for finding and comparing faces, not for grading.
"""

import threading
from typing import TypeAlias

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorTrc, VideoReformatter
from numpy.typing import NDArray

from detectors.values import Picture, Transfer

Light: TypeAlias = NDArray[np.float32]
"""(height, width, 3) in the order red, green, blue; linear, 1 is diffuse white."""

# Cineon: code 685 of 1023 is diffuse white, 95 black; a code is 0.002 of density, the negative's gamma is 0.6.
_WHITE_CODE, _BLACK_CODE = 685.0, 95.0
_DENSITY_PER_CODE, _NEGATIVE_GAMMA = 0.002, 0.6
# The mean logarithm of luminance of a usual picture lies in here: no other exposure is touched.
_DARKEST_KEY, _BRIGHTEST_KEY = 0.05, 0.2
_LARGEST_GAIN = 64.0
_SHOULDER = 0.8  # light above this is compressed into what is left up to 1
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)  # ITU-R BT.709, item 3.2
_STRIPE = 256  # rows at a time: the temporaries of a whole 8K picture would take gigabytes
_KEY_STEP = 8


def transfer_of(raw: av.VideoFrame) -> Transfer:
    """Return how a decoded picture's samples relate to light, by its tags."""
    if raw.color_trc == ColorTrc.SMPTE2084:
        return "PQ"
    if raw.color_trc == ColorTrc.ARIB_STD_B67:
        return "HLG"
    return "scene-linear" if raw.color_trc == ColorTrc.LINEAR else "display"


class _Mapper(threading.local):
    """FFmpeg's scaler, one for each thread: what it prepares for a colour mapping takes seconds, and is kept."""

    def __init__(self) -> None:
        self.scaler = VideoReformatter()


_MAPPER = _Mapper()


def displayed(raw: av.VideoFrame, *, width: int, height: int) -> Picture:
    """Return a decoded picture of film as blue, green, red for a BT.709 screen, at the size given.

    The first picture of wide colour takes some two seconds, further ones of the same size do not.
    """
    wide = raw.color_primaries == ColorPrimaries.BT2020
    if transfer_of(raw) not in ("PQ", "HLG") and not wide:
        return _bgr(raw.reformat(width=width, height=height, format="bgr24"))
    # A copy without the frame's own light levels, which may change with every frame and the mapping with them.
    deep = raw.reformat(width=width, height=height, format="rgb48le")
    deep.color_trc = raw.color_trc
    # BT.2100 knows no other primaries than those of BT.2020.
    unspecified = raw.color_primaries == ColorPrimaries.UNSPECIFIED
    deep.color_primaries = ColorPrimaries.BT2020 if unspecified else raw.color_primaries
    try:
        mapped = _MAPPER.scaler.reformat(
            deep, format="bgr24", dst_color_trc=ColorTrc.BT709, dst_color_primaries=ColorPrimaries.BT709
        )
    except OSError:
        # Reserved or unknown tags beside the transfer: the plain conversion still shows a picture.
        return _bgr(deep.reformat(format="bgr24"))
    return _bgr(mapped)


def _bgr(converted: av.VideoFrame) -> Picture:
    return np.asarray(converted.to_ndarray(), dtype=np.uint8)


def light_of_density(codes: NDArray[np.float32]) -> Light:
    """Return the light that film density stands for; codes are printing density in [0, 1023].

    Source: Kodak, Grayscale Transformations of Cineon Digital Film Data, 1993.
    """
    exponent = _DENSITY_PER_CODE / _NEGATIVE_GAMMA
    black = 10.0 ** ((_BLACK_CODE - _WHITE_CODE) * exponent)
    light = (np.power(10.0, (codes - _WHITE_CODE) * exponent) - black) / (1.0 - black)
    return np.asarray(np.maximum(light, 0.0), dtype=np.float32)


def developed(light: Light) -> Picture:
    """Return scene-linear light as blue, green, red for an sRGB screen.

    Exposure changes only where the picture as a whole is far too dark or too bright. NaN counts as black,
    infinity as the brightest white.
    """
    gain = _gain(light[::_KEY_STEP, ::_KEY_STEP])
    picture = np.empty(light.shape, dtype=np.uint8)
    for top in range(0, light.shape[0], _STRIPE):
        stripe = np.nan_to_num(light[top : top + _STRIPE], nan=0.0, posinf=1e9, neginf=0.0)
        with np.errstate(over="ignore"):
            stripe = np.clip(stripe * gain, 0.0, 1e9)
        over = np.maximum(stripe - _SHOULDER, 0.0) / (1.0 - _SHOULDER)
        rolled = np.minimum(stripe, _SHOULDER) + (1.0 - _SHOULDER) * over / (1.0 + over)
        encoded = np.where(rolled <= 0.0031308, 12.92 * rolled, 1.055 * np.power(rolled, 1 / 2.4) - 0.055)
        picture[top : top + _STRIPE] = np.round(255.0 * encoded)[:, :, ::-1]
    return picture


def _gain(light: Light) -> float:
    """Return the factor that brings the picture's key (mean logarithm of luminance) into the usual range.

    Source: Reinhard et al., Photographic Tone Reproduction for Digital Images, 2002 (the key alone).
    """
    luminance = np.nan_to_num(light, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float64) @ _LUMINANCE
    lit = np.log(luminance[luminance > 1e-6])
    if not lit.size:
        return 1.0
    # A lamp or a broken sample must not decide the exposure of the faces.
    low, high = np.percentile(lit, (5, 95))
    key = float(np.exp(np.clip(lit, low, high).mean()))
    return float(np.clip(np.clip(key, _DARKEST_KEY, _BRIGHTEST_KEY) / key, 1 / _LARGEST_GAIN, _LARGEST_GAIN))
