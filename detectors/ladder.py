"""Second tries for a face that resembled nobody: turned upright, smoothed, enlarged, until somebody is found.

The pass over a whole film can't afford them, a track that found nobody can. YuNet finds rolled faces badly and
reports 14 degrees for 45, so the face is looked for in the picture turned by 0, 30 and 60 degrees to either side;
noise is averaged away; a small face is enlarged before its landmarks are placed.

A gallery asked several times has more chances to be wrong, so the ladder asks for a little more than one look does. Of
130 strangers rolled by 45 degrees against 849 people, 2.3 % reach the threshold on some rung and 0.8 % with the margin;
of 60 enrolled people 93 % are found either way, at first look 17 %.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from detectors.assessment import AssessedFace, assessed_faces
from detectors.model import FaceModel
from detectors.noise import smoothed
from detectors.quality import TOO_SMALL_PX
from detectors.values import Picture, Vector

_TURNS = (0.0, 30.0, -30.0, 60.0, -60.0)
_ENLARGED = 2.0
# A face this far from the middle of its context, in its own widths, is somebody else's.
_OFF_MIDDLE = 1.0
_MARGIN = 0.02


class Recogniser(Protocol):
    """Says how well a template fits the best template of a gallery."""

    @property
    def enough(self) -> float:
        """The score from which a person should look."""

    def score(self, vector: Vector) -> float:
        """Return the best score of a (d,) unit vector against the gallery."""


@dataclass(frozen=True, slots=True, eq=False)
class Climb:
    """The rung at which a face was recognised."""

    vector: Vector
    """(d,) float32, unit length: the mean over the contexts."""
    rung: str
    """What was done to the picture, in words."""
    score: float
    """The recogniser's."""
    crop: Picture
    """The first context's face as it was compared, (112, 112, 3)."""


@dataclass(frozen=True, slots=True, eq=False)
class _Try:
    """A prepared picture with its scale to the context's pixels."""

    picture: Picture
    scale: float


def climb(contexts: Sequence[Picture], model: FaceModel, recogniser: Recogniser) -> Climb | None:
    """Return the first rung whose template scores at least `recogniser.enough` and 0.02 more, None if no rung does.

    contexts: up to three pictures of one person, each with the face in the middle and a margin of one face width.
    Faces too poor to compare count on no rung.
    """
    for rung, tries in _RUNGS:
        faces = [face for context in contexts if (face := _clearest(tries(context), model)) is not None]
        vectors = [face.vector for face in faces if face.vector is not None]
        if not vectors:
            continue
        mean = np.mean(vectors, axis=0, dtype=np.float64)
        vector = np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), dtype=np.float32)
        score = recogniser.score(vector)
        if score >= recogniser.enough + _MARGIN:
            return Climb(vector, rung, score, faces[0].crop)
    return None


def _clearest(tries: Iterator[_Try], model: FaceModel) -> AssessedFace | None:
    """Return the face in the middle of the tries that the model sees most clearly, None if none can be compared.

    The longest template is the most upright face: chosen by the line of the eyes, 24 % of upright faces were missed
    instead of 4 %.
    """
    found = [face for each in tries if (face := _middle_face(each, model)) is not None]
    return max(found, key=lambda face: face.quality.strength or 0.0, default=None)


def _turned(context: Picture) -> Iterator[_Try]:
    height, width = context.shape[:2]
    for degrees in _TURNS:
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
        # A canvas that holds the whole turned picture, or faces at the frame's edge would be turned out of it.
        across = abs(matrix[0, 0]) * width + abs(matrix[0, 1]) * height
        down = abs(matrix[0, 1]) * width + abs(matrix[0, 0]) * height
        matrix[:, 2] += (across - width) / 2, (down - height) / 2
        size = (max(1, round(across)), max(1, round(down)))
        yield _Try(np.asarray(cv2.warpAffine(context, matrix, size, flags=cv2.INTER_LINEAR), dtype=np.uint8), 1.0)


def _smoothed(context: Picture) -> Iterator[_Try]:
    yield _Try(smoothed(context), 1.0)


def _enlarged(context: Picture) -> Iterator[_Try]:
    large = cv2.resize(context, None, fx=_ENLARGED, fy=_ENLARGED, interpolation=cv2.INTER_CUBIC)
    yield _Try(np.asarray(large, dtype=np.uint8), _ENLARGED)


_RUNGS: tuple[tuple[str, Callable[[Picture], Iterator[_Try]]], ...] = (
    ("turned upright", _turned),
    ("smoothed", _smoothed),
    ("enlarged", _enlarged),
)


def _middle_face(tried: _Try, model: FaceModel) -> AssessedFace | None:
    """Return the face nearest to the middle of a picture, None if none is near or it is too poor to compare."""
    height, width = tried.picture.shape[:2]
    near = []
    for each in assessed_faces(tried.picture, model):
        box = each.face.box
        away = math.hypot(box.left + (box.width - width) / 2, box.top + (box.height - height) / 2) / max(box.width, 1.0)
        # Enlarging adds pixels and no detail: the width that counts is the one before.
        if away <= _OFF_MIDDLE and each.vector is not None and box.width / tried.scale >= TOO_SMALL_PX:
            near.append((away, each))
    return min(near, key=lambda pair: pair[0])[1] if near else None
