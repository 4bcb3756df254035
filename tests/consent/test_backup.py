"""Backups: nothing is lost on the way into either database, and a hostile file is refused whole."""

import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.backup import restore_backup
from consent.errors import BackupInvalid, ConsentError, RegistryExists, RegistryMissing
from consent.grant import NewGrant
from consent.registry import Registry
from consent.values import NewTemplate, Performer

DAY = date(2026, 9, 30)
NOW = datetime(2026, 10, 1, tzinfo=UTC)
VECTOR = bytes(range(256)) * 4
MakeGrant = Callable[..., NewGrant]


@pytest.fixture
def full(registry: Registry, performer: Performer, new_grant: MakeGrant, now: datetime) -> Registry:
    """Return a registry that holds something in every table."""
    twin = registry.add_performer('Zoë "Ø" Ωmega, 李', now=now, deceased_on=date(1999, 12, 31), unions=["SAG-AFTRA"])
    registry.mark_relatives(performer.ref, twin.ref, "twin", now=now)
    registry.add_release(
        performer.ref, signed_on=DAY, keeps_images=True, now=now, jurisdiction="US-IL", purposes=["matching"]
    )
    registry.enrol(performer.ref, [NewTemplate(VECTOR, "m@1", "ab" * 32, "good", b"picture")], on=DAY, now=now)
    grant = registry.record_grant(new_grant(performer.ref), now)
    registry.record_grant_event(grant.id, "withdrawn", on=DAY, now=now)
    return registry


def opened(home: Path, keys_of: Path, url: str | None = None) -> Registry:
    shutil.copytree(keys_of / "keys", home / "keys")
    return Registry.open(home, url)


ADDED = ("registry-backed-up", "gallery-opened", "images-opened", "registry-restored")


def content(registry: Registry) -> list[object]:
    """Return everything that a registry says, but for the entries that copying itself adds."""
    performers = registry.performers()
    return [
        performers,
        [registry.identity(p.ref) for p in performers],
        [registry.releases(p.ref) for p in performers],
        registry.templates("m@1", on=DAY),
        registry.kept_images(without="n@1", on=DAY),
        registry.grants(),
        registry.relatives(),
        [event for event in registry.events() if event.kind not in ADDED],
    ]


@pytest.mark.both_databases
@pytest.mark.parametrize("into", ["sqlite", "postgresql"])
def test_a_registry_comes_back_row_for_row_from_either_database_into_either(
    full: Registry, home: Path, tmp_path: Path, now: datetime, into: str, request: pytest.FixtureRequest
) -> None:
    before = content(full)
    made = full.upkeep.backup(tmp_path / "b.zip", now=now)
    url = None if into == "sqlite" else request.getfixturevalue("new_database")()
    restored = restore_backup(tmp_path / "b.zip", tmp_path / "again", url=url, now=NOW)
    assert restored == made
    with opened(tmp_path / "again", home, url) as again:
        assert content(again) == before
        assert again.upkeep.check() == ()
        # Numbering goes on where it was, and the first entry says where all this comes from.
        again.record_event("search", "x", {}, now)
        (entry,) = [event for event in again.events() if event.kind == "registry-restored"]
        assert dict(entry.detail)["backup"] == hashlib.sha256((tmp_path / "b.zip").read_bytes()).hexdigest()
        assert again.ledger.verify() == ()
        numbers = [event.sequence for event in again.events()]
        assert numbers == list(range(len(numbers), 0, -1))


def test_the_same_registry_gives_the_same_file_for_its_owner_alone(
    full: Registry, tmp_path: Path, now: datetime
) -> None:
    before = full.events(1)[0].sequence
    full.upkeep.backup(tmp_path / "b.zip", now=now)
    entry = full.events(1)[0]
    assert (entry.sequence, entry.kind) == (before + 1, "registry-backed-up")
    assert dict(entry.detail)["backup"] == hashlib.sha256((tmp_path / "b.zip").read_bytes()).hexdigest()
    assert (tmp_path / "b.zip").stat().st_mode & 0o777 == 0o600
    for name in ("c.zip", "d.zip"):
        restore_backup(tmp_path / "b.zip", tmp_path / name[0], now=NOW)
    assert (tmp_path / "c/registry.db").read_bytes() == (tmp_path / "d/registry.db").read_bytes()


def test_neither_the_key_file_nor_anything_sealed_is_readable_in_a_backup(
    full: Registry, home: Path, tmp_path: Path, now: datetime
) -> None:
    full.upkeep.backup(tmp_path / "b.zip", now=now)
    key = (home / "keys/registry.key").read_bytes()
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name, data in members.items():
        for secret in (b"Valentine", VECTOR, b"picture", key, key.strip()[-40:]):
            assert secret not in data, name


def test_a_backup_without_keys_opens_with_the_keys_that_were_kept_elsewhere(
    full: Registry, home: Path, tmp_path: Path, now: datetime
) -> None:
    before = content(full)
    full.upkeep.backup(tmp_path / "b.zip", with_keys=False, now=now)
    restore_backup(tmp_path / "b.zip", tmp_path / "again", now=NOW)
    assert not (tmp_path / "again/keys.db").exists()
    shutil.copy2(home / "keys.db", tmp_path / "again/keys.db")
    with opened(tmp_path / "again", home) as again:
        assert content(again) == before


def test_nothing_is_overwritten_by_a_backup_or_by_restoring_one(full: Registry, tmp_path: Path, now: datetime) -> None:
    (tmp_path / "b.zip").write_bytes(b"kept")
    with pytest.raises(RegistryExists, match=r"b\.zip"):
        full.upkeep.backup(tmp_path / "b.zip", now=now)
    assert (tmp_path / "b.zip").read_bytes() == b"kept"
    full.upkeep.backup(tmp_path / "c.zip", now=now)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken/mine").write_bytes(b"kept")
    with pytest.raises(RegistryExists, match="not empty"):
        restore_backup(tmp_path / "c.zip", tmp_path / "taken", now=NOW)
    with pytest.raises(RegistryMissing, match=r"lost\.zip"):
        restore_backup(tmp_path / "lost.zip", tmp_path / "new", now=NOW)
    assert [path.name for path in (tmp_path / "taken").iterdir()] == ["mine"]


@pytest.fixture
def good(full: Registry, tmp_path: Path, now: datetime) -> dict[str, bytes]:
    """Return the members of a sound backup."""
    full.upkeep.backup(tmp_path / "good.zip", now=now)
    with zipfile.ZipFile(tmp_path / "good.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members: list[tuple[str, bytes]]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def restated(members: dict[str, bytes], table: str, data: bytes) -> dict[str, bytes]:
    """Return the members with other rows in a table, and a manifest that agrees with them."""
    manifest: dict[str, Any] = json.loads(members["manifest.json"])
    for stated in manifest["tables"]:
        if stated["name"] == table:
            stated |= {"rows": data.count(b"\n"), "sha256": hashlib.sha256(data).hexdigest()}
    return {**members, f"tables/{table}.jsonl": data, "manifest.json": json.dumps(manifest).encode()}


HOSTILE: dict[str, Callable[[dict[str, bytes]], list[tuple[str, bytes]]]] = {
    "a member outside the folder": lambda good: [*good.items(), ("../../evil", b"x")],
    "an absolute member": lambda good: [*good.items(), ("/etc/evil", b"x")],
    "a table that no registry has": lambda good: [*good.items(), ("tables/evil.jsonl", b"")],
    "no manifest": lambda good: [(n, d) for n, d in good.items() if n != "manifest.json"],
    "a manifest that is no document": lambda good: [*({**good, "manifest.json": b"[" * 90_000}).items()],
    "a manifest of another kind": lambda good: [*({**good, "manifest.json": b'{"schema": "x/1"}'}).items()],
    "a bomb": lambda good: [*({**good, "tables/event.jsonl": b"0" * 50_000_000}).items()],
    "a table left out": lambda good: [(n, d) for n, d in good.items() if n != "tables/event.jsonl"],
    "a row changed": lambda good: [*({**good, "tables/event.jsonl": good["tables/event.jsonl"][:-9]}).items()],
    "a key database changed": lambda good: [*({**good, "keys.db": good["keys.db"] + b"x"}).items()],
    "a row that is no row": lambda good: [*restated(good, "event", b'{"sequence": 1}\n').items()],
    "a row that is no document": lambda good: [*restated(good, "event", b"\xff\xfe\n").items()],
    "a row twice": lambda good: [*restated(good, "performer", good["tables/performer.jsonl"] * 2).items()],
    "a row that refers to nothing": lambda good: [*restated(good, "performer", b"").items()],
}


@pytest.mark.parametrize("fault", HOSTILE)
def test_a_hostile_backup_is_refused_and_leaves_nothing(
    good: dict[str, bytes], tmp_path: Path, now: datetime, fault: str
) -> None:
    (tmp_path / "evil.zip").write_bytes(packed(HOSTILE[fault](good)))
    with pytest.raises(BackupInvalid, match=r"evil\.zip"):
        restore_backup(tmp_path / "evil.zip", tmp_path / "new", now=NOW)
    assert list((tmp_path / "new").glob("*")) == []
    assert not (tmp_path.parent / "evil").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_a_backup_that_holds_a_member_twice_is_refused(good: dict[str, bytes], tmp_path: Path, now: datetime) -> None:
    (tmp_path / "evil.zip").write_bytes(packed([*good.items(), ("keys.db", b"other")]))
    with pytest.raises(BackupInvalid, match="twice"):
        restore_backup(tmp_path / "evil.zip", tmp_path / "new", now=NOW)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_backup_with_any_byte_changed_is_refused_or_restores_the_same(
    good: dict[str, bytes], tmp_path: Path, now: datetime, data: st.DataObject
) -> None:
    raw = bytearray((tmp_path / "good.zip").read_bytes())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(raw)) | st.just(len(raw)))
    (tmp_path / "bent.zip").write_bytes(raw[:cut])
    target = tmp_path / "bent"
    try:
        restore_backup(tmp_path / "bent.zip", target, now=NOW)
    except ConsentError:
        assert list(target.glob("*")) == []
    else:
        restored = Registry.open(target, keyless=True)
        expected = sorted(
            line for name, lines in good.items() if Path(name).stem == "performer" for line in lines.splitlines()
        )
        assert len(restored.performers()) == len(expected)
        restored.close()
        shutil.rmtree(target)
