"""How many templates one core makes in a second, against insightface embedding one face per call."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from insightface.app import FaceAnalysis
from insightface.data import get_image

from clearance.settings import load
from detectors.align import aligned
from detectors.installation import pack_named
from detectors.model import FaceModel
from detectors.runtime import session_options
from tests.bench.measure import line

if TYPE_CHECKING:
    from collections.abc import Iterator

PAIRS = 5
CROPS = 48


def rows() -> Iterator[str]:
    """Yield the lines of a Markdown table: what, against, ours, other, ratio, aim."""
    settings = load(home=None)
    model = FaceModel.load(pack_named(settings.cache_path, settings.model_pack.value), "cpu", threads=1)
    picture = np.asarray(get_image("t1"), dtype=np.uint8)
    found = [aligned(picture, face.landmarks) for face in model.detect(picture)]
    crops = (found * CROPS)[:CROPS]
    peer = FaceAnalysis(
        name=str(model.pack.directory), providers=["CPUExecutionProvider"], sess_options=session_options(1)
    ).models["recognition"]
    pairs = []
    for _ in range(PAIRS):
        started = time.perf_counter()
        model.embed_crops(crops)
        between = time.perf_counter()
        for crop in crops:
            peer.get_feat(crop)
        pairs.append((between - started, time.perf_counter() - between))
    each = [(ours / CROPS, theirs / CROPS) for ours, theirs in pairs]
    yield line("one template on one core", "insightface, one face per call", each, "ms", 1000, "no slower")


if __name__ == "__main__":
    for text in rows():
        print(text)
