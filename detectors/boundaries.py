"""When faces came and went between two searched frames, exact to two frames.

The frames between two samples are at hand (`sampling`). A face that was seen before and is gone is looked for
further and further on, and one that is new further and further back, by halving: in a small crop around the place
where it was seen last, which costs a fraction of a search.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from detectors.align import aligned
from detectors.association import SAME_NEAR, Turnover, distance_widths
from detectors.model import FaceModel
from detectors.sampling import Passed, Sample
from detectors.tracks import Track
from detectors.values import Box, Face, Picture

# The crop holds this many widths of the face, and the face at most this many pixels.
_REACH_WIDTHS = 4.0
_FACE_PX = 40.0
_MOVED_WIDTHS = 1.5
_ALIKE_SIZE = 2.0
_PICTURES = 4


class Boundaries:
    """Extends tracks into the frames between the samples."""

    def __init__(self, model: FaceModel, *, compares: bool = True) -> None:
        """compares: whether likeness decides where two faces are near each other; else only the place does."""
        self._model = model
        self._compares = compares
        self._pictures: dict[int, Picture] = {}

    def extend(self, turnover: Turnover, sample: Sample) -> None:
        """Move the ends of tracks that came or went since the sample before. Faces too poor to compare are left."""
        for track in turnover.went:
            shot = track.seen[-1].shot
            after = [passed for passed in sample.passed if passed.shot == shot]
            rivals = turnover.before + (turnover.here if shot == sample.shot else ())
            if (last := self._furthest(track, after, rivals)) is not None:
                track.seen[-1].end_s = last.frame.time_s + last.frame.duration_s
        for track in turnover.came:
            before = [passed for passed in reversed(sample.passed) if passed.shot == sample.shot]
            if (first := self._furthest(track, before, turnover.before + turnover.here)) is not None:
                track.seen[-1].start_s = first.frame.time_s
        self._pictures.clear()

    def _furthest(self, track: Track, frames: Sequence[Passed], others: Sequence[Box]) -> Passed | None:
        """Return the last of frames, which lead away from the track's last sighting, that still shows its face."""
        if not frames or not track.is_comparable:
            return None
        known = track.box
        with_it, without, middle = -1, len(frames), len(frames) - 1
        # Most who go, go with the shot: the far end comes first.
        while without - with_it > 1:
            found = self._face_at(track, known, frames[middle], others)
            if found is None:
                without = middle
            else:
                with_it, known = middle, found
            middle = (with_it + without) // 2
        return frames[with_it] if with_it >= 0 else None

    def _face_at(self, track: Track, known: Box, frame: Passed, others: Sequence[Box]) -> Box | None:
        """Return where the track's face is in a frame, None where it is not near its known place."""
        picture = self._picture(frame)
        candidates = [
            face
            for face in _faces_around(self._model, picture, known)
            if distance_widths(face.box, known) <= _MOVED_WIDTHS
            and 1 / _ALIKE_SIZE <= face.box.width / known.width <= _ALIKE_SIZE
        ]
        if not candidates:
            return None
        candidates.sort(key=lambda face: distance_widths(face.box, known))
        template = track.template()
        # The track's own box is among them.
        rivals = any(box != track.box and distance_widths(box, known) <= 2 * _MOVED_WIDTHS for box in others)
        if template is None or not self._compares or not (rivals or len(candidates) > 1):
            return candidates[0].box
        vectors = self._model.embed_crops([aligned(picture, face.landmarks) for face in candidates])
        alike = vectors @ template
        best = int(alike.argmax())
        return candidates[best].box if alike[best] >= SAME_NEAR else None

    def _picture(self, passed: Passed) -> Picture:
        """Return a frame's picture; several faces are looked for in the same frames."""
        if passed.index not in self._pictures:
            if len(self._pictures) >= _PICTURES:
                self._pictures.pop(next(iter(self._pictures)))
            self._pictures[passed.index] = passed.frame.picture()
        return self._pictures[passed.index]


def _faces_around(model: FaceModel, picture: Picture, box: Box) -> list[Face]:
    """Return the faces near a box, in pixels of the picture."""
    height, width = picture.shape[:2]
    reach = _REACH_WIDTHS / 2 * max(box.width, box.height)
    x, y = box.left + box.width / 2, box.top + box.height / 2
    left, right = max(0, int(x - reach)), min(width, int(x + reach) + 1)
    top, bottom = max(0, int(y - reach)), min(height, int(y + reach) + 1)
    if right - left < 1 or bottom - top < 1:
        return []
    crop = picture[top:bottom, left:right]
    longest = _REACH_WIDTHS * _FACE_PX
    scale = min(1.0, longest / max(crop.shape[:2]))
    size = (max(1, int(crop.shape[1] * scale)), max(1, int(crop.shape[0] * scale)))
    small = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    factors = np.array([crop.shape[1] / size[0], crop.shape[0] / size[1]], dtype=np.float32)
    origin = np.array([left, top], dtype=np.float32)
    faces = []
    for face in model.detect(small):
        fx, fy = factors.tolist()
        found = Box(face.box.left * fx + left, face.box.top * fy + top, face.box.width * fx, face.box.height * fy)
        faces.append(Face(found, face.landmarks * factors + origin, face.score))
    return faces
