"""Rates are counted rightly on constructed templates, and a whole calibration runs on real pictures."""

from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.calibrate import calibrate, threshold_for
from detectors.calibrate_charts import draw_charts
from detectors.calibrate_rates import SCORES, TailMissing, compare, enrolments, false_alarms, false_matches, misses
from detectors.calibrate_set import LabelledTemplates, labelled_templates
from detectors.calibration import calibration_for
from detectors.calibration_file import CalibrationRecord, write_calibration
from detectors.errors import CalibrationUnusable
from detectors.model import FaceModel
from detectors.values import Picture
from tests.detectors.test_accuracy import faces_dev

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def labelled(people: int, pictures: int, *, seed: int = 1, likeness: float = 0.8) -> LabelledTemplates:
    """Random people, each with pictures that have this expected cosine to each other."""
    random = np.random.default_rng(seed)
    identities = np.repeat(np.arange(people), pictures)
    own = random.normal(size=(people, 32))[identities] * np.sqrt(likeness)
    rows = own + random.normal(size=(len(identities), 32)) * np.sqrt(1 - likeness)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return LabelledTemplates(rows.astype(np.float32), identities, "0" * 64, ())


def test_the_rates_are_those_of_comparing_every_pair() -> None:
    templates = labelled(60, 3)
    scores = (templates.vectors @ templates.vectors.T).astype(np.float64)
    same = templates.identities[:, None] == templates.identities[None, :]
    compared = compare(templates, 1)
    curve, missed = false_matches(compared), misses(compared)
    assert compared.impostor.sum() == (~same).sum()
    for n in (20, 30, 40):
        assert curve.rate[n] == pytest.approx((scores[~same] >= SCORES[n]).mean(), abs=2e-3)
    genuine = scores[same & ~np.eye(len(scores), dtype=bool)]
    for n in (70, 80):
        assert missed[n, 0] == pytest.approx((genuine < SCORES[n]).mean(), abs=1e-2)


def test_with_three_references_the_best_counts_and_never_the_probe_itself() -> None:
    templates = labelled(40, 4)
    assert enrolments(templates, 3)[:4].tolist() == [[0, 1, 2], [1, 2, 3], [2, 3, 0], [3, 0, 1]]
    compared = compare(templates, 3)
    assert compared.genuine.sum() == pytest.approx(160)
    assert compared.people == 40
    assert compared.genuine[:, -1].sum() == 0
    scores = templates.vectors @ templates.vectors.T
    np.fill_diagonal(scores, -1)
    best = scores.reshape(40, 4, 160)[np.arange(160) // 4, np.arange(160) % 4].reshape(160, 40, 4).max(axis=2)
    mated = best[np.arange(160), templates.identities]
    assert misses(compared)[80, 0] == pytest.approx((mated < 0.8).mean(), abs=0.02)


def test_people_with_fewer_pictures_than_references_are_no_gallery() -> None:
    assert len(enrolments(labelled(5, 2), 3)) == 0


def test_beyond_the_counted_scores_the_curve_goes_on_falling_in_a_straight_line() -> None:
    curve = false_matches(compare(labelled(300, 2), 1))
    beyond = np.log(curve.rate[curve.measured_to < SCORES])
    assert len(beyond) > 10
    assert np.diff(beyond) == pytest.approx(np.full(len(beyond) - 1, np.diff(beyond)[0]), abs=1e-6)
    assert np.diff(beyond)[0] < 0


def test_the_interval_of_a_curve_holds_the_truth_for_most_data_sets() -> None:
    truth = false_matches(compare(labelled(1500, 2, seed=99), 1))
    held = []
    for seed in range(12):
        curve = false_matches(compare(labelled(150, 2, seed=seed), 1))
        held.append(bool(curve.low[35] <= truth.rate[35] <= curve.high[35]))
    assert sum(held) >= 9


def test_false_alarms_are_the_mean_over_all_galleries() -> None:
    templates = labelled(40, 1)
    even = np.flatnonzero(templates.identities % 2 == 0)
    scores = templates.vectors[even] @ templates.vectors[even].T
    np.fill_diagonal(scores, -1)
    alike = (scores >= 0.3).sum(axis=1)
    # Everybody else enrolled: a stranger is named as soon as one is alike. One enrolled: the mean share.
    assert false_alarms(templates, 1, 0.3, 19, 0) == pytest.approx((alike > 0).mean())
    assert false_alarms(templates, 1, 0.3, 1, 0) == pytest.approx((alike / 19).mean())


def test_a_threshold_keeps_its_promise_on_people_it_was_not_made_from() -> None:
    threshold = threshold_for(false_matches(compare(labelled(400, 2), 1)), 0.02, 50)
    assert 0.005 < false_alarms(labelled(400, 2, seed=2), 1, threshold, 50, 0) < 0.04


def test_strangers_who_are_all_alike_give_no_curve() -> None:
    same = np.tile(labelled(1, 1).vectors, (120, 1))
    with pytest.raises(TailMissing):
        false_matches(compare(LabelledTemplates(same, np.repeat(np.arange(60), 2), "0" * 64, ()), 1))


def test_a_folder_of_too_few_people_is_refused(
    tmp_path: Path, model: FaceModel, astronaut: Picture, faceless: Picture
) -> None:
    for name, picture in (("a", astronaut), ("b", faceless)):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "1.png"), picture)
    (tmp_path / "b" / "notes.txt").write_text("no picture")
    templates = labelled_templates(tmp_path, model)
    assert (len(templates), templates.identity_count) == (1, 1)
    assert [path.name for path, _ in templates.left_out] == ["1.png", "notes.txt"]
    with pytest.raises(CalibrationUnusable, match="1 identities; 50 or more"):
        calibrate(tmp_path, model, now=NOW)
    with pytest.raises(CalibrationUnusable, match="cannot be listed"):
        labelled_templates(tmp_path / "nowhere", model)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, model: FaceModel) -> tuple[Path, CalibrationRecord]:
    """Fifty people of the development data, two pictures each, as a folder of links; and their calibration."""
    source = faces_dev()
    if source is None:
        pytest.skip("development data not present")
    folder = tmp_path_factory.mktemp("people")
    people = [each for each in sorted(source.iterdir()) if len(list(each.glob("*.jpg"))) >= 2][:50]
    for person in people:
        (folder / person.name).mkdir()
        for picture in sorted(person.glob("*.jpg"))[:2]:
            (folder / person.name / picture.name).symlink_to(picture)
    return folder, calibrate(folder, model, now=NOW).record


@pytest.mark.slow
def test_a_calibration_of_real_pictures_can_be_written_read_and_used(
    real: tuple[Path, CalibrationRecord], model: FaceModel, tmp_path: Path
) -> None:
    folder, record = real
    assert (record.dataset.identities, record.dataset.pictures) == (50, 100)
    assert [curve.references for curve in record.curves] == [1]
    path = tmp_path / "calibration.json"
    write_calibration(record, path)
    mine = calibration_for(model.pack, 10, file=path)
    assert mine.dataset.startswith(folder.name)
    assert 0.3 < mine.review_threshold < mine.threshold < 0.7
    assert mine.extrapolated
    assert not any(person.name in path.read_text() for person in folder.iterdir())


@pytest.mark.slow
def test_the_charts_of_a_calibration_are_pictures_and_always_the_same(
    real: tuple[Path, CalibrationRecord], tmp_path: Path
) -> None:
    first, second = draw_charts(real[1], tmp_path / "a"), draw_charts(real[1], tmp_path / "b")
    assert [path.name for path in first] == ["scores.png", "false-matches.png", "misses.png"]
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
        assert one.read_bytes().startswith(b"\x89PNG")
