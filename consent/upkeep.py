"""Keeping a registry: copied, checked, measured. Reached as `Registry.upkeep`."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from consent import accepted, journal
from consent.archive import Manifest
from consent.backup import digest_of, write_backup
from consent.database import SCHEMA, Database
from consent.integrity import Fault, faults
from consent.keystore import KeyStore


@dataclass(frozen=True, slots=True)
class Storage:
    """The kind of the database, its schema, and how much room it takes in bytes."""

    kind: str
    schema: str
    size_bytes: int


class Upkeep:
    """What is done with a registry as a whole."""

    def __init__(self, database: Database, keys: KeyStore) -> None:
        self._database = database
        self._keys = keys

    def backup(self, file: Path, *, with_keys: bool = True, now: datetime) -> Manifest:
        """Return the manifest of a new backup in a file of mode 0600, which enters the record of changes.

        with_keys: put the wrapped keys beside the rows. A copy of them opens, with the key file, what is
        erased later, so it must not live longer than an erasure may take. Raises RegistryExists when the
        file is there, RegistryUnreadable, RegistryLocked.
        """
        moment = accepted.instant(now)
        manifest = write_backup(self._database, self._keys.copied if with_keys else None, file, moment)
        detail = {"backup": digest_of(file), "keys": "yes" if with_keys else "no"}
        with self._database.writing() as session:
            journal.append(session, "registry-backed-up", manifest.registry, detail, moment)
        return manifest

    def check(self) -> tuple[Fault, ...]:
        """Return everything that is wrong with the registry, () when it is sound."""
        return faults(self._database, self._keys)

    def storage(self) -> Storage:
        """Return what the registry lies in."""
        return Storage(self._database.store.kind, SCHEMA, self._database.size_bytes())
