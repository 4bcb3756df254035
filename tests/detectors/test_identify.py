"""Decisions follow the thresholds, and poor evidence is never "nobody"."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.align import aligned
from detectors.calibration import Calibration, calibration_for
from detectors.enrolment import reference_face
from detectors.errors import ModelMismatch
from detectors.gallery import Gallery
from detectors.identify import GalleryRecogniser, identify
from detectors.model import FaceModel
from detectors.pack import ModelPack
from detectors.scan import scan
from detectors.values import Appearance, Box, Identification, Picture, Quality, QualityLevel, Template, Vector

Save = Callable[[Path, Picture], Path]


@pytest.fixture
def calibration(pack: ModelPack) -> Calibration:
    """For a small gallery."""
    return calibration_for(pack, 3)


def at(score: float, axis: int = 1) -> Vector:
    """A unit vector with this cosine to the probe, towards one further axis."""
    vector = np.zeros(8, dtype=np.float32)
    vector[0], vector[axis] = score, np.sqrt(1 - score * score)
    return vector


def appearance(level: QualityLevel = "usable", reasons: tuple[str, ...] = ()) -> Appearance:
    """An appearance whose template is the first axis."""
    template = None if level == "too_poor" else Template(at(1.0), "k")
    quality = Quality(level, reasons, 80.0, 40.0, 0.2)
    return Appearance("A1", (), 1, Box(0, 0, 80, 100), None, quality, b"", template)


def decided(calibration: Calibration, probe: Appearance, **scores: float) -> Identification:
    """The identification against performers with these scores."""
    rows = [at(score, axis) for axis, score in enumerate(scores.values(), 1)]
    vectors = np.stack(rows) if rows else np.zeros((0, 8), dtype=np.float32)
    (answer,) = identify([probe], Gallery(tuple(scores), vectors, "k"), calibration)
    return answer


@pytest.mark.parametrize(
    ("score", "decision"), [(0.80, "match"), (0.49, "match"), (0.47, "review"), (0.44, "review"), (0.42, "no_match")]
)
def test_the_score_decides_for_a_usable_face(calibration: Calibration, score: float, decision: str) -> None:
    answer = decided(calibration, appearance(), somebody=score, other=0.1)
    assert answer.decision == decision
    assert [c.performer for c in answer.candidates] == ["somebody", "other"]
    assert answer.candidates[0].score == pytest.approx(score, abs=1e-5)


def test_a_candidate_carries_the_chance_of_a_false_match(calibration: Calibration) -> None:
    strong, weak = decided(calibration, appearance(), a=0.7, b=0.2).candidates
    assert strong.false_match_probability < 1e-6
    assert weak.false_match_probability > 0.01


def test_a_face_too_poor_to_compare_is_not_assessable(calibration: Calibration) -> None:
    answer = decided(calibration, appearance("too_poor", ("too blurred",)), a=0.9)
    assert (answer.decision, answer.candidates) == ("not_assessable", ())
    assert "too blurred" in answer.why


def test_a_poor_face_is_never_a_clean_match_and_never_nobody(calibration: Calibration) -> None:
    poor = appearance("poor", ("turned to the side",))
    assert decided(calibration, poor, a=0.8).decision == "review"
    assert decided(calibration, poor, a=0.1).decision == "not_assessable"


def test_two_performers_above_the_threshold_go_to_review(calibration: Calibration) -> None:
    answer = decided(calibration, appearance(), a=0.60, b=0.56)
    assert answer.decision == "review"
    assert answer.why.startswith("2 performers")
    assert answer.flags == ("look-alike", "blend suspected")


@pytest.mark.parametrize(("second", "decision"), [(0.46, "review"), (0.41, "review"), (0.39, "match")])
def test_a_second_performer_close_behind_the_first_goes_to_review(
    calibration: Calibration, second: float, decision: str
) -> None:
    answer = decided(calibration, appearance(), a=0.50, b=second)
    assert answer.decision == decision
    assert answer.flags == (("look-alike",) if decision == "review" else ())


@pytest.mark.parametrize(
    ("scores", "decision"),
    [((0.40, 0.38), "review"), ((0.45, 0.38), "review"), ((0.40, 0.30), "no_match"), ((0.70, 0.40), "match")],
)
def test_two_moderate_candidates_and_none_clear_are_a_suspected_blend(
    calibration: Calibration, scores: tuple[float, float], decision: str
) -> None:
    answer = decided(calibration, appearance(), a=scores[0], b=scores[1])
    assert answer.decision == decision
    assert answer.flags == (("blend suspected",) if decision == "review" else ())
    assert ("blended" in answer.why) == (decision == "review")


@pytest.mark.parametrize(
    ("relatives", "decision"),
    [
        ({"a": frozenset({"twin who is not enrolled"})}, "review"),
        ({"b": frozenset({"a"})}, "review"),
        ({"b": frozenset({"c"})}, "match"),
        ({"a": frozenset[str]()}, "match"),
    ],
)
def test_a_match_of_somebody_with_a_marked_relative_goes_to_review(
    calibration: Calibration, relatives: dict[str, frozenset[str]], decision: str
) -> None:
    gallery = Gallery(("a", "b"), np.stack([at(0.8, 1), at(0.2, 2)]), "k")
    (answer,) = identify([appearance()], gallery, calibration, relatives=relatives)
    assert answer.decision == decision
    assert answer.flags == (("relative",) if decision == "review" else ())


def test_a_recogniser_gives_the_best_score_and_what_is_enough(calibration: Calibration) -> None:
    recogniser = GalleryRecogniser(Gallery(("a", "b"), np.stack([at(0.3, 1), at(0.6, 2)]), "k"), calibration)
    assert recogniser.score(at(1.0)) == pytest.approx(0.6)
    assert recogniser.enough == calibration.review_threshold
    empty = GalleryRecogniser(Gallery((), np.zeros((0, 8), dtype=np.float32), ""), calibration)
    assert empty.score(at(1.0)) == -1.0


@pytest.mark.parametrize("share", [0.45, 0.5, 0.55])
def test_a_face_blended_of_two_enrolled_people_is_never_nobody(
    model: FaceModel,
    pack: ModelPack,
    tmp_path: Path,
    save: Save,
    astronaut: Picture,
    stranger: Callable[[int], Picture],
    share: float,
) -> None:
    pictures = [astronaut, stranger(1)]
    references = [reference_face(save(tmp_path / f"{n}.png", p), model).template for n, p in enumerate(pictures)]
    crops = [aligned(picture, model.detect(picture)[0].landmarks) for picture in pictures]
    blend = cv2.addWeighted(crops[0], share, crops[1], 1 - share, 0)
    probe = dataclasses.replace(
        appearance(), template=Template(model.embed_crops([np.asarray(blend, np.uint8)])[0], model.key)
    )
    gallery = Gallery(("a", "b"), np.stack([reference.vector for reference in references]), model.key)
    (answer,) = identify([probe], gallery, calibration_for(pack, 2))
    assert answer.decision != "no_match"


def test_with_nobody_enrolled_there_is_no_match(calibration: Calibration) -> None:
    assert decided(calibration, appearance()).decision == "no_match"


def test_at_most_ten_candidates_are_kept_and_no_sentence_names_one(calibration: Calibration) -> None:
    scores = {f"performer-{n}": 0.30 + n / 1000 for n in range(6)}
    answer = decided(calibration, appearance(), **scores)
    assert len(answer.candidates) == 6
    rows = np.tile(at(0.3), (15, 1))
    (many,) = identify([appearance()], Gallery(tuple(f"p{n:02}" for n in range(15)), rows, "k"), calibration)
    assert len(many.candidates) == 10
    assert "performer" not in answer.why


def test_a_gallery_of_another_model_is_refused(calibration: Calibration) -> None:
    with pytest.raises(ModelMismatch):
        identify([appearance()], Gallery(("a",), at(1.0)[None], "other"), calibration)


def test_the_right_people_of_a_film_are_named_from_their_portraits(
    tmp_path: Path,
    save: Save,
    story: Path,
    pack: ModelPack,
    model: FaceModel,
    astronaut: Picture,
    stranger: Callable[[int], Picture],
) -> None:
    portraits = {"astronaut": astronaut, "first": stranger(0), "third": stranger(2), "fourth": stranger(3)}
    faces = [reference_face(save(tmp_path / f"{n}.png", p), model).template for n, p in portraits.items()]
    gallery = Gallery(tuple(portraits), np.stack([face.vector for face in faces]), model.key)
    answers = identify(scan(story, model).appearances, gallery, calibration_for(pack, len(gallery)))
    assert [answer.decision for answer in answers] == ["match", "match"]
    assert [answer.candidates[0].performer for answer in answers] == ["astronaut", "first"]
