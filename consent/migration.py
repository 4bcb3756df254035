"""An older registry brought to the current schema: copied first, then changed in one transaction or not at all."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from consent import accepted, intent
from consent.backup import write_backup
from consent.database import SCHEMA, Database
from consent.errors import RegistryMissing
from consent.store import store_at


@dataclass(frozen=True, slots=True)
class Migrated:
    """From which schema to which a registry went, and where its copy lies; None when nothing was to be done."""

    before: str
    after: str
    backup: Path | None


def migrate(home: Path, url: str | None = None, *, now: datetime, backup: Path | None = None) -> Migrated:
    """Return what was done to bring the registry of a home to the current schema, noted for the record of changes.

    backup: where the copy of the rows goes; by default into the home. It holds no keys: those stay as they
    are. Raises RegistryMissing, RegistryNewer, RegistryBusy, RegistryUnreachable, RegistryUnreadable, or
    RegistryExists when the place of the copy is taken; the registry is then as it was.
    """
    moment, store = accepted.instant(now), store_at(home, url)
    if not store.exists():
        raise RegistryMissing(f'there is no registry at {store.place}; run "clearance init" to make one')
    database = Database.open_any(store)
    with database.closed_on_failure():
        before = database.schema()
        if before == SCHEMA:
            database.close()
            return Migrated(before, SCHEMA, None)
        copy = backup or home / f"before-migration-{before}-{moment:%Y%m%dT%H%M%SZ}.zip"
        write_backup(database, None, copy, moment)
        with database.writing() as session:
            database.raise_schema(session.connection(), SCHEMA)
            detail = {"from": before, "to": SCHEMA}
            intent.note(session, intent.MIGRATED, database.registry_id_in(session), detail, moment)
    database.close()
    return Migrated(before, SCHEMA, copy)
