"""The package as a whole: light to import, and its errors one tree."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from policies import errors

_SPY = "import sys, json, {module}; print(json.dumps(sorted(sys.modules)))"


@pytest.mark.parametrize("module", ["policies", "policies.errors", "policies.finding"])
def test_errors_and_findings_need_the_standard_library_alone(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SPY.format(module=module)], capture_output=True, text=True, check=True
    )
    assert not set(json.loads(done.stdout)) & {"pydantic", "yaml", "google", "cel_expr_python"}


def test_judging_needs_no_other_room_and_no_heavy_library() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SPY.format(module="policies.pack, policies.judge, policies.cases")],
        capture_output=True,
        text=True,
        check=True,
    )
    heavy = {"numpy", "sqlmodel", "onnxruntime", "cv2", "consent", "detectors", "provenance", "clearance"}
    assert not set(json.loads(done.stdout)) & heavy


def test_every_error_is_a_policy_error() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(kinds) == 8
    assert all(issubclass(kind, errors.PolicyError) for kind in kinds)


def test_the_example_in_the_readme_works() -> None:
    readme = Path(errors.__file__).with_name("README.md").read_text(encoding="utf-8")
    example = readme.partition("```python\n")[2].partition("```")[0]
    subprocess.run([sys.executable, "-c", example], check=True)
