"""One face followed through one shot, or a person's joined tracks: when seen, how best seen, with which template."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import cv2
import numpy as np

from detectors.values import Box, Face, Picture, Quality, Vector

Kept = TypeVar("Kept", Vector, bytes)

BEST = 3
"""This many crops make a template, and as many contexts are kept for a second try."""
_CLEARLY_BETTER = 1.15
_INNER = (slice(16, 108), slice(12, 100))
_LOOK = (24, 24)


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One face in one sample."""

    face: Face
    quality: Quality
    vector: Vector | None
    """(d,) unit length; None when too poor to compare, or plain from its place."""
    rank: float
    look: Vector
    """The aligned face as `look_of` gives it."""
    crop_jpeg: Callable[[], bytes]
    """Makes the crop for reports; asked at once or never."""
    context: Callable[[], bytes] | None = None
    """Makes the wider crop for a second try, as a JPEG; asked at once or never. None where none is wanted."""


@dataclass(slots=True)
class Seen:
    """When a face was in view around one sample."""

    index: int
    """Of the sample."""
    shot: int
    time_s: float | None
    start_s: float | None
    """At most the sample's time."""
    end_s: float | None
    """At least the end of the sample's picture."""


@dataclass(slots=True, eq=False)
class Track:
    """Everything known about one face so far."""

    seen: list[Seen]
    """In order of time, at most one per sample."""
    box: Box
    """Where it was seen last."""
    is_comparable: bool
    """Whether it was good enough there."""
    look: Vector
    """How it looked there."""
    best_rank: float
    best_box: Box
    best_quality: Quality
    best_time_s: float | None
    crop_jpeg: bytes
    """Of the best sighting."""
    compared_s: float | None = None
    """When a template of it was made last."""
    vectors: list[tuple[float, Vector]] = field(default_factory=list)
    """The best vectors with their ranks, at most three, best first."""
    contexts: list[tuple[float, bytes]] = field(default_factory=list)
    """The best sightings' contexts with their ranks, at most three, best first."""

    @classmethod
    def begun(cls, seen: Seen, sighting: Sighting) -> "Track":
        """Return a track of one sighting."""
        box, quality = sighting.face.box, sighting.quality
        track = cls([], box, False, sighting.look, sighting.rank, box, quality, seen.time_s, sighting.crop_jpeg())
        track._follow(seen, sighting)
        return track

    def add(self, seen: Seen, sighting: Sighting) -> None:
        """Continue with one more face."""
        if sighting.rank > self.best_rank:
            self.best_rank, self.best_time_s = sighting.rank, seen.time_s
            self.best_box, self.best_quality = sighting.face.box, sighting.quality
            self.crop_jpeg = sighting.crop_jpeg()
        self._follow(seen, sighting)

    def join(self, other: "Track") -> None:
        """Take over another track of the same person."""
        self.seen = sorted(self.seen + other.seen, key=lambda s: s.index)
        if other.best_rank > self.best_rank:
            self.best_rank, self.best_time_s = other.best_rank, other.best_time_s
            self.best_box, self.best_quality = other.best_box, other.best_quality
            self.crop_jpeg = other.crop_jpeg
        self.vectors = _best([*self.vectors, *other.vectors])
        self.contexts = _best([*self.contexts, *other.contexts])

    def template(self) -> Vector | None:
        """Return the mean of the best vectors, unit length; None if no face was good enough."""
        if not self.vectors:
            return None
        mean = np.mean([vector for _, vector in self.vectors], axis=0, dtype=np.float64)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), dtype=np.float32)

    def improves(self, rank: float) -> bool:
        """Return whether a sighting of this rank would make the template clearly better."""
        return not self.vectors or rank > _CLEARLY_BETTER * self.vectors[-1][0]

    def _follow(self, seen: Seen, sighting: Sighting) -> None:
        # The sighting itself is not kept: it can reach the whole picture.
        self.seen.append(seen)
        self.box, self.look = sighting.face.box, sighting.look
        self.is_comparable = sighting.quality.level != "too_poor"
        if sighting.vector is not None:
            self.compared_s = seen.time_s
            self.vectors = _best([*self.vectors, (sighting.rank, sighting.vector)])
        worth = len(self.contexts) < BEST or sighting.rank > self.contexts[-1][0]
        if sighting.context is not None and worth:
            self.contexts = _best([*self.contexts, (sighting.rank, sighting.context())])


def look_of(crop: Picture) -> Vector:
    """Return the inner part of an aligned crop as (576,) float32 of mean 0 and unit length.

    The product of two looks is their correlation. It tells one picture of a face from the next, not people: of
    44,850 pairs of strangers the highest had 0.89, of faces half a second apart in one shot 9 in 10 have more.
    """
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)[_INNER]
    small = cv2.resize(grey, _LOOK, interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    small -= small.mean()
    return np.asarray(small / max(float(np.linalg.norm(small)), 1e-6), dtype=np.float32)


def _best(ranked: Sequence[tuple[float, Kept]]) -> list[tuple[float, Kept]]:
    """Return those of highest rank, best first."""
    return sorted(ranked, key=lambda r: -r[0])[:BEST]
