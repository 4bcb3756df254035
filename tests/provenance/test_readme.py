"""The example in the package's README works as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import provenance

if TYPE_CHECKING:
    from .conftest import Studio


def test_the_example_runs(studio: Studio) -> None:
    root = Path(provenance.__file__).parent
    (example,) = re.findall(r"```python\n(.*?)```", (root / "README.md").read_text("utf-8"), re.DOTALL)
    (studio.folder / "shot.mp4").write_bytes(studio.media["mp4"])
    command = [sys.executable, "-W", "error", "-c", example]
    done = subprocess.run(
        command, cwd=studio.folder, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(root.parent)}
    )
    assert (done.returncode, done.stderr) == (0, "")
