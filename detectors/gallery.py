"""The enrolled templates, and the exact search for those most similar to a probe.

Every template is compared (no index that could lose one): the answer is the same on every machine, and a
million templates of 128 numbers take some 30 ms per probe. Terms: ISO/IEC 19795-1 (gallery, probe,
candidate list).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detectors.errors import ModelMismatch
from detectors.values import Template, Vector

_SCORES_AT_ONCE = 1 << 24


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """Templates with the performer each belongs to; a performer may have several, a gallery may be empty."""

    performers: tuple[str, ...]
    """One per row: an opaque label."""
    vectors: Vector
    """(n, d) float32 rows of unit length."""
    model_key: str
    names: tuple[str, ...] = field(init=False)
    """Each performer once, sorted."""
    _rows: Vector = field(init=False, repr=False)
    """The rows ordered by performer."""
    _starts: NDArray[np.intp] = field(init=False, repr=False)
    """Where each performer's rows begin."""

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.performers):
            raise ModelMismatch(
                f"a gallery of {len(self.performers)} performers has vectors of shape {self.vectors.shape}; "
                "give one row per performer"
            )
        names, which, counts = np.unique(
            np.array(self.performers, dtype=np.str_), return_inverse=True, return_counts=True
        )
        order = np.argsort(which, kind="stable")
        object.__setattr__(self, "names", tuple(str(name) for name in names))
        object.__setattr__(self, "_rows", np.ascontiguousarray(self.vectors[order], dtype=np.float32))
        object.__setattr__(self, "_starts", np.cumsum(counts, dtype=np.intp) - counts)

    def __len__(self) -> int:
        """Return the number of templates."""
        return len(self.performers)

    def best_scores(self, probes: Vector) -> Vector:
        """Return (m, performers) float32: the cosine of each probe and each performer's best template."""
        if not len(self):
            return np.zeros((len(probes), 0), dtype=np.float32)
        return np.maximum.reduceat(probes @ self._rows.T, self._starts, axis=1)


def search(
    probes: Sequence[Template], gallery: Gallery, *, limit: int = 10
) -> tuple[tuple[tuple[str, float], ...], ...]:
    """Return, for each probe, the most similar performers with their best score, best first, at most limit.

    Scores are cosines in [-1, 1]; equal scores are ordered by label. An empty gallery gives empty candidates.
    Raises ModelMismatch if a probe or the gallery was made by another model.
    """
    for probe in probes:
        if len(gallery) and probe.model_key != gallery.model_key:
            raise ModelMismatch(
                f"a probe of model {probe.model_key} cannot be compared with a gallery of model "
                f"{gallery.model_key}; enrol the references again with the model in use"
            )
        if len(gallery) and probe.vector.shape != gallery.vectors.shape[1:]:
            raise ModelMismatch(
                f"a probe of shape {probe.vector.shape} does not fit rows of {gallery.vectors.shape[1:]}; "
                "enrol the references again with the model in use"
            )
    step = max(1, _SCORES_AT_ONCE // max(1, len(gallery)))
    results: list[tuple[tuple[str, float], ...]] = []
    for start in range(0, len(probes), step):
        batch = np.stack([probe.vector for probe in probes[start : start + step]]).astype(np.float32)
        results += [_candidates(row, gallery.names, limit) for row in gallery.best_scores(batch)]
    return tuple(results)


def _candidates(scores: Vector, names: tuple[str, ...], limit: int) -> tuple[tuple[str, float], ...]:
    """Return the best performers of one row of scores."""
    count = min(limit, len(names))
    if count <= 0:
        return ()
    # Everybody at least as good as the last place, so that equal scores are settled by label alone.
    last = np.partition(scores, len(names) - count)[len(names) - count]
    chosen = np.flatnonzero(scores >= last)
    ordered = sorted(chosen.tolist(), key=lambda n: (-float(scores[n]), names[n]))[:count]
    return tuple((names[n], float(np.clip(scores[n], -1.0, 1.0))) for n in ordered)
