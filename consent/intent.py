"""What is done beside the registry's database, noted in it before, so that a process killed in between is found out.

Keys lie in keys.db, and no one transaction holds both. A change of keys is therefore noted first, then done, then
recorded, and with its event the note goes. A restored or migrated registry is noted by itself, since its keys are not
at hand then. Whatever note is left when somebody next writes becomes an event if what it says has come true.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, delete, select

from consent.keystore import KeyStore
from consent.tables import IntentRow

RESTORED: Final = "registry-restored"
MIGRATED: Final = "registry-migrated"
_BY_THEMSELVES: Final = (RESTORED, MIGRATED)
_KEYS: Final = ("keys-rotated", "keys-moved")


def note(session: Session, kind: str, subject: str, detail: Mapping[str, str], now: datetime) -> None:
    """Keep what is about to be done, or was done without keys. detail: that of the event to come."""
    session.add(IntentRow(kind=kind, subject=subject, detail=dict(detail), recorded=now))
    session.flush()


def clear(session: Session, subject: str) -> None:
    """Forget what was noted of a subject: its event is written in this transaction, or nothing came of it."""
    session.execute(delete(IntentRow).where(col(IntentRow.subject) == subject))


def left_behind(session: Session, keys: KeyStore) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """Yield kind, subject and detail of each event that nobody lived to write, and forget its note.

    A note that has not come true stays: somebody may be about to make it so, and clears it then.
    """
    for row in session.exec(select(IntentRow).order_by(col(IntentRow.sequence))).all():
        if not _came_true(row, keys):
            continue
        said = {} if row.kind in _BY_THEMSELVES else {"interrupted": "yes"}
        session.delete(row)
        session.flush()
        yield row.kind, row.subject, {**row.detail, **said}


def _came_true(row: IntentRow, keys: KeyStore) -> bool:
    if row.kind in _BY_THEMSELVES:
        return True
    if row.kind in _KEYS:
        return row.detail.get("key") == keys.kek().id
    held = keys.held().get(row.subject)
    if row.kind == "key-held":
        return held is not None and held.public.hex() == row.detail.get("holder")
    return held is None
