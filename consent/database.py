"""The database under the registry: how it is made, opened, brought up to date, read and written.

One class over the two stores (`consent.sqlite_store`, `consent.postgres`). Whatever a driver or a row says
about a broken database comes out as an error of this room.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final, Self

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, select

from consent.errors import (
    ConsentError,
    RegistryExists,
    RegistryNewer,
    RegistryOlder,
    RegistryUnreadable,
)
from consent.store import Store
from consent.tables import RegistryRow

# The newest migration in consent/migrations/versions; a test compares the two. Known here so that
# opening a current database does not import Alembic.
SCHEMA: Final = "0008"


class Database:
    """One open registry database. Sessions come from reading() and writing() alone."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._reader, self._writer = store.engines()
        # What every session carries, such as the key store that entries are committed with.
        self.session_info: dict[str, object] = {}

    @classmethod
    def create(cls, store: Store, registry_id: str, now: datetime) -> Self:
        """Return a new database at its place, holding the current schema. Raises RegistryExists, OSError."""
        database = cls.make(store)
        with database.discarded_on_failure(), database.writing() as session:
            database.raise_schema(session.connection(), SCHEMA)
            session.add(RegistryRow(id=registry_id, created=now))
        return database

    @classmethod
    def make(cls, store: Store) -> Self:
        """Return a new database without tables. Raises RegistryExists, OSError."""
        store.make()
        return cls(store)

    @classmethod
    def open(cls, store: Store) -> Self:
        """Return the existing database at a place.

        Raises RegistryNewer, RegistryOlder, RegistryBusy, RegistryUnreachable or RegistryUnreadable.
        """
        store.require_whole()
        database = cls(store)
        with database.closed_on_failure():
            stored = database.schema()
            if stored != SCHEMA:
                database._refuse(stored)
        return database

    @classmethod
    def open_any(cls, store: Store) -> Self:
        """Return the existing database at a place, of this schema or an older one, to be copied or migrated.

        Raises as open does, but not RegistryOlder.
        """
        try:
            return cls.open(store)
        except RegistryOlder:
            return cls(store)

    def close(self) -> None:
        """Give the connections back."""
        self._reader.dispose()

    @contextmanager
    def closed_on_failure(self) -> Iterator[None]:
        """Close the database when the block raises."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    @contextmanager
    def discarded_on_failure(self) -> Iterator[None]:
        """Close the database and remove what make() made when the block raises."""
        try:
            yield
        except BaseException:
            self.close()
            self.store.discard()
            raise

    def registry_id(self) -> str:
        """Return the identity of this registry, made when it was created."""
        with self.reading() as session:
            return self.registry_id_in(session)

    def registry_id_in(self, session: Session) -> str:
        """Return the identity of this registry inside a session."""
        row = session.exec(select(RegistryRow)).one_or_none()
        if row is None:
            raise self._no_registry()
        return row.id

    def schema(self) -> str:
        """Return the schema that the database is written in. Raises RegistryUnreadable when it has none."""
        with self._translated(), self._reader.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                raise self._no_registry()
            return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())

    def size_bytes(self) -> int:
        """Return how much room the database takes."""
        with self._translated(), self._reader.connect() as connection:
            return self.store.size_bytes(connection)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that sees one consistent state."""
        with self._translated(), Session(self._reader, info=self.session_info) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session whose changes are all kept when the block ends, or none if it raises."""
        with (
            self._translated(),
            Session(self._writer, expire_on_commit=False, info=self.session_info) as session,
            session.begin(),
        ):
            yield session

    def raise_schema(self, connection: Connection, target: str) -> None:
        """Bring the schema up to a target inside the connection's transaction, from an empty database or an older one.

        Raises RegistryExists when another process has made a registry here in the meantime.
        """
        from consent.migrations import migrate

        if inspect(connection).get_table_names() and not inspect(connection).has_table("alembic_version"):
            raise RegistryExists(f"{self.store.place} holds tables already; use it as it is, or name an empty database")
        migrate(connection, target)

    def _refuse(self, stored: str) -> None:
        from consent.migrations import known_schemas

        if stored not in known_schemas():
            raise RegistryNewer(
                f"{self.store.place} was written by a newer version (its schema is {stored!r}, ours {SCHEMA}); "
                "install that version, or restore a backup made by this one"
            )
        raise RegistryOlder(
            f"{self.store.place} was written by an older version (its schema is {stored}, ours {SCHEMA}); "
            'bring it up to date with "clearance registry migrate"'
        )

    def scrub(self) -> None:
        """Overwrite what was deleted before, wherever the database still keeps it; see `consent.scrub`.

        Raises ErasureUnfinished while another process reads.
        """
        from consent.scrub import scrub

        with self._translated():
            scrub(self._reader)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn what a broken, busy or unreachable database raises into errors of this room."""
        try:
            yield
        except ConsentError:
            raise
        # The last four are what a row raises whose content is not ours.
        except (
            SQLAlchemyError,
            sqlite3.Error,
            ValueError,
            TypeError,
            LookupError,
            RecursionError,
        ) as error:
            raise self.store.refusal(error) or self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> RegistryUnreadable:
        # The kind of fault only: a row's content could be in the text.
        return RegistryUnreadable(
            f"{self.store.place} cannot be read as a registry ({self.store.reason(error)}); restore it from its backup"
        )

    def _no_registry(self) -> RegistryUnreadable:
        return RegistryUnreadable(f"{self.store.place} holds no registry; restore it from its backup")
