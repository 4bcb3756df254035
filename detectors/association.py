"""Faces of many samples joined into appearances: one person, several intervals.

1. Within a shot a face continues the track whose last face lies near and looks alike. 2. Tracks are joined
across shots where their templates agree, best tracks first (leader clustering, then again over the
clusters). Two faces of one sample are never the same person. Joining errs towards splitting: one person as
two appearances is found twice, two people as one may be found not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detectors.tracks import Seen, Sighting, Track
from detectors.values import Appearance, Box, Template, Vector

# Of strangers 1 in 1,000 reaches 0.36 and 1 in 100,000 reaches 0.47 (SFace, press photographs).
SAME_NEAR = 0.30
"""Score from which a face in a track's place continues it."""
_SAME_MOVED = 0.40
_SAME_ACROSS = 0.50
_NEAR_OVERLAP = 0.3
_MOVED_WIDTHS = 3.0
_MISSED_S = 2.5  # a track outlives this long without a sighting, in the same shot
_BLINK_S = 0.5  # a shorter absence is a face turned away or missed
# A face that lies on one track, near no other, and looks the same needs no comparison for this long.
_PLAIN_S = 1.9
_PLAIN_LOOK = 0.9
_PLAIN_OVERLAP = 0.5
_APART_WIDTHS = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Turnover:
    """Who came and went between one sample and the next."""

    came: tuple[Track, ...]
    """Tracks seen in this sample and not in the one before."""
    went: tuple[Track, ...]
    """Tracks seen in the sample before and not in this one."""
    before: tuple[Box, ...]
    """Of all faces in the sample before, if it belongs to the same shot."""
    here: tuple[Box, ...]
    """Of all faces in this sample."""


class Association:
    """Takes the samples' faces one after the other; gives the appearances at the end."""

    def __init__(self, model_key: str) -> None:
        self._model_key = model_key
        self._tracks: list[Track] = []
        self._open: list[Track] = []
        self._count = 0

    @property
    def tracks(self) -> Sequence[Track]:
        """All tracks so far, in the order in which they began."""
        return self._tracks

    def is_plain(
        self, boxes: Sequence[Box], n: int, rank: float, look: Vector, *, shot: int, time_s: float | None
    ) -> bool:
        """Return whether the nth of a picture's faces plainly continues a track, so that no template is needed.

        It does if it lies on the track's last face and looks the same, nobody else is or was near, the track was
        compared a moment ago, and a face of this rank would not improve its template.
        """
        near = [track for track in self._open if distance_widths(track.box, boxes[n]) <= _APART_WIDTHS]
        alone = all(m == n or distance_widths(box, boxes[n]) > _APART_WIDTHS for m, box in enumerate(boxes))
        if len(near) != 1 or not alone or time_s is None:
            return False
        (track,) = near
        return (
            track.seen[-1].shot == shot
            and track.compared_s is not None
            and time_s - track.compared_s < _PLAIN_S
            and not track.improves(rank)
            and _overlap(track.box, boxes[n]) >= _PLAIN_OVERLAP
            and float(track.look @ look) >= _PLAIN_LOOK
        )

    def observe(
        self,
        sightings: Sequence[Sighting],
        *,
        shot: int = 0,
        time_s: float | None = None,
        end_s: float | None = None,
    ) -> Turnover:
        """Take the faces of the next sample. end_s: when its picture leaves the screen."""
        index = self._count
        self._count += 1
        before = [track for track in self._open if track.seen[-1].index == index - 1]
        self._open = [track for track in self._open if _continues(track.seen[-1], shot, time_s)]
        pairs = [
            (closeness, t, s)
            for t, track in enumerate(self._open)
            for s, sighting in enumerate(sightings)
            if (closeness := _closeness(track, sighting)) is not None
        ]
        pairs.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
        boxes = [track.box for track in before if track.seen[-1].shot == shot]
        taken: dict[int, Track] = {}
        for _, t, s in pairs:
            if s not in taken and self._open[t] not in taken.values():
                taken[s] = self._open[t]
                taken[s].add(Seen(index, shot, time_s, time_s, end_s), sightings[s])
        for s, sighting in enumerate(sightings):
            if s not in taken:
                taken[s] = Track.begun(Seen(index, shot, time_s, time_s, end_s), sighting)
                self._tracks.append(taken[s])
                self._open.append(taken[s])
        here = list(taken.values())
        return Turnover(
            came=tuple(track for track in here if track not in before),
            went=tuple(track for track in before if track not in here),
            before=tuple(boxes),
            here=tuple(sighting.face.box for sighting in sightings),
        )

    def people(self) -> list[Track]:
        """Return each person's joined tracks, in the order of first sight and then from left to right."""
        people = list(self._tracks)
        while len(joined := _joined(people)) < len(people):
            people = joined
        # Joining again would begin with joined tracks.
        self._tracks = people
        return sorted(people, key=lambda p: (p.seen[0].index, p.best_box.left))

    def appearances(self) -> tuple[Appearance, ...]:
        """Return everybody seen, in the order of `people`."""
        return tuple(self._appearance(f"A{n}", person) for n, person in enumerate(self.people(), 1))

    def _appearance(self, name: str, person: Track) -> Appearance:
        template = person.template()
        return Appearance(
            id=name,
            intervals=_intervals(person.seen),
            frames=len(person.seen),
            box=person.best_box,
            best_time_s=person.best_time_s,
            quality=person.best_quality,
            crop_jpeg=person.crop_jpeg,
            template=None if template is None else Template(template, self._model_key),
        )


def distance_widths(a: Box, b: Box) -> float:
    """Return the distance of two boxes' centres in widths of the wider one."""
    dx = (a.left + a.width / 2) - (b.left + b.width / 2)
    dy = (a.top + a.height / 2) - (b.top + b.height / 2)
    return float(np.hypot(dx, dy)) / max(a.width, b.width, 1e-6)


def _continues(last: Seen, shot: int, time_s: float | None) -> bool:
    """Return whether a track seen last in one sample may go on in another: same shot, not long ago."""
    if last.time_s is None or time_s is None or last.shot != shot:
        return False
    return time_s - last.time_s <= _MISSED_S


def _closeness(track: Track, sighting: Sighting) -> float | None:
    """Return how well a face continues a track (higher is better), None if it cannot."""
    overlap = _overlap(track.box, sighting.face.box)
    template = track.template()
    if sighting.vector is None or template is None:
        # Place alone says less than any likeness, or people who cross would be exchanged.
        return overlap - 1.0 if overlap >= _NEAR_OVERLAP else None
    alike = float(template @ sighting.vector)
    needed = SAME_NEAR if overlap >= _NEAR_OVERLAP else _SAME_MOVED
    if alike < needed or distance_widths(track.box, sighting.face.box) > _MOVED_WIDTHS:
        return None
    return alike + overlap


def _joined(tracks: list[Track]) -> list[Track]:
    """Return the tracks with each joined to the most similar earlier person that was never seen beside it."""
    people: list[Track] = []
    seen: list[set[int]] = []
    templates: list[Vector] = []
    rest: list[Track] = []
    for track in sorted(tracks, key=lambda t: -t.best_rank):
        template = track.template()
        if template is None:
            rest.append(track)
            continue
        indexes = {sample.index for sample in track.seen}
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


def _intervals(seen: Sequence[Seen]) -> tuple[tuple[float, float], ...]:
    """Return the spans in view; successive samples of one shot, and absences of a blink, do not split."""
    spans: list[tuple[float, float]] = []
    before: Seen | None = None
    for each in seen:
        if each.start_s is None or each.end_s is None:
            return ()
        follows = before is not None and (
            (each.index == before.index + 1 and each.shot == before.shot) or each.start_s - spans[-1][1] <= _BLINK_S
        )
        start = spans.pop()[0] if follows else each.start_s
        spans.append((start, each.end_s))
        before = each
    return tuple(spans)


def _overlap(a: Box, b: Box) -> float:
    """Return the intersection of two boxes over their union."""
    width = min(a.left + a.width, b.left + b.width) - max(a.left, b.left)
    height = min(a.top + a.height, b.top + b.height) - max(a.top, b.top)
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    return common / (a.width * a.height + b.width * b.height - common)
