"""The processors that ONNX Runtime can use here, and which of them a model really runs on.

ONNX Runtime lists CUDA wherever its GPU build is installed and then runs on the CPU without an error when the
driver or CUDA's libraries are missing. So a device is looked for first, and what a session reports afterwards
is what counts. Two distributions, `onnxruntime` and `onnxruntime-gpu`, share one folder: with both installed,
the one installed last wins and may remove CUDA in silence.
"""

import ctypes
import importlib.metadata
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

import onnxruntime

from detectors.errors import ProviderUnavailable

Device = Literal["auto", "cpu", "cuda"]
Provider: TypeAlias = str | tuple[str, dict[str, str]]

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
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


def execution_providers(device: Device) -> tuple[Provider, ...]:
    """Return the providers to open a session with, best first.

    "auto" takes CUDA where the build offers it and a device answers, else the CPU. "cuda" raises
    ProviderUnavailable in place of falling back; the opened session is then checked with `require_device`.
    """
    if device == "cpu":
        return (CPU,)
    offered = CUDA in onnxruntime.get_available_providers()
    if offered and cuda_device_present():
        return ((CUDA, dict(_CUDA_OPTIONS)), CPU)
    if device == "cuda":
        cause = "no NVIDIA device answers" if offered else "the installed ONNX Runtime is a build without CUDA"
        raise ProviderUnavailable(f'device "cuda" cannot be used: {cause}; {_remedy(offered=offered)}')
    return (CPU,)


def require_device(device: Device, providers: Iterable[str]) -> None:
    """Raise ProviderUnavailable if "cuda" was asked for and a session does not run on it."""
    if device == "cuda" and CUDA not in tuple(providers):
        message = "ONNX Runtime fell back to the CPU, most often because CUDA or cuDNN libraries are missing"
        raise ProviderUnavailable(f'device "cuda" cannot be used: {message}; {_remedy(offered=True)}')


def provider_report() -> ProviderReport:
    """Return what ONNX Runtime offers here, which distributions are installed, and whether they collide."""
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


@cache
def cuda_device_present() -> bool:
    """Return whether the NVIDIA driver is here and counts at least one device."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        count = ctypes.c_int(0)
        return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0
    except (OSError, AttributeError):
        return False


def _remedy(*, offered: bool) -> str:
    """Return what to do about a missing CUDA."""
    if offered:
        return 'check the driver and install the "cuda" extra, or ask for device "cpu"'
    return 'install onnxruntime-gpu in place of onnxruntime, or ask for device "cpu"'
