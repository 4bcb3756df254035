"""What breaks under a registry, as the command line says it: one sentence, exit code 2 or 4, nothing half-done."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from clearance.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clearance.conftest import Typed

COMMANDS = (
    ("performer", "list"),
    ("performer", "add", "Bo Reyes"),
    ("consent", "list"),
    ("ledger", "verify"),
    ("registry", "check"),
    ("registry", "backup", "{out}"),
    ("keys", "status"),
    ("retention", "show"),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with a performer, which tests break a copy of."""
    home = tmp_path_factory.mktemp("made") / "home"
    assert run(["--home", str(home), "init"]) == 0
    assert run(["--home", str(home), "performer", "add", "Ada Vale", "--legal-name", "Adelaide Quux"]) == 0
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "home")
    return tmp_path / "home"


def overwritten(path: Path, start: int, length: int) -> None:
    content = bytearray(path.read_bytes())
    content[start : start + length] = os.urandom(len(content[start : start + length]))
    path.write_bytes(content)


def emptied(home: Path, name: str) -> None:
    (home / name).write_bytes(b"")


def cut(home: Path, name: str) -> None:
    path = home / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3 + 1])


def garbled(home: Path, name: str) -> None:
    overwritten(home / name, 0, 200)


def pages_gone(home: Path, name: str) -> None:
    overwritten(home / name, 4096, 10**9)


def missing(home: Path, name: str) -> None:
    (home / name).unlink()


def another(home: Path, name: str) -> None:
    assert run(["--home", str(home.parent / "other"), "init"]) == 0
    shutil.copy(home.parent / "other" / name, home / name)


DATABASES = ("registry.db", "keys.db")
CASES = [
    *(
        (name, damage)
        for name in (*DATABASES, "keys/registry.key")
        for damage in (emptied, cut, garbled, missing, another)
    ),
    *((name, pages_gone) for name in DATABASES),
]


@pytest.mark.parametrize(("name", "damage"), CASES)
def test_a_damaged_part_costs_a_sentence_and_never_a_defect(
    clearance: Callable[..., Typed], home: Path, name: str, damage: Callable[[Path, str], None], tmp_path: Path
) -> None:
    with closing(sqlite3.connect(home / "registry.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damage(home, name)
    for command in COMMANDS:
        done = clearance("--home", home, *(part.format(out=tmp_path / "b.zip") for part in command))
        assert done.code in (2, 4), (command, done)
        assert "Traceback" not in done.err
        assert "Quux" not in done.out + done.err
        if done.code == 2:
            assert len(done.err.splitlines()) == 1, done.err
            assert any(word in done.err for word in ("restore", "clearance init")), done.err
        assert not (tmp_path / "b.zip").exists() or done.code == 0


# No file may have more bytes. The first leaves no room even for the log's index, the last for that alone.
ROOM = {"add": 30_000, "import": 400_000, "backup": 40_000}
ROWS = {"add": 0, "import": 1500, "backup": 300}


def limited(home: Path, arguments: tuple[str, ...], room: int) -> subprocess.CompletedProcess[str]:
    """Run a command that may write no file beyond so many bytes."""

    def little() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    command = [sys.executable, "-m", "clearance", "--home", str(home), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=little)


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of a process")
@pytest.mark.parametrize(
    "command", [("performer", "add", "Bo"), ("performer", "import", "{file}"), ("registry", "backup", "{out}")]
)
def test_a_full_disk_is_said_and_leaves_the_registry_as_it_was(
    clearance: Callable[..., Typed], home: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "p.csv"
    file.write_text("stage_name\n" + "".join(f"Performer {number}\n" for number in range(ROWS[command[1]])))
    if command[1] == "backup":
        assert clearance("--home", home, "performer", "import", file).code == 0
    before = clearance("--home", home, "performer", "list").out
    arguments = tuple(part.format(file=file, out=tmp_path / "b.zip") for part in command)
    done = limited(home, arguments, ROOM[command[1]])
    assert done.returncode == 2, done
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert any(word in done.stderr for word in ("no room", "large", "space")), done.stderr
    assert clearance("--home", home, "performer", "list").out == before
    assert clearance("--home", home, "registry", "check").code == 0
    assert clearance("--home", home, "ledger", "verify").code == 0
    assert not (tmp_path / "b.zip").exists()
