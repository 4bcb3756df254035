"""What a score means: thresholds, error rates, and the chance that a stranger reaches a score.

Terms: ISO/IEC 19795-1. FMR: share of pairs of strangers that reach a score. FPIR: share of strangers for
whom a search of the whole gallery names somebody. FNIR: share of enrolled people whom the search misses.

opencv-zoo was measured on Labeled Faces in the Wild (Huang et al., 2007): FMR over 51.7 million pairs, FNIR
with 1,680 people enrolled by one picture each. At 0.1 % FPIR two or three mislabelled pictures decide, so
the figures at the match threshold are the weakest; none of them speaks about age gaps, profiles or
generated pictures.
"""

import math
from dataclasses import dataclass

from detectors.errors import ModelMismatch
from detectors.opencv_zoo import NAME, VERSION
from detectors.pack import ModelPack

BASE_GALLERY = 2000
"""Up to this many templates the base thresholds hold; above, they rise."""
_BASE_MATCH, _BASE_REVIEW = 0.52, 0.42
_TARGET_FPIR = 0.001
# (score, FMR): strangers' scores have the mean 0.086; the last point rests on some fifty pairs.
_FALSE_MATCH = ((-1.0, 1.0), (0.086, 0.5), (0.359, 1e-3), (0.415, 1e-4), (0.466, 1e-5), (0.512, 1e-6))
# (threshold, FNIR), one reference per person.
_MISSES = ((0.422, 0.035), (0.469, 0.063), (0.499, 0.087), (0.524, 0.120))
_HIGHEST = 0.95


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
    gallery_size: int
    """Templates in the gallery."""
    expected_fnir: float
    """Share of enrolled people (one reference each) below the match threshold; half with three references."""
    expected_review_fnir: float
    """Share of enrolled people (one reference each) below even the review threshold."""
    false_match: tuple[tuple[float, float], ...]
    """(score, FMR), scores ascending; between two points the logarithm of the rate is linear."""

    def false_match_rate(self, score: float) -> float:
        """Return the share of pairs of strangers that reach score; beyond the curve its last slope goes on."""
        return math.exp(_line(tuple((s, math.log(rate)) for s, rate in self.false_match), score))

    def false_match_probability(self, score: float) -> float:
        """Return the chance that a stranger reaches score against anybody, 1 - (1 - FMR)^gallery_size.

        Takes the templates for independent, which several references of one person are not: an upper limit.
        """
        rate = min(1.0, self.false_match_rate(score))
        if rate >= 1.0:
            return 1.0 if self.gallery_size else 0.0
        return -math.expm1(self.gallery_size * math.log1p(-rate))


def calibration_for(pack: ModelPack, gallery_size: int) -> Calibration:
    """Return the calibration of a pack for a gallery of this many templates.

    Above 2,000 templates both thresholds rise so that a stranger is named as rarely as at 2,000: the rate
    per pair that may remain is FMR(base) * 2000 / gallery_size. Raises ModelMismatch for a pack nobody
    calibrated.
    """
    if (pack.name, pack.version) != (NAME, VERSION):
        raise ModelMismatch(
            f"model pack {pack.name} {pack.version} has no calibration; use {NAME} {VERSION} or calibrate it"
        )
    threshold = _raised(_BASE_MATCH, gallery_size)
    review = _raised(_BASE_REVIEW, gallery_size)
    return Calibration(
        id=f"{NAME}-{VERSION}/lfw-1",
        dataset="Labeled Faces in the Wild, 10,172 pictures; 1,680 people enrolled",
        target_fpir=_TARGET_FPIR,
        threshold=threshold,
        review_threshold=review,
        gallery_size=gallery_size,
        expected_fnir=_missed(threshold),
        expected_review_fnir=_missed(review),
        false_match=_FALSE_MATCH,
    )


def _raised(base: float, gallery_size: int) -> float:
    """Return the threshold at which a gallery of this size gives as many false alarms as 2,000 at base."""
    if gallery_size <= BASE_GALLERY:
        return base
    logarithms = tuple((score, math.log(rate)) for score, rate in _FALSE_MATCH)
    wanted = _line(logarithms, base) + math.log(BASE_GALLERY / gallery_size)
    inverse = tuple(sorted((logarithm, score) for score, logarithm in logarithms))
    return round(min(_HIGHEST, _line(inverse, wanted)), 3)


def _missed(threshold: float) -> float:
    """Return the expected FNIR at a threshold."""
    return round(min(1.0, max(0.0, _line(_MISSES, threshold))), 3)


def _line(points: tuple[tuple[float, float], ...], x: float) -> float:
    """Return y at x on the straight pieces through points (x ascending), the outer ones prolonged."""
    n = next((i for i in range(1, len(points) - 1) if x <= points[i][0]), len(points) - 1)
    (x0, y0), (x1, y1) = points[n - 1], points[n]
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
