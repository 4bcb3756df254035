"""A processor that was asked for by name is used or refused, never replaced in silence."""

import importlib.metadata

import onnxruntime
import pytest

from detectors.errors import ProviderUnavailable
from detectors.model import FaceModel
from detectors.pack import ModelPack
from detectors.runtime import CPU, CUDA, cuda_device_present, execution_providers, provider_report, require_device

without_cuda = pytest.mark.skipif(cuda_device_present(), reason="a CUDA device is present")


def test_the_cpu_is_the_cpu_alone() -> None:
    assert execution_providers("cpu") == (CPU,)


@without_cuda
def test_auto_takes_the_cpu_where_no_device_answers_although_the_build_offers_cuda() -> None:
    assert execution_providers("auto") == (CPU,)


@without_cuda
def test_cuda_without_a_device_is_refused_with_what_to_do(pack: ModelPack) -> None:
    with pytest.raises(ProviderUnavailable, match='ask for device "cpu"'):
        execution_providers("cuda")
    with pytest.raises(ProviderUnavailable):
        FaceModel.load(pack, "cuda")


def test_a_session_that_fell_back_to_the_cpu_is_refused() -> None:
    with pytest.raises(ProviderUnavailable, match="fell back to the CPU"):
        require_device("cuda", [CPU])
    require_device("cuda", [CUDA, CPU])
    require_device("auto", [CPU])


def test_the_report_names_version_distributions_and_device() -> None:
    report = provider_report()
    assert report.version == onnxruntime.__version__
    assert CPU in report.offered
    assert report.cuda_device is cuda_device_present()
    installed = {d.metadata["Name"] for d in importlib.metadata.distributions()}
    both = {"onnxruntime", "onnxruntime-gpu"} <= installed
    assert (report.conflict is not None) is both
    assert 1 <= len(report.distributions) <= 2
