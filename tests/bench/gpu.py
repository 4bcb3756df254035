"""`python -m tests.bench.gpu`: what a GPU gives: parity, templates and pictures a second by batch, frames a second.

Prints one table and asserts nothing; where no CUDA device answers it says so and ends with 0.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from detectors.errors import ProviderUnavailable
from detectors.nvidia import architecture, cuda_device_present

if TYPE_CHECKING:
    from collections.abc import Callable

    from detectors.model import FaceModel
    from detectors.pack import ModelPack
    from detectors.values import Picture

BATCHES = (1, 4, 16, 64, 256)
PICTURES = (1, 2, 4, 8, 16, 32)
ROUNDS = 7
SIZES = ((1280, 720), (1920, 1080), (3840, 2160))


def main() -> None:
    if not cuda_device_present():
        print("no CUDA device")
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder))


def measure(cache: Path) -> None:
    """Print the table for every device that can be used; one that cannot gets one line with the reason."""
    from detectors.opencv_zoo import default_pack

    print(f"{architecture()}\n\n| device | what | |\n|---|---|---|", flush=True)
    pack = default_pack(cache)
    reference = loaded(pack, "cpu", cache)
    assert reference is not None
    for device in ("cpu", "cuda", "tensorrt"):
        model = reference if device == "cpu" else loaded(pack, device, cache)
        if model is None:
            continue
        row(device, "providers", ", ".join(model.providers))
        row(device, "lowest cosine to the CPU", f"{model.shown_equal(reference, device):.6f}")
        templates(device, model)
        detections(device, model)
        frames(device, model)


def loaded(pack: ModelPack, device: Any, cache: Path) -> FaceModel | None:
    """Return the model on a device and print how long it took, first and with its engines made; None without it."""
    from detectors.model import FaceModel

    try:
        times = [timed(lambda: FaceModel.load(pack, device, cache=cache)) for _ in range(2)]
    except ProviderUnavailable as error:
        row(device, "not measured", str(error))
        return None
    row(device, "loading, first and second time", f"{times[0]:.1f} s, {times[1]:.1f} s")
    return FaceModel.load(pack, device, cache=cache)


def templates(device: str, model: FaceModel) -> None:
    """Print templates a second for each number of crops handed over at once."""
    crops = list(np.random.default_rng(3).integers(0, 256, (max(BATCHES), 112, 112, 3), dtype=np.uint8))
    for batch in BATCHES:
        seconds = median(partial(model.embed_crops, crops[:batch]))
        row(device, f"templates a second, {batch} at once", f"{batch / seconds:.0f}")


def detections(device: str, model: FaceModel) -> None:
    """Print pictures searched a second for each number handed over at once; one by one where no more are wanted."""
    counts = [count for count in PICTURES if count == 1 or model.pictures_at_once > 1]
    row(device, "pictures through the detector at once", f"at most {model.pictures_at_once}")
    for width, height in SIZES:
        pictures = [np.roll(group(width, height), 16 * n, axis=1) for n in range(max(counts))]
        for count in counts:
            seconds = median(partial(model.detect_all, pictures[:count]))
            row(device, f"pictures searched a second, {width} x {height}, {count} at once", f"{count / seconds:.1f}")


def frames(device: str, model: FaceModel) -> None:
    """Print frames a second, faces found and embedded, six people in each, decoding left out."""
    for width, height in SIZES:
        picture = group(width, height)
        faces = model.detect(picture)
        seconds = median(partial(searched, model, picture))
        row(device, f"frames a second, {width} x {height}, {len(faces)} faces each", f"{1 / seconds:.1f}")


def searched(model: FaceModel, picture: Picture) -> None:
    """Find and embed every face of one picture."""
    model.embed(picture, model.detect(picture))


def group(width: int, height: int) -> Picture:
    """Return the group photograph that insightface carries, at another size."""
    import cv2
    from insightface.data import get_image

    return np.asarray(cv2.resize(get_image("t1"), (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def median(work: Callable[[], object]) -> float:
    """Return the median time of a piece of work that ran once before."""
    work()
    return statistics.median(timed(work) for _ in range(ROUNDS))


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def row(device: str, what: str, value: str) -> None:
    print(f"| {device} | {what} | {value} |", flush=True)


if __name__ == "__main__":
    main()
