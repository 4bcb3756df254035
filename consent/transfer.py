"""Performers and grants in and out of the registry as files of rows. Reached as `Registry.transfer`."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from sqlmodel import Session

from consent import accepted, grants, journal, people
from consent.database import Database
from consent.errors import ConsentError
from consent.evidence import EvidenceReader
from consent.grant import Grant
from consent.grant_columns import cell_of, cells_of, grant_columns
from consent.grant_document import EvidencePart, GrantDocument
from consent.grant_record import record_of
from consent.imports import Import, import_grants, import_performers
from consent.keystore import KeyStore
from consent.performer_document import PERFORMER_COLUMNS
from consent.table_file import Form, csv_lines, form_of, json_line, rows_of
from consent.values import Identity, Performer

_IDENTITY: Final = ("legal_name", "contact")


class _Undone(ConsentError):
    """Takes a transaction back, with what came of it."""

    def __init__(self, done: Import) -> None:
        super().__init__()
        self.done = done


class Transfer:
    """Imports and exports."""

    def __init__(self, database: Database, keys: KeyStore) -> None:
        self._database = database
        self._keys = keys

    def import_grants(
        self, file: Path, *, now: datetime, dry_run: bool = False, evidence_reader: EvidenceReader | None = None
    ) -> Import:
        """Return what came of a file of grants: with any problem, or dry_run, nothing was written.

        Raises OSError when the file cannot be read.
        """
        moment, form = accepted.instant(now), form_of(file)

        def work(session: Session, write: bool) -> Import:
            with file.open("rb") as content:
                rows = rows_of(content, form)
                return import_grants(session, rows, form, moment, evidence_reader=evidence_reader, write=write)

        return self._whole(work, dry_run=dry_run)

    def import_performers(self, file: Path, *, now: datetime, dry_run: bool = False) -> Import:
        """Return what came of a file of performers: with any problem, or dry_run, nothing was written.

        Raises OSError when the file cannot be read, RegistryLocked.
        """
        moment, form = accepted.instant(now), form_of(file)

        def work(session: Session, write: bool) -> Import:
            with file.open("rb") as content:
                return import_performers(session, self._keys, rows_of(content, form), moment, write=write)

        done = self._whole(work, dry_run=dry_run)
        if done.undone:
            # Rolled back for certain. After other failures nobody knows, and an unused key hurts less than a lost one.
            self._keys.forget(done.undone)
        return done

    def export_grants(self, form: Form, *, now: datetime) -> Iterator[str]:
        """Yield the lines of a file with every grant, as its document, with its reference and present status."""
        today = accepted.instant(now).astimezone(UTC).date()
        with self._database.reading() as session:
            documents = [_grant_row(grant, today) for grant in grants.grants(session)]
        if form == "jsonl":
            return (json_line(document) for document in documents)
        columns = ("grant", "recorded", "status", "performer", *grant_columns())
        return csv_lines(columns, (cells_of(document) for document in documents))

    def export_performers(self, form: Form, *, now: datetime, with_identity: bool = False) -> Iterator[str]:
        """Yield the lines of a file with every performer, without legal names and contacts.

        with_identity: with them, opened; that enters the record of changes. Raises TemplateUnreadable,
        RegistryLocked.
        """
        moment = accepted.instant(now)
        with self._database.writing() if with_identity else self._database.reading() as session:
            found = people.performers(session)
            identities = {p.ref: self._identity(session, p.ref) for p in found} if with_identity else {}
            if with_identity:
                journal.append(session, "identities-exported", "registry", {"count": str(len(found))}, moment)
        documents = [_performer_row(performer, identities.get(performer.ref)) for performer in found]
        if form == "jsonl":
            return (json_line(document) for document in documents)
        columns = ["performer", "registered"]
        columns += [name for name in PERFORMER_COLUMNS if with_identity or name not in _IDENTITY]
        return csv_lines(columns, (_cells(document) for document in documents))

    def _identity(self, session: Session, ref: str) -> Identity:
        row = people.performer_row(session, ref)
        return people.identity_of(self._keys.unseal(ref, people.IDENTITY, row.sealed_identity))

    def _whole(self, work: Callable[[Session, bool], Import], *, dry_run: bool) -> Import:
        if dry_run:
            with self._database.reading() as session:
                return work(session, False)
        try:
            with self._database.writing() as session:
                done = work(session, True)
                if done.problems:
                    raise _Undone(done)
        except _Undone as undone:
            undone.done.undone, undone.done.references = undone.done.references, []
            return undone.done
        return done


def _grant_row(grant: Grant, today: date) -> dict[str, Any]:
    record = record_of(grant)
    document = {name: record[name] for name in GrantDocument.model_fields if name in record}
    if "evidence" in document:
        # That the file was hashed and its signature good was seen here; another registry has to see for itself.
        stated = {name: value for name, value in document["evidence"].items() if name in EvidencePart.model_fields}
        document["evidence"] = {name: value for name, value in stated.items() if name != "signature"}
    known = {"grant": grant.id, "recorded": grant.recorded.isoformat(), "status": grant.status_on(today)}
    return {**known, "performer": grant.performer, **document}


def _performer_row(performer: Performer, identity: Identity | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "performer": performer.ref,
        "registered": performer.registered.isoformat(),
        "stage_name": performer.stage_name,
        "minor": performer.minor,
        "deceased_on": performer.deceased_on.isoformat() if performer.deceased_on else None,
        "domicile": performer.domicile,
        "unions": list(performer.unions),
        "represented_by": performer.represented_by,
    }
    if identity is not None:
        row |= {"legal_name": identity.legal_name, "contact": identity.contact}
    return {name: value for name, value in row.items() if value not in (None, [])}


def _cells(row: Mapping[str, Any]) -> dict[str, str]:
    cells = {name: cell_of(value) for name, value in row.items()}
    if "minor" in row:
        cells["minor"] = "yes" if row["minor"] else "no"
    return cells
