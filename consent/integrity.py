"""Whether a registry is sound: its database, its rows, what they refer to, and the keys of what is sealed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Table, and_, func, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, SQLModel, col

from consent import people
from consent.database import Database
from consent.errors import RegistryUnreadable, TemplateUnreadable
from consent.keystore import KeyStore
from consent.ledger import Ledger
from consent.rows import event_of, grant_from_rows, performer_of, release_of
from consent.sealed import image_record
from consent.table_copy import tables_of
from consent.tables import (
    METADATA,
    EventRow,
    GrantEventRow,
    GrantRow,
    GrantVersionRow,
    KinshipRow,
    PerformerRow,
    ReleaseRow,
    TemplateRow,
)

# The tables whose rows the database must refuse to change.
APPEND_ONLY: Final = frozenset(
    {
        "event",
        "grant_event",
        "grant_version",
        "performer_version",
        "reliance",
        "ledger_node",
        "ledger_key",
        "checkpoint",
    }
)
_BATCH: Final = {"yield_per": 1000}
# What a row raises that holds something other than what was written.
_DAMAGED: Final = (ValueError, TypeError, LookupError, RecursionError, SQLAlchemyError)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: the part of the registry, and a sentence with what to do."""

    part: str
    what: str


def faults(database: Database, keys: KeyStore) -> tuple[Fault, ...]:
    """Return everything that is wrong with a registry, () when it is sound.

    Reads every row and opens everything sealed, one record at a time; nothing of it is kept. Raises
    RegistryUnreachable, RegistryBusy, RegistryLocked.
    """
    looks: tuple[tuple[str, Callable[[Session], Iterator[str]]], ...] = (
        ("database", lambda session: iter(database.store.faults(session.connection()))),
        ("schema", lambda session: _drift(session.connection())),
        ("append-only", lambda session: _unguarded(database, session.connection())),
        ("references", lambda session: iter(orphans(session.connection(), tables_of(session.connection())))),
        ("rows", _unreadable),
        ("keys", lambda session: _unopened(session, keys)),
    )
    found: list[Fault] = []
    for part, look in looks:
        try:
            with database.reading() as session:
                found += (Fault(part, what) for what in look(session))
        except RegistryUnreadable as error:
            found.append(Fault(part, str(error)))
    # Only where every row reads: what does not is named above, and once is enough.
    if not found:
        found = [Fault("ledger", str(problem)) for problem in Ledger(database, keys).verify()]
    return tuple(found)


def orphans(connection: Connection, tables: Sequence[Table]) -> tuple[str, ...]:
    """Return a sentence for each foreign key that points at nothing, with how often it does."""
    found = []
    for table in tables:
        for key in table.foreign_key_constraints:
            target = key.referred_table.alias("target")
            pairs = [(element.parent, target.c[element.column.name]) for element in key.elements]
            joined = table.outerjoin(target, and_(*(source == other for source, other in pairs)))
            missing = (
                select(func.count())
                .select_from(joined)
                .where(
                    and_(*(source.is_not(None) for source, _ in pairs)), or_(*(other.is_(None) for _, other in pairs))
                )
            )
            count = connection.execute(missing).scalar_one()
            if count:
                columns = ", ".join(source.name for source, _ in pairs)
                found.append(
                    f"{count} rows of {table.name} refer by {columns} to a {key.referred_table.name} that is not "
                    "there; restore the registry from its backup"
                )
    return tuple(found)


def _drift(connection: Connection) -> Iterator[str]:
    differences = compare_metadata(MigrationContext.configure(connection), METADATA)
    if differences:
        yield (
            f"the tables differ in {len(differences)} places from those of this version; "
            "restore the registry from its backup"
        )


def _unguarded(database: Database, connection: Connection) -> Iterator[str]:
    for table in sorted(APPEND_ONLY - database.store.append_only(connection)):
        yield f"the database no longer refuses changes to {table}; find out who removed that, and restore from a backup"


def _unreadable(session: Session) -> Iterator[str]:
    """Yield a sentence for each row that is no value; row by row only where a whole table does not read."""
    steps: dict[str, list[GrantEventRow]] = {}
    later: dict[str, list[GrantVersionRow]] = {}

    def grant(row: GrantRow) -> None:
        if not steps:
            for step in session.scalars(select(GrantEventRow).order_by(col(GrantEventRow.sequence))):
                steps.setdefault(step.grant, []).append(step)
            for version in session.scalars(select(GrantVersionRow).order_by(col(GrantVersionRow.sequence))):
                later.setdefault(version.grant, []).append(version)
        if not grant_from_rows(row, steps.get(row.id, ()), later.get(row.id, ())).events:
            raise ValueError("a grant without a beginning")

    readers: tuple[tuple[type[SQLModel], Callable[[Any], object]], ...] = (
        (PerformerRow, performer_of),
        (ReleaseRow, release_of),
        (TemplateRow, lambda row: row),
        (KinshipRow, lambda row: row),
        (GrantRow, grant),
        (EventRow, event_of),
    )
    for table, read in readers:
        try:
            for row in session.scalars(select(table), execution_options=_BATCH):
                read(row)
        except _DAMAGED:
            yield from _each_unreadable(session, table, read)


def _each_unreadable(session: Session, table: type[SQLModel], read: Callable[[Any], object]) -> Iterator[str]:
    keys = METADATA.tables[str(table.__tablename__)].primary_key.columns
    for key in session.execute(select(*keys)).all():
        session.expunge_all()
        try:
            read(session.get(table, tuple(key)))
        except _DAMAGED as error:
            name = "+".join(str(part) for part in key)
            yield f"{table.__tablename__} {name} cannot be read ({type(error).__name__}); restore it from a backup"


def _unopened(session: Session, keys: KeyStore) -> Iterator[str]:
    sealed = select(col(PerformerRow.ref), col(PerformerRow.sealed_identity))
    for ref, identity in session.execute(sealed, execution_options=_BATCH):
        yield from _opened(keys, ref, people.IDENTITY, identity)
    columns = METADATA.tables["template"].columns
    templates = select(*(columns[name] for name in ("performer", "reference", "sealed_vector", "sealed_image")))
    for performer, reference, vector, image in session.execute(templates, execution_options=_BATCH):
        yield from _opened(keys, performer, reference, vector)
        yield from _opened(keys, performer, image_record(reference), image)


def _opened(keys: KeyStore, performer: str, record: str, sealed: bytes | None) -> Iterator[str]:
    if sealed:
        try:
            keys.unseal(performer, record, sealed)
        except TemplateUnreadable as error:
            yield str(error)
