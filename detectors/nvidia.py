"""What this machine has of NVIDIA's: the driver, its device's architecture, and the libraries by name.

Asked of the driver and of the loader directly, since ONNX Runtime lists its GPU providers whether or not they can
run. The names are those that onnxruntime-gpu 1.31's two provider libraries are linked against (`readelf -d`), with
cuDNN, which the CUDA provider opens later by name.
"""

import ctypes
import importlib.metadata
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_MAJOR, _MINOR = 75, 76  # CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_*
_WHEELS = ("nvidia-", "tensorrt")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One part that a device needs: its files and what brings them."""

    name: str
    libraries: tuple[str, ...]
    remedy: str


CUDA_NEEDS = (
    Requirement("NVIDIA driver", ("libcuda.so.1",), "install the driver for CUDA 13 on this machine"),
    Requirement(
        "CUDA 13 runtime",
        ("libcudart.so.13", "libcublas.so.13", "libcublasLt.so.13", "libcurand.so.10"),
        'install the "cuda" extra',
    ),
    Requirement("cuDNN 9", ("libcudnn.so.9",), 'install the "cuda" extra'),
)
TENSORRT_NEEDS = (
    Requirement("TensorRT 10", ("libnvinfer.so.10", "libnvonnxparser.so.10"), "install tensorrt 10 for CUDA 13"),
)


def missing(needs: Iterable[Requirement], found: Callable[[str], bool]) -> tuple[str, ...]:
    """Return one clause for each part of which a library is not found: what, which files, and what brings them."""
    clauses = []
    for need in needs:
        absent = [library for library in need.libraries if not found(library)]
        if absent:
            clauses.append(f"{need.name} ({', '.join(absent)}): {need.remedy}")
    return tuple(clauses)


@cache
def library_found(name: str) -> bool:
    """Return whether a shared library is in an installed wheel or opens by its name."""
    return wheel_library(name) is not None or _opened(name) is not None


@cache
def wheel_library(name: str) -> Path | None:
    """Return where an installed wheel of NVIDIA's keeps a shared library, None where none has it."""
    for distribution in importlib.metadata.distributions():
        if str(distribution.metadata["Name"]).lower().startswith(_WHEELS):
            for file in distribution.files or ():
                if file.name == name and (path := Path(str(distribution.locate_file(file)))).is_file():
                    return path
    return None


def open_tensorrt() -> None:
    """Open TensorRT's libraries from its wheels, which the loader does not search; side effect: they stay open."""
    for name in TENSORRT_NEEDS[0].libraries:
        path = wheel_library(name)
        if path is not None:
            ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)


@cache
def cuda_device_present() -> bool:
    """Return whether the driver is here and counts at least one device."""
    return _driver() is not None


@cache
def architecture() -> str | None:
    """Return the compute capability of the first device, such as "sm_90"; None without one."""
    driver = _driver()
    parts = []
    for attribute in (_MAJOR, _MINOR):
        value = ctypes.c_int(0)
        if driver is None or driver.cuDeviceGetAttribute(ctypes.byref(value), attribute, 0) != 0:
            return None
        parts.append(str(value.value))
    return "sm_" + "".join(parts)


def tensorrt_version() -> str | None:
    """Return the version of the TensorRT that would be used, None where there is none."""
    path = wheel_library(TENSORRT_NEEDS[0].libraries[0])
    library = _opened(str(path or TENSORRT_NEEDS[0].libraries[0]))
    return None if library is None else str(library.getInferLibVersion())


def _driver() -> Any:
    """Return the driver's library, ready for questions, if it counts at least one device."""
    driver = _opened("nvcuda.dll" if sys.platform == "win32" else CUDA_NEEDS[0].libraries[0])
    count = ctypes.c_int(0)
    try:
        ready = driver is not None and driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0
    except AttributeError:
        return None
    return driver if ready and count.value > 0 else None


def _opened(name: str) -> Any:
    """Return a shared library, None if the loader cannot open it."""
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None
