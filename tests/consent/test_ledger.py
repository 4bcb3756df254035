"""The ledger end to end: checkpoints, proofs that verify with the public key alone, registries that get one late."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from consent.checkpoint import open_checkpoint
from consent.errors import CheckpointInvalid, ProofInvalid, RecordInvalid, UnknownPerformer
from consent.grant import NewGrant
from consent.journal import append_all
from consent.ledger_keys import REGISTRY
from consent.migration import migrate
from consent.proofs import InclusionProof, StandingProof
from consent.registry import Registry
from consent.values import NewTemplate, Performer

DAY = date(2026, 9, 30)
MakeGrant = Callable[..., NewGrant]


def test_a_checkpoint_is_made_anew_only_when_the_log_grew_or_the_day_changed(
    registry: Registry, performer: Performer, now: datetime
) -> None:
    first = registry.ledger.checkpoint(now)
    assert registry.ledger.checkpoint(now + timedelta(minutes=1)) == first == registry.ledger.latest_checkpoint()
    assert registry.ledger.checkpoint(now + timedelta(days=1)) != first
    registry.record_event("search", "ab" * 32, {}, now)
    opened = open_checkpoint(registry.ledger.checkpoint(now), registry.ledger.verifier_key)
    assert opened.size == registry.ledger.size() == 3
    assert opened.made == now
    assert opened.origin.startswith("clearance/registry/")


def test_every_event_is_provably_in_the_log(
    registry: Registry, performer: Performer, new_grant: MakeGrant, now: datetime
) -> None:
    for _ in range(6):
        grant = registry.record_grant(new_grant(performer.ref), now)
    ledger = registry.ledger
    for event in registry.events():
        proof = ledger.prove(event.sequence, now)
        assert proof.verify(ledger.verifier_key).size == 8
        assert proof.statement.kind == event.kind
        assert InclusionProof.from_document(proof.to_document()) == proof
    sequence = ledger.sequence_of("grant-recorded", grant.id)
    shown = ledger.prove(sequence, now).statement
    assert shown.ids == {"subject": performer.ref, "grant": grant.id}
    assert shown.time == "2026-09-30T12:00:00.000000Z"
    for unknown in (0, -1, 9, 2**40):
        with pytest.raises(RecordInvalid, match="no event"):
            ledger.prove(unknown, now)
    with pytest.raises(RecordInvalid, match="G-00000000"):
        ledger.sequence_of("grant-recorded", "G-00000000")
    assert ledger.sequence_of("grant-recorded", grant.id, subject=performer.ref) == sequence
    with pytest.raises(RecordInvalid, match=grant.id):
        ledger.sequence_of("grant-recorded", grant.id, subject="P-00000000")


def test_a_proof_of_one_registry_says_nothing_under_the_key_of_another(
    registry: Registry, performer: Performer, tmp_path: Path, now: datetime
) -> None:
    with Registry.create(tmp_path / "other", now=now) as other, pytest.raises(CheckpointInvalid):
        registry.ledger.prove(1, now).verify(other.ledger.verifier_key)


def test_the_log_continues_every_checkpoint_it_has_signed(registry: Registry, now: datetime) -> None:
    notes = [registry.ledger.checkpoint(now)]
    for number in range(9):
        registry.record_event("search", "ab" * 32, {"number": str(number)}, now)
        notes.append(registry.ledger.checkpoint(now))
    for size, note in enumerate(notes, start=1):
        old, new = registry.ledger.consistency(note, now).verify(registry.ledger.verifier_key)
        assert (old.size, new.size) == (size, 10)
    with pytest.raises(CheckpointInvalid):
        registry.ledger.consistency(notes[0].replace("\n1\n", "\n2\n"), now)


def test_a_log_that_lost_its_end_does_not_continue_its_checkpoint(
    registry: Registry, home: Path, tmp_path: Path, now: datetime
) -> None:
    registry.close()
    shutil.copytree(home, tmp_path / "before")
    with Registry.open(home) as longer:
        longer.record_event("search", "ab" * 32, {}, now)
        note = longer.ledger.checkpoint(now)
    with Registry.open(tmp_path / "before") as shorter:
        with pytest.raises(RecordInvalid, match="events were removed"):
            shorter.ledger.consistency(note, now)
        # The same length again, with something else at the end.
        shorter.record_event("search", "cd" * 32, {}, now)
        shorter.record_event("search", "ef" * 32, {}, now)
        proof = shorter.ledger.consistency(note, now)
        with pytest.raises(ProofInvalid):
            proof.verify(shorter.ledger.verifier_key)


def test_standing_proves_the_grants_in_force_and_their_absence(
    registry: Registry, performer: Performer, new_grant: MakeGrant, now: datetime
) -> None:
    ledger, key = registry.ledger, registry.ledger.verifier_key
    others = [registry.add_performer(f"Other {number}", now=now).ref for number in range(5)]
    for other in others[:4]:
        registry.record_grant(new_grant(other), now)
    nothing = ledger.standing(performer.ref, now)
    assert nothing.verify(key, performer.ref) == ()
    given = [registry.record_grant(new_grant(performer.ref), now).id for _ in range(2)]
    both = ledger.standing(performer.ref, now)
    assert both.verify(key, performer.ref) == tuple(sorted(given))
    registry.record_grant_event(given[0], "withdrawn", on=DAY, now=now)
    assert ledger.standing(performer.ref, now).verify(key, performer.ref) == (given[1],)
    for proof in (nothing, both):
        assert StandingProof.from_document(proof.to_document()) == proof
        shown = str(proof.to_document())
        assert not [ref for ref in (*others, performer.ref) if ref in shown]
    with pytest.raises(ProofInvalid):
        both.verify(key, others[0])
    with pytest.raises(ProofInvalid):
        nothing.verify(key, others[0])
    with pytest.raises(UnknownPerformer):
        ledger.standing("P-00000000", now)
    assert ledger.verify() == ()


def test_a_grant_that_expired_is_not_in_force_on_the_day_of_the_checkpoint(
    registry: Registry, performer: Performer, new_grant: MakeGrant, now: datetime
) -> None:
    registry.record_grant(new_grant(performer.ref), now)
    later = now.replace(year=2029)
    assert registry.ledger.standing(performer.ref, later).verify(registry.ledger.verifier_key, performer.ref) == ()


def test_what_was_sealed_and_the_detail_stay_out_of_the_leaves(
    registry: Registry, performer: Performer, home: Path, now: datetime
) -> None:
    registry.record_event("signed", "ab" * 32, {"grant": "G-00000001", "salt": "c0ffee" * 5, "count": "77"}, now)
    leaf = registry.ledger.prove(3, now).leaf.decode()
    assert "G-00000001" in leaf
    assert "c0ffee" not in leaf
    assert "77" not in registry.ledger.prove(3, now).statement.ids.values()


def test_many_entries_can_be_written_together(registry: Registry, now: datetime) -> None:
    from consent.journal import Change

    changes = [Change("search", "ab" * 32, {"number": str(number)}) for number in range(700)]
    with registry._database.writing() as session:
        append_all(session, changes[:300], now)
        append_all(session, changes[300:], now)
    assert registry.ledger.size() == 701
    assert registry.ledger.prove(500, now).verify(registry.ledger.verifier_key).size == 701
    assert registry.ledger.verify() == ()


def test_events_can_be_listed_for_one_performer(registry: Registry, performer: Performer, now: datetime) -> None:
    registry.record_event("search", "ab" * 32, {}, now)
    assert [event.kind for event in registry.ledger.events(10, performer.ref)] == ["performer-added"]
    assert [event.sequence for event in registry.ledger.events(2)] == [3, 2]


def test_the_keys_of_commitments_last_and_differ_by_purpose_and_performer(
    registry: Registry, performer: Performer, home: Path
) -> None:
    keys = registry._keys
    found = [keys.derived(name, purpose) for name in (REGISTRY, performer.ref) for purpose in ("a", "b")]
    assert len(set(found)) == 4
    with Registry.open(home) as again:
        assert again._keys.derived(performer.ref, "b") == found[3]


def older(home: Path) -> None:
    """Turn a home into one that an earlier version wrote: no leaves, no keys, no ledger."""
    with closing(sqlite3.connect(home / "registry.db")) as database, database:
        for table in ("event", "ledger_node", "ledger_key", "checkpoint"):
            for change in ("update", "delete"):
                database.execute(f"DROP TRIGGER {table}_no_{change}")
        for table in ("ledger_node", "ledger_key", "checkpoint", "receipt", "issuer_key", "intent"):
            database.execute(f"DROP TABLE {table}")
        database.execute("CREATE TABLE old AS SELECT sequence, recorded, kind, subject, detail FROM event")
        database.execute("DROP TABLE event")
        database.execute(
            "CREATE TABLE event (sequence INTEGER NOT NULL, recorded DATETIME NOT NULL, kind VARCHAR NOT NULL, "
            "subject VARCHAR NOT NULL, detail JSON NOT NULL, CONSTRAINT pk_event PRIMARY KEY (sequence))"
        )
        database.execute("INSERT INTO event SELECT * FROM old")
        database.execute("DROP TABLE old")
        for change in ("UPDATE", "DELETE"):
            database.execute(
                f"CREATE TRIGGER event_no_{change.lower()} BEFORE {change} ON event "
                "BEGIN SELECT RAISE(ABORT, 'event is append-only'); END"
            )
        database.execute("ALTER TABLE performer DROP COLUMN erased")
        database.execute("ALTER TABLE release DROP COLUMN purpose_ended_on")
        database.execute("UPDATE alembic_version SET version_num = '0004'")
    with closing(sqlite3.connect(home / "keys.db")) as database, database:
        database.execute("DELETE FROM data_key WHERE performer = 'registry'")
        database.execute("DELETE FROM ledger_key")


def test_a_registry_of_an_earlier_version_gets_its_ledger_with_its_first_change(
    registry: Registry, performer: Performer, template: NewTemplate, new_grant: MakeGrant, home: Path, now: datetime
) -> None:
    registry.add_release(
        performer.ref, signed_on=date(2026, 9, 1), now=now, jurisdiction="US-IL", purposes=["matching"]
    )
    registry.enrol(performer.ref, [template], on=DAY, now=now)
    grant = registry.record_grant(new_grant(performer.ref), now)
    twin = registry.add_performer("Twin", now=now)
    registry.mark_relatives(twin.ref, performer.ref, "twin", now=now)
    events = registry.events()
    registry.close()
    older(home)
    migrate(home, None, now=now)
    with Registry.open(home) as upgraded:
        assert upgraded.events() == events
        (problem,) = upgraded.ledger.verify()
        assert "nothing is committed to yet" in str(problem)
        note = upgraded.ledger.checkpoint(now)
        key = upgraded.ledger.verifier_key
        assert open_checkpoint(note, key).size == len(events) + 4
        assert upgraded.ledger.verify() == ()
        for sequence in range(1, len(events) + 5):
            upgraded.ledger.prove(sequence, now).verify(key)
        assert upgraded.ledger.prove(1, now).statement.commitment is None
        assert upgraded.events(1)[0].kind == "registry-migrated"
        upgraded.record_grant_event(grant.id, "withdrawn", on=DAY, now=now)
        assert upgraded.ledger.verify() == ()
    with closing(sqlite3.connect(home / "registry.db")) as database, database:
        database.execute("UPDATE release SET signed_on = '2020-01-01'")
    with Registry.open(home) as changed:
        (fault,) = changed.ledger.verify()
        assert "release R-" in str(fault)
    for table in ("event", "ledger_node", "ledger_key", "checkpoint"):
        with (
            closing(sqlite3.connect(home / "registry.db")) as database,
            pytest.raises(sqlite3.IntegrityError, match="append-only"),
        ):
            database.execute(f"DELETE FROM {table}")  # noqa: S608 - names of the test itself
