"""Rows as the driver gives them, for the few questions that read a hundred thousand of them or more.

SQLAlchemy's own rows and the types of its columns cost more than the database does. What comes here has passed no
type of ours: ask for texts, numbers and bytes alone, and judge them.
"""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Select
from sqlmodel import Session

# As many as stay in the processor's cache with their templates, and in the memory that the allocator keeps.
_ROWS_AT_ONCE: Final = 200


def batches(session: Session, query: Select[*tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a query, some at a time, in the transaction of the session."""
    result = session.connection().execute(query)
    try:
        while rows := result.cursor.fetchmany(_ROWS_AT_ONCE):
            yield list(rows)
    finally:
        result.close()
