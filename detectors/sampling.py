"""Which frames of a film are searched, and which are kept at hand to find out when somebody came or went.

A change of shot often carries no keyframe, so the brightness of every decoded frame, in 32 x 18 fields, is
compared with the frame before. Against the frame searched last, a slow change (a dissolve, a pan) shows in the
mean, and a person who comes in, however small, in single fields. A false alarm costs one search, a missed cut may
cost a person: the limits err towards alarms. Whoever shows a face for half a second is in a searched frame, or
changed no field.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.frames import Frame, FrameReader
from detectors.values import Picture, Sampling

MAX_GAP_S = 1.0
"""At least one frame per second is searched."""
MIN_GAP_S = 0.12
"""Two searched frames are at least this far apart, or a flicker would have every frame searched; not the last."""
CHANGED_GAP_S = 0.5
"""While the picture changes anywhere, the searched frames are at most this far apart."""
_KEYFRAME_GAP_S = 0.5  # in films where every frame is a keyframe, keyframes say nothing
# Mean difference of brightness (0-255). Film of a still or moving camera stays below 5 from frame to frame.
_CUT = 7.0
_CUT_OVER_USUAL = 3.0
_DRIFT = 18.0
_DRIFT_GAP_S = 0.3
_MEMORY = 0.9
_ROUNDING_S = 1e-3  # Matroska's clock
# In one field. A head of 24 pixels fills a third of a field of 720p; a camera's noise moves a field by 1 or 2.
_CHANGED = 10.0
# Frames kept at hand; 30 of 1080p, 96 MB in the usual eight bits.
_KEPT_PIXELS = 64_000_000
_KEPT_LEAST = 4
# Pictures that are searched together, and the frames kept with them: three such groups exist at once.
_GROUPED_PIXELS = 2 * _KEPT_PIXELS
_THINNED_STEP = 2


@dataclass(frozen=True, slots=True, eq=False)
class Passed:
    """A frame that was not searched."""

    index: int
    shot: int
    frame: Frame


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One picture to search."""

    time_s: float | None
    """None for stills."""
    end_s: float | None
    """When the picture leaves the screen; None for stills."""
    shot: int
    """Counts up at every cut; faces are followed by position only within one shot."""
    picture: Picture
    passed: tuple[Passed, ...] = ()
    """Frames since the sample before: all, or at least every second one and the first and last of each shot."""


class FilmSamples:
    """The pictures of a film to search, and how much of it they cover once all were taken."""

    def __init__(self, reader: FrameReader, sampling: Sampling = "default", *, frame_pixels: int = 0) -> None:
        self.reader = reader
        self.searched = 0
        self.longest_gap_s = 0.0
        self._sampling: Sampling = sampling
        self._most_kept = max(_KEPT_LEAST, _KEPT_PIXELS // max(1, frame_pixels))

    def __iter__(self) -> Generator[Sample, None, None]:
        """Yield the samples in order of time; the first frame is always one, and by default the last."""
        last_s = 0.0
        for chosen, passed in self._chosen():
            frame = chosen.frame
            self.longest_gap_s = max(self.longest_gap_s, frame.time_s - last_s)
            last_s = frame.time_s
            self.searched += 1
            yield Sample(frame.time_s, frame.time_s + frame.duration_s, chosen.shot, frame.picture(), passed)
        self.longest_gap_s = max(self.longest_gap_s, self.reader.end_s - last_s)

    def _chosen(self) -> Iterator[tuple[Passed, tuple[Passed, ...]]]:
        """Yield each frame to search with the frames passed over before it."""
        changes = ShotChanges()
        shot, searched_s, previous_s = 0, float("-inf"), 0.0
        pending = False
        passed: list[Passed] = []
        for index, frame in enumerate(self.reader):
            change = changes.seen(frame.thumbnail())
            shot += change.is_cut
            since = frame.time_s - searched_s
            step = max(0.0, frame.time_s - previous_s)
            previous_s = frame.time_s
            here = Passed(index, shot, frame)
            pending = pending or self._wanted(change, frame, since, step, passed)
            if pending and (since >= MIN_GAP_S or self._sampling == "every-frame"):
                pending, searched_s = False, frame.time_s
                changes.searched()
                yield here, tuple(passed)
                passed = []
            elif self._sampling == "default":
                passed.append(here)
                if len(passed) >= self._most_kept:
                    passed = thinned(passed)
        if passed:
            yield passed[-1], tuple(passed[:-1])

    def _wanted(self, change: "Change", frame: Frame, since: float, step: float, passed: Sequence[Passed]) -> bool:
        """Return whether a frame should be searched, this long after the last one that was."""
        if self._sampling == "every-frame":
            return True
        if frame.is_key and since >= _KEYFRAME_GAP_S:
            return True
        if self._sampling == "preview":
            # Numbered stills have no keyframes.
            return since + step > MAX_GAP_S + _ROUNDING_S
        return (
            change.is_cut
            or (change.has_drifted and since >= _DRIFT_GAP_S)
            # The next frame would come too late, or could not be kept.
            or since + step > (CHANGED_GAP_S if change.is_local else MAX_GAP_S) + _ROUNDING_S
            or len(passed) >= self._most_kept
        )


def grouped(samples: Generator[Sample, None, None], most: int) -> Generator[tuple[Sample, ...], None, None]:
    """Yield the samples in their order, so many at once, or fewer where they and the frames they keep are large."""
    group: list[Sample] = []
    held = 0
    # Whoever closes this generator wants the film closed.
    with closing(samples):
        for sample in samples:
            pixels = sample.picture.shape[0] * sample.picture.shape[1] * (1 + len(sample.passed))
            if group and held + pixels > _GROUPED_PIXELS:
                yield tuple(group)
                group, held = [], 0
            group.append(sample)
            held += pixels
            # Or it would live on while the next one is made.
            del sample
            if len(group) == most:
                yield tuple(group)
                group, held = [], 0
    if group:
        yield tuple(group)


def thinned(passed: Iterable[Passed]) -> list[Passed]:
    """Return the frames without those that have a neighbour on either side in the same shot, at most two apart."""
    kept: list[Passed] = []
    for frame in passed:
        if (
            len(kept) >= 2
            and kept[-2].shot == kept[-1].shot == frame.shot
            and frame.index - kept[-2].index <= _THINNED_STEP
        ):
            kept.pop()
        kept.append(frame)
    return kept


@dataclass(frozen=True, slots=True)
class Change:
    """How a frame differs from the one before and from the one searched last."""

    is_cut: bool
    """A new shot begins here."""
    has_drifted: bool
    """The whole picture differs from the one searched last."""
    is_local: bool
    """Some part of it does."""


class ShotChanges:
    """Compares each frame's thumbnail with the one before and with the one searched last."""

    def __init__(self) -> None:
        self._before: NDArray[np.float32] | None = None
        self._searched: NDArray[np.float32] | None = None
        self._usual = 0.0

    def seen(self, thumbnail: NDArray[np.float32]) -> Change:
        """Return how the next frame differs."""
        before, self._before = self._before, thumbnail
        if before is None or self._searched is None:
            return Change(is_cut=False, has_drifted=False, is_local=False)
        difference = float(np.abs(thumbnail - before).mean())
        is_cut = difference > max(_CUT, _CUT_OVER_USUAL * self._usual)
        if not is_cut:
            self._usual = _MEMORY * self._usual + (1 - _MEMORY) * difference
        since_searched = np.abs(thumbnail - self._searched)
        return Change(is_cut, float(since_searched.mean()) > _DRIFT, float(since_searched.max()) > _CHANGED)

    def searched(self) -> None:
        """Note that the frame seen last is being searched."""
        self._searched = self._before
