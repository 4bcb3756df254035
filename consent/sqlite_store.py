"""A registry in a SQLite file.

WAL mode, synchronous=FULL, with foreign keys and secure_delete; a write takes the lock at its start (BEGIN
IMMEDIATE), so that two processes queue instead of failing at their commit.
Source: the SQLite documentation of PRAGMA, of result codes, and of isolation in WAL mode.
"""

import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from consent.errors import ConsentError, RegistryBusy, RegistryFull
from consent.sqlite_file import make_empty, require_whole
from consent.store import WAIT

_WRITE: Final = "registry_write"
_BUSY: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
# A write that the operating system refuses: a full disk often comes as an input/output error.
_NO_ROOM: Final = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    # The index of the write-ahead log, which even a reader makes.
    sqlite3.SQLITE_IOERR_SHMSIZE,
}
# An unfinished list of faults says as much as a full one.
_FAULT_LIMIT: Final = 20


class SqliteStore:
    """A SQLite file at a path."""

    kind = "SQLite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = str(path)

    def exists(self) -> bool:
        """Return whether something lies at the path."""
        return self.path.exists()

    def make(self) -> None:
        """Make the file, empty, for its owner alone. Raises RegistryExists, OSError."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_empty(self.path)

    def discard(self) -> None:
        """Remove the file and its journals."""
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    def require_whole(self) -> None:
        """Raise RegistryUnreadable when the file is missing or cut short."""
        require_whole(self.path)

    def engines(self) -> tuple[Engine, Engine]:
        """Return the engines that read and that write; they share their connections."""
        engine = create_engine(URL.create("sqlite", database=str(self.path)))
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine, engine.execution_options(**{_WRITE: True})

    def refusal(self, error: Exception) -> ConsentError | None:
        """Return RegistryBusy or RegistryFull where the error says so."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        if not isinstance(cause, sqlite3.OperationalError):
            return None
        code = getattr(cause, "sqlite_errorcode", None) or 0
        # The low byte is the primary code; an extended one refines it.
        if code & 0xFF in _BUSY:
            return RegistryBusy(f"{self.place} is in use by another process; try again when it has finished")
        if code in _NO_ROOM or code & 0xFF == sqlite3.SQLITE_FULL:
            return RegistryFull(
                f"there is no room to write to {self.place}; the change was not kept; free some space and repeat it"
            )
        return None

    def reason(self, error: Exception) -> str:
        """Return SQLite's own sentence, which holds no content, else the error's kind."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        return str(cause) if isinstance(cause, sqlite3.Error) else type(cause).__name__

    def size_bytes(self, connection: Connection) -> int:
        """Return the size of the file without what is still in its journal."""
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        return int(pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one())

    def faults(self, connection: Connection) -> tuple[str, ...]:
        """Return what PRAGMA integrity_check finds: pages, indexes, and values of the wrong kind."""
        found = connection.exec_driver_sql(f"PRAGMA integrity_check({_FAULT_LIMIT})").scalars().all()
        return tuple(str(line) for line in found if line != "ok")

    def append_only(self, connection: Connection) -> frozenset[str]:
        """Return the tables that have both triggers."""
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
        updates, deletes = (
            {name.removesuffix(end) for name in names if name.endswith(end)} for end in ("_no_update", "_no_delete")
        )
        return frozenset(updates & deletes)

    def defer_references(self, connection: Connection) -> None:
        """Check foreign keys at the commit of this transaction."""
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")

    def settle(self, connection: Connection) -> None:
        """Do nothing: SQLite checks at the commit and numbers behind the highest row by itself."""


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver would begin transactions by itself, deferred and too late; _begin does it.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        for pragma in (
            f"busy_timeout = {int(WAIT.total_seconds() * 1000)}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
    except BaseException:
        # A file that is no database fails here, where the pool does not know the connection yet.
        connection.close()
        raise
    cursor.close()


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
