"""What is built installs and works alone: five import names that are ours, data files inside, the command runs."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = {"clearance", "consent", "detectors", "policies", "provenance"}
DATA = {
    "clearance/demo/portraits/eileen-collins-1999.jpg",
    "clearance/report/templates/report.css",
    "clearance/report/templates/report.html.j2",
    "clearance/schemas/audit-1.json",
    "consent/migrations/script.py.mako",
    "policies/packs/core/pack.yaml",
    "detectors/calibrations/opencv-zoo-1.json",
    "provenance/schemas/likeness-consent-1.json",
    *(f"{room}/py.typed" for room in ROOMS),
}


@pytest.fixture(scope="module")
def uv() -> str:
    found = os.environ.get("UV")
    if not found:
        # On CI a missing uv must not turn this check off in silence.
        assert not os.environ.get("CI"), "the wheel test needs uv: run it through make test"
        pytest.skip("uv is not running these tests (uv run pytest), so there is nothing to build with")
    return found


@pytest.fixture(scope="module")
def wheel(uv: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    subprocess.run([uv, "build", "--wheel", "--quiet", "--out-dir", str(out), str(ROOT)], check=True)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(uv: str, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing but the wheel and what it needs; uv's overrides are handed over as a file."""
    folder = tmp_path_factory.mktemp("environment")
    overrides = folder / "overrides.txt"
    overrides.write_text(
        "opencv-python ; sys_platform == 'never'\n"
        "onnxruntime ; platform_machine != 'x86_64' and platform_machine != 'AMD64'\n",
        encoding="utf-8",
    )
    subprocess.run([uv, "venv", "--quiet", str(folder / "venv")], check=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run(
        [
            *(uv, "pip", "install", "--quiet", "--python", str(python)),
            *("--overrides", str(overrides), "--exclude-newer", "2026-11-22", str(wheel)),
        ],
        check=True,
        cwd=folder,
    )
    return folder / "venv"


def test_the_wheel_holds_the_five_packages_and_their_data_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == ROOMS
    assert names >= DATA, DATA - names
    assert not [name for name in names if "/tests/" in name or name.endswith(".pyc")]


def test_each_import_name_belongs_to_this_project_alone(environment: Path) -> None:
    code = "import importlib.metadata, json; print(json.dumps(importlib.metadata.packages_distributions()))"
    done = subprocess.run([environment / "bin" / "python", "-c", code], capture_output=True, text=True, check=True)
    owners = json.loads(done.stdout)
    assert {room: owners[room] for room in ROOMS} == {room: ["clearance"] for room in ROOMS}


def test_the_installed_command_makes_a_home_and_knows_its_packs(environment: Path, tmp_path: Path) -> None:
    clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CLEARANCE_HOME": str(tmp_path / "home")}
    command = str(environment / "bin" / "clearance")
    for arguments in (["--version"], ["init", "--dev"], ["policy", "test"], ["doctor"]):
        done = subprocess.run(
            [command, *arguments], capture_output=True, text=True, env=clean, cwd=tmp_path, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
