"""Whatever is changed behind the registry's back is found and named; what was erased rightly is no fault."""

import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import pytest

from consent.grant import NewGrant
from consent.registry import Registry
from consent.values import NewTemplate

DAY = date(2026, 9, 30)
MakeGrant = Callable[..., NewGrant]
NOW = datetime.fromisoformat("2026-09-30T12:00:00+00:00")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the home of a registry that holds one of everything; each test breaks a copy."""
    from consent.grant import Scope

    home = tmp_path_factory.mktemp("whole") / "home"
    with Registry.create(home, now=NOW) as registry:
        ada = registry.add_performer("Ada Vale", legal_name="Adelaide", now=NOW)
        twin = registry.add_performer("Bo Vale", now=NOW)
        registry.mark_relatives(ada.ref, twin.ref, "twin", now=NOW)
        registry.add_release(ada.ref, signed_on=date(2026, 9, 1), now=NOW, jurisdiction="US-IL", purposes=["matching"])
        registry.enrol(ada.ref, [NewTemplate(b"vector", "model@1", "ab" * 32, "good")], on=DAY, now=NOW)
        grant = registry.record_grant(NewGrant(performer=ada.ref, signed_on=date(2026, 9, 1), scope=Scope()), NOW)
        registry.record_grant_event(grant.id, "suspended", on=DAY, now=NOW)
        registry.record_event("search", "ab" * 32, {"count": "3"}, NOW)
        registry.ledger.checkpoint(NOW)
        registry.record_event("search", "cd" * 32, {"count": "4"}, NOW)
        registry.ledger.checkpoint(NOW)
        assert registry.ledger.verify() == ()
    return home


@pytest.fixture
def home(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "home")
    return tmp_path / "home"


def changed(home: Path, *statements: str) -> list[str]:
    """Return what verify says after statements that no trigger kept away."""
    with closing(sqlite3.connect(home / "registry.db")) as database, database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert database.execute(statement).rowcount, statement
    with Registry.open(home) as registry:
        return [str(problem) for problem in registry.ledger.verify()]


@pytest.mark.parametrize(
    ("statement", "start", "end"),
    [
        ("UPDATE consent_grant SET signed_on = '2026-08-01'", "grant G-", "was changed after event 8"),
        (
            "UPDATE consent_grant SET record = json_set(record, '$.scope.territories', 'any')",
            "grant G-",
            "was changed after event 8",
        ),
        ("UPDATE release SET expires_on = '2040-01-01'", "release R-", "was changed after event 5"),
        ("UPDATE release SET keeps_images = 1", "release R-", "was changed after event 5"),
        ("UPDATE release SET signed_on = 'soon'", "release R-", "was changed after event 5"),
        ("UPDATE template SET sealed_vector = x'00'", "template T-", "was changed after event 6"),
        ("UPDATE performer SET minor = 0 WHERE stage_name = 'Ada Vale'", "performer P-", "was changed after event 2"),
        ("UPDATE performer SET unions = '{' WHERE stage_name = 'Ada Vale'", "performer P-", "changed after event 2"),
        ("UPDATE grant_event SET kind = 'given' WHERE kind = 'suspended'", "grant event 2", "changed after event 8"),
        ("UPDATE kinship SET kind = 'relative'", "kinship P-", "was changed after event 4"),
        ("UPDATE registry SET created = '2020-01-01 00:00:00'", "registry ", "was changed after event 1"),
        ("UPDATE ledger_key SET sealed_private = x'00'", "ledger key clearance/registry/", "changed after event 1"),
        ("DELETE FROM template", "template T-", "which event 6 wrote, is missing"),
        ("DELETE FROM grant_event WHERE sequence = 2", "grant event 2", "which event 8 wrote, is missing"),
        ("DELETE FROM kinship", "kinship P-", "which event 4 wrote, is missing"),
        (
            'INSERT INTO grant_event SELECT 9, "grant", \'resumed\', "on", recorded, NULL, NULL FROM grant_event '
            "LIMIT 1",
            "grant event 9",
            "is in the table and in no event; it was put there",
        ),
        (
            "INSERT INTO release SELECT 'R-00000000', performer, signed_on, expires_on, jurisdiction, purposes, "
            "evidence_sha256, withdrawn_on, recorded, version, keeps_images, purpose_ended_on FROM release",
            "release R-00000000",
            "is in the table and in no event; it was put there",
        ),
        ("UPDATE event SET detail = json_set(detail, '$.count', '5') WHERE sequence = 9", "event 9", "was changed"),
        ("UPDATE event SET recorded = '2020-01-01 00:00:00' WHERE sequence = 9", "event 9", "was changed"),
        ("UPDATE event SET kind = 'seen' WHERE sequence = 9", "event 9", "was changed"),
        ("UPDATE event SET kind = x'00' WHERE sequence = 9", "event 9", "was changed"),
        ("UPDATE event SET recorded = 'soon' WHERE sequence = 9", "event 9", "was changed: it cannot be read"),
        ("UPDATE event SET leaf = x'00' WHERE sequence = 9", "event 9", "was changed"),
        ("UPDATE event SET committed_under = NULL WHERE sequence = 9", "event 9", "commits to nothing"),
        ("UPDATE event SET bound_rows = '[]' WHERE sequence = 9", "", ""),
        ("DELETE FROM event WHERE sequence = 7", "event 7 is missing", ""),
        ("DELETE FROM event WHERE sequence IN (4, 5)", "events 4 to 5 are missing", ""),
        ("UPDATE ledger_node SET hash = zeroblob(32) WHERE number = 3", "the tree over events 1 to 4", ""),
        ("UPDATE ledger_node SET hash = zeroblob(32) WHERE number = 8", "event 5 was changed", ""),
        ("DELETE FROM ledger_node WHERE number = 1", "the tree over events 1 to 2 was changed", ""),
        ("UPDATE checkpoint SET note = replace(note, '2026', '2025')", "checkpoint 1", "was changed"),
        ("UPDATE checkpoint SET size = 3", "checkpoint 1", "was changed"),
    ],
)
def test_a_change_behind_our_back_is_found_and_named(home: Path, statement: str, start: str, end: str) -> None:
    found = changed(home, statement)
    if not start:
        # What changed nothing is no fault: that event had written no row.
        assert found == []
        return
    assert any(sentence.startswith(start) and end in sentence for sentence in found), found


def test_two_events_that_changed_places_are_found(home: Path) -> None:
    move = "UPDATE event SET sequence = {1}, position = {1} - 1 WHERE sequence = {0}"
    found = changed(home, move.format(9, 99), move.format(10, 9), move.format(99, 10))
    assert any(sentence.startswith("event 9 was changed") for sentence in found), found
    assert any(sentence.startswith("event 10 was changed") for sentence in found), found


def test_a_truncated_log_is_found_by_a_kept_checkpoint(home: Path) -> None:
    found = changed(home, "DELETE FROM event WHERE sequence = 10", "DELETE FROM ledger_node WHERE number >= 17")
    assert any("is over 10 events and 9 are there: events 10 to 10 are missing" in sentence for sentence in found)


def test_a_tree_made_anew_over_changed_leaves_contradicts_the_signed_checkpoint(home: Path) -> None:
    # Somebody who knows the formats but has no key: everything public is recomputed, the signature cannot be.
    with closing(sqlite3.connect(home / "registry.db")) as database:
        (leaf,) = database.execute("SELECT leaf FROM event WHERE sequence = 10").fetchone()
    forged = leaf.replace(b"cd" * 32, b"ce" * 32)
    digest = hashlib.sha256(b"\x00" + forged).hexdigest()
    change = "UPDATE event SET subject = '{}', leaf = x'{}' WHERE sequence = 10"
    node = "UPDATE ledger_node SET hash = x'{}' WHERE number = 18"
    found = changed(home, change.format("ce" * 32, forged.hex()), node.format(digest))
    assert any("signed other events" in sentence for sentence in found), found
    assert any(sentence.startswith("event 10 was changed") for sentence in found), found


def test_a_performers_key_that_vanished_is_a_fault_unless_an_event_says_that_it_was_erased(home: Path) -> None:
    with Registry.open(home) as registry:
        ref = next(p.ref for p in registry.performers() if p.stage_name == "Ada Vale")
    with closing(sqlite3.connect(home / "keys.db")) as database, database:
        database.execute("DELETE FROM data_key WHERE performer = ?", (ref,))
        database.execute("DELETE FROM ledger_key WHERE name = ?", (ref,))
    with Registry.open(home) as registry:
        (problem,) = registry.ledger.verify()
        assert str(problem).startswith(f"the key of {ref} is missing")
        registry.record_event("performer-erased", ref, {}, NOW)
        assert registry.ledger.verify() == ()
        key = registry.ledger.verifier_key
        for event in registry.events():
            registry.ledger.prove(event.sequence, NOW).verify(key)


def test_an_empty_log_is_a_fault(home: Path) -> None:
    found = changed(home, "DELETE FROM event", "DELETE FROM ledger_node", "DELETE FROM checkpoint")
    assert found


def test_what_was_removed_rightly_is_no_fault_until_it_comes_back(home: Path) -> None:
    from sqlmodel import select

    from consent import journal
    from consent.tables import TemplateRow

    with closing(sqlite3.connect(home / "registry.db")) as database:
        (kept,) = database.execute("SELECT * FROM template").fetchall()
    with Registry.open(home) as registry:
        with registry._database.writing() as session:
            row = session.exec(select(TemplateRow)).one()
            session.delete(row)
            session.flush()
            journal.append(session, "template-erased", row.performer, {"template": row.reference}, NOW, gone=[row])
        assert registry.ledger.verify() == ()
    with closing(sqlite3.connect(home / "registry.db")) as database, database:
        database.execute(f"INSERT INTO template VALUES ({', '.join('?' * len(kept))})", kept)  # noqa: S608 - question marks
    (fault,) = changed(home)
    assert fault == f"template {kept[0]} is in the table although event 11 removed it"
