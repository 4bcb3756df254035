"""Measure a model on labelled pictures, and set the thresholds that follow.

Terms and method: ISO/IEC 19795-1; `calibrate_rates` counts, this module decides which figures are given. The match
threshold is set for the target FPIR, the review threshold for ten times as much.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from detectors.calibrate_rates import (
    GROUPS,
    SCORES,
    Comparisons,
    FalseMatches,
    Floats,
    TailMissing,
    compare,
    false_alarms,
    false_matches,
    misses,
)
from detectors.calibrate_set import LabelledTemplates, Part, labelled_templates
from detectors.calibration_file import (
    SCHEMA,
    CalibrationRecord,
    CrossCheck,
    Curve,
    DataSet,
    Histogram,
    OperatingPoint,
    PackBinding,
)
from detectors.errors import CalibrationUnusable
from detectors.model import PREPROCESSING, FaceModel
from detectors.pack import ModelPack

GALLERY_SIZES = (10, 100, 1_000, 10_000, 100_000)
REFERENCES = (1, 3)
LEAST_IDENTITIES = 50
_FPIRS = (0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)
_HIGHEST = float(SCORES[-1])
_SPLITS = {
    "every": "every identity",
    "tuning": "the identities whose name's SHA-256 begins with a byte divisible by three",
    "calibration": (
        "the identities whose name's SHA-256 begins with a byte not divisible by three; limits and methods were "
        "chosen on the others"
    ),
}
_LIMITS = (
    "Above `measured_to` some thirty comparisons or fewer decide, some of them of mislabelled pictures: the rates "
    "there are extrapolated.",
    "Nothing is known about age gaps, profiles, generated pictures or groups of people that the data set lacks.",
    "People of the data set may have been among the pictures that the model was trained on.",
    "Strangers who resemble an enrolled person, relatives above all, are named more often than these rates say.",
)


@dataclass(frozen=True, slots=True)
class CalibrationRun:
    """A calibration and the pictures that were left out of it."""

    record: CalibrationRecord
    left_out: tuple[tuple[Path, str], ...]


def calibrate(
    folder: Path,
    model: FaceModel,
    *,
    target_fpir: float = 0.01,
    now: datetime,
    name: str | None = None,
    part: Part = "every",
    on_progress: Callable[[float], None] | None = None,
) -> CalibrationRun:
    """Return the calibration of a model on the pictures in folder/<identity>/.

    name: of the data set, else that of the folder. part: see `calibrate_set.Part`. The same pictures give the same
    record. Raises CalibrationUnusable if there are fewer than fifty identities or too few of them have two pictures.
    """
    templates = labelled_templates(folder, model, part=part, on_progress=on_progress)
    if templates.identity_count < LEAST_IDENTITIES:
        raise CalibrationUnusable(
            folder, f"shows {templates.identity_count} identities; {LEAST_IDENTITIES} or more are needed"
        )
    compared = [each for each in (compare(templates, n) for n in REFERENCES) if each.people >= LEAST_IDENTITIES // 2]
    if not compared or compared[0].references != REFERENCES[0]:
        raise CalibrationUnusable(folder, f"has too few identities of two pictures; {LEAST_IDENTITIES // 2} are needed")
    dataset = DataSet(
        name=name or folder.name,
        sha256=templates.sha256,
        identities=templates.identity_count,
        pictures=len(templates),
        left_out=len(templates.left_out),
        split=_SPLITS[part],
    )
    try:
        record = _record(templates, compared, dataset, model.pack, target_fpir, now)
    except TailMissing as error:
        message = "shows strangers as alike as one person; each subfolder must hold one person, and no other the same"
        raise CalibrationUnusable(folder, message) from error
    return CalibrationRun(record, templates.left_out)


def _record(
    templates: LabelledTemplates,
    compared: list[Comparisons],
    dataset: DataSet,
    pack: ModelPack,
    target_fpir: float,
    now: datetime,
) -> CalibrationRecord:
    """Return all figures; raises TailMissing."""
    return CalibrationRecord(
        schema=SCHEMA,
        id=f"{pack.name}-{pack.version}/{dataset.sha256[:12]}",
        created=now,
        dataset=dataset,
        pack=PackBinding(name=pack.name, version=pack.version, sha256=pack.sha256),
        preprocessing=PREPROCESSING,
        target_fpir=target_fpir,
        curves=tuple(_curve(each) for each in compared),
        histograms=tuple(_histogram(each) for each in compared),
        operating_points=tuple(point for each in compared for point in _operating_points(each)),
        cross_checks=tuple(c for each in compared for c in _cross_checks(templates, each, target_fpir)),
        limits=_LIMITS,
    )


def _curve(compared: Comparisons) -> Curve:
    """Return both rates over the score."""
    matches, missed = false_matches(compared), misses(compared)
    points = zip(SCORES, matches.rate, matches.low, matches.high, strict=True)
    return Curve(
        references=compared.references,
        comparisons=int(compared.impostor.sum()),
        people=compared.people,
        measured_to=matches.measured_to,
        false_match=tuple((float(s), _short(r), _short(low), _short(high)) for s, r, low, high in points),
        misses=tuple(
            (float(s), _short(r), _short(low), _short(high)) for s, (r, low, high) in zip(SCORES, missed, strict=True)
        ),
    )


def _histogram(compared: Comparisons) -> Histogram:
    """Return the shares of scores in hundredths."""
    impostor = compared.impostor.sum(axis=(0, 1)).astype(np.float64)
    genuine = compared.genuine.sum(axis=0)
    shares = [each.reshape(200, -1).sum(axis=1) / each.sum() for each in (impostor, genuine)]
    return Histogram(
        references=compared.references,
        impostor=tuple(_short(share) for share in shares[0]),
        genuine=tuple(_short(share) for share in shares[1]),
    )


def _operating_points(compared: Comparisons) -> list[OperatingPoint]:
    """Return FNIR against FPIR for every size of gallery."""
    matches, missed = false_matches(compared), misses(compared)
    points = []
    for people in GALLERY_SIZES:
        for fpir in _FPIRS:
            threshold = threshold_for(matches, fpir, people)
            rates = [float(np.interp(threshold, SCORES, missed[:, column])) for column in range(3)]
            points.append(
                OperatingPoint(
                    references=compared.references,
                    people=people,
                    fpir=fpir,
                    threshold=round(threshold, 3),
                    fnir=(_short(rates[0]), _short(rates[1]), _short(rates[2])),
                    basis="measured" if threshold <= matches.measured_to else "extrapolated",
                )
            )
    return points


def threshold_for(matches: FalseMatches, fpir: float, people: int) -> float:
    """Return the score that a stranger reaches against anybody of so many people with the probability fpir.

    From FPIR = 1 - (1 - FMR)^people, which takes strangers for equally easy to mistake. Since they are not, the true
    FPIR is lower (Jensen's inequality): the threshold is on the careful side.
    """
    wanted = -float(np.expm1(np.log1p(-fpir) / people))
    rates: Floats = matches.rate[::-1]
    return float(np.interp(np.log(wanted), np.log(rates), SCORES[::-1], left=_HIGHEST, right=0.0))


def _cross_checks(templates: LabelledTemplates, compared: Comparisons, target_fpir: float) -> list[CrossCheck]:
    """Return what thresholds of one half of the identities do on the other half, for the sizes that can be counted."""
    checks = []
    groups = np.arange(GROUPS)
    people_in_half = compared.people // 2 - 1 if compared.references > 1 else templates.identity_count // 2 - 1
    for people in (size for size in (10, 100, 400) if size <= people_in_half):
        thresholds, alarms, missed = [], [], []
        for parity in (0, 1):
            threshold = threshold_for(false_matches(compared, groups[groups % 2 == parity]), target_fpir, people)
            other = misses(compared, groups[groups % 2 != parity])
            thresholds.append(threshold)
            alarms.append(false_alarms(templates, compared.references, threshold, people, 1 - parity))
            missed.append(float(np.interp(threshold, SCORES, other[:, 0])))
        checks.append(
            CrossCheck(
                references=compared.references,
                people=people,
                target_fpir=target_fpir,
                threshold=round(float(np.mean(thresholds)), 3),
                fpir=_short(np.mean(alarms)),
                fnir=_short(np.mean(missed)),
            )
        )
    return checks


def _short(rate: float | np.floating) -> float:
    """Return a rate with four significant figures."""
    return float(f"{float(rate):.4g}")
