"""Rows of any table as lines of JSON, and back: the same line for the same row on either database.

The tables are read off the database itself, so that a registry of an older schema can be copied too. Keys stand
in the order of their names, times in UTC as ISO 8601, bytes in base64.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import JSON, Connection, Date, DateTime, LargeBinary, MetaData, String, Table, insert, select

# The one table that Alembic writes; the copy states its content in another place.
VERSION_TABLE: Final = "alembic_version"
_BATCH: Final = 1000


def tables_of(connection: Connection) -> tuple[Table, ...]:
    """Return the registry's tables as they stand in the database, those first that others refer to."""
    metadata = MetaData()
    metadata.reflect(connection)
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, JSON):
                # An absent document is NULL in both databases, and not the JSON word null.
                column.type.none_as_null = True
    return tuple(table for table in metadata.sorted_tables if table.name != VERSION_TABLE)


def lines(connection: Connection, table: Table) -> Iterator[bytes]:
    """Return each row as a line, in the order of the primary key. Raises TypeError for a value without a JSON form."""
    # By bytes on both: a server may sort text by the customs of a language.
    collation = "C" if connection.dialect.name == "postgresql" else "BINARY"
    order = [key.collate(collation) if isinstance(key.type, String) else key for key in table.primary_key.columns]
    rows = connection.execute(select(table).order_by(*order), execution_options={"yield_per": _BATCH})
    names = sorted(column.name for column in table.columns)
    for row in rows.mappings():
        text = json.dumps({name: _plain(row[name]) for name in names}, separators=(",", ":"))
        yield text.encode() + b"\n"


def load(connection: Connection, table: Table, content: Iterable[bytes]) -> None:
    """Add the rows of lines to a table. Raises ValueError, TypeError or KeyError for a line that is no row of it."""
    batch: list[dict[str, Any]] = []
    for line in content:
        batch.append(_row(table, json.loads(line)))
        if len(batch) == _BATCH:
            connection.execute(insert(table), batch)
            batch.clear()
    if batch:
        connection.execute(insert(table), batch)


def _row(table: Table, document: object) -> dict[str, Any]:
    if not isinstance(document, dict) or set(document) != {column.name for column in table.columns}:
        raise ValueError("a line does not hold the columns of its table")
    return {column.name: _typed(column.type, document[column.name]) for column in table.columns}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        # SQLite keeps no zone; what it holds is UTC.
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return value


def _typed(kind: object, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value, validate=True)
    return value
