"""Pictures that go through the detector together show the faces that each shows alone, or do not go together."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
import pytest
from insightface.app import FaceAnalysis
from insightface.model_zoo.scrfd import SCRFD
from onnx import ModelProto, helper, load_model

from detectors.detection import BUCKETS, Detector, InBatches, OneByOne, View, affordable, detector_on, in_batches
from detectors.errors import ProviderUnavailable
from detectors.model import FaceModel, photographs
from detectors.nvidia import cuda_device_present
from detectors.onnx_rewrite import replace_nodes
from detectors.opencv_zoo import DETECTOR
from detectors.pack import ModelPack
from detectors.runtime import CPU
from detectors.scan import scan
from detectors.sessions import BoundSession
from detectors.values import Picture

# Bit by bit the same on the processors tried; another may compute a convolution of a batch otherwise.
PIXELS, SCORE = 1e-2, 1e-4


@pytest.fixture(scope="module")
def analysis(pack: ModelPack) -> Any:
    """The default pack as insightface loads it."""
    loaded = FaceAnalysis(
        name=str(pack.directory),
        allowed_modules=["detection", "recognition"],
        providers=[CPU],
        static_shape_sessions=False,
    )
    loaded.prepare(ctx_id=-1, det_thresh=0.6, det_size=(640, 640))
    return loaded


@pytest.fixture(scope="module")
def batched(analysis: Any) -> Detector:
    """What a GPU runs, on the CPU."""
    made = in_batches(analysis.models["detection"], "cpu", photographs())
    assert isinstance(made, InBatches)
    return made


@pytest.fixture(scope="module")
def in_groups(pack: ModelPack, analysis: Any, batched: Detector) -> FaceModel:
    """The default pack with a detector that runs batches."""
    return FaceModel(pack, analysis, detector=batched)


@pytest.mark.parametrize("score", [0.6, 0.02])
@pytest.mark.parametrize("count", [1, 3, 21])
def test_views_run_together_give_the_rows_of_each_alone(
    analysis: Any, batched: Detector, strangers: Picture, astronaut: Picture, score: float, count: int
) -> None:
    sizes = ((640, 448), (160, 128))
    pictures = (strangers, astronaut[:, ::-1], strangers[:, 300:], astronaut[40:300])
    views = [View(np.roll(pictures[n % 4], n, axis=1), sizes[n % 5 == 0], score) for n in range(count)]
    alone = OneByOne(analysis.models["detection"]).found(views)
    together = batched.found(views)
    assert sum(len(rows) for rows, _ in alone) >= count
    for (rows, points), (expected, expected_points) in zip(together, alone, strict=True):
        assert rows.shape == expected.shape
        np.testing.assert_allclose(rows[:, :4], expected[:, :4], atol=PIXELS)
        np.testing.assert_allclose(rows[:, 4], expected[:, 4], atol=SCORE)
        np.testing.assert_allclose(points, expected_points, atol=PIXELS)


@pytest.mark.parametrize("size", [(1280, 886), (1920, 1080), (3840, 2160), (150, 100)])
def test_the_faces_of_pictures_handed_over_together_are_those_of_each(
    model: FaceModel, in_groups: FaceModel, strangers: Picture, faceless: Picture, size: tuple[int, int]
) -> None:
    pictures = [
        np.asarray(cv2.resize(each, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        for each in (strangers, faceless, strangers[:, ::-1], strangers[200:600, 100:700])
    ]
    together = in_groups.detect_all(pictures)
    assert all(together[n] for n in (0, 2, 3))
    for picture, faces in zip(pictures, together, strict=True):
        alone = model.detect(picture)
        assert len(faces) == len(alone)
        for ours, theirs in zip(faces, alone, strict=True):
            np.testing.assert_allclose(ours.landmarks, theirs.landmarks, atol=PIXELS)
            assert ours.score == pytest.approx(theirs.score, abs=SCORE)
            assert (ours.box.left, ours.box.top) == pytest.approx((theirs.box.left, theirs.box.top), abs=PIXELS)
            assert (ours.box.width, ours.box.height) == pytest.approx((theirs.box.width, theirs.box.height), abs=PIXELS)


def test_pictures_of_several_sizes_and_none_may_come_together(
    model: FaceModel, in_groups: FaceModel, strangers: Picture, astronaut: Picture
) -> None:
    nothing = np.zeros((1, 4, 3), dtype=np.uint8)
    counts = [len(faces) for faces in in_groups.detect_all([strangers, nothing, astronaut])]
    assert counts == [6, 0, 1]
    assert in_groups.detect_all([]) == model.detect_all([]) == []


def test_runs_keep_to_the_buckets_and_to_the_memory_set_aside(analysis: Any, strangers: Picture) -> None:
    shapes = []

    class Watched(BoundSession):
        def outputs(self, blob: Any) -> list[Any]:
            shapes.append(blob.shape)
            return [np.zeros((len(blob), 0, width), np.float32) for width in (1, 4, 10) for _ in range(3)]

    scrfd = analysis.models["detection"]
    detector = InBatches(scrfd, Watched(scrfd.session, "cpu"), BUCKETS)
    detector.found([View(strangers, (960, 544), 0.6)] * 19 + [View(strangers, (1408, 1408), 0.6)] * 5)
    assert [(each[0], *each[2:]) for each in shapes] == [
        (16, 544, 960),
        (4, 544, 960),
        (4, 1408, 1408),
        (1, 1408, 1408),
    ]
    assert affordable(BUCKETS, (8192, 8192)) == (1,)
    assert affordable(BUCKETS, (160, 96)) == BUCKETS


def detector_of(model: ModelProto, like: Any, path: Path) -> Any:
    """insightface's detector with another graph."""
    path.write_bytes(model.SerializeToString())
    made = SCRFD(model_file=str(path), session=onnxruntime.InferenceSession(str(path)), static_shape_sessions=False)
    made.input_mean, made.input_std = like.input_mean, like.input_std
    return made


@pytest.fixture
def graph(pack: ModelPack) -> ModelProto:
    return load_model(str(pack.directory / DETECTOR))


def test_a_graph_whose_batch_is_open_already_runs_batches(analysis: Any, graph: ModelProto, tmp_path: Path) -> None:
    graph.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "N"
    made = in_batches(detector_of(graph, analysis.models["detection"], tmp_path / "d.onnx"), "cpu", photographs())
    assert made is not None
    assert made.at_once == 16


def test_a_graph_that_mixes_the_rows_of_pictures_runs_one_by_one(
    analysis: Any, graph: ModelProto, tmp_path: Path, strangers: Picture
) -> None:
    # The batch is not the outermost dimension of what is reshaped; for one picture that is no difference.
    nodes = []
    for node in graph.graph.node:
        if node.output[0] in ("boxes_8", "boxes_16", "boxes_32"):
            turned = f"{node.output[0]}_turned"
            nodes.append(helper.make_node("Transpose", [node.input[0]], [turned], perm=[1, 0, 2]))
            node.input[0] = turned
        nodes.append(node)
    replace_nodes(graph.graph, nodes)
    mixing = detector_of(graph, analysis.models["detection"], tmp_path / "d.onnx")
    assert len(OneByOne(mixing).found([View(strangers, (640, 448), 0.6)])[0][0]) == 6
    assert in_batches(mixing, "cpu", photographs()) is None


def test_a_graph_for_one_size_of_picture_is_left_to_insightface(
    analysis: Any, graph: ModelProto, tmp_path: Path, strangers: Picture
) -> None:
    for place, side in ((2, 448), (3, 640)):
        graph.graph.input[0].type.tensor_type.shape.dim[place].dim_value = side
    detector = detector_on(detector_of(graph, analysis.models["detection"], tmp_path / "d.onnx"), unwanted)
    assert isinstance(detector, OneByOne)
    ((rows, _),) = detector.found([View(strangers, (960, 672), 0.6)])
    assert len(rows) == 6


def test_a_device_that_cannot_run_the_trial_runs_one_by_one(analysis: Any) -> None:
    assert in_batches(analysis.models["detection"], "absent", photographs()) is None


def unwanted() -> list[Picture]:
    """Pictures that nobody may ask for."""
    raise AssertionError


def test_on_the_cpu_pictures_run_one_by_one_with_the_numbers_of_insightface(
    analysis: Any, model: FaceModel, strangers: Picture, astronaut: Picture
) -> None:
    assert model.pictures_at_once == 1
    scrfd = analysis.models["detection"]
    views = [
        View(picture, size, score)
        for picture in (strangers, astronaut, astronaut[:300, 100:])
        for size, score in (((640, 448), 0.6), ((160, 160), 0.3), ((992, 704), 0.01))
    ]
    ours, theirs = detector_on(scrfd, unwanted).found(views), OneByOne(scrfd).found(views)
    for (rows, points), (expected, expected_points) in zip(ours, theirs, strict=True):
        assert len(rows)
        # Thresholds were set on insightface's numbers.
        np.testing.assert_array_equal(rows, expected)
        np.testing.assert_array_equal(points, expected_points)


def test_a_detector_that_stops_on_its_device_is_named(analysis: Any, strangers: Picture) -> None:
    scrfd = analysis.models["detection"]
    broken = InBatches(scrfd, BoundSession(scrfd.session, "absent", "detector"), BUCKETS)
    with pytest.raises(ProviderUnavailable, match='the detector stopped on device "absent"'):
        broken.found([View(strangers, (640, 448), 0.6)])


def test_a_session_keeps_tensors_of_the_sizes_used_last_only(batched: Detector, strangers: Picture) -> None:
    session = batched._session  # type: ignore[attr-defined]
    for width in range(32, 32 * 30, 32):
        batched.found([View(strangers, (width, 64), 0.6)])
    assert len(session._inputs) == 16
    assert (1, 3, 64, 32 * 29) in session._inputs
    assert (1, 3, 64, 32) not in session._inputs


@pytest.mark.parametrize("sampling", ["default", "every-frame"])
def test_a_scan_in_groups_sees_what_a_scan_one_by_one_sees(
    story: Path, model: FaceModel, in_groups: FaceModel, sampling: Any
) -> None:
    steps: list[float] = []
    alone, together = (
        scan(story, each, sampling=sampling, on_progress=note)
        for each, note in ((model, lambda _: None), (in_groups, steps.append))
    )
    assert together.coverage == alone.coverage
    assert steps == sorted(steps)
    assert steps[-1] == 1.0
    assert len(together.appearances) == len(alone.appearances) == 2
    for ours, theirs in zip(together.appearances, alone.appearances, strict=True):
        assert (ours.intervals, ours.frames, ours.best_time_s) == (theirs.intervals, theirs.frames, theirs.best_time_s)
        assert ours.template is not None
        assert theirs.template is not None
        assert float(ours.template.vector @ theirs.template.vector) > 0.9999


@pytest.mark.gpu
@pytest.mark.skipif(not cuda_device_present(), reason="no CUDA device answers")
@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_gpu_finds_together_what_the_cpu_finds_alone(
    pack: ModelPack, model: FaceModel, strangers: Picture, astronaut: Picture, device: Any
) -> None:
    on_gpu = FaceModel.load(pack, device)
    assert on_gpu.pictures_at_once == 16
    pictures = [np.roll(strangers, 9 * n, axis=1) for n in range(16)] + [astronaut]
    for picture, faces in zip(pictures, on_gpu.detect_all(pictures), strict=True):
        alone = model.detect(picture)
        assert len(faces) == len(alone)
        for ours, theirs in zip(faces, alone, strict=True):
            np.testing.assert_allclose(ours.landmarks, theirs.landmarks, atol=0.5)
            assert ours.score == pytest.approx(theirs.score, abs=0.01)
