"""The detector over views of pictures: one after the other, or on a GPU several at once.

A GPU is busy with several pictures where one leaves most of it idle. A CPU takes longer: on two cores 16 pictures of
960 x 544 together took 1.7 times as long as one after the other. Which of the two a model uses is decided when it is
loaded, from what its session runs on and what its graph can do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import cv2
import numpy as np

from detectors.passes import DETECTION_THRESHOLD, overlaps
from detectors.runtime import CPU, open_like
from detectors.scrfd import LAYOUTS, candidates, fitted
from detectors.sessions import BoundSession, PlainSession, batches, providers_of
from detectors.values import Picture, Vector

BUCKETS = (1, 2, 4, 8, 16)
# Of all inputs of one run: 16 of 960 x 544, the largest of 1080p, or 4 tiles. They take 100 MB in float32.
_PIXELS_AT_ONCE = 1 << 23
_TRIAL_SIZE = (640, 448)
# Convolutions may be computed otherwise in a batch; a batch that is read wrongly gives other faces altogether.
_TRIAL_OVERLAP, _TRIAL_PIXELS, _TRIAL_SCORE = 0.9, 1.0, 0.02

Found: TypeAlias = tuple[Vector, Vector]
"""(n, 5) left, top, right, bottom, score, best first, and (n, 5, 2) landmarks, in pixels of what was looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What one run of the detector looks at."""

    bgr: Picture
    size: tuple[int, int]
    """(width, height) at its input."""
    lowest_score: float


class Detector(Protocol):
    """Finds faces in views."""

    @property
    def at_once(self) -> int:
        """How many pictures are worth handing over together."""

    def found(self, views: Sequence[View]) -> list[Found]:
        """Return the faces of each view, in the order of views."""


class OneByOne:
    """insightface's own detector, one run after the other: for graphs that `InBatches` does not read."""

    at_once = 1

    def __init__(self, scrfd: Any) -> None:
        self._scrfd = scrfd

    def found(self, views: Sequence[View]) -> list[Found]:
        return [self._scrfd.detect(view.bgr, input_size=view.size, det_thresh=view.lowest_score) for view in views]


class InBatches:
    """The same detector without its detours, views of one size together in batches of the sizes in buckets.

    insightface's takes 1.2 times as long for the same numbers: it works out the box of every anchor, found or not.
    """

    def __init__(self, scrfd: Any, session: BoundSession | PlainSession, buckets: Sequence[int]) -> None:
        self._scrfd, self._session, self._buckets = scrfd, session, tuple(buckets)
        self.at_once = max(buckets)
        self._type = getattr(scrfd, "input_dtype", np.float32)

    def found(self, views: Sequence[View]) -> list[Found]:
        found: dict[int, Found] = {}
        for size in dict.fromkeys(view.size for view in views):
            places = [n for n, view in enumerate(views) if view.size == size]
            for batch in batches(len(places), affordable(self._buckets, size)):
                held = places[batch.start : batch.stop]
                found.update(zip(held, self._run([views[n] for n in held], size, batch.size), strict=True))
        return [found[n] for n in range(len(views))]

    def _run(self, views: Sequence[View], size: tuple[int, int], count: int) -> list[Found]:
        """Return the faces of views of one size, run as a batch of count."""
        fits = [fitted(view.bgr, size) for view in views]
        black = [np.zeros((size[1], size[0], 3), dtype=np.uint8)] * (count - len(views))
        mean = (self._scrfd.input_mean,) * 3
        pictures = [picture for picture, _ in fits] + black
        blob = cv2.dnn.blobFromImages(pictures, 1.0 / self._scrfd.input_std, size, mean, swapRB=True)
        outputs = self._session.outputs(np.ascontiguousarray(blob, dtype=self._type))
        # Whether a graph keeps the batch apart or has the pictures' rows follow each other, this is the same.
        parted = [np.asarray(each).reshape(count, -1, each.shape[-1]) for each in outputs]
        found = []
        for n, (view, (_, scale)) in enumerate(zip(views, fits, strict=True)):
            rows, points = candidates([each[n] for each in parted], size, view.lowest_score)
            rows[:, :4] /= scale
            kept = self._scrfd.nms(rows)
            found.append((rows[kept], points[kept] / scale))
        return found


def affordable(buckets: Sequence[int], size: tuple[int, int]) -> tuple[int, ...]:
    """Return the buckets for inputs of a size: one at least, and no more than memory is set aside for."""
    return tuple(bucket for bucket in buckets if bucket == 1 or bucket * size[0] * size[1] <= _PIXELS_AT_ONCE)


def detector_on(scrfd: Any, trial: Callable[[], Sequence[Picture]]) -> Detector:
    """Return the detector that suits what insightface's session really runs on; trial: gives pictures with faces."""
    if not _is_read(scrfd):
        return OneByOne(scrfd)
    alone = InBatches(scrfd, PlainSession(scrfd.session), (1,))
    if providers_of(scrfd.session)[0] == CPU:
        return alone
    return in_batches(scrfd, "cuda", trial()) or alone


def in_batches(scrfd: Any, device: str, trial: Sequence[Picture]) -> InBatches | None:
    """Return a detector that runs batches on a device, None where a pack's graph does not give the same in them.

    Most graphs state a batch of one, some because they mix the rows of several pictures, others for no reason. So a
    stated batch is opened in memory, the pack's file stays as it is, and what counts is the trial: the same faces in
    pictures run together as in each alone.
    """
    stated = scrfd.session.get_inputs()[0].shape[0]
    try:
        session = open_like(scrfd.session, _opened(Path(scrfd.model_file))) if stated == 1 else scrfd.session
        made = InBatches(scrfd, BoundSession(session, device, "detector"), BUCKETS)
        views = [View(picture, _TRIAL_SIZE, DETECTION_THRESHOLD) for picture in trial]
        pairs = list(zip(made.found(views), OneByOne(scrfd).found(views), strict=True))
    except Exception:  # noqa: BLE001 - a graph that cannot run a batch says so in a dozen ways; alone it still runs
        return None
    return made if all(_same(ours, alone) for ours, alone in pairs) else None


def _is_read(scrfd: Any) -> bool:
    """Return whether a graph gives landmarks and takes pictures of any size."""
    _, _, height, width = scrfd.session.get_inputs()[0].shape
    return len(scrfd.output_names) in LAYOUTS and not isinstance(height, int) and not isinstance(width, int)


def _opened(path: Path) -> bytes:
    """Return the graph at path with an open batch."""
    # Without a GPU this is not reached.
    from onnx import load_model

    from detectors.onnx_rewrite import with_open_batch

    content: bytes = with_open_batch(load_model(str(path))).SerializeToString()
    return content


def _same(found: Found, alone: Found) -> bool:
    """Return whether both hold the same faces, and at least one."""
    (rows, points), (their_rows, their_points) = found, alone
    if len(rows) != len(their_rows) or not len(rows):
        return False
    shared = overlaps(their_rows, rows)
    match = shared.argmax(axis=1)
    return bool(
        shared.max(axis=1).min() >= _TRIAL_OVERLAP
        and np.abs(points[match] - their_points).max() <= _TRIAL_PIXELS
        and np.abs(rows[match, 4] - their_rows[:, 4]).max() <= _TRIAL_SCORE
    )
