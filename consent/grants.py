"""Grants and their events in the database: recorded, found, listed, moved on.

A grant is never changed: what happens to it is added as an event, and its status on a day is computed
from the events (`Grant.status_on`).
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from sqlmodel import Session, SQLModel, col, select

from consent.errors import RecordInvalid, UnknownGrant
from consent.grant import EventKind, Grant, NewGrant, Status
from consent.grant_record import record_of
from consent.people import performer_row
from consent.references import is_reference, new_reference
from consent.rows import grant_from_rows
from consent.tables import GrantEventRow, GrantRow

# What may happen to a grant next, by its present status.
_NEXT: Final[dict[Status | None, tuple[EventKind, ...]]] = {
    None: (),
    "requested": ("given", "withdrawn"),
    "given": ("suspended", "withdrawn"),
    "suspended": ("resumed", "withdrawn"),
    "withdrawn": (),
}


def record_grant(session: Session, grant: NewGrant, now: datetime) -> Grant:
    """Return the grant as recorded, given on the day it was signed. Raises UnknownPerformer."""
    performer_row(session, grant.performer)
    row = GrantRow(
        id=new_reference("G"),
        performer=grant.performer,
        signed_on=grant.signed_on,
        record=record_of(grant),
        recorded=now,
    )
    session.add(row)
    session.flush()
    given = GrantEventRow(grant=row.id, kind="given", on=grant.signed_on, recorded=now)
    session.add(given)
    session.flush()
    return grant_from_rows(row, [given])


def add_event(session: Session, grant_id: str, kind: EventKind, *, on: date, now: datetime) -> Grant:
    """Return the grant with one more event.

    Raises UnknownGrant, or RecordInvalid for a step that cannot follow the last one: an event dated
    before it, or a change that its status does not allow.
    """
    known = grant(session, grant_id)
    last = known.events[-1]
    status = known.status_on(date.max)
    if on < last.on:
        raise RecordInvalid(
            f'{grant_id} was "{last.kind}" on {last.on} and cannot be "{kind}" on {on}; give a later day'
        )
    if kind not in _NEXT[status]:
        possible = " or ".join(_NEXT[status]) or "nothing more; record a new grant"
        raise RecordInvalid(f'{grant_id} is {status} and cannot be "{kind}"; what can follow is {possible}')
    row = session.get_one(GrantRow, grant_id)
    row.version += 1
    session.add(GrantEventRow(grant=grant_id, kind=kind, on=on, recorded=now))
    session.flush()
    return grant(session, grant_id)


def grant(session: Session, grant_id: str) -> Grant:
    """Return one grant. Raises UnknownGrant."""
    row = session.get(GrantRow, grant_id) if is_reference("G", grant_id) else None
    if row is None:
        raise UnknownGrant(grant_id)
    query = select(GrantEventRow).where(col(GrantEventRow.grant) == grant_id).order_by(col(GrantEventRow.sequence))
    return grant_from_rows(row, session.exec(query))


def rows_written(session: Session, grant_id: str) -> list[SQLModel]:
    """Return what the last step of a grant wrote: the grant's row, and that of its newest event."""
    query = select(GrantEventRow).where(col(GrantEventRow.grant) == grant_id)
    newest = session.exec(query.order_by(col(GrantEventRow.sequence).desc()).limit(1)).one()
    return [session.get_one(GrantRow, grant_id), newest]


def grants_in_force(session: Session, on: date, performer: str | None = None) -> Mapping[str, tuple[str, ...]]:
    """Return the ids of the grants in force on a day, by performer; who has none is left out.

    In force: given, begun and not expired. A grant that does not state its end has not expired.
    """
    found: dict[str, list[str]] = {}
    for each in grants(session, performer):
        start, end = each.scope.starts_on or each.signed_on, each.scope.expires_on
        if each.status_on(on) == "given" and start <= on and not (isinstance(end, date) and end < on):
            found.setdefault(each.performer, []).append(each.id)
    return {ref: tuple(sorted(ids)) for ref, ids in found.items()}


def grants(session: Session, performer: str | None = None) -> tuple[Grant, ...]:
    """Return the grants of one performer, or all, by day of signature. Raises UnknownPerformer."""
    rows = select(GrantRow).order_by(col(GrantRow.signed_on), col(GrantRow.id))
    steps = select(GrantEventRow).order_by(col(GrantEventRow.sequence))
    if performer is not None:
        performer_row(session, performer)
        rows = rows.where(col(GrantRow.performer) == performer)
        steps = steps.join(GrantRow, col(GrantRow.id) == col(GrantEventRow.grant)).where(
            col(GrantRow.performer) == performer
        )
    events: dict[str, list[GrantEventRow]] = {}
    for step in session.exec(steps):
        events.setdefault(step.grant, []).append(step)
    return tuple(grant_from_rows(row, events.get(row.id, [])) for row in session.exec(rows))
