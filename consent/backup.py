"""A registry copied into one file and back, from either database into either, without losing a row.

The file holds the rows and, unless left out, the wrapped keys; never the key file that opens them, which is to
be kept elsewhere. Restoring reads every row back and compares it before anything is kept.
"""

import hashlib
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError, StatementError

from consent import accepted, intent
from consent.archive import ArchiveReader, Manifest, reading_archive, writing_archive
from consent.database import SCHEMA, Database
from consent.errors import RegistryExists, RegistryMissing, RegistryNewer, RegistryUnreadable
from consent.integrity import orphans
from consent.migrations import known_schemas
from consent.store import store_at
from consent.table_copy import lines, load, tables_of

_KEY_DATABASE: Final = "keys.db"
_NO_ROW: Final = (ValueError, TypeError, KeyError, RecursionError, IntegrityError, DataError, StatementError)


def write_backup(database: Database, keys: Callable[[], bytes] | None, file: Path, now: datetime) -> Manifest:
    """Return the manifest of a new backup of everything that the database holds at one moment.

    keys: gives the key database to put beside it, or None; asked after the rows are read, so that no row is
    without its key. The database may be of an older schema. Raises RegistryExists when the file is there,
    RegistryUnreadable.
    """
    made = accepted.instant(now).isoformat()
    try:
        with writing_archive(file) as archive, database.reading() as session:
            connection = session.connection()
            registry = str(connection.exec_driver_sql("SELECT id FROM registry").scalar_one())
            schema = str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())
            tables = tuple(archive.table(table.name, lines(connection, table)) for table in tables_of(connection))
            manifest = Manifest(
                registry=registry,
                database_schema=schema,
                made=made,
                tables=tables,
                keys_sha256=None if keys is None else archive.keys(keys()),
            )
            archive.manifest(manifest)
    except OSError as error:
        raise RegistryUnreadable(
            f"no backup can be written to {file} ({error.strerror}); name another place"
        ) from error
    return manifest


def restore_backup(file: Path, home: Path, *, now: datetime, url: str | None = None) -> Manifest:
    """Return the manifest of the backup that now stands as the registry of a home, at the current schema.

    That it was restored enters the record of changes with the first change, when the keys are at hand.

    home must be empty, and so must the database of url. The key file is not in a backup: put it in its place
    before the registry is opened. Raises BackupInvalid, RegistryExists, RegistryMissing, RegistryNewer,
    RegistryUnreachable; then nothing is left behind.
    """
    store = store_at(home, url)
    if not file.is_file():
        raise RegistryMissing(f"there is no backup at {file}; name the file that was made")
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise RegistryExists(f"{home} is not empty; a backup is restored into an empty home alone")
    if store.exists():
        raise RegistryExists(f"{store.place} is not empty; name an empty database")
    with reading_archive(file) as archive:
        if archive.manifest.database_schema not in known_schemas():
            raise RegistryNewer(f"{file} was made by a newer version; install that version to restore it")
        keys = archive.keys()
        key_database = home / _KEY_DATABASE
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            if keys is not None:
                _write_new(key_database, keys)
            database = Database.make(store)
            with database.discarded_on_failure(), database.writing() as session:
                _fill(archive, database, session.connection())
                detail = {"backup": digest_of(file), "made": archive.manifest.made[:19]}
                intent.note(session, intent.RESTORED, archive.manifest.registry, detail, accepted.instant(now))
            database.close()
        except BaseException as error:
            key_database.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise RegistryUnreadable(f"{home} cannot be written ({error.strerror}); name another home") from error
            raise
        return archive.manifest


def digest_of(file: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _fill(archive: ArchiveReader, database: Database, connection: Connection) -> None:
    """Load all rows at the schema they were written in, prove that they are the same, and move on to ours."""
    database.raise_schema(connection, archive.manifest.database_schema)
    tables, stated = tables_of(connection), {table.name: table for table in archive.manifest.tables}
    if {table.name for table in tables} != set(stated):
        raise archive.invalid("its tables are not those of its schema")
    database.store.defer_references(connection)
    for table in tables:
        try:
            load(connection, table, archive.lines(stated[table.name]))
        except _NO_ROW as error:
            raise archive.invalid(f"a row of {table.name} cannot be one of that table") from error
    broken = orphans(connection, tables)
    if broken:
        raise archive.invalid(broken[0])
    database.store.settle(connection)
    for table in tables:
        digest = hashlib.sha256()
        for line in lines(connection, table):
            digest.update(line)
        if digest.hexdigest() != stated[table.name].sha256:
            raise archive.invalid(f"{table.name} does not read back as it was backed up")
    if archive.manifest.database_schema != SCHEMA:
        database.raise_schema(connection, SCHEMA)


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
