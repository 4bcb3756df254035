"""The processors that ONNX Runtime can use here, and which of them a model really runs on.

ONNX Runtime lists CUDA and TensorRT wherever its GPU build is installed and then runs on the CPU without an error
when the driver or a library is missing. So a device is looked for first, and what a session reports afterwards is
what counts. Two distributions, `onnxruntime` and `onnxruntime-gpu`, share one folder: with both installed, the one
installed last wins and may remove CUDA in silence.
"""

import importlib.metadata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import onnxruntime

from detectors.errors import ProviderUnavailable
from detectors.nvidia import CUDA_NEEDS, TENSORRT_NEEDS, cuda_device_present, library_found, missing, open_tensorrt

Device = Literal["auto", "cpu", "cuda", "tensorrt"]
DEVICES: tuple[str, ...] = get_args(Device)
Provider: TypeAlias = str | tuple[str, dict[str, str]]

CPU, CUDA, TENSORRT = "CPUExecutionProvider", "CUDAExecutionProvider", "TensorrtExecutionProvider"
_IN_WORDS = {CPU: "the CPU", CUDA: "CUDA", TENSORRT: "TensorRT"}
# TF32 would round templates to ten bits; an exhaustive search would be run again for every size of picture.
_CUDA_OPTIONS = {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}
_DISTRIBUTIONS = ("onnxruntime", "onnxruntime-gpu")


@dataclass(frozen=True, slots=True)
class ProviderReport:
    """What is installed and found, for a diagnosis."""

    version: str
    distributions: tuple[str, ...]
    """Installed distributions of ONNX Runtime with their versions."""
    offered: tuple[str, ...]
    """Providers the build lists; not a promise that they work."""
    cuda_device: bool
    """Whether the NVIDIA driver answers and counts at least one device."""
    conflict: str | None
    """A sentence when two distributions overwrite each other."""
    missing_for_cuda: tuple[str, ...]
    """What CUDA lacks here, each with what brings it; empty where nothing does."""
    missing_for_tensorrt: tuple[str, ...]
    """What TensorRT lacks beyond that."""


def execution_providers(device: Device) -> tuple[Provider, ...]:
    """Return the providers to open a session with on this machine, best first; see `providers_for`."""
    return providers_for(device, onnxruntime.get_available_providers(), cuda_device=cuda_device_present())


def providers_for(device: Device, offered: Collection[str], *, cuda_device: bool) -> tuple[Provider, ...]:
    """Return the providers for a device, best first, without TensorRT, which serves the recogniser alone.

    offered: what the build lists. "auto" takes CUDA where it is offered and a device answers, else the CPU; it never
    takes TensorRT, whose engines take minutes to build. "cuda" and "tensorrt" raise ProviderUnavailable in place of
    falling back; the opened session is then checked with `require_device`.
    """
    if device == "cpu":
        return (CPU,)
    wanted = {CUDA, TENSORRT} if device == "tensorrt" else {CUDA}
    lacking = wanted - set(offered)
    if not lacking and cuda_device:
        return ((CUDA, dict(_CUDA_OPTIONS)), CPU)
    if device == "auto":
        return (CPU,)
    names = " and ".join(sorted(_IN_WORDS[name] for name in lacking))
    cause = f"the installed ONNX Runtime is a build without {names}" if lacking else "no NVIDIA device answers"
    raise ProviderUnavailable(f'device "{device}" cannot be used: {cause}; {_remedy(offered=not lacking)}')


def tensorrt_providers(engines: Path, input_name: str, crop: tuple[int, ...], buckets: Sequence[int]) -> list[Provider]:
    """Return the providers for a recogniser on TensorRT in float16, with engines for all buckets kept in a folder.

    crop: shape of one input without the batch. Without the three shapes TensorRT would build another engine whenever
    a batch is larger than any before.
    """
    shape = "x".join(map(str, crop))
    least, usual, most = min(buckets), sorted(buckets)[len(buckets) // 2], max(buckets)
    options = {
        # TensorRT's options are "True" and "False"; "1", which CUDA's take, sends the session to the CPU.
        "trt_fp16_enable": "True",
        "trt_engine_cache_enable": "True",
        "trt_engine_cache_path": str(engines),
        "trt_timing_cache_enable": "True",
        "trt_timing_cache_path": str(engines),
        "trt_profile_min_shapes": f"{input_name}:{least}x{shape}",
        "trt_profile_opt_shapes": f"{input_name}:{usual}x{shape}",
        "trt_profile_max_shapes": f"{input_name}:{most}x{shape}",
    }
    return [(TENSORRT, options), (CUDA, dict(_CUDA_OPTIONS)), CPU]


def open_tensorrt_session(model: Path, providers: Sequence[Provider]) -> Any:
    """Return a session of a model on TensorRT, or raise ONNX Runtime's error; TensorRT's libraries are opened first."""
    open_tensorrt()
    return onnxruntime.InferenceSession(
        str(model), sess_options=session_options(None), providers=list(providers), enable_fallback=0
    )


def open_like(session: Any, model: bytes) -> Any:
    """Return a session of a model on just the providers that another session runs on, or raise ONNX Runtime's error."""
    names = list(session.get_providers())
    providers: list[Provider] = [(CUDA, dict(_CUDA_OPTIONS)) if name == CUDA else name for name in names]
    opened = onnxruntime.InferenceSession(
        model, sess_options=session_options(None), providers=providers, enable_fallback=0
    )
    if opened.get_providers() != names:
        raise unusable("cuda", f"ONNX Runtime opened a second session on {opened.get_providers()[0]}")
    return opened


def require_device(device: Device, providers: Sequence[str]) -> None:
    """Raise ProviderUnavailable if a GPU was asked for by name and a session does not run on it."""
    wanted = {"cuda": CUDA, "tensorrt": TENSORRT}.get(device)
    if wanted is not None and wanted not in providers:
        raise unusable(device, f"ONNX Runtime fell back to {_IN_WORDS.get(providers[0], providers[0])}")


def unusable(device: Device, cause: str) -> ProviderUnavailable:
    """Return the error that a GPU which is offered cannot be used, with the libraries that are missing here."""
    lacking = missing(CUDA_NEEDS + (TENSORRT_NEEDS if device == "tensorrt" else ()), library_found)
    cause += f"; missing here: {'; '.join(lacking) or 'nothing that was looked for'}"
    return ProviderUnavailable(f'device "{device}" cannot be used: {cause}; {_remedy(offered=True)}')


def device_in_words(device: Device, providers: Sequence[str], report: ProviderReport) -> str:
    """Return what a session runs on, by its own account, and for "auto" why it is no GPU."""
    used = _IN_WORDS.get(providers[0], providers[0])
    if device != "auto":
        return used
    if providers[0] != CPU:
        return f"{used} (auto)"
    if CUDA not in report.offered:
        return f"{used} (auto: this build of ONNX Runtime has no CUDA)"
    if not report.cuda_device:
        return f"{used} (auto: no NVIDIA device answers)"
    return f"{used} (auto: CUDA did not start; missing: {'; '.join(report.missing_for_cuda) or 'see the driver'})"


def provider_report() -> ProviderReport:
    """Return what ONNX Runtime offers here, which distributions are installed, and what a GPU lacks."""
    installed = []
    for name in _DISTRIBUTIONS:
        try:
            installed.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    conflict = None
    if len(installed) > 1:
        conflict = (
            f"{' and '.join(installed)} are both installed and share one folder, so CUDA may be gone in "
            "silence; uninstall both and install one of them"
        )
    return ProviderReport(
        version=str(onnxruntime.__version__),
        distributions=tuple(installed),
        offered=tuple(onnxruntime.get_available_providers()),
        cuda_device=cuda_device_present(),
        conflict=conflict,
        missing_for_cuda=missing(CUDA_NEEDS, library_found),
        missing_for_tensorrt=missing(TENSORRT_NEEDS, library_found),
    )


def session_options(threads: int | None) -> Any:
    """Return options for a quiet session with this many threads per operator (None: one per core)."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Idle threads that spin take the cores that decode the film between two searches.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if threads is not None:
        options.intra_op_num_threads = threads
    return options


def tensor_on(device: str, content: Any) -> Any:
    """Return a tensor that lies on "cpu" or "cuda" and can be filled again, with content (an array) in it."""
    return onnxruntime.OrtValue.ortvalue_from_numpy(content, device, 0)


def _remedy(*, offered: bool) -> str:
    """Return what to do about a missing GPU."""
    if offered:
        return 'see "clearance doctor", or ask for device "cpu"'
    return 'install onnxruntime-gpu in place of onnxruntime, or ask for device "cpu"'
