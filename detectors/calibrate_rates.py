"""Error rates of comparisons whose truth is known, with intervals, measured and prolonged.

Terms: ISO/IEC 19795-1. A *comparison* here is one probe against one enrolled person with one or three references;
the person's score is that of the best reference. Everything is counted over all comparisons that the pictures allow,
so no chance decides and the same pictures give the same rates.

The false match rate is measured down to where thirty comparisons (per reference) reach a score. Below that, a
handful of mislabelled pictures would decide, so the straight line through the logarithm of the measured tail goes on:
real tails bend downwards, which makes the line too careful rather than too bold.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.calibrate_set import LabelledTemplates
from detectors.values import Vector

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

GROUPS = 16
"""Identities are dealt into so many groups; leaving each out in turn gives the intervals."""
SCORES: Floats = np.round(np.arange(0.0, 0.901, 0.01), 2)
"""The scores at which rates are given."""
LEAST_COMPARISONS = 30
_TAIL_FROM, _TAIL_LEAST = 1e-3, 20
"""The tail begins where one comparison in a thousand reaches the score; in a small data set, where 600 do."""
_TAIL_POINTS = 3
_BINS = 2000
_Z = 1.96
_ROWS_AT_ONCE = 1024


class TailMissing(Exception):
    """The scores of strangers do not fall off, so that no threshold can keep them apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """What all comparisons with so many references per person scored."""

    references: int
    impostor: Counts
    """(groups of the probe, groups of the person, bins of score over [-1, 1])."""
    genuine: Floats
    """(groups, bins); every probe has the weight one, however many enrolments it was compared with."""
    people: int
    """Identities with more pictures than references: those whose misses are counted."""


def compare(templates: LabelledTemplates, references: int) -> Comparisons:
    """Return the scores of every picture against every enrolment of so many references."""
    identities, rows = templates.identities, enrolments(templates, references)
    sizes = np.bincount(identities)
    impostor = np.zeros((GROUPS * GROUPS * _BINS,), dtype=np.int64)
    genuine = np.zeros((GROUPS * _BINS,), dtype=np.float64)
    who = identities[rows[:, 0]]
    for probes, scores in _scored(templates.vectors, templates.vectors, rows):
        bins = np.clip(((scores + 1.0) * (_BINS / 2)).astype(np.intp), 0, _BINS - 1)
        mine = identities[probes][:, None]
        place = ((mine % GROUPS) * GROUPS + who[None, :] % GROUPS) * _BINS + bins
        impostor += np.bincount(place[mine != who[None, :]], minlength=impostor.size)
        # A probe is not compared with an enrolment that holds the very picture.
        mated = (mine == who[None, :]) & (rows[None, :, :] != probes[:, None, None]).all(axis=2)
        owner = np.broadcast_to(mine, mated.shape)[mated]
        weights = 1.0 / (sizes[owner] - references)
        genuine += np.bincount((owner % GROUPS) * _BINS + bins[mated], weights=weights, minlength=genuine.size)
    return Comparisons(
        references,
        impostor.reshape(GROUPS, GROUPS, _BINS),
        genuine.reshape(GROUPS, _BINS),
        int((sizes > references).sum()),
    )


def enrolments(templates: LabelledTemplates, references: int) -> NDArray[np.intp]:
    """Return (n, references) rows: for each picture, itself and its successors, in a circle within the identity."""
    identities = templates.identities
    sizes = np.bincount(identities)
    first = np.concatenate([[0], np.cumsum(sizes)])[:-1]
    rows = np.flatnonzero(sizes[identities] >= references)
    within = rows - first[identities[rows]]
    steps = (within[:, None] + np.arange(references)) % sizes[identities[rows]][:, None]
    return np.asarray(first[identities[rows]][:, None] + steps, dtype=np.intp)


def _scored(probes: Vector, templates: Vector, rows: NDArray[np.intp]) -> Iterator[tuple[NDArray[np.intp], Vector]]:
    """Yield numbers of probes, and (probes, enrolments) their score with the best reference of each."""
    for start in range(0, len(probes), _ROWS_AT_ONCE):
        some = np.arange(start, min(start + _ROWS_AT_ONCE, len(probes)))
        best = probes[some] @ templates[rows[:, 0]].T
        for column in range(1, rows.shape[1]):
            np.maximum(best, probes[some] @ templates[rows[:, column]].T, out=best)
        yield some, best


@dataclass(frozen=True, slots=True)
class FalseMatches:
    """The false match rate over SCORES, with its interval of 95 %."""

    rate: Floats
    low: Floats
    high: Floats
    measured_to: float
    """The last score whose rate was counted; above it the line goes on."""


def false_matches(compared: Comparisons, groups: NDArray[np.intp] | None = None) -> FalseMatches:
    """Return the curve over all groups, or over some. The interval leaves out one group at a time (jackknife).

    Raises TailMissing.
    """
    chosen = np.arange(GROUPS) if groups is None else groups
    table = compared.impostor[np.ix_(chosen, chosen)]
    whole = table.sum(axis=(0, 1))
    # One picture is part of as many enrolments as there are references, so that each pair counts so often.
    least = LEAST_COMPARISONS * compared.references
    logs, measured_to = _curve(whole, least)
    without = [
        _curve(whole - table[n].sum(axis=0) - table[:, n].sum(axis=0) + table[n, n], least)[0]
        for n in range(len(chosen))
    ]
    spread = np.array(without) - np.mean(without, axis=0)
    error = np.sqrt((len(chosen) - 1) / len(chosen) * (spread**2).sum(axis=0))
    rate, low, high = (np.minimum(1.0, np.exp(logs + sign * _Z * error)) for sign in (0, -1, 1))
    return FalseMatches(rate, low, high, measured_to)


def _curve(histogram: Counts, least: int) -> tuple[Floats, float]:
    """Return the logarithm of the rate over SCORES, and the last score at which it was counted."""
    reached = np.cumsum(histogram[::-1])[::-1]
    counts = reached[np.round((SCORES + 1.0) * (_BINS / 2)).astype(np.intp)]
    total = int(reached[0])
    counted = counts >= least
    logs = np.log(np.maximum(counts, 1) / total)
    tail = np.flatnonzero(counted & (counts <= max(_TAIL_FROM * total, _TAIL_LEAST * least)))
    if len(tail) < _TAIL_POINTS or counts[tail[0]] == counts[tail[-1]]:
        raise TailMissing
    last = int(tail[-1])
    slope = _slope(SCORES[tail], logs[tail], counts[tail].astype(np.float64))
    logs[last + 1 :] = logs[last] + slope * (SCORES[last + 1 :] - SCORES[last])
    return logs, float(SCORES[last])


def _slope(x: Floats, y: Floats, weights: Floats) -> float:
    """Return the slope of the straight line through points, each with a weight."""
    middle_x, middle_y = np.average(x, weights=weights), np.average(y, weights=weights)
    return float((weights * (x - middle_x) * (y - middle_y)).sum() / (weights * (x - middle_x) ** 2).sum())


def misses(compared: Comparisons, groups: NDArray[np.intp] | None = None) -> Floats:
    """Return (scores, 3): the share of enrolled people's probes below each score, and its interval of 95 %.

    The interval is Wilson's with one trial per person, since the pictures of one person fail together.
    """
    histogram = compared.genuine[np.arange(GROUPS) if groups is None else groups].sum(axis=0)
    below = np.concatenate([[0.0], np.cumsum(histogram)])
    rate = below[np.round((SCORES + 1.0) * (_BINS / 2)).astype(np.intp)] / max(below[-1], 1e-9)
    n = max(1, compared.people)
    centre = (rate + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * np.sqrt(rate * (1 - rate) / n + _Z**2 / (4 * n * n))
    return np.stack([rate, np.clip(centre - half, 0.0, 1.0), np.clip(centre + half, 0.0, 1.0)], axis=1)


def false_alarms(templates: LabelledTemplates, references: int, threshold: float, people: int, parity: int) -> float:
    """Return the FPIR counted at a threshold: the mean over strangers and over every gallery of so many people.

    Of the identities with this parity, each is the stranger once and the others can be enrolled, with their first
    pictures. A stranger whom k of M people would match is named by a random gallery of `people` with the probability
    1 - C(M - k, people) / C(M, people).
    """
    identities = templates.identities
    mine = np.flatnonzero(identities % 2 == parity)
    rows = enrolments(templates, references)
    rows = rows[identities[rows[:, 0]] % 2 == parity]
    rows = rows[np.unique(identities[rows[:, 0]], return_index=True)[1]]
    who = identities[rows[:, 0]]
    chances: list[float] = []
    for probes, scores in _scored(templates.vectors[mine], templates.vectors, rows):
        stranger = identities[mine[probes]][:, None] != who[None, :]
        alike = ((scores >= threshold) & stranger).sum(axis=1)
        chances += [_named(int(k), int(m), people) for k, m in zip(alike, stranger.sum(axis=1), strict=True)]
    return float(np.mean(chances))


def _named(alike: int, others: int, people: int) -> float:
    """Return the chance that `people` drawn from others hold one of those alike."""
    if others - alike < people:
        return 1.0
    free = sum(math.log1p(-people / (others - n)) if others - n > people else -math.inf for n in range(alike))
    return -math.expm1(free)
