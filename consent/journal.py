"""The append-only record of changes, each entry a leaf of the ledger's Merkle tree.

Details hold ids, digests and counts, never a name. The database refuses to change or delete an entry; each commits to
the rows that the change wrote, so that a row changed by other ways is found (see `consent.ledger_check`).
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlmodel import Session, SQLModel, col, select

from consent import accepted, intent, ledger_begin, ledger_tree
from consent.commitments import PURPOSE, Written, bound_rows, event_commitment, leaf_for
from consent.keystore import KeyStore
from consent.ledger_keys import REGISTRY
from consent.references import is_reference
from consent.rows import event_of
from consent.tables import EventRow
from consent.values import RegistryEvent

if TYPE_CHECKING:
    from consent.keystore import KeyStore

# Where a session carries the key store, and the end of the log once it has appended.
KEYS: Final = "keys"
_END: Final = "end of the log"
# What is recorded of an erased performer goes on being verifiable: their own key is about to go, or has gone.
ERASED: Final = "performer-erased"


@dataclass(frozen=True, slots=True)
class Change:
    """One entry to be made. rows: those that it wrote, as they now stand; gone: those that it removed."""

    kind: str
    subject: str
    detail: Mapping[str, str] = field(default_factory=dict)
    rows: Sequence[SQLModel | Written] = ()
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
    """Add entries in their order, written together: what an import of many thousands uses.

    The session must be a writing one, which holds the lock. Raises RecordInvalid.
    """
    keys: KeyStore = session.info[KEYS]
    # Rows get their keys and defaults when they are written; what is committed to is what is kept.
    session.flush()
    end = session.info.get(_END)
    if end is None:
        end = session.info[_END] = ledger_tree.LogEnd(session)
        late = [Change(*left) for left in intent.left_behind(session, keys)]
        if end.unbound:
            end.unbound = False
            late = [Change(*begun) for begun in ledger_begin.begun(session, keys, now)] + late
        changes = [*late, *changes]
    # Looked at once: another process takes a performer's key away only after it has had the lock.
    named, key_of = keys.held_names(), keys.deriver(PURPOSE)
    events: list[dict[str, Any]] = []
    made: list[dict[str, Any]] = []
    for change in changes:
        detail = accepted.detail(change.kind, change.subject, change.detail)
        under = _key_name(named, change)
        key = key_of(under)
        bound = bound_rows(key, change.rows, change.gone)
        commitment = event_commitment(key, change.kind, change.subject, detail, bound)
        leaf = leaf_for(end.size, change.kind, change.subject, detail, now, commitment)
        position = end.size
        made += end.add(leaf)
        events.append(
            {
                "sequence": end.sequence,
                "recorded": now,
                "kind": change.kind,
                "subject": change.subject,
                "detail": detail,
                "position": position,
                "leaf": leaf,
                "committed_under": under,
                "bound_rows": bound,
            }
        )
    if events:
        ledger_tree.write(session, events, made)


def latest(session: Session, limit: int, subject: str | None = None) -> tuple[RegistryEvent, ...]:
    """Return the last entries, newest first; of one subject when it is named."""
    query = select(EventRow).order_by(col(EventRow.sequence).desc()).limit(limit)
    if subject is not None:
        query = query.where(col(EventRow.subject) == subject)
    return tuple(event_of(row) for row in session.exec(query))


def _key_name(named: Container[str], change: Change) -> str:
    about = is_reference("P", change.subject) and change.kind != ERASED
    return change.subject if about and change.subject in named else REGISTRY
