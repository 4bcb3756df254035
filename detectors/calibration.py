"""What a score means: thresholds, error rates, and the chance that a stranger reaches a score.

Terms: ISO/IEC 19795-1. FMR: share of comparisons of strangers that reach a score. FPIR: share of strangers for
whom a search of the whole gallery names somebody. FNIR: share of enrolled people whom the search misses.

The figures come from a calibration file (`calibration_file`), for the default pack from the one shipped: Labeled
Faces in the Wild (Huang et al., 2007), on identities apart from those on which limits were chosen. A FPIR of 1 %
can be measured there; of 0.1 % it cannot, since two or three mislabelled pictures would decide.
"""

import math
from dataclasses import dataclass
from pathlib import Path

from detectors.calibration_file import CalibrationRecord, Curve, read_calibration
from detectors.errors import ModelMismatch
from detectors.opencv_zoo import NAME, VERSION
from detectors.pack import ModelPack

LEAST_PEOPLE = 2000
"""Below so many people the thresholds fall no further: at 200 people a tenth of the target FPIR remains."""
REVIEW_FACTOR = 10
"""The review threshold lets so many times more strangers through than the match threshold."""
SHIPPED = Path(__file__).parent / "calibrations" / f"{NAME}-{VERSION}.json"
_HIGHEST = 0.95
_LEAST_PEOPLE_FOR_BLENDS = 100
# Of Poisson-distributed false matches with this mean, 1 % of strangers have two (measured on 554 people: 0.7 %).
_TWO_BY_CHANCE = 0.1486


@dataclass(frozen=True, slots=True)
class Calibration:
    """Thresholds and error rates of one model pack at one size of gallery."""

    id: str
    dataset: str
    target_fpir: float
    """Share of strangers for whom the match threshold may name somebody."""
    threshold: float
    """At least this score: a match."""
    review_threshold: float
    """At least this score: a person must look."""
    blend_threshold: float
    """Two people of at least this score: a face may be blended from theirs. One stranger in a hundred has two."""
    gallery_size: int
    """Templates in the gallery."""
    references: int
    """Templates per person on which the rates rest: 1 or 3."""
    expected_fnir: float
    """Share of enrolled people below the match threshold."""
    expected_review_fnir: float
    """Share of enrolled people below even the review threshold."""
    expected_fpir: float
    """Share of strangers whom the match threshold names at this size; an upper limit."""
    expected_review_fpir: float
    """Share of strangers who reach the review threshold at this size; an upper limit."""
    extrapolated: bool
    """Whether the match threshold lies beyond the scores at which false matches could be counted."""
    false_match: tuple[tuple[float, float], ...]
    """(score, FMR), scores ascending; between two points the logarithm of the rate is linear."""

    @property
    def people(self) -> int:
        """How many people the gallery holds, if each has so many references."""
        return math.ceil(self.gallery_size / self.references)

    def false_match_rate(self, score: float) -> float:
        """Return the share of comparisons of strangers that reach score; beyond the curve its last slope goes on."""
        return min(1.0, math.exp(_line(_logarithms(self.false_match), score)))

    def false_match_probability(self, score: float) -> float:
        """Return the chance that a stranger reaches score against anybody, 1 - (1 - FMR)^people.

        Takes comparisons for independent and strangers for equally easy to mistake, which they are not: an upper
        limit.
        """
        return _reached_by_chance(self.false_match_rate(score), self.people)


def calibration_for(
    pack: ModelPack, gallery_size: int, *, file: Path | None = None, references: int = 1
) -> Calibration:
    """Return the calibration of a pack for a gallery of this many templates.

    file: another calibration than the shipped one. references: how many templates every performer has at least; with
    one, every template counts as a person of its own, which is on the careful side. Thresholds rise with the gallery
    and never fall below those for 2,000 people. Raises ModelMismatch for a pack that nobody calibrated,
    CalibrationUnusable for a damaged file.
    """
    if file is None and (pack.name, pack.version) != (NAME, VERSION):
        raise ModelMismatch(_uncalibrated(pack))
    record = read_calibration(file or SHIPPED, pack)
    return _calibration(record, record.curve(references), gallery_size)


def _uncalibrated(pack: ModelPack) -> str:
    """Return the sentence about a pack, or a pair, that has no calibration."""
    if not pack.parts:
        return f"model pack {pack.name} {pack.version} has no calibration; use {NAME} {VERSION} or calibrate it"
    names = " and ".join(f"{part.name} {part.version}" for part in pack.parts)
    return (
        f"model packs {names} have no calibration together; "
        'make one with "clearance models calibrate DIR --out FOLDER" and name FOLDER/calibration.json in the setting '
        "calibration, or do without second_pack"
    )


def _calibration(record: CalibrationRecord, curve: Curve, gallery_size: int) -> Calibration:
    """Return thresholds and rates of one curve at one size."""
    false_match = ((-1.0, 1.0), *((score, rate) for score, rate, _, _ in curve.false_match))
    people = math.ceil(gallery_size / curve.references)
    review_fpir = min(0.5, REVIEW_FACTOR * record.target_fpir)
    threshold = _threshold(false_match, record.target_fpir, max(people, LEAST_PEOPLE))
    review = _threshold(false_match, review_fpir, max(people, LEAST_PEOPLE))
    blend = _threshold(false_match, -math.expm1(-_TWO_BY_CHANCE), max(people, _LEAST_PEOPLE_FOR_BLENDS))
    alarms = [
        _reached_by_chance(math.exp(_line(_logarithms(false_match), score)), people) for score in (threshold, review)
    ]
    misses = tuple((score, rate) for score, rate, _, _ in curve.misses)
    return Calibration(
        id=record.id,
        dataset=(
            f"{record.dataset.name}, {record.dataset.identities:,} people in {record.dataset.pictures:,} pictures: "
            f"{record.dataset.split}"
        ),
        target_fpir=record.target_fpir,
        threshold=threshold,
        review_threshold=review,
        blend_threshold=min(blend, review),
        gallery_size=gallery_size,
        references=curve.references,
        expected_fnir=_share(_line(misses, threshold)),
        expected_review_fnir=_share(_line(misses, review)),
        expected_fpir=float(f"{alarms[0]:.3g}"),
        expected_review_fpir=float(f"{alarms[1]:.3g}"),
        extrapolated=threshold > curve.measured_to,
        false_match=false_match,
    )


def _threshold(false_match: tuple[tuple[float, float], ...], fpir: float, people: int) -> float:
    """Return the score that a stranger reaches against so many people with the probability fpir."""
    wanted = math.log(-math.expm1(math.log1p(-fpir) / people))
    inverse = tuple((logarithm, score) for score, logarithm in reversed(_logarithms(false_match)))
    # Rounded upwards, so that the target holds for the rounded threshold as well.
    return min(_HIGHEST, math.ceil(_line(inverse, wanted) * 1000) / 1000)


def _reached_by_chance(rate: float, people: int) -> float:
    """Return 1 - (1 - rate)^people."""
    if rate >= 1.0:
        return 1.0 if people else 0.0
    return -math.expm1(people * math.log1p(-rate))


def _logarithms(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    """Return the points with the logarithm of the rate."""
    return tuple((score, math.log(rate)) for score, rate in points)


def _share(rate: float) -> float:
    """Return a rate within [0, 1], to a thousandth."""
    return round(min(1.0, max(0.0, rate)), 3)


def _line(points: tuple[tuple[float, float], ...], x: float) -> float:
    """Return y at x on the straight pieces through points (x ascending), the outer ones prolonged."""
    n = next((i for i in range(1, len(points) - 1) if x <= points[i][0]), len(points) - 1)
    (x0, y0), (x1, y1) = points[n - 1], points[n]
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
