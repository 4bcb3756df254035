"""The consent registry: performers, biometric releases, face templates, grants, and every change to them.

The one door to the database and the keys. Each method is one transaction: it happens whole, with its
entry in the record of changes, or not at all. The clock is passed in, aware.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from consent import accepted, gallery, journal, ledger_key, people
from consent.database import Database
from consent.errors import RegistryExists, RegistryMissing, RegistryUnreadable
from consent.grant_book import GrantBook
from consent.holders import HolderKey
from consent.key_source import KEY_FILE, SEALED_KEY_FILE, KeySource, made, opened
from consent.keys import KeyProvider
from consent.keystore import KeyStore
from consent.locked_keys import LockedKeys
from consent.performer_book import PerformerBook
from consent.store import store_at
from consent.values import (
    BiometricRelease,
    KeptImage,
    NewTemplate,
    RegistryEvent,
    StoredTemplate,
)

if TYPE_CHECKING:
    from consent.biometrics import Biometrics
    from consent.deliverables import Deliverables
    from consent.keyring import Keyring
    from consent.ledger import Ledger
    from consent.receipts import Receipts
    from consent.transfer import Transfer
    from consent.upkeep import Upkeep

_KEY_FOLDER: Final = "keys"
_KEY_DATABASE: Final = "keys.db"


class Registry(PerformerBook, GrantBook):
    """An open registry; a context manager that closes it."""

    def __init__(self, database: Database, keys: KeyStore) -> None:
        self._database = database
        self._keys = keys
        database.session_info[journal.KEYS] = keys

    @classmethod
    def create(cls, home: Path, *, now: datetime, url: str | None = None, keys: KeySource | None = None) -> Self:
        """Return a new, empty registry: registry.db, keys.db and, by default, keys/registry.key under home.

        url: a sqlite:/// address for the database, when it is to lie elsewhere, or the postgresql:// address
        of an empty database. keys: where the root key comes from. Folders that are made are readable by their
        owner only. Raises RegistryExists when any of the three is there already, RegistryUnreachable, and
        RegistryUnreadable when the folder cannot be written.
        """
        moment = accepted.instant(now)
        store, key_folder, key_database = store_at(home, url), home / _KEY_FOLDER, home / _KEY_DATABASE
        parts = (key_folder / KEY_FILE, key_folder / SEALED_KEY_FILE, key_database)
        taken = {store.place: store.exists()} | {str(part): part.exists() for part in parts}
        for part, exists in taken.items():
            if exists:
                raise RegistryExists(
                    f"a registry, or a part of one, exists already: {part}; use it, or choose another home"
                )
        registry_id = str(uuid.uuid4())
        try:
            for folder in (home, key_folder):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            provider = made(keys or KeySource(), key_folder, registry_id)
            sealing = KeyStore.create(key_database, provider, registry_id)
            registry = cls(Database.create(store, registry_id, moment), sealing)
        except OSError as error:
            raise RegistryUnreadable(
                f"no registry can be written to {home} ({error.strerror}); choose a folder you may write to"
            ) from error
        with registry._database.writing() as session:
            rows = ledger_key.first_rows(session, sealing, registry_id, moment)
            journal.append(session, "registry-created", registry_id, {}, moment, rows=rows)
        return registry

    @classmethod
    def open(
        cls,
        home: Path,
        url: str | None = None,
        *,
        keys: KeySource | None = None,
        holder_keys: Sequence[HolderKey] = (),
        keyless: bool = False,
    ) -> Self:
        """Return the registry of a home.

        keys: what the provider of the root key needs. holder_keys: private keys of performers who hold their own.
        keyless: leave the keys alone; what needs them raises RegistryLocked. Raises RegistryMissing,
        RegistryOlder, RegistryNewer, RegistryBusy, RegistryUnreachable, or RegistryUnreadable when a part of
        it is corrupt or the keys are missing or those of another registry.
        """
        store = store_at(home, url)
        try:
            missing = not store.exists()
        except OSError as error:
            raise RegistryUnreadable(f"{store.place} cannot be reached ({error.strerror}); check its folder") from error
        if missing:
            raise RegistryMissing(f'there is no registry at {store.place}; run "clearance init" to make one')
        if keyless:
            return cls(Database.open(store), LockedKeys())
        database = Database.open(store)
        with database.closed_on_failure():
            registry_id = database.registry_id()

            def provide(name: str) -> KeyProvider:
                return opened(name, keys or KeySource(), home / _KEY_FOLDER, registry_id)

            sealing = KeyStore.open(home / _KEY_DATABASE, provide, registry_id)
            for key in holder_keys:
                sealing.lend(key)
            return cls(database, sealing)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def receipts(self) -> "Receipts":
        """The receipts that performers hold."""
        from consent.receipts import Receipts

        return Receipts(self._database, self._keys, self.ledger)

    @property
    def keyring(self) -> "Keyring":
        """The keys as an operator sees them: state, rotation, move."""
        from consent.keyring import Keyring

        return Keyring(self._database, self._keys)

    @property
    def biometrics(self) -> "Biometrics":
        """The gallery, holders' keys, retention and erasure."""
        from consent.biometrics import Biometrics

        return Biometrics(self._database, self._keys)

    @property
    def upkeep(self) -> "Upkeep":
        """Backups, checks and sizes of this registry."""
        from consent.upkeep import Upkeep

        return Upkeep(self._database, self._keys)

    @property
    def transfer(self) -> "Transfer":
        """Imports and exports of performers and grants."""
        from consent.transfer import Transfer

        return Transfer(self._database, self._keys)

    def add_release(
        self,
        performer: str,
        *,
        signed_on: date,
        now: datetime,
        expires_on: date | None = None,
        jurisdiction: str | None = None,
        purposes: Sequence[str] = (),
        evidence_sha256: str | None = None,
        keeps_images: bool = False,
    ) -> BiometricRelease:
        """Return the biometric release as recorded. Raises UnknownPerformer, RecordInvalid."""
        moment = accepted.instant(now)
        release = people.new_release(
            performer=performer,
            signed_on=signed_on,
            expires_on=expires_on,
            jurisdiction=jurisdiction,
            purposes=purposes,
            evidence_sha256=evidence_sha256,
            keeps_images=keeps_images,
        )
        with self._database.writing() as session:
            row = people.add_release(session, release, moment)
            journal.append(session, "release-recorded", performer, {"release": release.id}, moment, rows=(row,))
        return release

    def releases(self, performer: str) -> tuple[BiometricRelease, ...]:
        """Return the releases of a performer, by day of signature. Raises UnknownPerformer."""
        with self._database.reading() as session:
            return people.releases(session, performer)

    def enrol(
        self,
        performer: str,
        templates: Sequence[NewTemplate],
        *,
        on: date,
        now: datetime,
        purpose: str | None = None,
    ) -> tuple[str, ...]:
        """Return the references of the templates, in the order given: all of them are kept, or none.

        purpose: what the release must name; None for any that it names. Raises UnknownPerformer, PerformerErased,
        ReleaseMissing when no release in force on that day states jurisdiction and purpose, RecordInvalid.
        """
        moment = accepted.instant(now)
        with self._database.writing() as session:
            rows = gallery.enrol(session, self._keys, performer, templates, purpose=purpose, on=on, now=moment)
            changes = [journal.Change("enrolled", performer, {"template": row.reference}, [row]) for row in rows]
            journal.append_all(session, changes, moment)
        return tuple(row.reference for row in rows)

    def templates(
        self,
        model_key: str,
        *,
        on: date,
        purpose: str = "unstated",
        operator: str = "unnamed",
        now: datetime | None = None,
    ) -> tuple[StoredTemplate, ...]:
        """Return the templates of `Biometrics.gallery`, without saying whose stayed closed."""
        opened = self.biometrics.gallery(model_key, on=on, purpose=purpose, operator=operator, now=now)
        return opened.templates

    def kept_images(self, *, without: str, on: date) -> tuple[KeptImage, ...]:
        """Return the kept reference pictures of which a model has no template yet; see `Biometrics.kept_images`."""
        return self.biometrics.kept_images(without=without, on=on)

    def template_count(self, performer: str) -> int:
        """Return how many templates of the performer are kept. Raises UnknownPerformer."""
        with self._database.reading() as session:
            people.performer_row(session, performer)
            return gallery.template_count(session, performer)

    @property
    def deliverables(self) -> "Deliverables":
        """What was audited or signed, and the consents it rests on."""
        from consent.deliverables import Deliverables

        return Deliverables(self._database)

    def record_event(self, kind: str, subject: str, detail: Mapping[str, str], now: datetime) -> None:
        """Append to the record of changes. Raises RecordInvalid for more than ids, digests and counts."""
        moment = accepted.instant(now)
        with self._database.writing() as session:
            journal.append(session, kind, subject, detail, moment)

    def events(self, limit: int = 100) -> tuple[RegistryEvent, ...]:
        """Return the latest entries of the record of changes, newest first."""
        with self._database.reading() as session:
            return journal.latest(session, limit)

    @cached_property
    def ledger(self) -> "Ledger":
        """The log of all changes: checkpoints, proofs, and the search for what was altered."""
        from consent.ledger import Ledger

        return Ledger(self._database, self._keys)
