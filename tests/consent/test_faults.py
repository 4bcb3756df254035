"""What goes wrong in earnest: full disks, killed processes, many writers, damaged rows. Nothing kept is lost."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import pytest

from consent.grant import NewGrant
from consent.registry import Registry
from consent.values import NewTemplate, Performer

DAY = date(2026, 9, 30)
WRITES = 50
MakeGrant = Callable[..., NewGrant]
WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from consent.registry import Registry
home, url, name, count = Path(sys.argv[1]), sys.argv[2] or None, sys.argv[3], int(sys.argv[4])
with Registry.open(home, url) as registry:
    print("open", flush=True)
    for number in range(count):
        registry.record_event("search", name, {"number": str(number)}, datetime.now(UTC))
        print(number, flush=True)
"""
FILLER = """
import resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from consent.errors import RegistryFull
from consent.registry import Registry
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Registry.open(Path(sys.argv[1])) as registry:
    limit = (Path(sys.argv[1]) / "registry.db").stat().st_size + 200_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    for number in range(1000):
        try:
            registry.record_event("search", "x", {"number": str(number)}, datetime.now(UTC))
        except RegistryFull as error:
            print(number, error)
            break
"""


def writer(home: Path, url: str | None, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(home), url or "", name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def numbers(registry: Registry, name: str) -> list[int]:
    events = reversed(registry.events(10_000))
    return [int(dict(event.detail)["number"]) for event in events if event.subject == name]


@pytest.mark.both_databases
def test_four_processes_that_write_at_the_same_time_lose_nothing(
    registry: Registry, home: Path, url: str | None
) -> None:
    names = ("one", "two", "three", "four")
    for process in [writer(home, url, name, WRITES) for name in names]:
        _, complaint = process.communicate(timeout=120)
        assert process.returncode == 0, complaint
    assert [numbers(registry, name) for name in names] == [list(range(WRITES))] * 4
    sequence = [event.sequence for event in registry.events(10_000)]
    assert sequence == list(range(4 * WRITES + 1, 0, -1))


@pytest.mark.both_databases
def test_a_writer_killed_again_and_again_leaves_a_sound_registry_with_all_that_was_acknowledged(
    registry: Registry, home: Path, url: str | None
) -> None:
    # A server keeps its own files when a client dies; SQLite's are in the hands of the one that is killed.
    for turn in range(10 if url is None else 3):
        with writer(home, url, f"turn{turn}", 100_000) as process:
            assert process.stdout is not None
            acknowledged = -1
            # Killed somewhere in the middle of a write, each time somewhere else.
            for line in process.stdout:
                acknowledged = acknowledged if line == "open\n" else int(line)
                if acknowledged == turn:
                    time.sleep(turn / 3000)
                    process.send_signal(signal.SIGKILL)
                    break
            kept_lines = [int(line) for line in process.stdout.read().split()]
        acknowledged = max([acknowledged, *kept_lines])
        kept = numbers(registry, f"turn{turn}")
        assert kept == list(range(len(kept)))
        # One more may have been kept than was said.
        assert len(kept) - 1 in (acknowledged, acknowledged + 1)
    assert registry.upkeep.check() == ()
    sequence = [event.sequence for event in registry.events(10_000)]
    assert sequence == list(range(len(sequence), 0, -1))


def test_a_full_disk_costs_a_sentence_and_no_record(registry: Registry, home: Path, now: datetime) -> None:
    command = [sys.executable, "-c", FILLER, str(home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    number, _, sentence = done.stdout.partition(" ")
    assert "no room" in sentence
    assert int(number) > 5
    assert numbers(registry, "x") == list(range(int(number)))
    assert registry.upkeep.check() == ()
    registry.record_event("search", "y", {}, now)


@pytest.fixture
def full(registry: Registry, performer: Performer, new_grant: MakeGrant, now: datetime) -> Registry:
    """Return a registry with one of everything."""
    registry.add_release(
        performer.ref, signed_on=DAY, keeps_images=True, now=now, jurisdiction="US-IL", purposes=["matching"]
    )
    registry.enrol(performer.ref, [NewTemplate(b"v" * 64, "m@1", "ab" * 32, "good", b"picture")], on=DAY, now=now)
    registry.record_grant(new_grant(performer.ref), now)
    return registry


DAMAGE = {
    "the day of a grant": ("UPDATE consent_grant SET signed_on = 'someday'", "rows", "consent_grant G-"),
    "the document of a grant": ("UPDATE consent_grant SET record = '[]'", "rows", "consent_grant G-"),
    "a performer's unions": ("UPDATE performer SET unions = '7'", "rows", "performer P-"),
    "a release of nobody": ("UPDATE release SET performer = 'P-00000000'", "references", "performer"),
    "a template that does not open": ("UPDATE template SET sealed_vector = x'00'", "keys", "T-"),
    "a picture that does not open": ("UPDATE template SET sealed_image = x'00'", "keys", "T-"),
    "a name that does not open": ("UPDATE performer SET sealed_identity = x'00'", "keys", "identity of P-"),
    "a trigger that is gone": ("DROP TRIGGER event_no_delete", "append-only", "event"),
    "a column too many": ("ALTER TABLE event ADD COLUMN x TEXT", "schema", "1 places"),
    "an index that is gone": ("DROP INDEX ix_template_performer", "schema", "1 places"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_check_names_what_is_damaged(full: Registry, home: Path, damage: str) -> None:
    assert full.upkeep.check() == ()
    statement, part, said = DAMAGE[damage]
    with closing(sqlite3.connect(home / "registry.db")) as database, database:
        database.execute("DROP TRIGGER consent_grant_fixed")
        database.execute(statement)
    found = full.upkeep.check()
    assert any(fault.part == part and said in fault.what for fault in found), found
    assert not any("Adelaide" in fault.what for fault in found)


def test_a_check_names_a_performer_whose_key_is_gone(full: Registry, performer: Performer, home: Path) -> None:
    full.close()
    with closing(sqlite3.connect(home / "keys.db")) as database, database:
        database.execute("DELETE FROM data_key")
    with Registry.open(home) as registry:
        found = registry.upkeep.check()
    assert {fault.part for fault in found} == {"keys"}
    assert all(performer.ref in fault.what for fault in found)


def test_a_check_finds_a_page_that_was_overwritten(full: Registry, home: Path) -> None:
    full.close()
    path = home / "registry.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'consent_grant'").fetchone()[0]
    content = bytearray(path.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = os.urandom(4096)
    path.write_bytes(content)
    with Registry.open(home) as registry:
        found = registry.upkeep.check()
    assert "database" in {fault.part for fault in found}
