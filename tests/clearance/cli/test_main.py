"""Every command loads, says what it does, and is documented; streams and verbosity behave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from clearance.cli.main import COMMANDS, cli

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clearance.conftest import Studio, Typed

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_loads_under_its_name_and_explains_itself(name: str) -> None:
    context = click.Context(cli)
    command = cli.get_command(context, name)
    assert command is not None
    assert command.name == name
    assert command.help


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_in_the_readme_and_in_help(clearance: Callable[..., Typed], name: str) -> None:
    assert f"clearance {name}" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"  {name} " in clearance("--help").out


def test_help_names_every_exit_code(clearance: Callable[..., Typed]) -> None:
    shown = clearance("--help").out
    assert all(f"{code} {word}" in shown for code, word in ((0, "pass"), (1, "blocked"), (2, "usage"), (3, "held")))


def test_a_defect_prints_its_traceback_only_when_asked(
    clearance: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch, signed_still: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("clearance.verify.verify_all", broken)
    assert "Traceback" not in clearance("verify", signed_still).err
    assert "Traceback" in clearance("-v", "verify", signed_still).err


def test_json_is_one_document_on_stdout_and_nothing_else(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    still, declaration = studio.papers / "keeper.jpg", studio.declaration(tmp_path)
    home = ("--home", studio.home)
    for arguments in (
        ("performer", "list"),
        ("performer", "show", studio.keeper),
        ("consent", "list"),
        ("consent", "check", studio.keeper),
        ("scan", still),
        ("gate", still, "-d", declaration),
        ("inspect", still),
        ("verify", still),
        ("policy", "list"),
        ("policy", "show", "CORE"),
        ("doctor",),
    ):
        done = clearance(*home, *arguments, "--json")
        assert json.loads(done.out)["schema"].startswith("clearance."), arguments


def test_json_lines_hold_one_asset_each(clearance: Callable[..., Typed], studio: Studio, tmp_path: Path) -> None:
    stills = [studio.papers / f"{role}.jpg" for role in ("keeper", "pilot")]
    done = clearance("--home", studio.home, "gate", *stills, "-d", studio.declaration(tmp_path), "--format", "jsonl")
    documents = [json.loads(line) for line in done.out.splitlines()]
    assert [Path(d["path"]).name for d in documents] == ["keeper.jpg", "pilot.jpg"]
    assert {d["schema"] for d in documents} == {"clearance.asset/1"}


def test_a_reader_that_went_away_makes_it_held_not_blocked_and_no_traceback() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "clearance", "policy", "show", "CORE"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
