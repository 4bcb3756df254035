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
from consent.errors import RegistryExists, RegistryMissing, RegistryUnreadable
from consent.grant import EventKind, Grant, NewGrant
from consent.keys import KeyFile
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
    from consent.receipts import Receipts

_KEY_FILE: Final = Path("keys", "registry.key")
_KEY_DATABASE: Final = "keys.db"


class Registry:
    """An open registry; a context manager that closes it."""

    def __init__(self, database: Database, keys: KeyStore) -> None:
        self._database = database
        self._keys = keys

    @classmethod
    def create(cls, home: Path, *, now: datetime, url: str | None = None) -> Self:
        """Return a new, empty registry: registry.db, keys.db and keys/registry.key under home.

        url: a sqlite:/// address for the database, when it is to lie elsewhere. Folders that are made are
        readable by their owner only. Raises RegistryExists when any of the three is there already, and
        RegistryUnreadable when the folder cannot be written.
        """
        moment = accepted.instant(now)
        path, key_file, key_database = database_path(home, url), home / _KEY_FILE, home / _KEY_DATABASE
        for part in (path, key_file, key_database):
            if part.exists():
                raise RegistryExists(
                    f"a registry, or a part of one, exists already: {part}; use it, or choose another home"
                )
        registry_id = str(uuid.uuid4())
        try:
            for folder in (home, key_file.parent, path.parent):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            keys = KeyStore.create(key_database, KeyFile.create(key_file), registry_id)
            registry = cls(Database.create(path, registry_id, moment), keys)
        except OSError as error:
            raise RegistryUnreadable(
                f"no registry can be written to {home} ({error.strerror}); choose a folder you may write to"
            ) from error
        registry.record_event("registry-created", registry_id, {}, now)
        return registry

    @classmethod
    def open(cls, home: Path, url: str | None = None) -> Self:
        """Return the registry of a home, brought up to the current schema.

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
        provider = KeyFile.load(home / _KEY_FILE)
        database = Database.open(path)
        try:
            return cls(database, KeyStore.open(home / _KEY_DATABASE, provider, database.registry_id()))
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
    def receipts(self) -> "Receipts":
        """The receipts that performers hold."""
        from consent.receipts import Receipts

        return Receipts(self._database, self._keys)

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
        """Return the legal name and contact of a performer. Raises UnknownPerformer, TemplateUnreadable."""
        with self._database.reading() as session:
            row = people.performer_row(session, performer)
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

    def enrol(self, performer: str, templates: Sequence[NewTemplate], *, on: date, now: datetime) -> tuple[str, ...]:
        """Return the references of the templates, in the order given: all of them are kept, or none.

        Raises UnknownPerformer, ReleaseMissing when no release is in force on that day, RecordInvalid.
        """
        moment = accepted.instant(now)
        with self._database.writing() as session:
            references = gallery.enrol(session, self._keys, performer, templates, on=on, now=moment)
            for reference in references:
                journal.append(session, "enrolled", performer, {"template": reference}, moment)
        return references

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
