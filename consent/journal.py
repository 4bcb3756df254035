"""The append-only record of changes, and a digest of the registry's state.

Details hold ids, digests and counts, never a name. The database refuses to change or delete an entry.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert
from sqlmodel import Session, SQLModel, col, select

from consent import accepted
from consent.rows import event_of
from consent.tables import EventRow, GrantRow, KinshipRow, PerformerRow, ReleaseRow, TemplateRow
from consent.values import RegistryEvent


@dataclass(frozen=True, slots=True)
class Change:
    """One entry to be made. rows: those that it wrote, as they now stand; gone: those that it removed."""

    kind: str
    subject: str
    detail: Mapping[str, str] = field(default_factory=dict)
    rows: Sequence[SQLModel] = ()
    gone: Sequence[SQLModel] = ()


def append(
    session: Session,
    kind: str,
    subject: str,
    detail: Mapping[str, str],
    now: datetime,
    *,
    rows: Sequence[SQLModel] = (),
    gone: Sequence[SQLModel] = (),
) -> None:
    """Add one entry. Raises RecordInvalid when the detail holds more than ids, digests and counts.

    rows: those that the change wrote, as they now stand; gone: those that it removed.
    """
    append_all(session, [Change(kind, subject, detail, rows, gone)], now)


def append_all(session: Session, changes: Iterable[Change], now: datetime) -> None:
    """Add entries in their order, written together: what an import of many thousands uses. Raises RecordInvalid."""
    entries = [
        {
            "recorded": now,
            "kind": change.kind,
            "subject": change.subject,
            "detail": accepted.detail(change.kind, change.subject, change.detail),
        }
        for change in changes
    ]
    if entries:
        session.execute(insert(EventRow), entries)


def latest(session: Session, limit: int) -> tuple[RegistryEvent, ...]:
    """Return the last entries, newest first."""
    query = select(EventRow).order_by(col(EventRow.sequence).desc()).limit(limit)
    return tuple(event_of(row) for row in session.exec(query))


def state_digest(session: Session) -> str:
    """Return the SHA-256 over the ids and versions of everything kept, in hexadecimal.

    The same state gives the same digest on every machine; any addition or change gives another.
    """
    states = (
        session.exec(select(PerformerRow.ref, PerformerRow.version)),
        session.exec(select(ReleaseRow.id, ReleaseRow.version)),
        session.exec(select(TemplateRow.reference, TemplateRow.version)),
        session.exec(select(GrantRow.id, GrantRow.version)),
        ((f"{row.performer}+{row.other}:{row.kind}", row.version) for row in session.exec(select(KinshipRow))),
    )
    lines = sorted(f"{reference} {version}\n" for state in states for reference, version in state)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
