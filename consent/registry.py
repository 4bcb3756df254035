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
from consent.keys import KeyFile
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
    from consent.deliverables import Deliverables
    from consent.ledger import Ledger
    from consent.transfer import Transfer
    from consent.upkeep import Upkeep

_KEY_FILE: Final = Path("keys", "registry.key")
_KEY_DATABASE: Final = "keys.db"


class Registry(PerformerBook, GrantBook):
    """An open registry; a context manager that closes it."""

    def __init__(self, database: Database, keys: KeyStore) -> None:
        self._database = database
        self._keys = keys
        database.session_info[journal.KEYS] = keys

    @classmethod
    def create(cls, home: Path, *, now: datetime, url: str | None = None) -> Self:
        """Return a new, empty registry: registry.db, keys.db and keys/registry.key under home.

        url: a sqlite:/// address for the database, when it is to lie elsewhere, or the postgresql:// address
        of an empty database. Folders that are made are readable by their owner only. Raises RegistryExists
        when any of the three is there already, RegistryUnreachable, and RegistryUnreadable when the folder
        cannot be written.
        """
        moment = accepted.instant(now)
        store, key_file, key_database = store_at(home, url), home / _KEY_FILE, home / _KEY_DATABASE
        taken = {store.place: store.exists()} | {str(part): part.exists() for part in (key_file, key_database)}
        for part, exists in taken.items():
            if exists:
                raise RegistryExists(
                    f"a registry, or a part of one, exists already: {part}; use it, or choose another home"
                )
        registry_id = str(uuid.uuid4())
        try:
            for folder in (home, key_file.parent):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            keys = KeyStore.create(key_database, KeyFile.create(key_file), registry_id)
            registry = cls(Database.create(store, registry_id, moment), keys)
        except OSError as error:
            raise RegistryUnreadable(
                f"no registry can be written to {home} ({error.strerror}); choose a folder you may write to"
            ) from error
        with registry._database.writing() as session:
            rows = ledger_key.first_rows(session, keys, registry_id, moment)
            journal.append(session, "registry-created", registry_id, {}, moment, rows=rows)
        return registry

    @classmethod
    def open(cls, home: Path, url: str | None = None, *, keyless: bool = False) -> Self:
        """Return the registry of a home.

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
        provider = KeyFile.load(home / _KEY_FILE)
        database = Database.open(store)
        with database.closed_on_failure():
            return cls(database, KeyStore.open(home / _KEY_DATABASE, provider, database.registry_id()))

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

    def enrol(self, performer: str, templates: Sequence[NewTemplate], *, on: date, now: datetime) -> tuple[str, ...]:
        """Return the references of the templates, in the order given: all of them are kept, or none.

        Raises UnknownPerformer, ReleaseMissing when no release is in force on that day, RecordInvalid.
        """
        moment = accepted.instant(now)
        with self._database.writing() as session:
            rows = gallery.enrol(session, self._keys, performer, templates, on=on, now=moment)
            changes = [journal.Change("enrolled", performer, {"template": row.reference}, [row]) for row in rows]
            journal.append_all(session, changes, moment)
        return tuple(row.reference for row in rows)

    def templates(self, model_key: str, *, on: date) -> tuple[StoredTemplate, ...]:
        """Return the templates of a model whose performers have a release in force on that day.

        Raises TemplateUnreadable when one does not open.
        """
        with self._database.reading() as session:
            return gallery.templates(session, self._keys, model_key, on=on)

    def kept_images(self, *, without: str, on: date) -> tuple[KeptImage, ...]:
        """Return the kept reference pictures of which a model has no template yet, of releases that allow it.

        without: the model's key. Raises TemplateUnreadable.
        """
        with self._database.reading() as session:
            return gallery.kept_images(session, self._keys, without=without, on=on)

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
