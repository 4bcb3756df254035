"""The wrapped data keys of the performers, in a database file of their own.

They are kept apart from the records so that destroying a performer's key destroys what it sealed, in
every copy of the records, while copies of the keys are short-lived. The file keeps a rollback journal
and no write-ahead log, with secure_delete, so that a deleted key is overwritten when its delete commits.
"""

import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

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
        self._derived: dict[tuple[str, str], bytes] = {}

    @classmethod
    def create(cls, path: Path, provider: KeyProvider, registry_id: str) -> "KeyStore":
        """Return an empty key store written to path. Raises RegistryExists when something is there."""
        make_empty(path)
        store = cls(path, provider)
        with store._connection() as connection:
            connection.executescript(_SCHEMA)
            connection.execute("INSERT INTO registry VALUES (?, ?)", (registry_id, provider.key_id))
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        store.add(REGISTRY)
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
        """Make a data key and a ledger key for a performer. They are on disk before anything is made with them."""
        self.add_all((performer,))

    def add_all(self, performers: Iterable[str]) -> None:
        """Make the keys of each performer, all of them or none."""
        self._make([name for performer in performers for name in (performer, _ledger(performer))])

    def ensure_ledger_keys(self, names: Iterable[str]) -> None:
        """Make what key stores of earlier versions lack: the registry's own keys, and ledger keys of performers."""
        self._read_all()
        wanted = (REGISTRY, _ledger(REGISTRY), *map(_ledger, names))
        self._make([name for name in wanted if name not in self._wrapped])

    def holds(self, name: str) -> bool:
        """Return whether there is a ledger key of that name: a performer's reference, or REGISTRY."""
        kept = _ledger(name)
        if kept not in self._opened and kept not in self._wrapped:
            self._read_all()
        return kept in self._opened or kept in self._wrapped

    def derived(self, name: str, purpose: str) -> bytes:
        """Return a key for one purpose, derived (HKDF-SHA-256, RFC 5869) from the ledger key of that name.

        The ledger key lies beside the data key, is never replaced, and is destroyed with it. Raises
        TemplateUnreadable when there is none.
        """
        if (name, purpose) not in self._derived:
            kdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"clearance|{purpose}".encode())
            self._derived[name, purpose] = kdf.derive(self._key(_ledger(name)))
        return self._derived[name, purpose]

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

    def copied(self) -> bytes:
        """Return the key database as the bytes of its file, in one consistent state. The keys in it stay wrapped."""
        with self._connection() as connection:
            return connection.serialize()

    def _key(self, performer: str) -> bytes:
        if performer not in self._opened:
            if performer not in self._wrapped:
                self._read_all()
            try:
                version, wrapped = self._wrapped[performer]
                self._opened[performer] = self._provider.unwrap(wrapped, _context(performer, "key", version))
            except (KeyError, TypeError, ValueError) as error:
                raise TemplateUnreadable(
                    f"the key of {performer} is missing or does not open; restore {self._path} from its backup"
                ) from error
        return self._opened[performer]

    def _make(self, names: Sequence[str]) -> None:
        made = {name: secrets.token_bytes(KEY_BYTES) for name in names}
        rows = [(name, self._provider.wrap(key, _context(name, "key", 1))) for name, key in made.items()]
        with self._connection() as connection:
            connection.executemany("INSERT INTO data_key VALUES (?, 1, ?)", rows)
        self._opened |= made

    def _read_all(self) -> None:
        # All at once: a gallery asks for every performer in turn.
        with self._connection() as connection:
            rows = connection.execute("SELECT performer, version, wrapped FROM data_key").fetchall()
        self._wrapped = {row[0]: (row[1], row[2]) for row in rows}

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
        # The second where the message itself quotes a damaged name.
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise _unreadable(self._path, error) from error


def _unreadable(path: Path, error: sqlite3.Error | UnicodeDecodeError) -> RegistryUnreadable:
    return RegistryUnreadable(f"the key database {path} cannot be read ({error}); restore it from its backup")


def _ledger(name: str) -> str:
    """Return the name under which the ledger key that belongs to a data key is kept."""
    return f"ledger/{name}"


def _context(performer: str, record: str, version: int) -> bytes:
    return f"clearance|{performer}|{record}|{version}".encode()
