"""Rotation and moves of the registry's keys: whole or not at all, and each on the record."""

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import pytest

from consent.errors import KeyRefused, RecordInvalid, RegistryUnreadable
from consent.key_source import KeySource
from consent.keys import KeyFile
from consent.registry import Registry
from consent.values import NewTemplate, Performer

DAY = date(2026, 9, 30)
FAST = KeySource(provider="passphrase", passphrase=lambda: "five random words in a row", scrypt_cost=2**14)


def enrolled(registry: Registry, performer: Performer, template: NewTemplate, now: datetime) -> None:
    registry.add_release(performer.ref, signed_on=date(2026, 9, 1), jurisdiction="US-IL", purposes=[MATCHING], now=now)
    registry.enrol(performer.ref, [template], on=DAY, now=now)


MATCHING = "matching faces in media against the consent registry"


@pytest.fixture
def filled(registry: Registry, performer: Performer, template: NewTemplate, now: datetime) -> Registry:
    enrolled(registry, performer, template, now)
    return registry


def vectors(home: Path, source: KeySource | None = None) -> list[bytes]:
    with Registry.open(home, keys=source) as registry:
        return [t.vector for t in registry.templates("model@1", on=DAY)]


def test_a_rotation_wraps_every_key_anew_and_is_an_event(
    filled: Registry, home: Path, template: NewTemplate, now: datetime
) -> None:
    before, wrapped = filled.keyring.status(), wrapped_keys(home)
    assert filled.keyring.rotate(now) == 1
    after = filled.keyring.status()
    assert before.key_encryption_key != after.key_encryption_key
    assert before.root_key == after.root_key
    assert set(wrapped) & set(wrapped_keys(home)) == set()
    assert [t.vector for t in filled.templates("model@1", on=DAY)] == [template.vector]
    assert vectors(home) == [template.vector]
    (event,) = [e for e in filled.events() if e.kind == "keys-rotated"]
    assert dict(event.detail) == {"key": after.key_encryption_key, "wrapped": "1"}


def wrapped_keys(home: Path) -> list[bytes]:
    with closing(sqlite3.connect(home / "keys.db")) as database:
        return [row[0] for row in database.execute("SELECT wrapped FROM data_key")]


def test_a_registry_that_is_open_elsewhere_follows_a_rotation(
    filled: Registry, home: Path, template: NewTemplate, now: datetime
) -> None:
    with Registry.open(home) as other:
        assert len(other.templates("model@1", on=DAY)) == 1
        filled.keyring.rotate(now)
        assert [t.vector for t in other.templates("model@1", on=DAY)] == [template.vector]
        ref = other.add_performer("Bo Reed", legal_name="Robert", now=now).ref
        assert filled.identity(ref).legal_name == "Robert"


ROTATE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from consent.registry import Registry
with Registry.open(Path(sys.argv[1])) as registry:
    print("ready", flush=True)
    while True:
        registry.keyring.rotate(datetime.now(UTC))
        print("rotated", flush=True)
"""


def test_a_rotation_that_is_killed_leaves_keys_that_open(
    filled: Registry, home: Path, template: NewTemplate, now: datetime
) -> None:
    for number in range(30):
        filled.add_performer(f"Performer {number}", legal_name="somebody", now=now)
    started = filled.keyring.status().key_encryption_key
    for pause_s in (0.013, 0.031, 0.057):
        with subprocess.Popen([sys.executable, "-c", ROTATE, str(home)], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            # However slow the machine is, one rotation is whole before the kill comes in the midst of another.
            assert child.stdout.readline() == b"rotated\n"
            time.sleep(pause_s)
            child.send_signal(signal.SIGKILL)
        assert vectors(home) == [template.vector]
    assert filled.keyring.status().key_encryption_key != started
    assert {filled.identity(p.ref).legal_name for p in filled.performers()} == {"somebody", "Adelaide Valentine-Quux"}


def test_a_move_to_a_passphrase_and_back_opens_with_the_new_key_alone(
    filled: Registry, home: Path, template: NewTemplate, now: datetime
) -> None:
    assert filled.keyring.move(FAST, now) == 1
    assert sorted(p.name for p in (home / "keys").iterdir()) == ["registry.sealed-key"]
    assert [t.vector for t in filled.templates("model@1", on=DAY)] == [template.vector]
    assert vectors(home, FAST) == [template.vector]
    with pytest.raises(KeyRefused, match="passphrase"):
        vectors(home, KeySource(passphrase=lambda: "another one altogether"))
    with pytest.raises(KeyRefused, match="CLEARANCE_PASSPHRASE_FILE"):
        vectors(home)
    with Registry.open(home, keys=FAST) as registry:
        with pytest.raises(RecordInvalid, match="already"):
            registry.keyring.move(FAST, now)
        registry.keyring.move(KeySource(), now)
        assert registry.keyring.status().provider == "file"
        assert registry.keyring.status().leftover == ()
    assert vectors(home) == [template.vector]
    moved = [dict(e.detail) for e in filled.events() if e.kind == "keys-moved"]
    assert [(m["from"], m["to"]) for m in moved] == [("passphrase", "file"), ("file", "passphrase")]


def test_what_an_interrupted_move_left_behind_is_named_and_does_not_hinder_the_next(
    filled: Registry, home: Path, template: NewTemplate, now: datetime
) -> None:
    leftover = home / "keys" / "registry.sealed-key"
    leftover.write_bytes(b"from a move that was killed before its change")
    assert filled.keyring.status().leftover == (leftover,)
    filled.keyring.move(FAST, now)
    assert vectors(home, FAST) == [template.vector]


def test_a_registry_made_with_a_passphrase_holds_no_key_that_opens_without_it(home: Path, now: datetime) -> None:
    with Registry.create(home, now=now, keys=FAST) as registry:
        assert registry.keyring.status().provider == "passphrase"
    assert not (home / "keys" / "registry.key").exists()


def test_a_key_database_of_the_first_version_is_brought_up_to_date(
    filled: Registry, home: Path, template: NewTemplate
) -> None:
    performers = [p.ref for p in filled.performers()]
    keys = {ref: filled._keys.data_keys(ref)[0] for ref in performers}
    registry_id = filled._keys.registry_id
    filled.close()
    root = KeyFile.load(home / "keys" / "registry.key")
    (home / "keys.db").unlink()
    with closing(sqlite3.connect(home / "keys.db")) as database, database:
        database.execute("CREATE TABLE registry (id TEXT NOT NULL, key_id TEXT NOT NULL)")
        database.execute(
            "CREATE TABLE data_key (performer TEXT PRIMARY KEY, version INTEGER NOT NULL, wrapped BLOB NOT NULL) "
            "WITHOUT ROWID"
        )
        database.execute("INSERT INTO registry VALUES (?, ?)", (registry_id, root.key_id))
        for ref, key in keys.items():
            wrapped = root.wrap(key, f"clearance|{ref}|key|1".encode())
            database.execute("INSERT INTO data_key VALUES (?, 1, ?)", (ref, wrapped))
        database.execute("PRAGMA user_version = 1")
    assert vectors(home) == [template.vector]
    assert vectors(home) == [template.vector]
    with closing(sqlite3.connect(home / "keys.db")) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (2,)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE kek SET provider = 'abacus'",
        "UPDATE kek SET wrapped = zeroblob(60)",
        "UPDATE kek SET wrapped = 'text'",
        "DELETE FROM kek",
        "UPDATE registry SET key_id = 'other'",
    ],
)
def test_a_changed_key_database_is_refused_with_an_error_of_ours(filled: Registry, home: Path, statement: str) -> None:
    filled.close()
    with closing(sqlite3.connect(home / "keys.db")) as database, database:
        database.execute(statement)
    with pytest.raises(RegistryUnreadable, match=r"keys\.db|key database"):
        vectors(home)
