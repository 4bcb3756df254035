"""What was known about a performer at a moment: every change is kept as another version.

A version holds the facts that the validity of a consent rests on (minority, death, whose authority) and nothing that
says who or what the person is, so that it can stay when the performer's personal data is erased.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from consent.grant import Survivorship
from consent.rows import performer_of
from consent.stored import optional_text, word
from consent.tables import PerformerRow, PerformerVersionRow
from consent.values import EstateRole, Performer

_DAYS: Final = ("minor_until", "deceased_on")
_TEXTS: Final = ("guardian_authority", "domicile_at_death", "estate_authority")
_WORDS: Final = {"estate_role": EstateRole, "estate_survivorship": Survivorship}


def keep(session: Session, row: PerformerRow, now: datetime) -> PerformerVersionRow:
    """Return the version added: what the performer's row now says."""
    version = PerformerVersionRow(performer=row.ref, record=_record(performer_of(row)), recorded=now)
    session.add(version)
    session.flush()
    return version


def keep_first(session: Session, row: PerformerRow) -> None:
    """Keep the first version of a performer registered before versions were kept, ahead of a change."""
    query = select(PerformerVersionRow.sequence).where(col(PerformerVersionRow.performer) == row.ref).limit(1)
    if session.exec(query).first() is None:
        keep(session, row, row.registered)


def known(session: Session, row: PerformerRow, known_at: datetime | None) -> Performer | None:
    """Return the performer of a row as known at a moment, None before the registration.

    known_at None: as known now. Names, identifiers, domicile and unions are always the present ones.
    """
    current = performer_of(row)
    if known_at is None:
        return current
    if known_at < current.registered:
        return None
    query = (
        select(PerformerVersionRow)
        .where(col(PerformerVersionRow.performer) == row.ref, col(PerformerVersionRow.recorded) <= known_at)
        .order_by(col(PerformerVersionRow.sequence).desc())
        .limit(1)
    )
    version = session.exec(query).first()
    return current if version is None else replace(current, **_facts(version.record))


def _record(performer: Performer) -> dict[str, Any]:
    days = {name: getattr(performer, name) for name in _DAYS}
    return {
        **{name: None if day is None else day.isoformat() for name, day in days.items()},
        **{name: getattr(performer, name) for name in (*_TEXTS, *_WORDS, "minor")},
    }


def _facts(record: Any) -> dict[str, Any]:
    if not isinstance(record, dict) or record["minor"] not in (True, False, None):
        raise TypeError("a mapping of facts was expected")
    days = {name: optional_text(record[name]) for name in _DAYS}
    return {
        **{name: None if day is None else date.fromisoformat(day) for name, day in days.items()},
        **{name: optional_text(record[name]) for name in _TEXTS},
        **{name: word(record[name], vocabulary) for name, vocabulary in _WORDS.items()},
        "minor": record["minor"],
    }
