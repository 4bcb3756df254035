"""The database under the registry: how it is made, opened, brought up to date, read and written.

SQLite in WAL mode, synchronous=FULL, with foreign keys and secure_delete; a write takes the lock at its
start (BEGIN IMMEDIATE), so that two processes queue instead of failing at their commit. Whatever SQLite
or a row says about a broken file comes out as an error of this room.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session, select

from consent.errors import (
    ConsentError,
    RegistryBusy,
    RegistryNewer,
    RegistryUnreadable,
)
from consent.sqlite_file import make_empty, require_whole
from consent.tables import RegistryRow

# The newest migration in consent/migrations/versions; a test compares the two. Known here so that
# opening a current database does not import Alembic.
SCHEMA: Final = "0008"
_WAIT_MS: Final = 30_000
_WRITE: Final = "registry_write"


def database_path(home: Path, url: str | None) -> Path:
    """Return the file of the database: that of a sqlite:/// address, else registry.db in the home."""
    if url is None:
        return home / "registry.db"
    try:
        address = make_url(url)
    except ArgumentError:
        address = None
    if address is None or address.get_backend_name() != "sqlite" or address.database in (None, "", ":memory:"):
        # The address is not repeated: it may hold a password.
        raise RegistryUnreadable(
            "the database address cannot be used; give one of the form sqlite:////folder/registry.db"
        )
    return Path(str(address.database))


class Database:
    """One open registry database. Sessions come from reading() and writing() alone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = _engine(path)

    @classmethod
    def create(cls, path: Path, registry_id: str, now: datetime) -> "Database":
        """Return a new database at path, holding the current schema. Raises RegistryExists."""
        make_empty(path)
        database = cls(path)
        try:
            with database._translated():
                database._migrate()
            with database.writing() as session:
                session.add(RegistryRow(id=registry_id, created=now))
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def open(cls, path: Path) -> "Database":
        """Return the database in an existing file, brought up to the current schema.

        Raises RegistryNewer, RegistryBusy or RegistryUnreadable.
        """
        require_whole(path)
        database = cls(path)
        try:
            with database._translated():
                stored = database._stored_schema()
                if stored != SCHEMA:
                    database._bring_up_to_date(stored)
        except BaseException:
            database.close()
            raise
        return database

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def registry_id(self) -> str:
        """Return the identity of this registry, made when it was created."""
        with self.reading() as session:
            row = session.exec(select(RegistryRow)).one_or_none()
            if row is None:
                raise RegistryUnreadable(f"{self.path} holds no registry; restore it from its backup")
            return row.id

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that sees one consistent state."""
        with self._translated(), Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session whose changes are all kept when the block ends, or none if it raises."""
        engine = self._engine.execution_options(**{_WRITE: True})
        with self._translated(), Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn what a broken or busy database raises into errors of this room."""
        try:
            yield
        except ConsentError:
            raise
        except (OperationalError, sqlite3.OperationalError) as error:
            if "locked" in str(error) or "busy" in str(error):
                raise RegistryBusy(
                    f"{self.path} is in use by another process; try again when it has finished"
                ) from error
            raise self._unreadable(error) from error
        # The last four are what a row raises whose content is not ours.
        except (
            SQLAlchemyError,
            sqlite3.Error,
            ValueError,
            TypeError,
            LookupError,
            RecursionError,
        ) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> RegistryUnreadable:
        cause = error.orig if isinstance(error, DBAPIError) else error
        # The kind of fault only: a row's content could be in the text.
        reason = str(cause) if isinstance(cause, sqlite3.Error) else type(cause).__name__
        return RegistryUnreadable(f"{self.path} cannot be read as a registry ({reason}); restore it from its backup")

    def _stored_schema(self) -> str:
        with self._engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                raise RegistryUnreadable(f"{self.path} holds no registry; restore it from its backup")
            return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())

    def _bring_up_to_date(self, stored: str) -> None:
        from consent.migrations import known_schemas

        if stored not in known_schemas():
            raise RegistryNewer(
                f"{self.path} was written by a newer version (its schema is {stored!r}, ours {SCHEMA}); "
                "install that version, or restore a backup made by this one"
            )
        self._migrate()

    def _migrate(self) -> None:
        from consent.migrations import migrate

        with self._writing_connection() as connection:
            migrate(connection)

    @contextmanager
    def _writing_connection(self) -> Iterator[Connection]:
        with self._engine.execution_options(**{_WRITE: True}).begin() as connection:
            yield connection


def _engine(path: Path) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)))
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver would begin transactions by itself, deferred and too late; _begin does it.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        for pragma in (
            f"busy_timeout = {_WAIT_MS}",
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
