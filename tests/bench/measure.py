"""How workloads are run and written down: each in a process of its own, pairs in turn, medians in one line."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def child(name: str, *arguments: Path) -> dict[str, Any]:
    """Return what one workload of `tests.bench.child` measured in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.child", name, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def line(what: str, other: str, pairs: Sequence[tuple[float, float]], unit: str, scale: int, aim: str) -> str:
    """Return a line of the table: medians of both sides and the median of the ratios pair by pair."""
    left, right = (statistics.median(pair[side] for pair in pairs) * scale for side in (0, 1))
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    return f"| {what} | {other} | {left:.3g} {unit} | {right:.3g} {unit} | {ratio:.2f} | {aim} |"
