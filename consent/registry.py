"""The consent registry: performers, biometric releases, face templates, grants, and every change to them.

The one door to the database and the keys. Each method is one transaction: it happens whole, with its
entry in the record of changes, or not at all. The clock is passed in, aware.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from consent import accepted, gallery, grants, journal, kinship, people
from consent.answer import ConsentAnswer, Use
from consent.coverage import assess
from consent.database import Database, database_path
from consent.errors import PerformerErased, RegistryExists, RegistryMissing, RegistryUnreadable
from consent.grant import EventKind, Grant, NewGrant
from consent.holders import HolderKey
from consent.key_source import KEY_FILE, SEALED_KEY_FILE, KeySource, made, opened
from consent.keys import KeyProvider
from consent.keystore import KeyStore
from consent.references import new_reference
from consent.rows import performer_of
from consent.values import (
    BiometricRelease,
    Identity,
    KeptImage,
    KinshipKind,
    NewTemplate,
    Performer,
    RegistryEvent,
    StoredTemplate,
)

if TYPE_CHECKING:
    from consent.biometrics import Biometrics
    from consent.keyring import Keyring

_KEY_FOLDER: Final = "keys"
_KEY_DATABASE: Final = "keys.db"


class Registry:
    """An open registry; a context manager that closes it."""

    def __init__(self, database: Database, keys: KeyStore) -> None:
        self._database = database
        self._keys = keys

    @classmethod
    def create(cls, home: Path, *, now: datetime, url: str | None = None, keys: KeySource | None = None) -> Self:
        """Return a new, empty registry: registry.db, keys.db and, by default, keys/registry.key under home.

        url: a sqlite:/// address for the database, when it is to lie elsewhere. keys: where the root key comes from.
        Folders that are made are readable by their owner only. Raises RegistryExists when any of the three is there
        already, and RegistryUnreadable when the folder cannot be written.
        """
        moment = accepted.instant(now)
        path, key_folder, key_database = database_path(home, url), home / _KEY_FOLDER, home / _KEY_DATABASE
        for part in (path, key_folder / KEY_FILE, key_folder / SEALED_KEY_FILE, key_database):
            if part.exists():
                raise RegistryExists(
                    f"a registry, or a part of one, exists already: {part}; use it, or choose another home"
                )
        registry_id = str(uuid.uuid4())
        try:
            for folder in (home, key_folder, path.parent):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            provider = made(keys or KeySource(), key_folder, registry_id)
            store = KeyStore.create(key_database, provider, registry_id)
            registry = cls(Database.create(path, registry_id, moment), store)
        except OSError as error:
            raise RegistryUnreadable(
                f"no registry can be written to {home} ({error.strerror}); choose a folder you may write to"
            ) from error
        registry.record_event("registry-created", registry_id, {}, now)
        return registry

    @classmethod
    def open(
        cls,
        home: Path,
        url: str | None = None,
        *,
        keys: KeySource | None = None,
        holder_keys: Sequence[HolderKey] = (),
    ) -> Self:
        """Return the registry of a home, brought up to the current schema.

        keys: what the provider of the root key needs. holder_keys: private keys of performers who hold their own.
        Raises RegistryMissing, RegistryNewer, RegistryBusy, or RegistryUnreadable when a part of it is
        corrupt or the keys are missing or those of another registry.
        """
        path = database_path(home, url)
        try:
            missing = not path.is_file()
        except OSError as error:
            raise RegistryUnreadable(f"{path} cannot be reached ({error.strerror}); check its folder") from error
        if missing:
            raise RegistryMissing(f'there is no registry at {path}; run "clearance init" to make one')
        database = Database.open(path)
        try:
            registry_id = database.registry_id()

            def provide(name: str) -> KeyProvider:
                return opened(name, keys or KeySource(), home / _KEY_FOLDER, registry_id)

            store = KeyStore.open(home / _KEY_DATABASE, provide, registry_id)
            for key in holder_keys:
                store.lend(key)
            return cls(database, store)
        except BaseException:
            database.close()
            raise

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
    def keyring(self) -> "Keyring":
        """The keys as an operator sees them: state, rotation, move."""
        from consent.keyring import Keyring

        return Keyring(self._database, self._keys)

    @property
    def biometrics(self) -> "Biometrics":
        """The gallery, holders' keys, retention and erasure."""
        from consent.biometrics import Biometrics

        return Biometrics(self._database, self._keys)

    def add_performer(
        self,
        stage_name: str,
        *,
        now: datetime,
        legal_name: str | None = None,
        contact: str | None = None,
        minor: bool | None = None,
        deceased_on: date | None = None,
        domicile: str | None = None,
        unions: Sequence[str] = (),
        represented_by: str | None = None,
        namesake: bool = False,
    ) -> Performer:
        """Return the performer as registered; legal name and contact are kept sealed.

        Raises DuplicatePerformer for a stage name in use (unless namesake says that this is another
        person), RecordInvalid.
        """
        performer = people.new_performer(
            ref=new_reference("P"),
            stage_name=stage_name,
            minor=minor,
            deceased_on=deceased_on,
            domicile=domicile,
            unions=unions,
            represented_by=represented_by,
            now=now,
        )
        plain = people.sealed_form(Identity(legal_name=legal_name, contact=contact))
        with self._database.writing() as session:
            people.refuse_known_name(session, performer.stage_name, namesake=namesake)
            # The key is on disk before anything sealed with it: a crash leaves an unused key, never a
            # record that no key opens.
            self._keys.add(performer.ref)
            people.add_performer(session, performer, self._keys.seal(performer.ref, people.IDENTITY, plain))
            journal.append(session, "performer-added", performer.ref, {}, performer.registered)
        return performer

    def performer(self, ref: str) -> Performer:
        """Return one performer. Raises UnknownPerformer."""
        with self._database.reading() as session:
            return performer_of(people.performer_row(session, ref))

    def performers(self) -> tuple[Performer, ...]:
        """Return all performers, by stage name."""
        with self._database.reading() as session:
            return people.performers(session)

    def identity(self, performer: str) -> Identity:
        """Return the legal name and contact of a performer.

        Raises UnknownPerformer, PerformerErased, TemplateUnreadable, HolderKeyMissing.
        """
        with self._database.reading() as session:
            row = people.performer_row(session, performer)
            if row.erased is not None:
                raise PerformerErased(performer)
            return people.identity_of(self._keys.unseal(performer, people.IDENTITY, row.sealed_identity))

    def mark_relatives(self, performer: str, other: str, kind: KinshipKind, *, now: datetime) -> None:
        """Record that two performers look alike, so that a match of either goes to a person.

        Raises UnknownPerformer, RecordInvalid.
        """
        moment = accepted.instant(now)
        with self._database.writing() as session:
            kinship.mark(session, performer, other, kind, moment)
            journal.append(session, "relatives-marked", performer, {"other": other, "kind": kind}, moment)

    def relatives(self) -> Mapping[str, frozenset[str]]:
        """Return, for each performer marked so, all others that look alike."""
        with self._database.reading() as session:
            return kinship.relatives(session)

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
            people.add_release(session, release, moment)
            journal.append(session, "release-recorded", performer, {"release": release.id}, moment)
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
            for row in rows:
                journal.append(session, "enrolled", performer, {"template": row.reference}, moment, rows=[row])
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

    def record_grant(self, grant: NewGrant, now: datetime) -> Grant:
        """Return the grant as recorded, given from the day it was signed. Raises UnknownPerformer."""
        moment = accepted.instant(now)
        with self._database.writing() as session:
            recorded = grants.record_grant(session, grant, moment)
            journal.append(session, "grant-recorded", grant.performer, {"grant": recorded.id}, moment)
        return recorded

    def record_grant_event(self, grant_id: str, kind: EventKind, *, on: date, now: datetime) -> Grant:
        """Return the grant with one more step in its life.

        Raises UnknownGrant, or RecordInvalid when the step cannot follow the last one.
        """
        moment = accepted.instant(now)
        with self._database.writing() as session:
            grant = grants.add_event(session, grant_id, kind, on=on, now=moment)
            detail = {"grant": grant_id, "on": on.isoformat()}
            journal.append(session, f"grant-{kind}", grant.performer, detail, moment)
        return grant

    def grants(self, performer: str | None = None) -> tuple[Grant, ...]:
        """Return the grants of one performer, or all, by day of signature. Raises UnknownPerformer."""
        with self._database.reading() as session:
            return grants.grants(session, performer)

    def grant(self, grant_id: str) -> Grant:
        """Return one grant. Raises UnknownGrant."""
        with self._database.reading() as session:
            return grants.grant(session, grant_id)

    def check(self, performer: str, use: Use) -> ConsentAnswer:
        """Return what the performer's grants say about the use. Raises UnknownPerformer."""
        return assess(performer, self.grants(performer), use)

    def record_event(self, kind: str, subject: str, detail: Mapping[str, str], now: datetime) -> None:
        """Append to the record of changes. Raises RecordInvalid for more than ids, digests and counts."""
        moment = accepted.instant(now)
        with self._database.writing() as session:
            journal.append(session, kind, subject, detail, moment)

    def events(self, limit: int = 100) -> tuple[RegistryEvent, ...]:
        """Return the latest entries of the record of changes, newest first."""
        with self._database.reading() as session:
            return journal.latest(session, limit)

    def state_digest(self) -> str:
        """Return a SHA-256 over the ids and versions of all that is kept, in hexadecimal."""
        with self._database.reading() as session:
            return journal.state_digest(session)
