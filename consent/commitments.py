"""Commitments of an event to its detail and to the rows it wrote, and the leaf that carries them.

An HMAC-SHA-256 under a key derived (HKDF) from the ledger key of the performer whom the event is about, else from the
registry's own. Ledger keys lie beside the data keys and are destroyed with them. Without the key a commitment tells
nothing, and once it is destroyed it never will, while every proof goes on verifying. With the key it shows whether a
row is still what the event wrote.
"""

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Table
from sqlmodel import SQLModel

from consent.leaf import Leaf, ids_of, time_of
from consent.tables import METADATA

# The purpose that the keys of commitments are derived for.
PURPOSE: Final = "ledger commitment 1"
# Not bound by events: the log itself (leaves, nodes and signatures hold it), and notes of events to come.
UNBOUND: Final = frozenset({"event", "ledger_node", "checkpoint", "intent"})
# Made once: json.dumps() makes its encoder anew for every value.
_ENCODED: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Written:
    """A row that was written without an object of the mapper: its table, and every column by name."""

    table: Table
    values: Mapping[str, Any]


def table_of(row: SQLModel) -> Table:
    """Return the table of a row."""
    return METADATA.tables[str(row.__tablename__)]


def values_of(row: SQLModel) -> dict[str, Any]:
    """Return the columns of a row by name."""
    return {column.name: getattr(row, column.name) for column in table_of(row).columns}


def key_text(table: Table, values: Mapping[str, Any]) -> str:
    """Return the primary key of a row as text; its parts joined by plus signs."""
    return "+".join([str(values[name]) for name in _key_columns(table)])


def content_of(table: Table, values: Mapping[str, Any]) -> bytes:
    """Return the canonical bytes of a row.

    A column that is empty or at its default is left out, so that a column that a later version adds leaves the
    commitments to older rows as they are. Bytes enter as their SHA-256.
    """
    pairs = {}
    for name, has_default, default in _defaults(table):
        value = values[name]
        if value is not None and not (has_default and value == default):
            pairs[name] = _plain(value)
    return _canonical([table.name, pairs])


def row_commitment(key: bytes, table: Table, values: Mapping[str, Any]) -> str:
    """Return the commitment to one row, in hexadecimal."""
    return hmac.digest(key, content_of(table, values), "sha256").hex()


def bound_rows(
    key: bytes, rows: Iterable[SQLModel | Written], gone: Iterable[SQLModel | Written]
) -> list[list[str | None]]:
    """Return table, primary key and commitment of each row that an event wrote; None for one that it removed."""
    found: list[list[str | None]] = []
    for row, kept in [*((row, True) for row in rows), *((row, False) for row in gone)]:
        table, values = (row.table, row.values) if isinstance(row, Written) else (table_of(row), values_of(row))
        found.append([table.name, key_text(table, values), row_commitment(key, table, values) if kept else None])
    return found


def event_commitment(
    key: bytes, kind: str, subject: str, detail: Mapping[str, str], bound: list[list[str | None]]
) -> str:
    """Return the commitment to all that an event says and wrote, in hexadecimal."""
    content = _canonical(["event", kind, subject, dict(detail), bound])
    return hmac.digest(key, content, "sha256").hex()


def leaf_for(
    position: int, kind: str, subject: str, detail: Mapping[str, str], recorded: datetime, commitment: str | None
) -> bytes:
    """Return the bytes of an event's leaf."""
    return Leaf(position, kind, ids_of(subject, detail), time_of(recorded), commitment).encoded()


@lru_cache(maxsize=128)
def _key_columns(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.primary_key.columns)


@lru_cache(maxsize=128)
def _defaults(table: Table) -> tuple[tuple[str, bool, Any], ...]:
    """Return the columns of a table: name, whether it has a plain default, and that."""
    return tuple(
        (column.name, column.default is not None and column.default.is_scalar, getattr(column.default, "arg", None))
        for column in table.columns
    )


def _plain(value: Any) -> Any:
    """Return a column's value as JSON; the kinds that JSON lacks are named, so that none can stand for another."""
    if isinstance(value, datetime):
        return {"time": value.astimezone(UTC).isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, bytes | memoryview):
        return {"sha256": sha256(value).hexdigest()}
    return value


def _canonical(value: Any) -> bytes:
    return _ENCODED(value).encode()
