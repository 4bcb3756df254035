"""The enrolled templates, and the exact search for those most similar to a probe.

Every template is compared (no index that could lose one), in blocks, so that beside the one matrix of templates
only a few megabytes are needed. Blocks are compared in float32; the rows that may belong to the answer are compared
again in float64, so that a score depends on the two templates alone and not on how many probes came together.
Terms: ISO/IEC 19795-1 (gallery, probe, candidate list).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detectors.errors import ModelMismatch
from detectors.values import Template, Vector

_PROBES_AT_ONCE = 64
_SCORES_AT_ONCE = 1 << 18
"""One megabyte: what has just been computed is still in the processor's cache when its maxima are taken."""
_EXACT_AT_ONCE = 1 << 13
_STRIP = 64
"""Rows of which only the best score is kept in the first comparison."""
_SPARE = 4
"""Strips beyond those wanted, since some of the best rows are further references of one performer."""
_LENGTH_TOLERANCE = 1e-3
_ROUNDING = 2e-6
"""More than float32 can lose in the product of two unit vectors of 512 numbers (measured: 4e-7)."""


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """Templates with the performer each belongs to; a performer may have several, a gallery may be empty."""

    performers: tuple[str, ...]
    """One per row: an opaque label."""
    vectors: Vector
    """(n, d) float32 rows of unit length; not copied where they lie in one piece."""
    model_key: str
    names: tuple[str, ...] = field(init=False)
    """Each performer once, sorted."""
    _performer_of: NDArray[np.int32] = field(init=False, repr=False)
    """For each row, the place of its performer in names."""

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.performers):
            raise ModelMismatch(
                f"a gallery of {len(self.performers)} performers has vectors of shape {self.vectors.shape}; "
                "give one row per performer"
            )
        _require_unit_length(self.vectors, "template")
        names = tuple(sorted(set(self.performers)))
        place = {name: n for n, name in enumerate(names)}
        performer_of = np.fromiter((place[p] for p in self.performers), dtype=np.int32, count=len(self.performers))
        object.__setattr__(self, "vectors", np.ascontiguousarray(self.vectors, dtype=np.float32))
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "_performer_of", performer_of)

    def __len__(self) -> int:
        """Return the number of templates."""
        return len(self.performers)

    def candidates(self, probes: Vector, limit: int) -> list[tuple[tuple[str, float], ...]]:
        """Return for each probe, (m, d), the best performers with their best score, best first, at most limit."""
        if limit <= 0 or not len(self):
            return [()] * len(probes)
        found: list[tuple[tuple[str, float], ...]] = []
        for start in range(0, len(probes), _PROBES_AT_ONCE):
            batch = np.ascontiguousarray(probes[start : start + _PROBES_AT_ONCE], dtype=np.float32)
            strips = min(_SCORES_AT_ONCE // len(batch), len(self) + _STRIP) // _STRIP
            bests = self._strip_bests(batch, strips)
            found += [self._of_strips(probe, best, strips, limit) for probe, best in zip(batch, bests, strict=True)]
        return found

    def _strip_bests(self, probes: Vector, strips: int) -> Vector:
        """Return (m, all strips) float32: the best score of each probe in every strip of rows.

        strips: per block of strips * 64 rows. A strip takes every strips-th row of its block, so that the maxima of
        all strips are taken side by side.
        """
        count, rows = len(probes), len(self)
        step = strips * _STRIP
        bests = np.empty((-(-rows // step), strips * count), dtype=np.float32)
        scores = np.empty((step, count), dtype=np.float32)
        for number, start in enumerate(range(0, rows, step)):
            block = self.vectors[start : start + step]
            if count == 1:
                np.dot(block, probes[0], out=scores[: len(block), 0])
            else:
                np.dot(block, probes.T, out=scores[: len(block)])
            scores[len(block) :] = -np.inf
            np.max(scores.reshape(_STRIP, strips * count), axis=0, out=bests[number])
        return np.ascontiguousarray(bests.reshape(-1, count).T)

    def _of_strips(self, probe: Vector, bests: Vector, strips: int, limit: int) -> tuple[tuple[str, float], ...]:
        """Return the best performers of one probe, looking only into strips that may hold one of them."""
        wanted, taken = min(limit, len(self.names)), min(limit + _SPARE, len(bests))
        while True:
            # 1. All strips at least as good as the last one wanted, and those that rounding may have put below it.
            least = np.partition(bests, len(bests) - taken)[len(bests) - taken] - _ROUNDING
            chosen = np.flatnonzero(bests >= least)
            first = chosen // strips * (strips * _STRIP) + chosen % strips
            rows = (first[:, None] + np.arange(_STRIP) * strips).ravel()
            rows = rows[rows < len(self)]
            # 2. Without the rows that only share a strip with a good one; least lies below any rounding of the others.
            if len(chosen) < len(bests):
                rows = rows[self.vectors[rows] @ probe >= least]
            # 3. The exact scores of the rest; each performer counts with the best one.
            performers, scores = self._best_each(rows, probe)
            # 4. Every row left out lies below least: enough, unless a few performers fill the top.
            if len(chosen) == len(bests) or int((scores >= least + 2 * _ROUNDING).sum()) >= wanted:
                break
            taken = min(len(bests), taken * 2)
        order = np.lexsort((performers, -scores))[:wanted]
        return tuple((self.names[performers[n]], float(np.clip(scores[n], -1.0, 1.0))) for n in order)

    def _best_each(self, rows: NDArray[np.intp], probe: Vector) -> tuple[NDArray[np.int32], Vector]:
        """Return the performers of rows, ascending, and the exact best score of each."""
        exact = np.empty(len(rows), dtype=np.float32)
        for start in range(0, len(rows), _EXACT_AT_ONCE):
            products = np.multiply(self.vectors[rows[start : start + _EXACT_AT_ONCE]], probe, dtype=np.float64)
            exact[start : start + _EXACT_AT_ONCE] = products.sum(axis=1)
        performers, group = np.unique(self._performer_of[rows], return_inverse=True)
        best = np.full(len(performers), -np.inf, dtype=np.float32)
        np.maximum.at(best, group, exact)
        return performers, best


def search(
    probes: Sequence[Template], gallery: Gallery, *, limit: int = 10
) -> tuple[tuple[tuple[str, float], ...], ...]:
    """Return, for each probe, the most similar performers with their best score, best first, at most limit.

    Scores are cosines in [-1, 1]; equal scores are ordered by label. An empty gallery gives empty candidates.
    Raises ModelMismatch if a probe or the gallery was made by another model, or a probe is no unit vector.
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
    if not probes:
        return ()
    vectors = np.stack([probe.vector for probe in probes])
    _require_unit_length(vectors, "probe")
    return tuple(gallery.candidates(vectors, limit))


def _require_unit_length(vectors: Vector, what: str) -> None:
    """Raise ModelMismatch if a row is no unit vector: its scores would be no cosines, and one NaN hides the best."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    wrong = np.flatnonzero(~(np.abs(lengths - 1.0) <= _LENGTH_TOLERANCE))
    if len(wrong):
        raise ModelMismatch(
            f"{what} {wrong[0]} has the length {lengths[wrong[0]]:.3g} instead of 1; it is damaged or comes from "
            "another model, enrol the references again with the model in use"
        )
