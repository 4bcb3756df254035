"""Seals and opens the records of each performer under that performer's own key, and keeps those keys.

A data key lies in keys.db wrapped by the key-encryption key, or, where its performer holds it, sealed to the
holder's public key alone (`consent.holders`). Another process may rotate, hand over or destroy keys at any time:
the file's change counter says so, and what is remembered is then read again.
"""

import secrets
import sqlite3
from collections.abc import Callable, Iterable
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent import holders, rewrapping
from consent.errors import HolderKeyMissing, KeyRefused, TemplateUnreadable
from consent.kek import Kek, WrappedKek
from consent.key_database import VERSION, KeyDatabase
from consent.keys import KEY_BYTES, KeyProvider
from consent.ledger_keys import REGISTRY, owner_of
from consent.sealing import Sealing
from consent.stored import blob


class KeyStore(Sealing):
    """The keys of one registry, open."""

    def __init__(self, database: KeyDatabase, provider: KeyProvider, registry_id: str) -> None:
        super().__init__()
        self.database = database
        self.provider = provider
        self.registry_id = registry_id
        self._kek: Kek | None = None
        self._seen: bytes | None = None
        # Those before the newest, while a rotation is unfinished.
        self._older: dict[str, list[tuple[int, bytes]]] = {}
        self._held: dict[str, holders.HeldKey] = {}
        self._lent: dict[bytes, holders.HolderKey] = {}

    @classmethod
    def create(cls, path: Path, provider: KeyProvider, registry_id: str) -> "KeyStore":
        """Return an empty key store written to path. Raises RegistryExists when something is there."""
        kek = Kek.new().sealed_by(provider, registry_id)
        store = cls(KeyDatabase.create(path, registry_id, kek), provider, registry_id)
        store.add_all((REGISTRY,))
        return store

    @classmethod
    def open(cls, path: Path, provide: Callable[[str], KeyProvider], registry_id: str) -> "KeyStore":
        """Return the key store at path; provide is asked for the provider that the store names.

        Raises RegistryUnreadable when it is missing, corrupt, or belongs to another key or registry, RegistryNewer,
        and what provide raises. Side effect: a store of the first version is brought to the current one.
        """
        database = KeyDatabase.open(path, registry_id)
        with database.reading() as connection:
            first = database.version(connection) < VERSION
            root = connection.execute("SELECT key_id FROM registry").fetchone()[0]
            provider_name = "file" if first else database.kek(connection).provider
        provider = provide(provider_name)
        if root != provider.key_id:
            raise KeyRefused(
                f"{path} was written with another key {_KIND.get(provider_name, provider_name)}; restore the key "
                f"{_KIND.get(provider_name, provider_name)} that belongs to it"
            )
        store = cls(database, provider, registry_id)
        if first:
            rewrapping.upgrade(database, provider, registry_id)
        store.kek()
        return store

    def kek(self) -> Kek:
        """Return the key-encryption key in force, opened once. Raises KeyRefused."""
        self._refresh()
        if self._kek is None:
            with self.database.reading() as connection:
                kept = self.database.kek(connection)
            self._kek = self._opened(kept)
        return self._kek

    def add(self, performer: str) -> None:
        """Make a data key and a ledger key for a performer. They are on disk before anything is made with them."""
        self.add_all((performer,))

    def add_all(self, performers: Iterable[str]) -> None:
        """Make the keys of each performer, all of them or none."""
        names = tuple(performers)
        before, in_step, ledger_in_step = self.database.change_counter(), self._seen, self._ledger_seen
        with self.database.writing() as connection:
            kek = self._opened(self.database.kek(connection))
            data = [(name, 1, kek.wrap(KeyDatabase.fresh(), name, 1)) for name in names]
            ledger = [(name, kek.wrap(KeyDatabase.fresh(), owner_of(name), 1)) for name in names]
            connection.executemany("INSERT INTO data_key VALUES (?, ?, ?)", data)
            connection.executemany("INSERT INTO ledger_key VALUES (?, ?)", ledger)
            mine = self.database.change_counter()
        after = self.database.change_counter()
        # Nobody else wrote in between: what is remembered stays right, and need not be read again for each performer.
        if before == mine == in_step and _follows(before, after):
            self._wrapped.update({name: wrapped for name, _, wrapped in data})
            self._seen = after
        if before == mine == ledger_in_step and _follows(before, after):
            self._ledger.update(ledger)
            self._ledger_seen = after

    def copied(self) -> bytes:
        """Return the key database as the bytes of its file, in one consistent state. The keys in it stay wrapped."""
        with self.database.reading() as connection:
            # Within the read transaction: nobody can commit while its lock is held.
            connection.execute("SELECT count(*) FROM registry").fetchone()
            return connection.serialize()

    def add_version(self, performer: str) -> int:
        """Return the version of a new data key, with which records are sealed from now on; older ones stay."""
        data_key = secrets.token_bytes(KEY_BYTES)
        with self.database.writing() as connection:
            kek = self._opened(self.database.kek(connection))
            row = connection.execute("SELECT max(version) FROM data_key WHERE performer = ?", (performer,)).fetchone()
            version = (row[0] or 0) + 1
            wrapped = kek.wrap(data_key, performer, version)
            connection.execute("INSERT INTO data_key VALUES (?, ?, ?)", (performer, version, wrapped))
        return version

    def drop_versions_before(self, performer: str, version: int) -> None:
        """Destroy the older data keys of a performer, with which nothing is sealed any more."""
        with self.database.writing() as connection:
            connection.execute("DELETE FROM data_key WHERE performer = ? AND version < ?", (performer, version))

    def forget(self, performers: Iterable[str]) -> None:
        """Remove the keys of performers who were never kept, so that nothing was sealed with them that is left."""
        names = [(name,) for name in performers]
        with self.database.writing() as connection:
            connection.executemany("DELETE FROM data_key WHERE performer = ?", names)
            connection.executemany("DELETE FROM ledger_key WHERE name = ?", names)

    def destroy(self, performer: str) -> int:
        """Return how many data keys of a performer were destroyed: those wrapped here and those held outside."""
        with self.database.writing() as connection:
            ours = connection.execute("DELETE FROM data_key WHERE performer = ?", (performer,)).rowcount
            held = connection.execute("DELETE FROM holder_key WHERE performer = ?", (performer,)).rowcount
            connection.execute("DELETE FROM ledger_key WHERE name = ?", (performer,))
        return ours + held

    def lend(self, key: holders.HolderKey) -> None:
        """Let a holder's private key open, in this process alone, what is held for its owner."""
        self._lent[key.public] = key
        self._ciphers.clear()

    def lent(self, public: bytes) -> holders.HolderKey | None:
        """Return the private key that was lent for a public one."""
        return self._lent.get(public)

    def held(self) -> dict[str, holders.HeldKey]:
        """Return the keys that are held outside, by performer."""
        self._refresh()
        return dict(self._held)

    def locked(self) -> frozenset[str]:
        """Return the performers whose records cannot be opened now, because their holder's key was not given."""
        self._refresh()
        return frozenset(p for p, held in self._held.items() if held.public not in self._lent)

    def signing_key(self, purpose: str) -> Ed25519PrivateKey:
        """Return this registry's Ed25519 key for a purpose, made when it is first asked for."""
        owner = f"signing/{purpose}"
        with self.database.writing() as connection:
            kek = self._opened(self.database.kek(connection))
            row = connection.execute("SELECT wrapped FROM signing_key WHERE purpose = ?", (purpose,)).fetchone()
            if row is None:
                seed = secrets.token_bytes(KEY_BYTES)
                connection.execute("INSERT INTO signing_key VALUES (?, ?)", (purpose, kek.wrap(seed, owner, 1)))
                return Ed25519PrivateKey.from_private_bytes(seed)
        try:
            return Ed25519PrivateKey.from_private_bytes(kek.unwrap(blob(row[0]), owner, 1))
        except (TypeError, ValueError) as error:
            raise KeyRefused(
                f"the key that signs for {purpose} does not open; restore {self.database.path} from its backup"
            ) from error

    def rewrap(self, connection: sqlite3.Connection, old: Kek, new: Kek) -> int:
        """Return how many keys were wrapped anew, all of them, inside the caller's transaction."""
        return rewrapping.rewrapped(connection, self.database.path, old.unwrap, new)

    def use(self, provider: KeyProvider) -> None:
        """Take another provider of the root key, after a move."""
        self.provider, self._kek, self._seen = provider, None, None

    def _opened(self, kept: WrappedKek) -> Kek:
        if self._kek is not None and self._kek.id == kept.id:
            return self._kek
        try:
            return Kek.opened(kept, self.provider, self.registry_id)
        except ValueError as error:
            raise KeyRefused(
                f"the key in {self.database.path} does not open with this {kept.provider} key; restore both from one "
                "backup"
            ) from error

    def _refresh(self) -> None:
        counter = self.database.change_counter()
        if counter == self._seen:
            return
        # The counter first: a change that comes between is then seen the next time.
        with self.database.reading() as connection:
            self._kek = self._opened(self.database.kek(connection))
            held = connection.execute("SELECT performer, version, public, wrapped FROM holder_key").fetchall()
            self._held = {row[0]: holders.HeldKey(*row) for row in held}
            # Of two keys of one performer the newer comes later, and stays.
            newest = connection.execute("SELECT performer, wrapped FROM data_key ORDER BY performer, version")
            self._wrapped, self._versions, self._older = dict(newest.fetchall()), {}, {}
            rotated = connection.execute(
                "SELECT performer, version, wrapped FROM data_key WHERE performer IN "
                "(SELECT performer FROM data_key WHERE version <> 1) ORDER BY performer, version"
            )
            for performer, each in groupby(rotated.fetchall(), key=itemgetter(0)):
                *older, (self._versions[performer], _) = [(version, wrapped) for _, version, wrapped in each]
                if older:
                    self._older[performer] = older
        self._ciphers.clear()
        self._seen = counter

    def data_keys(self, performer: str) -> list[bytes]:
        """Return the data keys of a performer, oldest first. Raises HolderKeyMissing, TemplateUnreadable."""
        kek, held = self._kek, self._held.get(performer)
        if held is not None:
            key = self._lent.get(held.public)
            if key is None:
                raise HolderKeyMissing(performer)
            return [holders.opened(held, key, self.registry_id)]
        try:
            if kek is None:
                raise KeyError(performer)
            newest = (self._versions.get(performer, 1), self._wrapped[performer])
            kept = [*self._older.get(performer, ()), newest]
            return [kek.unwrap(blob(wrapped), performer, version) for version, wrapped in kept]
        except (KeyError, TypeError, ValueError) as error:
            raise TemplateUnreadable(
                f"the key of {performer} is missing or does not open; restore {self.database.path} from its backup"
            ) from error


_KIND: Final = {"file": "file", "passphrase": "file", "pkcs11": "on a token", "kms": "of a cloud"}


def _follows(before: bytes, after: bytes) -> bool:
    """Return whether exactly one change was committed between two readings of the change counter."""
    return int.from_bytes(after) == int.from_bytes(before) + 1
