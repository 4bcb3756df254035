"""The keys of a registry as an operator sees them: their state, a rotation, a move to another provider.

A door of `registry.Registry`. Every change is one transaction of keys.db, so that a process killed at any moment
leaves the old keys or the new ones, never a mixture; and an event in the record of changes.
"""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from consent import accepted, intent, journal
from consent.database import Database
from consent.errors import RecordInvalid
from consent.kek import Kek
from consent.key_source import KeySource, key_file_of, made
from consent.keys import KeyProvider
from consent.keystore import KeyStore
from consent.ledger_keys import REGISTRY


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """Who holds the root key, and how many data keys there are; ids name keys and tell nothing about them."""

    provider: str
    root_key: str
    key_encryption_key: str
    data_keys: int
    unfinished: tuple[str, ...]
    """Performers with more than one data key: a rotation was interrupted; rotate them again."""
    held: tuple[str, ...]
    """Performers whose data key is held outside."""
    leftover: tuple[Path, ...]
    """Key files of providers that are not in use: a move was interrupted after its change; remove them."""


class Keyring:
    """See the module's docstring."""

    def __init__(self, database: Database, keys: KeyStore) -> None:
        self._database = database
        self._keys = keys
        self._folder = keys.database.path.parent / "keys"

    def status(self) -> KeyStatus:
        """Return the state of the keys."""
        with self._keys.database.reading() as connection:
            kept = self._keys.database.kek(connection)
            # The registry's own key seals no performer's records.
            query = "SELECT performer, count(*) FROM data_key WHERE performer != ? GROUP BY performer"
            counted = connection.execute(query, (REGISTRY,)).fetchall()
        others = (key_file_of(name, self._folder) for name in ("file", "passphrase") if name != kept.provider)
        return KeyStatus(
            provider=kept.provider,
            root_key=kept.root,
            key_encryption_key=kept.id,
            data_keys=sum(count for _, count in counted),
            unfinished=tuple(sorted(performer for performer, count in counted if count > 1)),
            held=tuple(sorted(self._keys.held())),
            leftover=tuple(path for path in others if path is not None and path.exists()),
        )

    def erasure_key_pem(self) -> str:
        """Return the public key, in PEM, under which this registry's receipts of erasures hold."""
        public = self._keys.signing_key("erasure").public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def rotate(self, now: datetime) -> int:
        """Return how many keys a new key-encryption key now wraps: all of them. Raises KeyRefused."""
        moment = accepted.instant(now)
        return self._change("keys-rotated", {}, self._keys.provider, moment)

    def move(self, source: KeySource, now: datetime) -> int:
        """Return how many keys are wrapped anew, under a new key-encryption key that source's provider seals.

        The old root key's file is removed; a token's or a cloud's key is left to its owner. Raises RecordInvalid for
        the provider that is in use, RegistryExists, KeyRefused, KeyUnreachable.
        """
        moment = accepted.instant(now)
        old = self._keys.provider.name
        if source.provider == old:
            raise RecordInvalid(f"the keys are with the provider {old} already; name another one")
        leftover = key_file_of(source.provider, self._folder)
        if leftover is not None and leftover.exists():
            # Not the file in use: one that an interrupted move left behind.
            leftover.unlink()
        provider = made(source, self._folder, self._keys.registry_id)
        count = self._change("keys-moved", {"from": old, "to": provider.name}, provider, moment)
        obsolete = key_file_of(old, self._folder)
        if obsolete is not None:
            _overwrite(obsolete)
        return count

    def _change(self, kind: str, detail: dict[str, str], provider: KeyProvider, now: datetime) -> int:
        """Return how many keys a new key-encryption key wraps. It is noted first: a kill may come before the event."""
        new, registry = Kek.new(), self._keys.registry_id
        detail = {**detail, "key": new.id}
        with self._database.writing() as session:
            journal.append_all(session, (), now)
            intent.clear(session, registry)
            intent.note(session, kind, registry, detail, now)
        with self._database.writing() as session:
            # What others left behind is recorded before the keys change.
            journal.append_all(session, (), now)
            intent.clear(session, registry)
            session.flush()
            count = self._replaced(new, provider)
            if provider is not self._keys.provider:
                self._keys.use(provider)
            journal.append(session, kind, registry, {**detail, "wrapped": str(count)}, now)
        return count

    def _replaced(self, new: Kek, provider: KeyProvider) -> int:
        old = self._keys.kek()
        with self._keys.database.writing() as connection:
            if self._keys.database.kek(connection).id != old.id:
                raise RecordInvalid("another process changed the keys just now; nothing was changed; try again")
            count = self._keys.rewrap(connection, old, new)
            kept = new.sealed_by(provider, self._keys.registry_id)
            self._keys.database.replace_kek(connection, kept)
        return count


def _overwrite(path: Path) -> None:
    """Overwrite a file with zeros and remove it; what a disk or its snapshots keep beyond that is not ours to reach."""
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
