"""Real parts for the tests of detectors: the pack, a loaded model, portraits and short films made from them.

Pictures come from installed packages at run time: scikit-image's astronaut (NASA, public domain) and the group
photograph of six strangers in insightface. Films are rendered here with moving crops and hard cuts.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import skimage.data
from insightface.data import get_image

from detectors.model import FaceModel
from detectors.opencv_zoo import default_pack
from detectors.pack import ModelPack
from detectors.values import Picture

RATE = 12
WIDTH, HEIGHT = 480, 272

Shot = tuple[Picture, float]
"""A picture the camera moves over, and for how many seconds."""


def packaged(name: str) -> Picture:
    """A picture that scikit-image carries."""
    rgb = getattr(skimage.data, name)()
    return np.ascontiguousarray(np.asarray(rgb, dtype=np.uint8)[:, :, ::-1])


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """One cache for all workers of a run, so that several processes ask for the pack at once."""
    base = tmp_path_factory.getbasetemp()
    return (base if worker_id == "master" else base.parent) / "cache"


@pytest.fixture(scope="session")
def pack(cache: Path) -> ModelPack:
    """The default pack."""
    return default_pack(cache)


@pytest.fixture(scope="session")
def model(pack: ModelPack) -> FaceModel:
    """The default pack, loaded on the CPU."""
    return FaceModel.load(pack, "cpu", threads=1)


@pytest.fixture(scope="session")
def astronaut() -> Picture:
    """A portrait of 512 x 512 pixels."""
    return packaged("astronaut")


@pytest.fixture(scope="session")
def strangers() -> Picture:
    """Six people beside each other, 1280 x 886."""
    return np.asarray(get_image("t1"), dtype=np.uint8)


@pytest.fixture(scope="session")
def stranger(strangers: Picture, model: FaceModel) -> Callable[[int], Picture]:
    """Cut out one of the six, counted from the left, as a portrait."""
    faces = sorted(model.detect(strangers), key=lambda face: face.box.left)

    def cut(number: int) -> Picture:
        box = faces[number].box
        margin = 0.45 * box.width
        top, bottom = max(0, int(box.top - margin)), int(box.top + box.height + margin)
        left, right = max(0, int(box.left - margin)), int(box.left + box.width + margin)
        return np.ascontiguousarray(strangers[top:bottom, left:right])

    return cut


@pytest.fixture(scope="session")
def faceless() -> Picture:
    """A picture without anybody: galaxies."""
    return packaged("hubble_deep_field")


def written(path: Path, picture: Picture) -> Path:
    """Write a picture to path, in the format of its suffix."""
    done, encoded = cv2.imencode(path.suffix, picture)
    assert done
    path.write_bytes(encoded.tobytes())
    return path


def scenes(shots: Sequence[Shot]) -> Iterator[Picture]:
    """Yield the frames of a film: each picture fills the height and moves across a grey background."""
    for picture, seconds in shots:
        scale = HEIGHT / picture.shape[0]
        still = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        still = np.asarray(still[:, :WIDTH], dtype=np.uint8)
        room = WIDTH - still.shape[1]
        count = round(seconds * RATE)
        for n in range(count):
            frame = np.full((HEIGHT, WIDTH, 3), 90, dtype=np.uint8)
            left = round(room * (0.3 + 0.3 * n / count))
            frame[:, left : left + still.shape[1]] = still
            yield frame


def film(path: Path, shots: Sequence[Shot], *, codec: str = "libx264", options: dict[str, str] | None = None) -> Path:
    """Write a film of hard cuts to path; options go to the encoder."""
    return encoded(path, scenes(shots), codec=codec, options=options)


def encoded(
    path: Path,
    frames: Iterable[Picture],
    *,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    rate: int = RATE,
) -> Path:
    """Write a film of these pictures, all of one size, to path."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with av.open(str(path), "w", options={"movflags": "+faststart"} if path.suffix == ".mp4" else {}) as out:
            stream = out.add_stream(codec, rate=rate, options=options or {})
            assert isinstance(stream, av.VideoStream)
            for n, frame in enumerate(frames):
                if n == 0:
                    stream.height, stream.width = frame.shape[:2]
                    stream.pix_fmt = "yuv420p"
                out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="bgr24")))
            out.mux(stream.encode())
    return path


@pytest.fixture(scope="session")
def save() -> Callable[[Path, Picture], Path]:
    """Writes a picture to a path and gives the path back."""
    return written


@pytest.fixture(scope="session")
def make_film() -> Callable[..., Path]:
    """Renders a film: make_film(path, shots, codec=..., options=...)."""
    return film


@pytest.fixture(scope="session")
def encode() -> Callable[..., Path]:
    """Writes pictures as a film: encode(path, frames, codec=..., options=..., rate=...)."""
    return encoded


@pytest.fixture(scope="session")
def story(
    tmp_path_factory: pytest.TempPathFactory,
    astronaut: Picture,
    faceless: Picture,
    stranger: Callable[[int], Picture],
) -> Path:
    """A film of six seconds: astronaut, a stranger, nobody, the astronaut again; one keyframe, at the start."""
    shots = [(astronaut, 1.5), (stranger(0), 1.5), (faceless, 1.5), (astronaut, 1.5)]
    path = tmp_path_factory.mktemp("story") / "story.mp4"
    return film(path, shots, options={"preset": "veryfast", "g": "999", "sc_threshold": "0"})
