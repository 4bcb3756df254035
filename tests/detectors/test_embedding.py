"""However crops are cut into batches, each one's template is the same, and a device's tensors are filled again."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from insightface.app import FaceAnalysis

from detectors.embedding import GPU_BUCKETS, Embedder
from detectors.errors import ProviderUnavailable
from detectors.model import FaceModel
from detectors.pack import ModelPack
from detectors.runtime import CPU
from detectors.sessions import CPU_BATCH, BoundSession, PlainSession, batches
from detectors.values import Picture, Vector

BUCKETS = (1, 4, 16)


@given(count=st.integers(0, 300), buckets=st.sampled_from([(), (1,), BUCKETS, GPU_BUCKETS, (3, 8)]))
def test_batches_hold_every_crop_once_in_a_permitted_size(count: int, buckets: tuple[int, ...]) -> None:
    found = batches(count, buckets)
    assert [n for each in found for n in range(each.start, each.stop)] == list(range(count))
    for each in found:
        held = each.stop - each.start
        assert 0 < held <= each.size
        assert each.size in buckets if buckets else each.size == held <= CPU_BATCH
        assert not any(held <= bucket < each.size for bucket in buckets)


@pytest.fixture(scope="module")
def crops(model: FaceModel, strangers: Picture) -> list[Picture]:
    """Twenty-one different crops of 112 x 112."""
    return [np.ascontiguousarray(strangers[200 : 200 + 112, left : left + 112]) for left in range(100, 1150, 50)]


@pytest.fixture(scope="module")
def recogniser(pack: ModelPack) -> Any:
    """insightface's recogniser of the default pack."""
    analysis = FaceAnalysis(name=str(pack.directory), allowed_modules=["detection", "recognition"], providers=[CPU])
    return analysis.models["recognition"]


@pytest.fixture(scope="module")
def expected(model: FaceModel, crops: list[Picture]) -> Vector:
    return model.embed_crops(crops)


@pytest.mark.parametrize("count", [0, 1, 5, 16, 21])
def test_filled_batches_and_bound_tensors_give_the_templates_of_the_plain_way(
    recogniser: Any, crops: list[Picture], expected: Vector, count: int
) -> None:
    plain = Embedder(recogniser, 128, PlainSession(recogniser.session), BUCKETS)
    bound = Embedder(recogniser, 128, BoundSession(recogniser.session, "cpu"), BUCKETS)
    for embedder in (plain, bound):
        found = embedder.embed(crops[:count])
        assert found.shape == (count, 128)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected[:count], atol=1e-5)


def test_a_bound_session_runs_only_sizes_it_was_given(recogniser: Any, crops: list[Picture]) -> None:
    sizes = []

    class Watched(BoundSession):
        def run(self, blob: Any) -> Any:
            sizes.append(len(blob))
            return super().run(blob)

    Embedder(recogniser, 128, Watched(recogniser.session, "cpu"), BUCKETS).embed(crops)
    assert sizes == [16, 16]


def test_two_threads_that_share_a_bound_session_get_their_own_templates(
    recogniser: Any, crops: list[Picture], expected: Vector
) -> None:
    embedder = Embedder(recogniser, 128, BoundSession(recogniser.session, "cpu"), BUCKETS)
    with ThreadPoolExecutor(2) as pool:
        rows = list(pool.map(lambda crop: embedder.embed([crop])[0], crops))
    np.testing.assert_allclose(np.stack(rows), expected, atol=1e-5)


def test_insightface_makes_the_same_vectors_of_the_same_crops(
    recogniser: Any, crops: list[Picture], expected: Vector
) -> None:
    theirs = np.asarray(recogniser.get_feat(crops[:5]))
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    np.testing.assert_allclose(theirs, expected[:5], atol=1e-5)


def test_on_the_cpu_batches_have_no_fixed_sizes(recogniser: Any) -> None:
    assert recogniser.session.get_providers() == [CPU]
    embedder = Embedder.on(recogniser, 128, recogniser.session)
    assert (embedder.buckets, embedder.providers) == ((), (CPU,))


def test_a_device_that_does_not_work_is_named_and_no_template_is_made_up(recogniser: Any, crops: list[Picture]) -> None:
    with pytest.raises(ProviderUnavailable, match='stopped on device "absent"'):
        Embedder(recogniser, 128, BoundSession(recogniser.session, "absent"), BUCKETS).embed(crops)
