"""Several processes, and processes that are killed: the log keeps every finished change, whole and in order."""

import subprocess
import sys
from pathlib import Path

import pytest

from consent.registry import Registry

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork")

# One interpreter that imports once and forks its writers. A writer says through a pipe that its first change is kept.
FORKS = """
import os, random, signal, sys, time
from datetime import UTC, datetime
from pathlib import Path
from consent.registry import Registry

home = Path(sys.argv[1])

def writer(name, changes):
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    with Registry.open(home) as registry:
        for number in range(changes):
            if number % 10 == 9:
                registry.add_performer(f"{name} {number}", now=datetime.now(UTC))
            else:
                detail = {"who": name, "number": str(number)}
                registry.record_event("search", "ab" * 32, detail, datetime.now(UTC))
            if number == 0:
                os.write(writing, b"x")
    os._exit(0)
"""
AT_ONCE = """
for child, _ in [writer(f"w{n}", 30) for n in range(4)]:
    assert os.waitpid(child, 0)[1] == 0
"""
KILLED = """
chance, sizes = random.Random(7), [1]
for kill in range(10):
    child, reading = writer(f"v{kill}", 100000)
    assert os.read(reading, 1) == b"x"
    time.sleep(chance.uniform(0, 0.03))
    os.kill(child, signal.SIGKILL)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    with Registry.open(home) as registry:
        assert registry.ledger.verify() == (), registry.ledger.verify()
        assert registry.ledger.size() > sizes[-1]
        sizes.append(registry.ledger.size())
"""


def forked(home: Path, script: str) -> None:
    command = [sys.executable, "-c", FORKS + script, str(home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=150)
    assert done.returncode == 0, done.stderr


def test_four_processes_that_append_at_once_leave_one_whole_log(registry: Registry, home: Path) -> None:
    forked(home, AT_ONCE)
    assert registry.ledger.size() == 1 + 4 * 30
    assert [event.sequence for event in registry.events(1000)] == list(range(121, 0, -1))
    assert len(registry.performers()) == 12
    assert registry.ledger.verify() == ()


def test_a_process_killed_while_it_writes_leaves_a_whole_log(registry: Registry, home: Path) -> None:
    registry.close()
    forked(home, KILLED)
