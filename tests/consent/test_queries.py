"""Questions about one performer read that performer's rows through an index, and never a whole table."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import event, text

from consent.answer import Use
from consent.grant import NewGrant
from consent.grants import grants_in_force
from consent.registry import Registry
from consent.values import Performer

DAY = date(2026, 9, 30)
MakeGrant = Callable[..., NewGrant]


@pytest.fixture
def asked(registry: Registry, performer: Performer, new_grant: MakeGrant, now: datetime) -> Iterator[list[Any]]:
    """Yield the statements that the test sends to a registry with one grant."""
    registry.record_grant(new_grant(performer.ref), now)
    statements: list[Any] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    event.listen(registry._database._reader, "before_cursor_execute", note)
    yield statements
    event.remove(registry._database._reader, "before_cursor_execute", note)


def plans(registry: Registry, statements: list[Any]) -> list[str]:
    """Return what SQLite does for each SELECT, step by step."""
    with registry._database.reading() as session:
        connection = session.connection()
        selects = [each for each in statements if each[0].lstrip().startswith("SELECT")]
        return [
            str(step[3])
            for statement, parameters in selects
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]


@pytest.mark.parametrize("known_at", [None, datetime.fromisoformat("2026-10-01T00:00:00+00:00")])
def test_a_check_scans_no_table(
    registry: Registry, performer: Performer, asked: list[Any], known_at: datetime | None
) -> None:
    registry.check(performer.ref, Use(date=DAY), known_at=known_at)
    assert len(asked) <= 8
    steps = plans(registry, asked)
    assert len(steps) >= 4
    assert not [step for step in steps if re.match(r"SCAN", step)]


def test_neither_grants_in_force_of_one_performer_nor_deliverables_scan_a_table(
    registry: Registry, performer: Performer, asked: list[Any]
) -> None:
    with registry._database.reading() as session:
        grants_in_force(session, DAY, performer.ref)
    (grant,) = registry.grants(performer.ref)
    registry.deliverables.resting_on(performer.ref, on=DAY)
    registry.deliverables.resting_on(grant.id, on=DAY)
    assert not [step for step in plans(registry, asked) if re.match(r"SCAN", step)]


def test_the_event_of_a_record_whose_performer_is_known_is_found_without_reading_the_log(
    registry: Registry, performer: Performer, asked: list[Any]
) -> None:
    (grant,) = registry.grants(performer.ref)
    registry.ledger.sequence_of("grant-recorded", grant.id, subject=performer.ref)
    registry.ledger.events(10, performer.ref)
    steps = plans(registry, asked)
    assert any("ix_event_subject_kind" in step for step in steps)
    assert not [step for step in steps if re.match(r"SCAN", step)]


def test_a_scan_would_be_seen(registry: Registry, asked: list[Any]) -> None:
    with registry._database.reading() as session:
        session.execute(text("SELECT record FROM consent_grant"))
    assert [step for step in plans(registry, asked) if re.match(r"SCAN", step)]
