"""What happens to grants, written down: given or requested, amended, moved on, superseded.

Nothing recorded is changed. Terms are added as another version, steps as another event, and each with its
entry in the record of changes; what holds on a day is computed from them (`consent.grant`).
"""

from datetime import date, datetime
from typing import Final, Literal

from sqlmodel import Session

from consent import accepted, authority, journal
from consent.errors import RecordInvalid
from consent.grant import FINAL, EventKind, Grant, NewGrant, Status
from consent.grant_record import record_of
from consent.grants import grant
from consent.people import performer_row
from consent.references import new_reference
from consent.rows import performer_of
from consent.tables import GrantEventRow, GrantRow, GrantVersionRow

# What may happen to a grant next, by its present status.
_NEXT: Final[dict[Status | None, tuple[EventKind, ...]]] = {
    None: (),
    "requested": ("given", "withdrawn"),
    "given": ("suspended", "withdrawn", "superseded"),
    "suspended": ("resumed", "withdrawn", "superseded"),
    "withdrawn": (),
    "superseded": (),
}


def record(session: Session, new: NewGrant, kind: Literal["given", "requested"], now: datetime) -> Grant:
    """Return the grant as recorded, given or requested on the day of its signature.

    Raises UnknownPerformer, or RecordInvalid when whoever signed could not.
    """
    performer = performer_of(performer_row(session, new.performer))
    if kind == "given" and (why := authority.refusal(new, performer, new.signed_on)):
        raise RecordInvalid(why)
    row = GrantRow(
        id=new_reference("G"),
        performer=new.performer,
        signed_on=new.signed_on,
        record=record_of(new),
        recorded=now,
    )
    session.add(row)
    session.flush()
    step = GrantEventRow(grant=row.id, kind=kind, on=new.signed_on, recorded=now)
    session.add(step)
    session.flush()
    name = "grant-recorded" if kind == "given" else "grant-requested"
    journal.append(session, name, new.performer, {"grant": row.id}, now, rows=(row, step))
    return grant(session, row.id)


def add_event(
    session: Session,
    grant_id: str,
    kind: EventKind,
    *,
    on: date,
    now: datetime,
    reason: str | None = None,
    by: str | None = None,
) -> Grant:
    """Return the grant with one more event.

    Raises UnknownGrant, or RecordInvalid for a step that cannot follow the last one: an event dated
    before it, or a change that its status does not allow, or a signature of somebody who could not sign.
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
    if kind == "given":
        performer = performer_of(performer_row(session, known.performer))
        if why := authority.refusal(known, performer, on):
            raise RecordInvalid(why)
    row = session.get_one(GrantRow, grant_id)
    row.version += 1
    code = None if reason is None else accepted.reason(reason)
    step = GrantEventRow(grant=grant_id, kind=kind, on=on, recorded=now, reason=code, by=by)
    session.add(step)
    session.flush()
    detail = {"grant": grant_id, "on": on.isoformat(), "reason": code, "by": by}
    stated = {name: value for name, value in detail.items() if value is not None}
    journal.append(session, f"grant-{kind}", known.performer, stated, now, rows=(row, step))
    return grant(session, grant_id)


def amend(session: Session, grant_id: str, terms: NewGrant, *, effective_on: date, now: datetime) -> Grant:
    """Return the grant with another version, which holds from effective_on on.

    Raises UnknownGrant, or RecordInvalid for a grant that has ended, for a day before it was given, and when
    whoever signed the amendment could not.
    """
    known = grant(session, grant_id)
    status = known.status_on(date.max)
    if status in FINAL:
        raise RecordInvalid(f"{grant_id} is {status} and cannot be amended; record a new grant")
    if terms.performer != known.performer:
        raise RecordInvalid(f"{grant_id} is a grant of {known.performer}; its amendment names {terms.performer}")
    if effective_on < known.given_on:
        raise RecordInvalid(
            f"the amendment takes effect on {effective_on}, before {grant_id} was given on {known.given_on}; "
            "give a later day"
        )
    performer = performer_of(performer_row(session, known.performer))
    # Without a signature of its own it corrects the record, and nobody signed anew.
    if terms.signed_on != known.signed_on and (why := authority.refusal(terms, performer, terms.signed_on)):
        raise RecordInvalid(why)
    row = session.get_one(GrantRow, grant_id)
    row.version += 1
    version = GrantVersionRow(
        grant=grant_id,
        number=known.version + 1,
        effective_on=effective_on,
        record=record_of(terms),
        recorded=now,
    )
    session.add(version)
    session.flush()
    detail = {"grant": grant_id, "version": str(version.number), "effective": effective_on.isoformat()}
    journal.append(session, "grant-amended", known.performer, detail, now, rows=(row, version))
    return grant(session, grant_id)


def supersede(session: Session, old: str, new: str, *, on: date | None, now: datetime) -> Grant:
    """Return the old grant, superseded by the new one; without a day, from the day the new one was given.

    Raises UnknownGrant, RecordInvalid when the two cannot follow one another.
    """
    successor = grant(session, new)
    if old == new:
        raise RecordInvalid(f"{old} cannot take its own place; name the grant that replaces it")
    if successor.performer != grant(session, old).performer:
        raise RecordInvalid(f"{old} and {new} are grants of two performers; name two grants of one")
    if successor.status_on(date.max) != "given":
        raise RecordInvalid(
            f"{new} is {successor.status_on(date.max)}; only a grant that is given takes another's place"
        )
    return add_event(session, old, "superseded", on=on or successor.given_on, now=now, by=new)
