"""Which performers look alike enough that a face comparison must not decide between them: recorded and listed.

Every function works inside the session it is given; the transaction is the caller's.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import get_args

from sqlmodel import Session, select

from consent.errors import RecordInvalid
from consent.people import performer_row
from consent.tables import KinshipRow
from consent.values import KinshipKind


def mark(session: Session, performer: str, other: str, kind: KinshipKind, now: datetime) -> KinshipRow:
    """Return the row that says that two performers look alike; marking them again changes the kind.

    Raises UnknownPerformer, RecordInvalid for one performer twice or for an unknown kind.
    """
    if performer == other:
        raise RecordInvalid(f"{performer} cannot be marked as a relative of itself; name two performers")
    if kind not in get_args(KinshipKind):
        raise RecordInvalid(f"{kind!r} is no kind of relative; use one of {', '.join(get_args(KinshipKind))}")
    for ref in (performer, other):
        performer_row(session, ref)
    first, second = sorted((performer, other))
    row = session.get(KinshipRow, (first, second))
    if row is None:
        row = KinshipRow(performer=first, other=second, kind=kind, recorded=now)
        session.add(row)
    else:
        row.kind, row.recorded, row.version = kind, now, row.version + 1
    session.flush()
    return row


def relatives(session: Session) -> Mapping[str, frozenset[str]]:
    """Return, for each performer marked so, all others that look alike."""
    found: dict[str, set[str]] = {}
    for row in session.exec(select(KinshipRow)):
        found.setdefault(row.performer, set()).add(row.other)
        found.setdefault(row.other, set()).add(row.performer)
    return {performer: frozenset(others) for performer, others in found.items()}
