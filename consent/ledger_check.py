"""What is wrong with the ledger: every event recomputed from its row, the tree from the events, the rows from both.

A fault is a value, named with the event and the record that it concerns; a row that cannot even be read is one too.
What an erased performer's key had committed to cannot be compared any more, and is not taken for a fault.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Table, and_, or_
from sqlalchemy import select as select_columns
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from consent import ledger_key
from consent.checkpoint import Checkpoint, open_checkpoint
from consent.commitments import PURPOSE, UNBOUND, event_commitment, key_text, leaf_for, row_commitment
from consent.errors import CheckpointInvalid, ProofInvalid, TemplateUnreadable
from consent.journal import ERASED
from consent.keystore import KeyStore
from consent.leaf import read_leaf
from consent.merkle import folded, leaf_hash, node_hash, number_of, perfect
from consent.tables import METADATA, CheckpointRow, EventRow, LedgerNodeRow

_ROWS_A_QUERY: Final = 500
_UNREADABLE: Final = (ValueError, TypeError, LookupError, AttributeError, RecursionError, SQLAlchemyError)


@dataclass(frozen=True, slots=True)
class LedgerProblem:
    """One fault, as a sentence; the number of the event that it concerns, where it concerns one."""

    message: str
    event: int | None = None

    def __str__(self) -> str:
        return self.message


@dataclass(slots=True)
class _Bindings:
    """What the events say about the rows: for table and key, the event, the commitment and the key's name."""

    hashes: list[bytes] = field(default_factory=list)
    rows: dict[tuple[str, str], tuple[int, str | None, str]] = field(default_factory=dict)
    begun: bool = False
    whole: bool = True


class _Committed:
    """The keys that commitments are checked with; None for those of erased performers, which are gone for good."""

    def __init__(self, session: Session, keys: KeyStore) -> None:
        self._keys = keys
        self._erased = set(session.exec(select(EventRow.subject).where(col(EventRow.kind) == ERASED)))
        self._known: dict[str, bytes | None] = {}
        self.missing: list[str] = []

    def key(self, name: str) -> bytes | None:
        """Return the key of that name, or None when it is gone; one that nobody erased is noted as missing."""
        if name not in self._known:
            try:
                self._known[name] = self._keys.derived(name, PURPOSE) if self._keys.holds(name) else None
            except TemplateUnreadable:
                self._known[name] = None
            if self._known[name] is None and name not in self._erased:
                self.missing.append(name)
        return self._known[name]


def problems(session: Session, keys: KeyStore) -> tuple[LedgerProblem, ...]:
    """Return every fault of the log, its tree, its checkpoints and the rows that it is about; none is the aim."""
    committed, bindings = _Committed(session, keys), _Bindings()
    found = list(_events(session, committed, bindings))
    if not bindings.begun:
        message = 'nothing is committed to yet: the registry is from an earlier version; "clearance ledger checkpoint"'
        return (*found, LedgerProblem(f"{message} begins its ledger"))
    if bindings.whole:
        levels = _levels(bindings.hashes)
        found += _tree(session, levels)
        found += _checkpoints(session, levels)
    found += _rows(session, committed, bindings)
    found += [
        LedgerProblem(f"the key of {name} is missing, and no event says that it was erased; restore the key database")
        for name in committed.missing
    ]
    return tuple(found)


def _events(session: Session, committed: _Committed, bindings: _Bindings) -> Iterator[LedgerProblem]:
    """Yield what is wrong with the events themselves, and gather what they say."""
    expected, last = 0, 0
    for key, row in _read(session, METADATA.tables["event"], "position"):
        if row is None:
            bindings.whole = False
            expected += 1
            yield LedgerProblem(f"event {key} was changed: it cannot be read", int(key))
            continue
        position, sequence = row["position"], row["sequence"]
        if position != expected or sequence != last + 1:
            bindings.whole = bindings.whole and position == expected
            gone = f"event {last + 1} is" if sequence <= last + 2 else f"events {last + 1} to {sequence - 1} are"
            out_of_order = sequence <= last
            yield LedgerProblem(
                f"event {sequence} is out of its order" if out_of_order else f"{gone} missing", last + 1
            )
        expected, last = position + 1, sequence
        bindings.hashes.append(leaf_hash(row["leaf"]))
        yield from _event(row, committed, bindings)


def _event(row: Mapping[str, Any], committed: _Committed, bindings: _Bindings) -> Iterator[LedgerProblem]:
    sequence, under = row["sequence"], row["committed_under"]
    if under is None and bindings.begun:
        yield LedgerProblem(f"event {sequence} commits to nothing, unlike those before it; it was put there", sequence)
    bindings.begun = bindings.begun or under is not None
    try:
        commitment = _commitment(row, committed)
        leaf = leaf_for(row["position"], row["kind"], row["subject"], row["detail"], row["recorded"], commitment)
        for table, record, mac in row["bound_rows"]:
            bindings.rows[table, record] = (sequence, mac, under)
    except (*_UNREADABLE, ProofInvalid):
        leaf = b""
    if leaf != row["leaf"]:
        yield LedgerProblem(f"event {sequence} was changed: its row is not what its leaf commits to", sequence)


def _commitment(row: Mapping[str, Any], committed: _Committed) -> str | None:
    under = row["committed_under"]
    if under is None:
        return None
    key = committed.key(under)
    if key is None:
        return read_leaf(row["leaf"]).commitment
    return event_commitment(key, row["kind"], row["subject"], row["detail"], row["bound_rows"])


def _levels(hashes: Sequence[bytes]) -> list[list[bytes]]:
    """Return the perfect subtrees over the leaves, level by level."""
    levels = [list(hashes)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[n], below[n + 1]) for n in range(0, len(below) - 1, 2)])
    return levels


def _tree(session: Session, levels: Sequence[Sequence[bytes]]) -> Iterator[LedgerProblem]:
    kept = dict(session.exec(select(LedgerNodeRow.number, LedgerNodeRow.hash)).all())
    for level, hashes in enumerate(levels):
        for place, found in enumerate(hashes):
            if kept.pop(number_of((level, place)), None) == found:
                continue
            first, end = (place << level) + 1, (place + 1) << level
            which = f"event {first} was" if level == 0 else f"the tree over events {first} to {end} was"
            yield LedgerProblem(f"{which} changed: the tree was made of another leaf", first)
    if kept:
        yield LedgerProblem(f"the tree holds {len(kept)} nodes beyond the last event: events after it are missing")


def _checkpoints(session: Session, levels: Sequence[Sequence[bytes]]) -> Iterator[LedgerProblem]:
    known, size = ledger_key.verifier_keys(session), len(levels[0])
    for row in session.exec(select(CheckpointRow).order_by(col(CheckpointRow.sequence))):
        kept = _opened(row.note, known)
        if kept is None or kept.size != row.size:
            yield LedgerProblem(f"checkpoint {row.sequence} was changed: it is not what this registry signed")
        elif kept.size > size:
            yield LedgerProblem(
                f"checkpoint {row.sequence} of {kept.made:%Y-%m-%d} is over {kept.size} events and {size} are there: "
                f"events {size + 1} to {kept.size} are missing",
                size + 1,
            )
        elif folded([levels[level][place] for level, place in perfect((0, kept.size))]) != kept.root:
            yield LedgerProblem(
                f"checkpoint {row.sequence} of {kept.made:%Y-%m-%d} signed other events: one of the first {kept.size} "
                "was changed since"
            )


def _opened(note: str, known: Sequence[str]) -> Checkpoint | None:
    for key in known:
        try:
            return open_checkpoint(note, key)
        except CheckpointInvalid:
            continue
    return None


def _rows(session: Session, committed: _Committed, bindings: _Bindings) -> Iterator[LedgerProblem]:
    """Yield what is wrong with the rows of every table, as compared with the event that wrote each last."""
    for table in METADATA.sorted_tables:
        if table.name in UNBOUND:
            continue
        for key, values in _read(session, table, None):
            label, bound = _label(table.name, key), bindings.rows.pop((table.name, key), None)
            if bound is None:
                yield LedgerProblem(f"{label} is in the table and in no event; it was put there")
                continue
            event, commitment, under = bound
            secret = committed.key(under)
            if commitment is None:
                yield LedgerProblem(f"{label} is in the table although event {event} removed it", event)
            elif values is None or (secret and row_commitment(secret, table, values) != commitment):
                yield LedgerProblem(f"{label} was changed after event {event}", event)
    for (name, key), (event, commitment, _) in bindings.rows.items():
        if commitment is not None:
            yield LedgerProblem(f"{_label(name, key)}, which event {event} wrote, is missing", event)


def _read(session: Session, table: Table, order: str | None) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    """Yield each row of a table under its primary key as text; None for a row whose content cannot be read."""
    primary = list(table.primary_key.columns)
    by = [table.columns[order]] if order else primary
    keys = session.connection().execute(select_columns(*primary).order_by(*by)).all()
    for start in range(0, len(keys), _ROWS_A_QUERY):
        batch = [tuple(key) for key in keys[start : start + _ROWS_A_QUERY]]
        query = select_columns(table).where(_among(primary, batch))
        try:
            rows = _named(table, session.connection().execute(query).all())
        except _UNREADABLE:
            rows = _one_by_one(session, table, batch)
        for key in batch:
            text = "+".join(map(str, key))
            yield text, rows.get(text)


def _one_by_one(session: Session, table: Table, keys: Sequence[tuple[Any, ...]]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for key in keys:
        query = select_columns(table).where(_among(list(table.primary_key.columns), [key]))
        try:
            found |= _named(table, session.connection().execute(query).all())
        except _UNREADABLE:
            continue
    return found


def _among(primary: Sequence[Column[Any]], keys: Sequence[tuple[Any, ...]]) -> ColumnElement[bool]:
    """Return the condition that a row has one of the keys. SQLite uses no index for a list of pairs."""
    if len(primary) == 1:
        return primary[0].in_([key[0] for key in keys])
    pairs = (and_(*(column == part for column, part in zip(primary, key, strict=True))) for key in keys)
    return or_(*pairs)


def _named(table: Table, rows: Iterable[Sequence[Any]]) -> dict[str, Mapping[str, Any]]:
    columns = [column.name for column in table.columns]
    values = [dict(zip(columns, row, strict=True)) for row in rows]
    return {key_text(table, row): row for row in values}


def _label(table: str, key: str) -> str:
    """Return what a row is called in a sentence."""
    return f"{table.removeprefix('consent_').replace('_', ' ')} {key}"
