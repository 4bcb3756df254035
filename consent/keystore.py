"""The wrapped data keys of the performers, in a database file of their own.

They are kept apart from the records so that destroying a performer's key destroys what it sealed, in
every copy of the records, while copies of the keys are short-lived. The file keeps a rollback journal
and no write-ahead log, with secure_delete, so that a deleted key is overwritten when its delete commits.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from consent.errors import RegistryBusy, RegistryNewer, RegistryUnreadable, TemplateUnreadable
from consent.keys import KEY_BYTES, KeyProvider, seal, unseal
from consent.sqlite_file import make_empty, require_whole

_SCHEMA: Final = """
CREATE TABLE registry (id TEXT NOT NULL, key_id TEXT NOT NULL);
CREATE TABLE data_key (performer TEXT PRIMARY KEY, version INTEGER NOT NULL, wrapped BLOB NOT NULL)
WITHOUT ROWID;
"""
# The name under which the registry's own key is kept, beside those of performers.
REGISTRY: Final = "registry"
_VERSION: Final = 1
_WAIT_S: Final = 30.0


class KeyStore:
    """Seals and opens the records of each performer under that performer's own key."""

    def __init__(self, path: Path, provider: KeyProvider) -> None:
        self._path = path
        self._provider = provider
        self._wrapped: dict[str, tuple[int, bytes]] = {}
        self._opened: dict[str, bytes] = {}

    @classmethod
    def create(cls, path: Path, provider: KeyProvider, registry_id: str) -> "KeyStore":
        """Return an empty key store written to path. Raises RegistryExists when something is there."""
        make_empty(path)
        store = cls(path, provider)
        with store._connection() as connection:
            connection.executescript(_SCHEMA)
            connection.execute("INSERT INTO registry VALUES (?, ?)", (registry_id, provider.key_id))
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        return store

    @classmethod
    def open(cls, path: Path, provider: KeyProvider, registry_id: str) -> "KeyStore":
        """Return the key store at path.

        Raises RegistryUnreadable when it is missing, corrupt, or belongs to another key or registry, and
        RegistryNewer.
        """
        require_whole(path)
        store = cls(path, provider)
        with store._connection() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            row = connection.execute("SELECT id, key_id FROM registry").fetchone()
        if version > _VERSION:
            raise RegistryNewer(
                f"{path} was written by a newer version (its schema is {version}, ours {_VERSION}); "
                "install that version, or restore a backup made by this one"
            )
        if row is None or row[0] != registry_id:
            raise RegistryUnreadable(
                f"{path} belongs to another registry; restore the key database of this one from its backup"
            )
        if row[1] != provider.key_id:
            raise RegistryUnreadable(
                f"{path} was written with another key file; restore the key file that belongs to it"
            )
        return store

    def add(self, performer: str) -> None:
        """Make a data key for a performer. It is on disk before anything is sealed with it."""
        data_key = secrets.token_bytes(KEY_BYTES)
        wrapped = self._provider.wrap(data_key, _context(performer, "key", 1))
        with self._connection() as connection:
            connection.execute("INSERT INTO data_key VALUES (?, 1, ?)", (performer, wrapped))
        self._opened[performer] = data_key

    def ensure_own_key(self) -> None:
        """Make the registry's own key where there is none yet: key stores of earlier versions lack it."""
        if not self.holds(REGISTRY):
            self.add(REGISTRY)

    def holds(self, name: str) -> bool:
        """Return whether there is a key of that name: a performer's reference, or REGISTRY."""
        with self._connection() as connection:
            row = connection.execute("SELECT 1 FROM data_key WHERE performer = ?", (name,)).fetchone()
        return row is not None

    def seal(self, performer: str, record: str, plain: bytes) -> bytes:
        """Return plain sealed under the performer's key, bound to that performer and record."""
        return seal(self._key(performer), plain, _context(performer, record, 1))

    def unseal(self, performer: str, record: str, sealed: bytes) -> bytes:
        """Return what was sealed. Raises TemplateUnreadable when it does not open."""
        try:
            return unseal(self._key(performer), sealed, _context(performer, record, 1))
        except (TypeError, ValueError) as error:
            raise TemplateUnreadable(
                f"{record} of {performer} does not open under that performer's key; restore the database and "
                "the key database from the same backup, or enrol again"
            ) from error

    def _key(self, performer: str) -> bytes:
        if performer not in self._opened:
            if performer not in self._wrapped:
                # All at once: a gallery asks for every performer in turn.
                with self._connection() as connection:
                    rows = connection.execute("SELECT performer, version, wrapped FROM data_key").fetchall()
                self._wrapped = {row[0]: (row[1], row[2]) for row in rows}
            try:
                version, wrapped = self._wrapped[performer]
                self._opened[performer] = self._provider.unwrap(wrapped, _context(performer, "key", version))
            except (KeyError, TypeError, ValueError) as error:
                raise TemplateUnreadable(
                    f"the key of {performer} is missing or does not open; restore {self._path} from its backup"
                ) from error
        return self._opened[performer]

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        # mode=rw: a file that has gone is not made anew, empty.
        address = f"{self._path.absolute().as_uri()}?mode=rw"
        try:
            with closing(sqlite3.connect(address, timeout=_WAIT_S, uri=True)) as connection:
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA secure_delete = ON")
                with connection:
                    yield connection
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise RegistryBusy(
                    f"the key database {self._path} is in use; try again when the other process has finished"
                ) from error
            raise _unreadable(self._path, error) from error
        except sqlite3.Error as error:
            raise _unreadable(self._path, error) from error


def _unreadable(path: Path, error: sqlite3.Error) -> RegistryUnreadable:
    return RegistryUnreadable(f"the key database {path} cannot be read ({error}); restore it from its backup")


def _context(performer: str, record: str, version: int) -> bytes:
    return f"clearance|{performer}|{record}|{version}".encode()
