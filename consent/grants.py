"""Grants in the database, found and listed: as they stand, and as they were known at a moment.

Two times are kept apart. The day on which something holds (a signature, an effective day, the day of an
event) belongs to the grant; the moment at which it was recorded decides whether it was known. What was
recorded after a moment is not seen when the registry is asked as of that moment.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Select
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from consent import driver_rows
from consent.errors import UnknownGrant
from consent.grant import ANY, Grant, status_after
from consent.people import performer_row
from consent.references import is_reference
from consent.rows import grant_from_rows
from consent.tables import GrantEventRow, GrantRow, GrantVersionRow, PerformerRow

_ENDED_BY_DEATH: Final = frozenset({"ends", "representative"})


def grant(session: Session, grant_id: str, *, known_at: datetime | None = None) -> Grant:
    """Return one grant with its last version known. Raises UnknownGrant, also for one not yet recorded then."""
    row = session.get(GrantRow, grant_id) if is_reference("G", grant_id) else None
    if row is None or (known_at is not None and row.recorded > known_at):
        raise UnknownGrant(grant_id)
    steps = _known(select(GrantEventRow), GrantEventRow, known_at).where(col(GrantEventRow.grant) == grant_id)
    later = _known(select(GrantVersionRow), GrantVersionRow, known_at).where(col(GrantVersionRow.grant) == grant_id)
    return grant_from_rows(row, session.exec(steps), session.exec(later))


def grants(session: Session, performer: str | None = None, *, known_at: datetime | None = None) -> tuple[Grant, ...]:
    """Return the grants of one performer, or all, by day of signature. Raises UnknownPerformer.

    known_at: with what had been recorded by that moment and nothing else; None for everything.
    """
    rows = select(GrantRow).order_by(col(GrantRow.signed_on), col(GrantRow.id))
    if known_at is not None:
        rows = rows.where(col(GrantRow.recorded) <= known_at)
    steps = _known(select(GrantEventRow), GrantEventRow, known_at)
    later = _known(select(GrantVersionRow), GrantVersionRow, known_at)
    if performer is not None:
        performer_row(session, performer)
        rows = rows.where(col(GrantRow.performer) == performer)
        of_performer = select(GrantRow.id).where(col(GrantRow.performer) == performer)
        steps = steps.where(col(GrantEventRow.grant).in_(of_performer))
        later = later.where(col(GrantVersionRow.grant).in_(of_performer))
    events: dict[str, list[GrantEventRow]] = {}
    for step in session.exec(steps):
        events.setdefault(step.grant, []).append(step)
    versions: dict[str, list[GrantVersionRow]] = {}
    for version in session.exec(later):
        versions.setdefault(version.grant, []).append(version)
    return tuple(grant_from_rows(row, events.get(row.id, ()), versions.get(row.id, ())) for row in session.exec(rows))


def grants_in_force(session: Session, on: date, performer: str | None = None) -> Mapping[str, tuple[str, ...]]:
    """Return, for each performer with any, the ids of the grants in force on a day, sorted.

    In force is a grant that stands as given, whose term has begun, and that nothing on record has ended:
    neither its last day nor the performer's death. A few queries whatever the number of performers; with
    performer, of that one alone.
    """
    given = _given(session, on, performer)
    if not given:
        return {}
    dead = _deaths(session, on, performer)
    # All that limits them, of those few where more than a term does: an amendment, or a death.
    limits = {row[0]: row[2:] for row in session.execute(_limits_of_the_dead(on, performer))} if dead else {}
    limits |= {row[0]: row[2:] for row in session.execute(_limits_of_versions(on, performer))}
    day, found = on.isoformat(), dict[str, list[str]]()
    for batch in driver_rows.batches(session, _terms(performer)):
        for grant_id, ref, starts, expires in batch:
            if grant_id not in given:
                continue
            limited = limits.get(grant_id)
            if _in_term(day, starts, expires) if limited is None else _holds(day, *limited, died=dead.get(ref)):
                found.setdefault(ref, []).append(grant_id)
    return {ref: tuple(sorted(ids)) for ref, ids in found.items()}


def _known(query: SelectOfScalar[Any], table: Any, known_at: datetime | None) -> SelectOfScalar[Any]:
    """Return the query in the order of recording, of what had been recorded by that moment."""
    ordered = query.order_by(col(table.sequence))
    return ordered if known_at is None else ordered.where(col(table.recorded) <= known_at)


def _given(session: Session, on: date, performer: str | None) -> set[str]:
    """Return the ids of the grants that stand as given on a day.

    Most have no other step than that, and are given from its day on; of the others all steps are read.
    """
    name, kind, day = col(GrantEventRow.grant), col(GrantEventRow.kind), col(GrantEventRow.on)
    begun = _of(performer, select_columns(name).where(kind == "given", day <= on), name)
    moved = _of(performer, select_columns(name).where(kind.is_distinct_from("given")), name)
    steps: Any = select_columns(name, kind, day).where(name.in_(moved))
    steps = _of(performer, steps.order_by(name, col(GrantEventRow.sequence)), name)
    found = {grant_id for batch in driver_rows.batches(session, begun) for (grant_id,) in batch}
    rows: Iterator[Any] = iter(session.execute(steps))
    for grant_id, events in groupby(rows, key=itemgetter(0)):
        if status_after(((what, when) for _, what, when in events), on) != "given":
            found.discard(grant_id)
    return found


def _of(performer: str | None, query: Select[Any], grant_id: Any) -> Select[Any]:
    """Return the query, of the grants of one performer where one is named."""
    if performer is None:
        return query
    return query.where(grant_id.in_(select(GrantRow.id).where(col(GrantRow.performer) == performer)))


def _limits_in(record: Any) -> tuple[Any, ...]:
    """Return the columns of a grant's document that say when it ends."""
    paths = (("scope", "starts_on"), ("scope", "expires_on"), ("survivorship",), ("signatory", "role"), ("signed_on",))
    return tuple(col(record)[path].as_string() for path in paths)


def _terms(performer: str | None) -> Select[Any]:
    """Return the query for when each grant begins and ends."""
    query: Select[Any] = select_columns(col(GrantRow.id), col(GrantRow.performer), *_limits_in(GrantRow.record)[:2])
    return query if performer is None else query.where(col(GrantRow.performer) == performer)


def _limits_of_the_dead(on: date, performer: str | None) -> Select[Any]:
    dead = select(PerformerRow.ref).where(col(PerformerRow.deceased_on) < on)
    query: Select[Any] = select_columns(col(GrantRow.id), col(GrantRow.performer), *_limits_in(GrantRow.record))
    return _of(performer, query.where(col(GrantRow.performer).in_(dead)), col(GrantRow.id))


def _limits_of_versions(on: date, performer: str | None) -> Select[Any]:
    names = (col(GrantVersionRow.grant), col(GrantVersionRow.number))
    query: Select[Any] = select_columns(*names, *_limits_in(GrantVersionRow.record))
    query = query.where(col(GrantVersionRow.effective_on) <= on).order_by(col(GrantVersionRow.sequence))
    return _of(performer, query, col(GrantVersionRow.grant))


def _deaths(session: Session, on: date, performer: str | None) -> dict[str, tuple[date, str | None]]:
    facts = (col(PerformerRow.ref), col(PerformerRow.deceased_on), col(PerformerRow.estate_survivorship))
    query: Any = select_columns(*facts).where(col(PerformerRow.deceased_on) < on)
    if performer is not None:
        query = query.where(col(PerformerRow.ref) == performer)
    return {ref: (died, survives) for ref, died, survives in session.execute(query)}


def _in_term(day: str, starts: str | None, expires: str | None) -> bool:
    if starts is not None and starts > day:
        return False
    return expires is None or expires == ANY.value or expires >= day


def _holds(
    day: str,
    starts: str | None,
    expires: str | None,
    survivorship: str | None,
    role: str | None,
    signed: str,
    *,
    died: tuple[date, str | None] | None,
) -> bool:
    if not _in_term(day, starts, expires):
        return False
    if died is None or (role in ("estate", "representative") and signed > died[0].isoformat()):
        return True
    return (survivorship or died[1]) not in _ENDED_BY_DEATH
