"""A device that measures otherwise than the CPU is refused, and what was shown once holds for just that place."""

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from insightface.app import FaceAnalysis

from detectors.embedding import Embedder
from detectors.errors import ParityFailed
from detectors.model import FaceModel, place_of
from detectors.nvidia import cuda_device_present
from detectors.pack import ModelPack
from detectors.parity import Place, least_cosine, least_overlap, record, recorded, require_parity
from detectors.runtime import CPU
from detectors.sessions import PlainSession
from detectors.values import Box, Face

PLACE = Place("0" * 64, "cuda", "sm_90", "1.31.1", "unused")


class Scaled(PlainSession):
    """A recogniser that is off by noise of a given share, as a wrong engine would be."""

    share = 0.0

    def run(self, blob: Any) -> Any:
        found = np.asarray(super().run(blob))
        noise = np.random.default_rng(5).standard_normal(found.shape).astype(np.float32)
        return found + self.share * np.linalg.norm(found, axis=1, keepdims=True) * noise / np.sqrt(found.shape[1])


def test_a_model_is_equal_to_itself(model: FaceModel) -> None:
    assert model.shown_equal(model, "cpu") > 0.9999


@pytest.mark.parametrize(("share", "fails"), [(0.01, False), (0.2, True), (3.0, True)])
def test_a_recogniser_that_answers_otherwise_is_refused(
    pack: ModelPack, model: FaceModel, share: float, fails: bool
) -> None:
    analysis = FaceAnalysis(name=str(pack.directory), allowed_modules=["detection", "recognition"], providers=[CPU])
    recogniser = analysis.models["recognition"]
    session = Scaled(recogniser.session)
    session.share = share
    wrong = FaceModel(pack, analysis, Embedder(recogniser, pack.dimension, session))
    if not fails:
        assert wrong.shown_equal(model, "cuda") >= 0.999
        return
    with pytest.raises(ParityFailed, match='device "cuda" gives other results'):
        wrong.shown_equal(model, "cuda")


def test_vectors_that_are_no_numbers_or_of_another_shape_are_not_equal() -> None:
    rows = np.eye(3, dtype=np.float32)
    assert least_cosine(rows, rows) == 1.0
    assert least_cosine(rows, rows[:2]) == -1.0
    assert least_cosine(rows * np.nan, rows) == -1.0
    assert least_cosine(rows[:0], rows[:0]) == -1.0


def test_a_detector_that_finds_other_faces_is_refused() -> None:
    def face(left: float) -> Face:
        return Face(Box(left, 0.0, 100.0, 100.0), np.zeros((5, 2), dtype=np.float32), 0.9)

    rows = np.eye(2, dtype=np.float32)
    assert least_overlap([face(1), face(300)], [face(300), face(0)]) > 0.97
    known = [face(0), face(300)]
    for found in ([face(0)], [face(0), face(330)], []):
        with pytest.raises(ParityFailed):
            require_parity("cuda", rows, rows, [known, found], [known, known])
    assert require_parity("cuda", rows, rows, [known, known], [known, known]) == 1.0
    assert least_overlap([], []) == 0.0


def test_a_record_holds_for_one_place_and_every_part_of_it_counts(pack: ModelPack, tmp_path: Path) -> None:
    folder = PLACE.folder(tmp_path, pack)
    assert not recorded(folder, PLACE)
    record(folder, PLACE, 0.9999)
    assert recorded(folder, PLACE)
    for field in fields(Place):
        other = replace(PLACE, **{field.name: "other"})
        assert other.folder(tmp_path, pack) != folder
        assert not recorded(folder, other)
    assert folder.name.startswith("opencv-zoo-sm_90-cuda-")
    record(folder, PLACE, 0.5)
    assert not recorded(folder, PLACE)


@given(content=st.binary(max_size=40) | st.from_type(type(None)).map(lambda _: json.dumps({"place": 7}).encode()))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_as_a_record_mean_that_nothing_was_shown(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "parity.json").write_bytes(content)
    assert not recorded(tmp_path, PLACE)


def test_a_record_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    record(tmp_path / "file" / "engines", PLACE, 1.0)
    assert not recorded(tmp_path / "file" / "engines", PLACE)


@pytest.mark.gpu
@pytest.mark.skipif(not cuda_device_present(), reason="no CUDA device answers")
@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_gpu_is_used_once_parity_was_shown_and_recorded(pack: ModelPack, tmp_path: Path, device: Any) -> None:
    loaded = FaceModel.load(pack, device, cache=tmp_path)
    assert loaded.providers[0] != CPU
    place = place_of(pack, device)
    assert recorded(place.folder(tmp_path, pack), place)
