"""A processor that was asked for by name is used or refused, never replaced in silence."""

import importlib.metadata
from dataclasses import replace
from pathlib import Path
from typing import cast

import onnxruntime
import pytest

from detectors.errors import ProviderUnavailable
from detectors.model import FaceModel, analysis_on_gpu
from detectors.nvidia import cuda_device_present
from detectors.opencv_zoo import RECOGNISER
from detectors.pack import ModelPack
from detectors.runtime import (
    CPU,
    CUDA,
    TENSORRT,
    Device,
    ProviderReport,
    device_in_words,
    execution_providers,
    open_tensorrt_session,
    provider_report,
    providers_for,
    require_device,
    tensorrt_providers,
)

without_cuda = pytest.mark.skipif(cuda_device_present(), reason="a CUDA device is present")


def test_the_cpu_is_the_cpu_alone() -> None:
    assert execution_providers("cpu") == (CPU,)


@without_cuda
def test_auto_takes_the_cpu_where_no_device_answers_although_the_build_offers_cuda() -> None:
    assert execution_providers("auto") == (CPU,)


@without_cuda
@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_gpu_that_is_asked_for_without_a_device_is_refused_with_what_to_do(pack: ModelPack, device: Device) -> None:
    with pytest.raises(ProviderUnavailable, match='ask for device "cpu"'):
        execution_providers(device)
    with pytest.raises(ProviderUnavailable):
        FaceModel.load(pack, device)


ALL = (TENSORRT, CUDA, CPU)


@pytest.mark.parametrize(
    ("device", "offered", "present", "best"),
    [
        ("auto", ALL, True, CUDA),
        ("auto", ALL, False, CPU),
        ("auto", (CPU,), True, CPU),
        ("cpu", ALL, True, CPU),
        ("cuda", (CUDA, CPU), True, CUDA),
        ("tensorrt", ALL, True, CUDA),
    ],
)
def test_the_best_provider_is_what_was_asked_for_and_is_here(
    device: str, offered: tuple[str, ...], present: bool, best: str
) -> None:
    first = providers_for(cast("Device", device), offered, cuda_device=present)[0]
    assert (first if isinstance(first, str) else first[0]) == best


@pytest.mark.parametrize(
    ("device", "offered", "present", "why"),
    [
        ("cuda", ALL, False, "no NVIDIA device answers"),
        ("cuda", (CPU,), True, "a build without CUDA"),
        ("tensorrt", (CUDA, CPU), True, "a build without TensorRT"),
        ("tensorrt", (CPU,), True, "a build without CUDA and TensorRT"),
        ("tensorrt", ALL, False, "no NVIDIA device answers"),
    ],
)
def test_what_was_asked_for_by_name_and_is_not_here_is_refused_with_the_cause(
    device: str, offered: tuple[str, ...], present: bool, why: str
) -> None:
    with pytest.raises(ProviderUnavailable, match=f'device "{device}".*{why}'):
        providers_for(cast("Device", device), offered, cuda_device=present)


def test_templates_are_not_rounded_on_cuda() -> None:
    assert providers_for("cuda", ALL, cuda_device=True) == (
        (CUDA, {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}),
        CPU,
    )


def test_tensorrt_gets_one_engine_for_all_sizes_of_batch_and_falls_back_by_node() -> None:
    providers = tensorrt_providers(Path("engines"), "data", (3, 112, 112), (1, 4, 16, 64))
    assert [each if isinstance(each, str) else each[0] for each in providers] == [TENSORRT, CUDA, CPU]
    options = providers[0][1]
    assert isinstance(options, dict)
    assert [options[f"trt_profile_{end}_shapes"] for end in ("min", "opt", "max")] == [
        "data:1x3x112x112",
        "data:16x3x112x112",
        "data:64x3x112x112",
    ]
    assert options["trt_engine_cache_path"] == "engines"
    # Anything else than these two words sends the session to the CPU.
    assert {value for key, value in options.items() if key.endswith("_enable")} == {"True"}


@without_cuda
@pytest.mark.skipif(CUDA not in provider_report().offered, reason="this build of ONNX Runtime offers no CUDA")
def test_a_fallback_prints_nothing_where_results_go_is_seen_and_cannot_happen_later(
    pack: ModelPack, capfd: pytest.CaptureFixture[str]
) -> None:
    analysis = analysis_on_gpu(pack, "cuda", ((CUDA, {}), CPU))
    assert capfd.readouterr().out == ""
    sessions = [model.session for model in analysis.models.values()]
    assert [session.get_providers() for session in sessions] == [[CPU], [CPU]]
    assert not any(session._enable_fallback for session in sessions)
    with pytest.raises(ProviderUnavailable, match="fell back to the CPU; missing here: NVIDIA driver"):
        require_device("cuda", FaceModel(pack, analysis).providers)


@without_cuda
@pytest.mark.skipif(TENSORRT not in provider_report().offered, reason="this build of ONNX Runtime offers no TensorRT")
def test_a_session_on_tensorrt_is_not_opened_on_anything_else(
    pack: ModelPack, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    providers = tensorrt_providers(tmp_path, "data", (3, 112, 112), (1, 4))
    with pytest.raises(Exception, match="TensorRT"):
        open_tensorrt_session(pack.directory / RECOGNISER, providers)
    assert capfd.readouterr().out == ""


def test_a_pack_that_does_not_load_on_a_gpu_is_not_called_corrupt(pack: ModelPack, tmp_path: Path) -> None:
    with pytest.raises(ProviderUnavailable, match="does not load"):
        analysis_on_gpu(replace(pack, directory=tmp_path), "cuda", (CPU,))


def test_a_session_that_fell_back_to_the_cpu_is_refused() -> None:
    with pytest.raises(ProviderUnavailable, match="fell back to the CPU"):
        require_device("cuda", [CPU])
    require_device("cuda", [CUDA, CPU])
    require_device("auto", [CPU])
    with pytest.raises(ProviderUnavailable, match="fell back to CUDA"):
        require_device("tensorrt", [CUDA, CPU])
    require_device("tensorrt", [TENSORRT, CUDA, CPU])


@pytest.mark.parametrize(
    ("device", "providers", "offered", "present", "words"),
    [
        ("cpu", [CPU], ALL, True, "the CPU"),
        ("auto", [CUDA, CPU], ALL, True, "CUDA (auto)"),
        ("auto", [CPU], ALL, False, "the CPU (auto: no NVIDIA device answers)"),
        ("auto", [CPU], (CPU,), False, "the CPU (auto: this build of ONNX Runtime has no CUDA)"),
        ("auto", [CPU], ALL, True, "the CPU (auto: CUDA did not start; missing: cuDNN 9)"),
        ("tensorrt", [TENSORRT, CUDA, CPU], ALL, True, "TensorRT"),
    ],
)
def test_auto_says_what_the_session_really_runs_on_and_why(
    device: Device, providers: list[str], offered: tuple[str, ...], present: bool, words: str
) -> None:
    report = ProviderReport("1.31", (), offered, present, None, ("cuDNN 9",), ())
    assert device_in_words(device, providers, report) == words


def test_the_report_names_version_distributions_and_device() -> None:
    report = provider_report()
    assert report.version == onnxruntime.__version__
    assert CPU in report.offered
    assert report.cuda_device is cuda_device_present()
    installed = {d.metadata["Name"] for d in importlib.metadata.distributions()}
    both = {"onnxruntime", "onnxruntime-gpu"} <= installed
    assert (report.conflict is not None) is both
    assert 1 <= len(report.distributions) <= 2
