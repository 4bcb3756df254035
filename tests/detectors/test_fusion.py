"""Two packs together score the mean of both, under a key of their own, with the licence and calibration of both."""

import dataclasses
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from detectors.align import aligned
from detectors.calibrate import calibrate
from detectors.calibration import SHIPPED, calibration_for
from detectors.calibration_file import write_calibration
from detectors.errors import ModelMismatch
from detectors.fusion import RULE, fused
from detectors.gallery import Gallery, search
from detectors.model import FaceModel
from detectors.pack import ModelPack
from detectors.values import Picture, Template
from tests.detectors.test_accuracy import faces_dev, first_usable
from tests.mirrored_pack import installed_mirrored

PEOPLE = 50


@pytest.fixture(scope="module")
def mirrored(pack: ModelPack, tmp_path_factory: pytest.TempPathFactory) -> ModelPack:
    """A second pack, installed."""
    folder = tmp_path_factory.mktemp("mirrored")
    return installed_mirrored(pack, folder / "cache", folder)


@pytest.fixture(scope="module")
def alone(mirrored: ModelPack) -> FaceModel:
    """The second pack by itself."""
    return FaceModel.load(mirrored, "cpu", threads=1)


@pytest.fixture(scope="module")
def pair(pack: ModelPack, mirrored: ModelPack) -> FaceModel:
    """Both packs together."""
    return FaceModel.load(fused(pack, mirrored), "cpu", threads=1)


def test_the_key_names_both_packs_and_the_rule_and_is_of_neither_nor_of_the_other_order(
    pack: ModelPack, mirrored: ModelPack, model: FaceModel, alone: FaceModel, pair: FaceModel
) -> None:
    assert pair.key == f"opencv-zoo+mirrored-1+1:{pair.pack.sha256[:16]}:umeyama5-112-rgb/1:{RULE}"
    lines = f"{pack.sha256}\n{mirrored.sha256}\n{RULE}\n"
    assert pair.pack.sha256 == hashlib.sha256(lines.encode()).hexdigest()
    assert len({pair.key, model.key, alone.key}) == 3
    assert fused(mirrored, pack).sha256 != pair.pack.sha256
    assert pair.pack.parts == (pack, mirrored)
    assert pair.providers == ("CPUExecutionProvider",)


def test_a_score_is_the_mean_of_both_and_a_template_has_unit_length(
    model: FaceModel, alone: FaceModel, pair: FaceModel, strangers: Picture, astronaut: Picture
) -> None:
    pictures = (strangers, astronaut)
    crops = [aligned(picture, face.landmarks) for picture in pictures for face in model.detect(picture)]
    vectors, strength = pair.embed_with_strength(crops)
    first, second = (each.embed_crops(crops).astype(np.float64) for each in (model, alone))
    assert vectors.shape == (7, 256)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(vectors @ vectors.T, (first @ first.T + second @ second.T) / 2, atol=1e-6)
    # The mean is of two different opinions, or it would prove nothing.
    assert np.abs(first @ first.T - second @ second.T).max() > 0.01
    np.testing.assert_array_equal(strength, model.embed_with_strength(crops)[1])
    np.testing.assert_allclose(pair.embed(strangers, pair.detect(strangers)), vectors[:6], atol=1e-6)


def test_no_faces_give_no_templates(pair: FaceModel) -> None:
    assert pair.embed_crops([]).shape == (0, 256)


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [(True, True, True), (True, None, None), (None, False, False), (True, False, False)],
)
def test_a_use_is_allowed_where_both_licences_allow_it(
    pack: ModelPack, mirrored: ModelPack, one: bool | None, other: bool | None, together: bool | None
) -> None:
    first = dataclasses.replace(pack, commercial_use=one)
    second = dataclasses.replace(mirrored, commercial_use=other, licence="not known", licence_held="a contract")
    for both in (fused(first, second), fused(second, first)):
        assert both.commercial_use is together
        assert both.licence_held == "a contract"
        assert set(both.licence.split(" AND ")) == {"MIT", "Apache-2.0", "not known"}


def test_without_a_calibration_of_both_there_is_none(pack: ModelPack, pair: FaceModel) -> None:
    with pytest.raises(ModelMismatch, match=r'opencv-zoo 1 and mirrored 1 have .*"clearance models calibrate DIR'):
        calibration_for(pair.pack, 10)
    with pytest.raises(ModelMismatch, match="calibrate the pack in use"):
        calibration_for(pair.pack, 10, file=SHIPPED)
    assert calibration_for(pack, 10).id.startswith("opencv-zoo-1/")


def test_templates_of_one_and_of_both_never_mix(model: FaceModel, pair: FaceModel, strangers: Picture) -> None:
    faces = model.detect(strangers)
    single, double = (Template(each.embed(strangers, faces)[0], each.key) for each in (model, pair))
    for probe, enrolled in ((single, double), (double, single)):
        gallery = Gallery(("P-1",), enrolled.vector[np.newaxis], enrolled.model_key)
        with pytest.raises(ModelMismatch, match="cannot be compared"):
            search([probe], gallery)


@pytest.mark.slow
@pytest.mark.skipif(faces_dev() is None, reason="development data not present")
def test_a_calibration_of_both_is_made_of_real_pictures_binds_to_both_and_tells_people_apart(
    pack: ModelPack, mirrored: ModelPack, pair: FaceModel, tmp_path: Path
) -> None:
    source = faces_dev()
    assert source is not None
    people = [each for each in sorted(source.iterdir()) if len(list(each.glob("*.jpg"))) >= 2]
    folder = tmp_path / "people"
    for person in people[:PEOPLE]:
        (folder / person.name).mkdir(parents=True)
        for picture in sorted(person.glob("*.jpg"))[:2]:
            (folder / person.name / picture.name).symlink_to(picture)
    record = calibrate(folder, pair, now=datetime(2026, 11, 22, tzinfo=UTC)).record
    assert (record.dataset.identities, record.pack.name) == (PEOPLE, "opencv-zoo+mirrored")
    path = tmp_path / "calibration.json"
    write_calibration(record, path)
    for other in (pack, mirrored, fused(mirrored, pack)):
        with pytest.raises(ModelMismatch, match="calibrate the pack in use"):
            calibration_for(other, 10, file=path)
    # People who were not among the fifty.
    pictures = [sorted(person.glob("*.jpg")) for person in people[PEOPLE : PEOPLE + 12]]
    others = [found for each in pictures if len(found := first_usable(each, pair, 2)) == 2]
    names = tuple(f"P-{n}" for n in range(len(others)))
    gallery = Gallery(names, np.stack([reference.vector for reference, _ in others]), pair.key)
    rows = search([probe for _, probe in others], gallery)
    assert len(others) >= 6
    assert [row[0][0] for row in rows] == list(names)
    # So few people leave the match threshold extrapolated, far up.
    limits = calibration_for(pair.pack, len(gallery), file=path)
    assert sum(row[0][1] >= limits.threshold for row in rows) > len(rows) / 2
    assert sum(row[0][1] >= limits.review_threshold for row in rows) >= len(rows) - 1
    assert all(row[1][1] < limits.review_threshold for row in rows)
