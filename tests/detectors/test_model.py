"""The model finds the faces, whatever the size of picture, and embeds like insightface does."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from insightface.app import FaceAnalysis

from detectors.errors import PackCorrupt
from detectors.model import FaceModel
from detectors.pack import ModelPack
from detectors.passes import detector_passes, overlaps
from detectors.values import Picture, Vector


def test_six_strangers_are_found_and_are_six_people(model: FaceModel, strangers: Picture) -> None:
    faces = model.detect(strangers)
    assert len(faces) == 6
    assert all(face.score >= 0.6 and 60 < face.box.width < 160 for face in faces)
    vectors = model.embed(strangers, faces)
    assert vectors.shape == (6, 128)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert (vectors @ vectors.T - np.eye(6)).max() < 0.42


@pytest.mark.filterwarnings("ignore:`estimate` is deprecated:FutureWarning")
def test_a_template_is_the_one_that_insightface_itself_makes(
    pack: ModelPack, model: FaceModel, strangers: Picture
) -> None:
    analysis = FaceAnalysis(name=str(pack.directory), providers=["CPUExecutionProvider"])
    analysis.prepare(ctx_id=-1, det_thresh=0.6, det_size=(640, 640))
    theirs = np.stack([face.normed_embedding for face in analysis.get(strangers)])
    ours = model.embed(strangers, model.detect(strangers))
    assert (ours @ theirs.T).max(axis=1).min() > 0.99


def test_nobody_is_found_among_galaxies(model: FaceModel, faceless: Picture) -> None:
    assert model.detect(faceless) == ()
    assert model.embed(faceless, []).shape == (0, 128)


@pytest.mark.parametrize("side", [100, 512, 1500, 4000])
def test_a_face_is_found_where_it_is_at_every_size(model: FaceModel, astronaut: Picture, side: int) -> None:
    picture = np.asarray(cv2.resize(astronaut, (side, side), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    (face,) = model.detect(picture)
    scale = side / 512
    assert abs(face.box.left - 178 * scale) < 12 * scale
    assert abs(face.box.width - 90 * scale) < 20 * scale


def test_a_face_that_fills_the_picture_is_found(model: FaceModel, astronaut: Picture) -> None:
    close = np.ascontiguousarray(astronaut[62:177, 178:269])
    picture = np.asarray(cv2.resize(close, (1820, 2300), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    assert len(model.detect(picture)) == 1


def test_a_face_of_24_pixels_in_a_4k_frame_is_found(model: FaceModel, astronaut: Picture) -> None:
    frame = np.full((2160, 3840, 3), 100, dtype=np.uint8)
    small = cv2.resize(astronaut, None, fx=26 / 90, fy=26 / 90, interpolation=cv2.INTER_AREA)
    frame[900 : 900 + small.shape[0], 3000 : 3000 + small.shape[1]] = small
    (face,) = model.detect(frame)
    assert 20 < face.box.width < 32


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 5000, 3), (5000, 7, 3), (31, 31, 3)])
def test_pictures_of_odd_shape_hold_nobody(model: FaceModel, shape: tuple[int, ...]) -> None:
    assert model.detect(np.zeros(shape, dtype=np.uint8)) == ()


@given(width=st.integers(1, 20000), height=st.integers(1, 20000))
def test_detector_passes_keep_to_the_grid_and_to_the_proportions(width: int, height: int) -> None:
    for each in detector_passes(width, height):
        across, down = each.size
        assert across % 32 == down % 32 == 0
        assert min(across, down) >= 32
        assert max(across, down) <= 1440
        if each.tile is not None:
            continue
        longer, shorter = max(across, down), min(across, down)
        assert shorter - 32 < longer * min(width, height) / max(width, height) + 1


def test_cloth_and_a_helmet_that_look_like_a_face_at_one_size_are_rarely_taken_for_one(
    model: FaceModel, astronaut: Picture
) -> None:
    # The lower part of the portrait, enlarged: the base pass alone takes four of these views for a face.
    views = [astronaut[331:489, x : x + 281] for x in range(13, 193, 6)]
    enlarged = [np.asarray(cv2.resize(view, (1280, 720)), dtype=np.uint8) for view in views]
    assert sum(bool(model.detect(picture)) for picture in enlarged) <= 1


boxes = arrays(np.float32, st.tuples(st.integers(0, 4), st.just(5)), elements=st.floats(0, 1000, width=32))


@given(rows=boxes, others=boxes)
def test_an_overlap_is_a_share_and_whole_only_with_itself(rows: Vector, others: Vector) -> None:
    shared = overlaps(rows, others)
    assert shared.shape == (len(rows), len(others))
    assert ((shared >= 0) & (shared <= 1 + 1e-5)).all()
    area = np.prod(np.clip(rows[:, 2:4] - rows[:, 0:2], 0, None), axis=1)
    assert np.allclose(np.diag(overlaps(rows, rows))[area > 1e-3], 1, atol=1e-4)


def test_loading_and_using_a_model_prints_nothing(
    pack: ModelPack, astronaut: Picture, capfd: pytest.CaptureFixture[str]
) -> None:
    model = FaceModel.load(pack, "cpu", threads=1)
    model.embed(astronaut, model.detect(astronaut))
    assert capfd.readouterr() == ("", "")


def test_the_key_names_the_pack_and_the_preparation(pack: ModelPack, model: FaceModel) -> None:
    assert model.key == f"opencv-zoo-1:{pack.sha256[:16]}:umeyama5-112-rgb/1"
    assert model.providers == ("CPUExecutionProvider",)


def test_a_pack_whose_files_do_not_load_is_corrupt(pack: ModelPack, tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = tmp_path_factory.mktemp("empty")
    (empty / "manifest.json").write_text("{}")
    broken = ModelPack(empty, "broken", "1", "0" * 64, "MIT", commercial_use=True, dimension=128)
    with pytest.raises(PackCorrupt, match="does not load"):
        FaceModel.load(broken, "cpu")
