"""keys.db: the wrapped keys, in a database file of their own, apart from the records that they open.

Destroying a performer's key destroys what it sealed in every copy of the records, while copies of this file are
short-lived. It keeps a rollback journal and no write-ahead log, with secure_delete, so that a deleted key is
overwritten when its delete commits.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from consent.errors import RegistryBusy, RegistryFull, RegistryNewer, RegistryUnreadable
from consent.kek import WrappedKek
from consent.keys import KEY_BYTES
from consent.sqlite_file import make_empty, require_whole

VERSION: Final = 2
"""1 had no key-encryption key of its own: the key file wrapped the data keys directly."""

_SCHEMA: Final = (
    "CREATE TABLE registry (id TEXT NOT NULL, key_id TEXT NOT NULL)",
    "CREATE TABLE kek (id TEXT PRIMARY KEY, provider TEXT NOT NULL, root TEXT NOT NULL, wrapped BLOB NOT NULL)",
    "CREATE TABLE data_key (performer TEXT NOT NULL, version INTEGER NOT NULL, wrapped BLOB NOT NULL, "
    "PRIMARY KEY (performer, version)) WITHOUT ROWID",
    "CREATE TABLE holder_key (performer TEXT PRIMARY KEY, version INTEGER NOT NULL, public BLOB NOT NULL, "
    "wrapped BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE ledger_key (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE signing_key (purpose TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID",
)
_WAIT_S: Final = 30.0
# Offset of the file change counter in the header (SQLite file format, section 1.3.7).
_COUNTER_AT: Final = 24


class KeyDatabase:
    """The file of wrapped keys; every access is one short connection of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path, registry_id: str, kek: WrappedKek) -> "KeyDatabase":
        """Return a new file without data keys. Raises RegistryExists when something is there."""
        make_empty(path)
        database = cls(path)
        with database.writing() as connection:
            _make_tables(connection, registry_id, kek)
        return database

    @classmethod
    def open(cls, path: Path, registry_id: str) -> "KeyDatabase":
        """Return the file at path, whatever older version it has.

        Raises RegistryUnreadable when it is missing, corrupt or another registry's, and RegistryNewer.
        """
        require_whole(path)
        database = cls(path)
        with database.reading() as connection:
            version = database.version(connection)
            row = connection.execute("SELECT id FROM registry").fetchone()
        if version > VERSION:
            raise RegistryNewer(
                f"{path} was written by a newer version (its schema is {version}, ours {VERSION}); "
                "install that version, or restore a backup made by this one"
            )
        if row is None or row[0] != registry_id:
            raise RegistryUnreadable(
                f"{path} belongs to another registry; restore the key database of this one from its backup"
            )
        return database

    @staticmethod
    def fresh() -> bytes:
        """Return a new random key, not wrapped yet."""
        return secrets.token_bytes(KEY_BYTES)

    @staticmethod
    def version(connection: sqlite3.Connection) -> int:
        """Return the version of the schema."""
        return int(connection.execute("PRAGMA user_version").fetchone()[0])

    def kek(self, connection: sqlite3.Connection) -> WrappedKek:
        """Return the wrapped key-encryption key. Raises RegistryUnreadable when there is none."""
        row = connection.execute("SELECT id, provider, root, wrapped FROM kek").fetchone()
        if row is None or [type(value) for value in row] != [str, str, str, bytes]:
            raise RegistryUnreadable(f"the key database {self.path} holds no key; restore it from its backup")
        return WrappedKek(*row)

    def replace_kek(self, connection: sqlite3.Connection, kek: WrappedKek) -> None:
        """Put another wrapped key-encryption key in the place of the one kept."""
        connection.execute("DELETE FROM kek")
        connection.execute("INSERT INTO kek VALUES (?, ?, ?, ?)", (kek.id, kek.provider, kek.root, kek.wrapped))
        connection.execute("UPDATE registry SET key_id = ?", (kek.root,))

    def upgrade(self, connection: sqlite3.Connection, registry_id: str, kek: WrappedKek) -> None:
        """Bring a file of version 1 to the current tables; its data keys are rewrapped by the caller."""
        old = connection.execute("SELECT performer, version, wrapped FROM data_key").fetchall()
        connection.execute("DROP TABLE data_key")
        connection.execute("DROP TABLE registry")
        _make_tables(connection, registry_id, kek)
        connection.executemany("INSERT INTO data_key VALUES (?, ?, ?)", old)

    def change_counter(self) -> bytes:
        """Return four bytes that differ after every committed change, read without a connection."""
        try:
            with self.path.open("rb") as file:
                file.seek(_COUNTER_AT)
                return file.read(4)
        except OSError as error:
            raise RegistryUnreadable(
                f"the key database {self.path} cannot be read ({error.strerror}); restore it from its backup"
            ) from error

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that sees one consistent state."""
        with self._connection("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give a connection whose changes are all kept when the block ends, or none if it raises."""
        with self._connection("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _connection(self, begin: str) -> Iterator[sqlite3.Connection]:
        # mode=rw: a file that has gone is not made anew, empty.
        address = f"{self.path.absolute().as_uri()}?mode=rw"
        try:
            with closing(sqlite3.connect(address, timeout=_WAIT_S, uri=True, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute(begin)
                try:
                    yield connection
                except BaseException:
                    connection.rollback()
                    raise
                connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise RegistryBusy(
                    f"the key database {self.path} is in use; try again when the other process has finished"
                ) from error
            if "full" in str(error):
                raise RegistryFull(
                    f"there is no room to change the key database {self.path}; make room and do it again"
                ) from error
            raise self._unreadable(error) from error
        # The second where the message itself quotes a damaged name.
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: sqlite3.Error | UnicodeDecodeError) -> RegistryUnreadable:
        return RegistryUnreadable(f"the key database {self.path} cannot be read ({error}); restore it from its backup")


def _make_tables(connection: sqlite3.Connection, registry_id: str, kek: WrappedKek) -> None:
    for statement in _SCHEMA:
        connection.execute(statement)
    connection.execute("INSERT INTO registry VALUES (?, ?)", (registry_id, kek.root))
    connection.execute("INSERT INTO kek VALUES (?, ?, ?, ?)", (kek.id, kek.provider, kek.root, kek.wrapped))
    connection.execute(f"PRAGMA user_version = {VERSION}")
