"""Faces of many samples joined into appearances: one person, several intervals.

1. Within a shot a face continues the track whose last face lies near and looks alike. 2. Tracks are joined
across shots where their templates agree, best tracks first (leader clustering, then again over the
clusters). Two faces of one sample are never the same person. Joining errs towards splitting: one person as
two appearances is found twice, two people as one may be found not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from detectors.values import Appearance, Box, Face, Quality, Template, Vector

# Of strangers 1 in 1,000 reaches 0.36 and 1 in 100,000 reaches 0.47 (SFace, press photographs).
_SAME_NEAR = 0.30
_SAME_MOVED = 0.40
_SAME_ACROSS = 0.50
_NEAR_OVERLAP = 0.3
_MOVED_WIDTHS = 3.0
_MISSED_S = 2.5  # a track outlives this long without a sighting, in the same shot
_BEST = 3


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One face in one sample."""

    face: Face
    quality: Quality
    vector: Vector | None
    """(d,) unit length; None when too poor to compare."""
    rank: float
    crop_jpeg: bytes


@dataclass(frozen=True, slots=True)
class _Sample:
    """Which sample a face was seen in."""

    index: int
    shot: int
    time_s: float | None
    end_s: float | None


@dataclass(slots=True, eq=False)
class _Track:
    """One face followed through one shot, or a person's joined tracks."""

    samples: list[_Sample]
    last: Box
    best: Sighting
    best_sample: _Sample
    vectors: list[tuple[float, Vector]] = field(default_factory=list)
    """The best vectors with their ranks, at most three, best first."""

    def template(self) -> Vector | None:
        """Return the mean of the best vectors, unit length; None if no face was good enough."""
        if not self.vectors:
            return None
        mean = np.mean([vector for _, vector in self.vectors], axis=0, dtype=np.float64)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), dtype=np.float32)

    def add(self, sample: _Sample, sighting: Sighting) -> None:
        """Continue with one more face."""
        self.samples.append(sample)
        self.last = sighting.face.box
        if sighting.rank > self.best.rank:
            self.best, self.best_sample = sighting, sample
        if sighting.vector is not None:
            self._keep([(sighting.rank, sighting.vector)])

    def join(self, other: "_Track") -> None:
        """Take over another track of the same person."""
        self.samples = sorted(self.samples + other.samples, key=lambda s: s.index)
        if other.best.rank > self.best.rank:
            self.best, self.best_sample = other.best, other.best_sample
        self._keep(other.vectors)

    def _keep(self, vectors: Sequence[tuple[float, Vector]]) -> None:
        self.vectors = sorted([*self.vectors, *vectors], key=lambda v: -v[0])[:_BEST]


class Association:
    """Takes the samples' faces one after the other; gives the appearances at the end."""

    def __init__(self, model_key: str) -> None:
        self._model_key = model_key
        self._tracks: list[_Track] = []
        self._open: list[_Track] = []
        self._count = 0

    def observe(
        self,
        sightings: Sequence[Sighting],
        *,
        shot: int = 0,
        time_s: float | None = None,
        end_s: float | None = None,
    ) -> None:
        """Take the faces of the next sample. end_s: when its picture leaves the screen."""
        sample = _Sample(self._count, shot, time_s, end_s)
        self._count += 1
        self._open = [track for track in self._open if _continues(track.samples[-1], sample)]
        pairs = [
            (closeness, t, s)
            for t, track in enumerate(self._open)
            for s, sighting in enumerate(sightings)
            if (closeness := _closeness(track, sighting)) is not None
        ]
        pairs.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
        taken_tracks: set[int] = set()
        taken: set[int] = set()
        for _, t, s in pairs:
            if t not in taken_tracks and s not in taken:
                taken_tracks.add(t)
                taken.add(s)
                self._open[t].add(sample, sightings[s])
        for s, sighting in enumerate(sightings):
            if s not in taken:
                vectors = [] if sighting.vector is None else [(sighting.rank, sighting.vector)]
                track = _Track([sample], sighting.face.box, sighting, sample, vectors)
                self._tracks.append(track)
                self._open.append(track)

    def appearances(self) -> tuple[Appearance, ...]:
        """Return everybody seen, in the order of first sight and then from left to right."""
        people = self._tracks
        while len(joined := _joined(people)) < len(people):
            people = joined
        people = sorted(people, key=lambda p: (p.samples[0].index, p.best.face.box.left))
        return tuple(self._appearance(f"A{n}", person) for n, person in enumerate(people, 1))

    def _appearance(self, name: str, person: _Track) -> Appearance:
        template = person.template()
        return Appearance(
            id=name,
            intervals=_intervals(person.samples),
            frames=len(person.samples),
            box=person.best.face.box,
            best_time_s=person.best_sample.time_s,
            quality=person.best.quality,
            crop_jpeg=person.best.crop_jpeg,
            template=None if template is None else Template(template, self._model_key),
        )


def _continues(last: _Sample, sample: _Sample) -> bool:
    """Return whether a track seen last in one sample may go on in another: same shot, not long ago."""
    if last.time_s is None or sample.time_s is None or last.shot != sample.shot:
        return False
    return sample.time_s - last.time_s <= _MISSED_S


def _closeness(track: _Track, sighting: Sighting) -> float | None:
    """Return how well a face continues a track (higher is better), None if it cannot."""
    overlap = _overlap(track.last, sighting.face.box)
    template = track.template()
    if sighting.vector is None or template is None:
        return overlap if overlap >= _NEAR_OVERLAP else None
    alike = float(template @ sighting.vector)
    needed = _SAME_NEAR if overlap >= _NEAR_OVERLAP else _SAME_MOVED
    if alike < needed or _distance_widths(track.last, sighting.face.box) > _MOVED_WIDTHS:
        return None
    return alike + overlap


def _joined(tracks: list[_Track]) -> list[_Track]:
    """Return the tracks with each joined to the most similar earlier person that was never seen beside it."""
    people: list[_Track] = []
    seen: list[set[int]] = []
    templates: list[Vector] = []
    rest: list[_Track] = []
    for track in sorted(tracks, key=lambda t: -t.best.rank):
        template = track.template()
        if template is None:
            rest.append(track)
            continue
        indexes = {sample.index for sample in track.samples}
        p = _leader(templates, seen, template, indexes)
        if p is None:
            people.append(track)
            seen.append(indexes)
            templates.append(template)
        else:
            people[p].join(track)
            seen[p] |= indexes
            merged = people[p].template()
            templates[p] = template if merged is None else merged
    return people + rest


def _leader(templates: Sequence[Vector], seen: Sequence[set[int]], template: Vector, indexes: set[int]) -> int | None:
    """Return which person is most like template and was in none of these samples; None if nobody is alike."""
    if not templates:
        return None
    alike = np.stack(templates) @ template
    for p in np.argsort(-alike, kind="stable").tolist():
        if alike[p] < _SAME_ACROSS:
            return None
        if seen[p].isdisjoint(indexes):
            return int(p)
    return None


def _intervals(samples: Sequence[_Sample]) -> tuple[tuple[float, float], ...]:
    """Return the spans of successive samples; a gap within one shot that a track survived does not split."""
    spans: list[tuple[float, float]] = []
    before: _Sample | None = None
    for sample in samples:
        if sample.time_s is None or sample.end_s is None:
            return ()
        follows = before is not None and (sample.index == before.index + 1 or _continues(before, sample))
        start = spans.pop()[0] if follows else sample.time_s
        spans.append((start, sample.end_s))
        before = sample
    return tuple(spans)


def _overlap(a: Box, b: Box) -> float:
    """Return the intersection of two boxes over their union."""
    width = min(a.left + a.width, b.left + b.width) - max(a.left, b.left)
    height = min(a.top + a.height, b.top + b.height) - max(a.top, b.top)
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    return common / (a.width * a.height + b.width * b.height - common)


def _distance_widths(a: Box, b: Box) -> float:
    """Return the distance of two boxes' centres in widths of the wider one."""
    dx = (a.left + a.width / 2) - (b.left + b.width / 2)
    dy = (a.top + a.height / 2) - (b.top + b.height / 2)
    return float(np.hypot(dx, dy)) / max(a.width, b.width, 1e-6)
