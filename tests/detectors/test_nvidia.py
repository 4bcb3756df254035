"""What a GPU lacks is named by part and file, with what brings it; a machine without one has no architecture."""

import subprocess
import sys
from pathlib import Path

import pytest

from detectors import nvidia
from detectors.nvidia import CUDA_NEEDS, TENSORRT_NEEDS, missing


def test_nothing_is_missing_where_every_library_is_found() -> None:
    assert missing(CUDA_NEEDS + TENSORRT_NEEDS, lambda _: True) == ()


def test_a_part_is_missing_by_the_very_files_that_are_not_found() -> None:
    (clause,) = missing(CUDA_NEEDS, lambda name: name != "libcublas.so.13")
    assert clause == 'CUDA 13 runtime (libcublas.so.13): install the "cuda" extra'
    assert [c.partition(" (")[0] for c in missing(CUDA_NEEDS + TENSORRT_NEEDS, lambda _: False)] == [
        "NVIDIA driver",
        "CUDA 13 runtime",
        "cuDNN 9",
        "TensorRT 10",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="names of Linux's libraries")
def test_the_loader_finds_what_the_system_has_and_nothing_else() -> None:
    assert nvidia.library_found("libc.so.6")
    assert not nvidia.library_found("libabsent.so.13")
    assert nvidia.wheel_library("libabsent.so.13") is None


def test_a_library_in_a_wheel_of_nvidias_is_found_where_the_loader_does_not_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "nvidia" / "cu13" / "lib" / "libpretended.so.13"
    library.parent.mkdir(parents=True)
    library.write_bytes(b"")
    metadata = tmp_path / "nvidia_pretended-13.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: nvidia-pretended\nVersion: 13.0\n")
    (metadata / "RECORD").write_text("nvidia/cu13/lib/libpretended.so.13,,\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert nvidia.wheel_library("libpretended.so.13") == library
    assert nvidia.library_found("libpretended.so.13")


@pytest.mark.skipif(nvidia.cuda_device_present(), reason="a CUDA device is present")
def test_a_machine_without_a_device_has_no_architecture() -> None:
    assert nvidia.architecture() is None


@pytest.mark.skipif(nvidia.cuda_device_present(), reason="a CUDA device is present")
def test_the_measurement_of_a_gpu_says_that_there_is_none_and_ends_well() -> None:
    command = [sys.executable, "-m", "tests.bench.gpu"]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout == "no CUDA device\n"


@pytest.mark.gpu
@pytest.mark.skipif(not nvidia.cuda_device_present(), reason="no CUDA device answers")
def test_a_device_has_an_architecture() -> None:
    assert str(nvidia.architecture()).startswith("sm_")
