"""Who each appearance may be: a match, a case for review, nobody, or not assessable.

Terms: ISO/IEC 19795-1. Thresholds come from the pack's calibration at the gallery's size. A face too poor
to be compared is never "nobody", and neither is a poor face that resembles nobody.

Scores are compared as they are. Normalising them by a cohort of strangers (AS-norm) was measured on people apart
from those that the cohort came from, at a false-alarm rate of 1 %: misses went from 3.0 to 3.3 % with one reference
and from 0.8 to 0.9 % with three.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from detectors.calibration import Calibration
from detectors.gallery import Gallery, search
from detectors.values import Appearance, Candidate, Decision, Flag, Identification, Vector

CANDIDATES = 10
LOOK_ALIKE_MARGIN = 0.10
"""Of right matches 0.9 % have a second performer this close behind; of strangers who reach the review threshold 62 %
do (554 people enrolled by one picture each, apart from those of the calibration)."""

_NOBODY: Mapping[str, frozenset[str]] = {}


class GalleryRecogniser:
    """How well templates are known to a gallery; lets a scan try harder with faces that nobody resembles."""

    def __init__(self, gallery: Gallery, calibration: Calibration) -> None:
        self._gallery = gallery
        self.enough = calibration.review_threshold
        """From this score on a person would look at it."""

    def score(self, vector: Vector) -> float:
        """Return the best score of a unit vector against anybody; -1 with nobody enrolled."""
        (found,) = self._gallery.candidates(vector[np.newaxis], 1)
        return found[0][1] if found else -1.0


def identify(
    appearances: Sequence[Appearance],
    gallery: Gallery,
    calibration: Calibration,
    *,
    relatives: Mapping[str, frozenset[str]] = _NOBODY,
) -> tuple[Identification, ...]:
    """Return one identification per appearance, in their order.

    relatives: for a performer, the labels of twins and relatives, enrolled or not; marking one of two is enough.
    A match of somebody so marked goes to review. Raises ModelMismatch if the gallery's templates come from another
    model.
    """
    probes = [appearance.template for appearance in appearances if appearance.template is not None]
    found = iter(search(probes, gallery, limit=CANDIDATES))
    marked = {performer for performer, others in relatives.items() if others}.union(*relatives.values())
    return tuple(
        _identification(appearance, () if appearance.template is None else next(found), calibration, marked)
        for appearance in appearances
    )


def _identification(
    appearance: Appearance, found: tuple[tuple[str, float], ...], calibration: Calibration, marked: set[str]
) -> Identification:
    """Return the decision about one appearance. marked: performers with relatives."""
    candidates = tuple(
        Candidate(performer, score, calibration.false_match_probability(score)) for performer, score in found
    )
    flags = _flags(candidates, calibration, marked)
    decision, why = _decision(appearance, candidates, calibration, flags)
    return Identification(appearance.id, decision, candidates, why, flags)


def _flags(candidates: tuple[Candidate, ...], calibration: Calibration, marked: set[str]) -> tuple[Flag, ...]:
    """Return why even a good score needs a person."""
    if not candidates:
        return ()
    best, second = candidates[0].score, candidates[1].score if len(candidates) > 1 else -1.0
    flags: list[Flag] = []
    clear = best >= calibration.threshold
    if clear and (second >= calibration.threshold or best - second < LOOK_ALIKE_MARGIN):
        flags.append("look-alike")
    if second >= (calibration.threshold if clear else calibration.blend_threshold):
        flags.append("blend suspected")
    if clear and candidates[0].performer in marked:
        flags.append("relative")
    return tuple(flags)


def _decision(
    appearance: Appearance, candidates: tuple[Candidate, ...], calibration: Calibration, flags: tuple[Flag, ...]
) -> tuple[Decision, str]:
    """Return the decision and its reason in one sentence, without anybody's name."""
    reasons = " and ".join(appearance.quality.reasons)
    best = candidates[0].score if candidates else None
    # 1. Nothing to compare.
    if appearance.template is None:
        return "not_assessable", f"The face is {reasons}, so it cannot be compared."
    # 2. A clear score, unless something speaks against relying on it.
    if best is not None and best >= calibration.threshold:
        doubt = _doubt(candidates, calibration, flags)
        if doubt:
            return "review", doubt
        if appearance.retry is not None:
            # Several looks give a stranger several chances: one in five rolled strangers reached review on some rung.
            return "review", f"The best score {best:.2f} was reached at a second try alone ({appearance.retry})."
        if appearance.quality.level == "usable":
            return "match", f"The best score {best:.2f} reaches the match threshold {calibration.threshold:.2f}."
        return "review", f"The best score {best:.2f} would be a match, but the face is {reasons}."
    # 3. Nobody clear, but somebody possible.
    if "blend suspected" in flags:
        count = sum(candidate.score >= calibration.blend_threshold for candidate in candidates)
        return "review", (
            f"{count} performers are alike and none clearly is the one (best score {best:.2f}); "
            "a person must see whether faces were blended."
        )
    if best is not None and best >= calibration.review_threshold:
        return "review", (
            f"The best score {best:.2f} lies between the review threshold {calibration.review_threshold:.2f} "
            f"and the match threshold {calibration.threshold:.2f}."
        )
    # 4. Nobody, as far as the face allows to say so.
    if appearance.quality.level == "poor":
        return "not_assessable", f"Nobody enrolled is alike, but the face is {reasons}, so that says little."
    if best is None:
        return "no_match", "Nobody is enrolled."
    return (
        "no_match",
        f"The best score {best:.2f} is below the review threshold {calibration.review_threshold:.2f}.",
    )


def _doubt(candidates: tuple[Candidate, ...], calibration: Calibration, flags: tuple[Flag, ...]) -> str:
    """Return why a clear score is no match by itself, or nothing."""
    matching = sum(candidate.score >= calibration.threshold for candidate in candidates)
    if matching > 1:
        return (
            f"{matching} performers reach the match threshold {calibration.threshold:.2f}; "
            "a person must tell them apart, or see whether faces were blended."
        )
    if "look-alike" in flags:
        first, second = candidates[0].score, candidates[1].score
        return (
            f"The best score {first:.2f} would be a match, but another performer follows with {second:.2f}; "
            "a person must tell them apart."
        )
    if "relative" in flags:
        return (
            f"The best score {candidates[0].score:.2f} would be a match, but the performer has a marked relative; "
            "a person must tell them apart."
        )
    return ""
