"""One small real file of every format that signing is shown on, made by Pillow and FFmpeg's bindings at run time."""

from __future__ import annotations

import io
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pillow_heif
from PIL import Image

WIDTH, HEIGHT = 128, 96
_STILLS = {
    "JPEG": "JPEG", "PNG": "PNG", "WebP": "WEBP", "TIFF": "TIFF", "GIF": "GIF", "AVIF": "AVIF", "BMP": "BMP",
    "JPEG 2000": "JPEG2000", "PDF": "PDF",
}  # fmt: skip
_FILMS = {
    "MP4 (H.264)": ("mp4", "h264", "yuv420p"),
    "MOV (H.264)": ("mov", "h264", "yuv420p"),
    "MOV (ProRes HQ)": ("mov", "prores_ks", "yuv422p10le"),
    "AVI": ("avi", "mpeg4", "yuv420p"),
    "MXF (MPEG-2)": ("mxf", "mpeg2video", "yuv420p"),
    "Matroska": ("matroska", "h264", "yuv420p"),
    "WebM": ("webm", "libvpx", "yuv420p"),
}
_SOUNDS = {
    "WAV": ("wav", "pcm_s16le"),
    "M4A": ("ipod", "aac"),
    "MP3": ("mp3", "libmp3lame"),
    "FLAC": ("flac", "flac"),
    "AIFF": ("aiff", "pcm_s16be"),
    "Ogg": ("ogg", "libopus"),
}
_PRODUCTION = {"OpenEXR": ("exr", "gbrpf32le"), "DPX": ("dpx", "rgb24")}
FORMATS = (*_STILLS, "HEIC", *_FILMS, *_SOUNDS, *_PRODUCTION)


@cache
def made(name: str) -> bytes:
    """Return the content of an unsigned file of one of FORMATS."""
    if name in _STILLS:
        return _still(_STILLS[name])
    if name == "HEIC":
        return _heic()
    if name in _FILMS:
        return _film(*_FILMS[name])
    if name in _SOUNDS:
        return _sound(*_SOUNDS[name])
    return production_still(*_PRODUCTION[name], shade=90)


def production_still(codec: str, pixels: str, *, shade: int) -> bytes:
    """Return one frame of film scans or effects: OpenEXR or DPX."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"frame.{codec}"
        with av.open(str(path), "w", format="image2") as still:
            track: Any = still.add_stream(codec, rate=25)
            track.width, track.height, track.pix_fmt = WIDTH, HEIGHT, pixels
            still.mux(track.encode(_frame(shade, pixels)))
            still.mux(track.encode(None))
        return path.read_bytes()


def _frame(shade: int, pixels: str) -> av.VideoFrame:
    picture = np.full((HEIGHT, WIDTH, 3), shade, np.uint8)
    return av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pixels)


def _picture() -> Image.Image:
    return Image.fromarray(np.random.default_rng(7).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8))


def _still(kind: str) -> bytes:
    out = io.BytesIO()
    _picture().save(out, kind)
    return out.getvalue()


def _heic() -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(_picture()).save(out)
    return out.getvalue()


def _film(container: str, codec: str, pixels: str) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=container) as film:
        track: Any = film.add_stream(codec, rate=25)
        track.width, track.height, track.pix_fmt = WIDTH, HEIGHT, pixels
        for shade in range(0, 200, 20):
            film.mux(track.encode(_frame(shade, pixels)))
        film.mux(track.encode(None))
    return out.getvalue()


def _sound(container: str, codec: str) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=container) as sound:
        track: Any = sound.add_stream(codec, rate=48_000, layout="stereo")
        resampler = av.AudioResampler(track.format.name, "stereo", 48_000, track.codec_context.frame_size or 1024)
        noise = np.random.default_rng(7).integers(-9000, 9000, (1, 9_600), dtype=np.int16)
        heard = av.AudioFrame.from_ndarray(noise, format="s16", layout="stereo")
        heard.sample_rate = 48_000
        for frame in (*resampler.resample(heard), *resampler.resample(None)):
            sound.mux(track.encode(frame))
        sound.mux(track.encode(None))
    return out.getvalue()
