"""The table of traps names tests that exist, each with a trap that it belongs to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROW = re.compile(r"^\| (?P<trap>.*?) ?\| (?P<file>\w+) \| (?P<test>test_\w+) \|$", re.MULTILINE)
ROWS = [match.groups() for match in ROW.finditer((HERE / "README.md").read_text("utf-8"))]


def test_the_table_has_a_row_for_every_line() -> None:
    lines = [line for line in (HERE / "README.md").read_text("utf-8").splitlines() if line.startswith("|")]
    assert len(ROWS) == len(lines) - 2
    assert ROWS[0][0]


@pytest.mark.parametrize(("file", "test"), [row[1:] for row in ROWS])
def test_the_test_of_a_trap_exists(file: str, test: str) -> None:
    assert f"\ndef {test}(" in (HERE / f"test_{file}.py").read_text("utf-8")
