"""Starting is light: help and the auditor's command load neither the database nor the models nor numpy."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = ("sqlmodel", "sqlalchemy", "numpy", "onnxruntime", "insightface", "cv2", "av", "fastapi", "typst", "pyhanko")
_SPY = """
import json, sys
from clearance.cli.main import run
code = run(sys.argv[1:])
print(json.dumps([code, sorted(set(sys.modules) & set({heavy!r}))]), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["verify", "--help"], ["verify", "absent.jpg"], ["consent", "receipt", "verify", "--help"]],
    ids=" ".join,
)
def test_a_light_command_loads_no_heavy_library(arguments: list[str]) -> None:
    spy = _SPY.format(heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", spy, *arguments], capture_output=True, text=True, check=True)
    code, loaded = json.loads(done.stderr.splitlines()[-1])
    assert loaded == []
    assert code == (2 if "absent.jpg" in arguments else 0)


def test_verifying_a_real_file_loads_no_heavy_library(signed_still: str) -> None:
    spy = _SPY.format(heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", spy, "verify", signed_still], capture_output=True, text=True, check=True
    )
    code, loaded = json.loads(done.stderr.splitlines()[-1])
    assert loaded == []
    # No roots were named, so the signer is on no list: held.
    assert code == 3
