"""The example in the package's README runs as it stands."""

import re
import subprocess
import sys
from pathlib import Path

import consent


def test_the_example_of_the_readme_runs_and_says_what_is_covered() -> None:
    text = (Path(consent.__file__).parent / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    found = subprocess.run([sys.executable, "-W", "error", "-c", example], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert "term covered" in found.stdout
    assert "territory not_covered" in found.stdout
