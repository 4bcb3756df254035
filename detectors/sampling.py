"""Which frames of a film are searched: every shot's first, keyframes, and at least one per second.

A change of shot often carries no keyframe, so the brightness of every decoded frame, in 32 x 18 fields, is
compared with the frame before; a slow change (a dissolve, a pan) shows against the frame searched last. A
false alarm costs one search, a missed cut may cost a person: the limits err towards alarms.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.frames import Frame, FrameReader
from detectors.values import Picture

MAX_GAP_S = 1.0
"""At least one frame per second is searched."""
MIN_GAP_S = 0.12
"""Two searched frames are at least this far apart, or a flicker would have every frame searched."""
_KEYFRAME_GAP_S = 0.5  # in films where every frame is a keyframe, keyframes say nothing
# Mean difference of brightness (0-255). Film of a still or moving camera stays below 5 from frame to frame.
_CUT = 7.0
_CUT_OVER_USUAL = 3.0
_DRIFT = 18.0
_DRIFT_GAP_S = 0.3
_MEMORY = 0.9


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


class FilmSamples:
    """The pictures of a film to search, and how much of it they cover once all were taken."""

    def __init__(self, reader: FrameReader) -> None:
        self.reader = reader
        self.searched = 0
        self.longest_gap_s = 0.0

    def __iter__(self) -> Iterator[Sample]:
        """Yield the samples in order of time; the first frame is always one."""
        last_s: float | None = None
        for frame, shot in self._chosen():
            self.longest_gap_s = max(self.longest_gap_s, frame.time_s - (last_s or 0.0))
            last_s = frame.time_s
            self.searched += 1
            yield Sample(frame.time_s, frame.time_s + frame.duration_s, shot, frame.picture())
        self.longest_gap_s = max(self.longest_gap_s, self.reader.end_s - (last_s or 0.0))

    def _chosen(self) -> Iterator[tuple[Frame, int]]:
        """Yield each frame to search with the number of its shot."""
        changes = ShotChanges()
        shot, searched_s, previous_s = 0, float("-inf"), 0.0
        pending = False
        for frame in self.reader:
            is_cut, has_drifted = changes.seen(frame.thumbnail())
            shot += is_cut
            since = frame.time_s - searched_s
            step = max(0.0, frame.time_s - previous_s)
            previous_s = frame.time_s
            pending = (
                pending
                or is_cut
                or (frame.is_key and since >= _KEYFRAME_GAP_S)
                or (has_drifted and since >= _DRIFT_GAP_S)
                # The next frame would come too late.
                or since + step > MAX_GAP_S
            )
            if pending and since >= MIN_GAP_S:
                pending, searched_s = False, frame.time_s
                changes.searched()
                yield frame, shot


class ShotChanges:
    """Compares each frame's thumbnail with the one before and with the one searched last."""

    def __init__(self) -> None:
        self._before: NDArray[np.float32] | None = None
        self._searched: NDArray[np.float32] | None = None
        self._usual = 0.0

    def seen(self, thumbnail: NDArray[np.float32]) -> tuple[bool, bool]:
        """Return (a new shot begins here, the picture differs from the one searched last)."""
        before, self._before = self._before, thumbnail
        if before is None or self._searched is None:
            return False, False
        difference = float(np.abs(thumbnail - before).mean())
        is_cut = difference > max(_CUT, _CUT_OVER_USUAL * self._usual)
        if not is_cut:
            self._usual = _MEMORY * self._usual + (1 - _MEMORY) * difference
        return is_cut, float(np.abs(thumbnail - self._searched).mean()) > _DRIFT

    def searched(self) -> None:
        """Note that the frame seen last is being searched."""
        self._searched = self._before
