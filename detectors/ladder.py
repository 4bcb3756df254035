"""A second try for a face that resembled nobody: looked for once more in the pictures kept of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from detectors.model import FaceModel
from detectors.values import Picture, Vector


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


def climb(contexts: Sequence[Picture], model: FaceModel, recogniser: Recogniser) -> Climb | None:
    """Return the template of the contexts' best faces if the recogniser knows it, else None."""
    vectors = [model.embed(picture, faces[:1])[0] for picture in contexts if (faces := model.detect(picture))]
    if not vectors:
        return None
    mean = np.mean(vectors, axis=0, dtype=np.float64)
    vector = np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), dtype=np.float32)
    return Climb(vector, "looked at closely") if recogniser.score(vector) >= recogniser.enough else None
