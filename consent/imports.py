"""Performers and grants from a file into the registry: all of them in one transaction, or none.

Rows are read, judged and written in batches, so that a file of any length takes the same memory.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import insert
from sqlmodel import Session, col, select

from consent import authority, journal, people, performer_versions
from consent.commitments import Written
from consent.coverage import same_name
from consent.errors import GrantInvalid
from consent.evidence import EvidenceReader
from consent.grant import NewGrant
from consent.grant_columns import document_of
from consent.grant_document import grant_from
from consent.grant_record import record_of
from consent.journal import Change
from consent.keystore import KeyStore
from consent.performer_document import Entered, performer_from
from consent.references import new_reference
from consent.table_file import FileRow, Form, LineProblem
from consent.tables import METADATA, PerformerRow
from consent.values import Performer

# Written by an export beside the grant itself. The references and times of another registry are not taken over.
_OF_AN_EXPORT: Final = ("grant", "recorded")
_BATCH: Final = 200
_GRANT: Final = METADATA.tables["consent_grant"]
_STEP: Final = METADATA.tables["grant_event"]
_Item = TypeVar("_Item")
# A file with more is the wrong file, or wrong in one way throughout.
_PROBLEM_LIMIT: Final = 1000


@dataclass(slots=True)
class Import:
    """What came of a file so far: the references of what was added, and every problem found.

    undone: the references that were taken back, when there was a problem.
    """

    references: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    problems: list[LineProblem] = field(default_factory=list)

    @property
    def hopeless(self) -> bool:
        """Whether so much is wrong that more of it tells nobody anything."""
        return len(self.problems) >= _PROBLEM_LIMIT


def import_grants(
    session: Session,
    rows: Iterable[FileRow | LineProblem],
    form: Form,
    now: datetime,
    *,
    evidence_reader: EvidenceReader | None,
    write: bool,
) -> Import:
    """Return what came of the rows of grants, each given from the day it was signed.

    write: add those without problems; the caller undoes it when any had one.
    """
    done = Import()
    known = _named(session)
    judged = (_grant(row, form, known, done, evidence_reader) for row in _readable(rows, done))
    for grants in _batches(grant for grant in judged if grant is not None):
        if write and not done.problems:
            done.references += _write_grants(session, grants, now)
    return done


def import_performers(
    session: Session, keys: KeyStore, rows: Iterable[FileRow | LineProblem], now: datetime, *, write: bool
) -> Import:
    """Return what came of the rows of performers; legal names and contacts are sealed.

    write: add those without problems; the caller undoes it when any had one, and forgets their keys.
    """
    done = Import()
    known = dict(session.execute(select(col(PerformerRow.name_key), col(PerformerRow.ref))).all())
    judged = (_performer(row, known, done, now) for row in _readable(rows, done))
    for performers in _batches(performer for performer in judged if performer is not None):
        if write and not done.problems:
            done.references += _write_performers(session, keys, performers, now)
    return done


def _readable(rows: Iterable[FileRow | LineProblem], done: Import) -> Iterator[FileRow]:
    for row in rows:
        if isinstance(row, LineProblem):
            done.problems.append(row)
        else:
            yield row
        if done.hopeless:
            done.problems.append(LineProblem(row.line, "", "is as far as was read; correct what is wrong above first"))
            return


def _grant(
    row: FileRow, form: Form, known: Mapping[str, Performer], done: Import, evidence_reader: EvidenceReader | None
) -> NewGrant | None:
    values = {name: value for name, value in row.values.items() if name not in _OF_AN_EXPORT}
    name, status = values.pop("performer", None), values.pop("status", None)
    performer = known.get(name) if isinstance(name, str) else None
    faults = []
    if performer is None:
        message = (
            'is no performer of this registry; write a reference that "clearance performer list" shows, or scheme:value'
        )
        faults.append(LineProblem(row.line, "performer", message))
    if status not in (None, "given"):
        # Entered as given, a grant that was withdrawn elsewhere would cover uses again.
        faults.append(LineProblem(row.line, "status", "is not given; only a grant that stands can be imported"))
    grant = None
    try:
        document = document_of(values) if form == "csv" else values
        grant = grant_from(document, performer=performer.ref if performer else "", evidence_reader=evidence_reader)
        why = authority.refusal(grant, performer, grant.signed_on) if performer else None
        faults += [LineProblem(row.line, "signatory", why)] if why else []
    except GrantInvalid as error:
        faults += [LineProblem(row.line, ".".join(map(str, p.path)), p.message) for p in error.problems]
    done.problems += faults
    return None if faults else grant


def _named(session: Session) -> dict[str, Performer]:
    """Return the performers by reference and by each foreign id, as scheme:value."""
    found = people.performers(session)
    named = {performer.ref: performer for performer in found}
    return named | {f"{scheme}:{value}": each for each in found for scheme, value in each.foreign_ids}


def _performer(row: FileRow, known: dict[str, str], done: Import, now: datetime) -> Entered | None:
    values = {name: value for name, value in row.values.items() if name not in ("performer", "registered")}
    judged = performer_from(values, new_reference("P"), now)
    if not isinstance(judged, Entered):
        done.problems += [LineProblem(row.line, ".".join(map(str, p.path)), p.message) for p in judged]
        return None
    name = same_name(judged.performer.stage_name)
    if name in known and not judged.namesake:
        message = f"is registered already as {known[name]}; leave the line out, or write yes under namesake"
        done.problems.append(LineProblem(row.line, "stage_name", message))
        return None
    known[name] = f"line {row.line} of this file"
    return judged


def _write_grants(session: Session, grants: list[NewGrant], now: datetime) -> list[str]:
    """Return the references of grants, written with their events: plain rows, for they are many."""
    rows: list[dict[str, Any]] = [
        {
            "id": new_reference("G"),
            "performer": grant.performer,
            "signed_on": grant.signed_on,
            "record": record_of(grant),
            "recorded": now,
            "version": 1,
        }
        for grant in grants
    ]
    steps: list[dict[str, Any]] = [
        {"grant": row["id"], "kind": "given", "on": row["signed_on"], "recorded": now, "reason": None, "by": None}
        for row in rows
    ]
    connection = session.connection()
    connection.execute(insert(_GRANT), rows)
    # The database numbers them; what is committed to is what is kept.
    numbered = insert(_STEP).returning(_STEP.c.sequence, sort_by_parameter_order=True)
    numbers = connection.execute(numbered, steps).scalars().all()
    changes = [
        Change(
            "grant-recorded",
            row["performer"],
            {"grant": row["id"]},
            (Written(_GRANT, row), Written(_STEP, step | {"sequence": number})),
        )
        for row, step, number in zip(rows, steps, numbers, strict=True)
    ]
    journal.append_all(session, changes, now)
    return [row["id"] for row in rows]


def _write_performers(session: Session, keys: KeyStore, entered: list[Entered], now: datetime) -> list[str]:
    references = [each.performer.ref for each in entered]
    # The keys are on disk before anything sealed with them.
    keys.add_all(references)
    changes = []
    for each in entered:
        sealed = keys.seal(each.performer.ref, people.IDENTITY, people.sealed_form(each.identity))
        row, ids = people.add_performer(session, each.performer, sealed)
        version = performer_versions.keep(session, row, now)
        changes.append(Change("performer-added", row.ref, {}, (row, *ids, version)))
    journal.append_all(session, changes, now)
    session.flush()
    session.expunge_all()
    return references


def _batches(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, _BATCH)):
        yield batch
