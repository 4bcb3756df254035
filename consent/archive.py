"""A backup as one file: a zip of tables as JSON lines, the key database, and a manifest with their digests.

Written member by member without holding a table in memory, and read as if an enemy had written it: only names
that a backup has, each once, nothing that unpacks to more than it may, and every byte under its digest. The
digests show damage; they are not a signature. Source: APPNOTE.TXT 6.3 (zip), RFC 8259 (JSON).
"""

import hashlib
import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from consent.errors import BackupInvalid, RegistryExists

SCHEMA: Final = "clearance.backup/1"
MANIFEST: Final = "manifest.json"
KEYS: Final = "keys.db"
_TABLE: Final = re.compile(r"tables/([a-z][a-z_]{0,62})\.jsonl")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
# Deflate reaches 1030 to 1; rows, full of digests and ciphertext, stay below 30 to 1.
_RATIO_LIMIT: Final = 200
_SMALL: Final = 2**20
_MANIFEST_LIMIT: Final = 2**20
# Wrapped keys of a million performers take some 150 MB.
_KEYS_LIMIT: Final = 2**30
# One row: a sealed reference picture in base64 is the largest.
_LINE_LIMIT: Final = 2**28
_MEMBER_LIMIT: Final = 1000
# The earliest time that a zip can state: the same content gives the same file.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True)
class TableContent:
    """How many rows of a table are in a backup, and the SHA-256 of their lines."""

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup says about itself. made: RFC 3339. keys_sha256: None when the keys were left out."""

    registry: str
    database_schema: str
    made: str
    tables: tuple[TableContent, ...]
    keys_sha256: str | None


class ArchiveWriter:
    """Writes the members of a backup, in the order in which they are given."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def table(self, name: str, lines: Iterable[bytes]) -> TableContent:
        """Return what was written of a table."""
        digest, rows = hashlib.sha256(), 0
        with self._archive.open(_info(f"tables/{name}.jsonl"), "w", force_zip64=True) as member:
            for line in lines:
                member.write(line)
                digest.update(line)
                rows += 1
        return TableContent(name, rows, digest.hexdigest())

    def keys(self, content: bytes) -> str:
        """Return the SHA-256 of the key database that was written."""
        self._archive.writestr(_info(KEYS), content)
        return hashlib.sha256(content).hexdigest()

    def manifest(self, manifest: Manifest) -> None:
        """Write the manifest; it comes last because it states the digests of all else."""
        document = {"schema": SCHEMA, **asdict(manifest)}
        self._archive.writestr(_info(MANIFEST), json.dumps(document, indent=1).encode())


class ArchiveReader:
    """Reads a backup of which nothing is trusted. Every method raises BackupInvalid."""

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        self._archive = archive
        self._path = path
        self._require_known_members()
        self.manifest = self._read_manifest()
        stated = {f"tables/{table.name}.jsonl" for table in self.manifest.tables} | {MANIFEST}
        stated |= {KEYS} if self.manifest.keys_sha256 else set()
        if stated != set(archive.namelist()):
            raise self.invalid("its manifest does not state what it holds")

    def lines(self, table: TableContent) -> Iterator[bytes]:
        """Return the lines of a table; raises after the last one when they are not those that were written."""
        digest, rows = hashlib.sha256(), 0
        with self._open(f"tables/{table.name}.jsonl") as member:
            while line := self._read(member, _LINE_LIMIT, line=True):
                if len(line) == _LINE_LIMIT:
                    raise self.invalid(f"a row of {table.name} is larger than {_LINE_LIMIT >> 20} MB")
                digest.update(line)
                rows += 1
                yield line
        if (rows, digest.hexdigest()) != (table.rows, table.sha256):
            raise self.invalid(f"the rows of {table.name} are not those that were backed up")

    def keys(self) -> bytes | None:
        """Return the key database, or None when it was left out."""
        if self.manifest.keys_sha256 is None:
            return None
        with self._open(KEYS) as member:
            content = self._read(member, _KEYS_LIMIT)
        if hashlib.sha256(content).hexdigest() != self.manifest.keys_sha256:
            raise self.invalid("the key database is not the one that was backed up")
        return content

    def invalid(self, why: str) -> BackupInvalid:
        """Return the error that names this file."""
        return BackupInvalid(f"{self._path} cannot be restored: {why}; use another backup")

    def _require_known_members(self) -> None:
        members = self._archive.infolist()
        names = [member.filename for member in members]
        if len(names) > _MEMBER_LIMIT or len(set(names)) != len(names):
            raise self.invalid("it holds a member twice, or far too many")
        for member in members:
            if member.filename not in (MANIFEST, KEYS) and not _TABLE.fullmatch(member.filename):
                raise self.invalid("it holds a member that no backup has")
            if member.flag_bits & 1:
                raise self.invalid("a member is encrypted")
            if member.file_size > _SMALL + _RATIO_LIMIT * member.compress_size:
                raise self.invalid("a member unpacks to far more than a backup's would")

    def _read_manifest(self) -> Manifest:
        if MANIFEST not in self._archive.namelist():
            raise self.invalid("it has no manifest")
        with self._open(MANIFEST) as member:
            content = self._read(member, _MANIFEST_LIMIT)
        try:
            return _manifest_of(json.loads(content))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise self.invalid("its manifest cannot be read") from error

    def _open(self, name: str) -> Any:
        try:
            return self._archive.open(name)
        except (*_BROKEN, KeyError, ValueError) as error:
            raise self.invalid("it is damaged") from error

    def _read(self, member: Any, limit: int, *, line: bool = False) -> bytes:
        try:
            content: bytes = member.readline(limit) if line else member.read(limit)
        except (*_BROKEN, ValueError) as error:
            raise self.invalid("it is damaged") from error
        return content


@contextmanager
def writing_archive(path: Path) -> Iterator[ArchiveWriter]:
    """Give a writer to a new file with mode 0600, kept on disk when the block ends and removed when it raises.

    Raises RegistryExists when something is at the path, OSError.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise RegistryExists(f"{path} exists already; name another file for the backup") from error
    try:
        with os.fdopen(descriptor, "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                yield ArchiveWriter(archive)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink()
        raise


@contextmanager
def reading_archive(path: Path) -> Iterator[ArchiveReader]:
    """Give a reader of a backup. Raises BackupInvalid."""
    try:
        archive = zipfile.ZipFile(path)
    except (*_BROKEN, ValueError) as error:
        raise BackupInvalid(f"{path} is no backup of a registry, or is cut short; use another one") from error
    with archive:
        yield ArchiveReader(archive, path)


def _manifest_of(document: Any) -> Manifest:
    if document["schema"] != SCHEMA:
        raise ValueError("a manifest of another kind")
    tables = tuple(TableContent(_text(t["name"]), int(t["rows"]), _digest(t["sha256"])) for t in document["tables"])
    keys = document["keys_sha256"]
    return Manifest(
        registry=_text(document["registry"]),
        database_schema=_text(document["database_schema"]),
        made=_text(document["made"]),
        tables=tables,
        keys_sha256=None if keys is None else _digest(keys),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 100:
        raise TypeError("short text was expected")
    return value


def _digest(value: Any) -> str:
    if not _SHA256.fullmatch(_text(value)):
        raise ValueError("a digest was expected")
    return str(value)


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info
