"""Who each appearance may be: a match, a case for review, nobody, or not assessable.

Terms: ISO/IEC 19795-1. Thresholds come from the pack's calibration at the gallery's size. A face too poor
to be compared is never "nobody", and neither is a poor face that resembles nobody.
"""

from collections.abc import Sequence

from detectors.calibration import Calibration
from detectors.gallery import Gallery, search
from detectors.values import Appearance, Candidate, Decision, Identification

CANDIDATES = 10


def identify(
    appearances: Sequence[Appearance], gallery: Gallery, calibration: Calibration
) -> tuple[Identification, ...]:
    """Return one identification per appearance, in their order.

    Raises ModelMismatch if the gallery's templates come from another model.
    """
    probes = [appearance.template for appearance in appearances if appearance.template is not None]
    found = iter(search(probes, gallery, limit=CANDIDATES))
    return tuple(
        _identification(appearance, () if appearance.template is None else next(found), calibration)
        for appearance in appearances
    )


def _identification(
    appearance: Appearance, found: tuple[tuple[str, float], ...], calibration: Calibration
) -> Identification:
    """Return the decision about one appearance."""
    candidates = tuple(
        Candidate(performer, score, calibration.false_match_probability(score)) for performer, score in found
    )
    decision, why = _decision(appearance, candidates, calibration)
    return Identification(appearance.id, decision, candidates, why)


def _decision(
    appearance: Appearance, candidates: tuple[Candidate, ...], calibration: Calibration
) -> tuple[Decision, str]:
    """Return the decision and its reason in one sentence, without anybody's name."""
    reasons = " and ".join(appearance.quality.reasons)
    if appearance.template is None:
        return "not_assessable", f"The face is {reasons}, so it cannot be compared."
    matching = [c for c in candidates if c.score >= calibration.threshold]
    best = candidates[0].score if candidates else None
    if len(matching) > 1:
        return "review", (
            f"{len(matching)} performers reach the match threshold {calibration.threshold:.2f}; "
            "a person must tell them apart, or see whether faces were blended."
        )
    if matching and appearance.quality.level == "usable":
        return "match", f"The best score {best:.2f} reaches the match threshold {calibration.threshold:.2f}."
    if matching:
        return "review", f"The best score {best:.2f} would be a match, but the face is {reasons}."
    if best is not None and best >= calibration.review_threshold:
        return "review", (
            f"The best score {best:.2f} lies between the review threshold {calibration.review_threshold:.2f} "
            f"and the match threshold {calibration.threshold:.2f}."
        )
    if appearance.quality.level == "poor":
        return "not_assessable", f"Nobody enrolled is alike, but the face is {reasons}, so that says little."
    if best is None:
        return "no_match", "Nobody is enrolled."
    return (
        "no_match",
        f"The best score {best:.2f} is below the review threshold {calibration.review_threshold:.2f}.",
    )
