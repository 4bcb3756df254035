"""The files of a pack that somebody hands in: a folder, a zip or tar archive, or a single ONNX file.

What comes in is not trusted. Nothing is written outside of the folder that is named, no link is followed, and sizes
are counted while they are read, because an archive's own figures may lie. A pack is one folder without folders in it.
"""

import bz2
import gzip
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Generator
from contextlib import closing
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, TypeAlias, cast

from detectors.errors import PackRefused

MOST_FILES = 64
LARGEST_FILE = 1 << 30
LARGEST_PACK = 2 << 30
"""insightface's largest pack, antelopev2, has about 400 MB."""
_BLOCK = 1 << 20
_LONGEST_NAME = 128
# The directory of a zip archive with 64 files has a few kilobytes; zipfile reads it whole.
_LARGEST_ZIP_DIRECTORY = 1 << 20
_ZIP_END, _ZIP64_LOCATOR, _ZIP_TAIL = b"PK\x05\x06", b"PK\x06\x07", 66_000
_BROKEN = (
    OSError, EOFError, ValueError, LookupError, RuntimeError, NotImplementedError, OverflowError,
    tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
)  # fmt: skip

Member: TypeAlias = tuple[str, Callable[[], IO[bytes]]]
"""A file's name in its folder or archive, and how to open it."""


def unpack(source: Path, into: Path) -> tuple[str, ...]:
    """Return the names of the pack's files after writing them flat into a folder, which must exist.

    Raises PackRefused, naming the file, for links, devices, encryption, names that lead elsewhere, folders inside of
    the pack, files twice, sizes beyond the bounds, and whatever cannot be read.
    """
    if source.is_symlink() or not source.exists():
        raise PackRefused(source, "is a link; name the file itself" if source.is_symlink() else "is not there")
    written: dict[str, str] = {}
    folders: set[str] = set()
    left = LARGEST_PACK
    try:
        with closing(_members(source)) as members:
            for path, opened in members:
                name, folder = _place(source, path)
                folders.add(folder)
                if name.casefold() in written or len(folders) > 1:
                    raise PackRefused(source, f"holds {path} beside others of its name or in another folder")
                if len(written) == MOST_FILES:
                    raise PackRefused(source, f"holds more than {MOST_FILES} files, so it is no model pack")
                written[name.casefold()] = name
                with opened() as stream:
                    left -= _copied(source, stream, into / name, min(left, LARGEST_FILE))
    except _BROKEN as error:
        raise PackRefused(source, f"cannot be read as a model pack ({type(error).__name__}); fetch it again") from error
    if not any(name.endswith(".onnx") for name in written):
        raise PackRefused(source, "holds no ONNX file, so it is no model pack")
    return tuple(sorted(written.values()))


def _members(source: Path) -> Generator[Member, None, None]:
    """Yield the files of a folder, an archive, or the one model that source is."""
    if source.is_dir():
        yield from _of_folder(source)
        return
    with source.open("rb") as stream:
        head = stream.read(8)
    if head.startswith(b"PK"):
        yield from _of_zip(source)
    elif source.suffix.lower() == ".onnx":
        yield source.name, partial(_reading, source)
    else:
        yield from _of_tar(source, head)


def _of_folder(source: Path) -> Generator[Member, None, None]:
    for entry in sorted(source.iterdir()):
        if entry.is_symlink():
            raise PackRefused(entry, "is a link; copy the file itself into the folder")
        if entry.is_dir():
            # A checkout brings its own folders along; nothing in them belongs to the pack.
            continue
        if not entry.is_file():
            raise PackRefused(entry, "is neither a file nor a folder; remove it")
        if not entry.name.startswith("."):
            yield entry.name, partial(_reading, entry)


def _of_zip(source: Path) -> Generator[Member, None, None]:
    _require_small_directory(source)
    with zipfile.ZipFile(source) as archive:
        for info in archive.infolist():
            mode = info.external_attr >> 16
            if info.is_dir() or info.filename.startswith("__MACOSX/"):
                continue
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                raise PackRefused(source, f"holds {info.filename!a}, which is a link or a device")
            if info.flag_bits & 0x1:
                raise PackRefused(source, f"holds {info.filename!a}, which is encrypted; decrypt the archive first")
            yield info.filename, partial(archive.open, info)


def _of_tar(source: Path, head: bytes) -> Generator[Member, None, None]:
    opener: Callable[[Any, str], Any] = open
    for magic, compressed in ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ", lzma.open)):
        opener = compressed if head.startswith(magic) else opener
    with (
        opener(source, "rb") as stream,
        # tarfile needs no more of a stream than these three methods; its stub asks for a whole file.
        tarfile.open(fileobj=cast("IO[bytes]", _InSmallBlocks(source, stream)), mode="r:") as archive,
    ):
        for count, info in enumerate(archive):
            if count > 2 * MOST_FILES:
                raise PackRefused(source, f"lists more than {MOST_FILES} files, so it is no model pack")
            if info.isdir():
                continue
            if not info.isreg() or info.issparse():
                raise PackRefused(source, f"holds {info.name!a}, which is a link or a device")
            if info.size > LARGEST_FILE:
                raise PackRefused(source, f"holds {info.name!a}, which is larger than a model")
            yield info.name, partial(_tar_member, archive, info)


def _reading(path: Path) -> IO[bytes]:
    return path.open("rb")


def _tar_member(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    opened = archive.extractfile(info)
    if opened is None:
        raise tarfile.ReadError(info.name)
    return opened


class _InSmallBlocks:
    """A stream that refuses to read much at once: tarfile would read a header of any declared length whole."""

    def __init__(self, source: Path, stream: IO[bytes]) -> None:
        self._source, self._stream = source, stream

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _BLOCK:
            raise PackRefused(self._source, "has a header that is larger than any a model pack needs")
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


def _require_small_directory(source: Path) -> None:
    """Raise PackRefused if the archive's directory, which is read whole, is larger than a pack needs."""
    with source.open("rb") as stream:
        stream.seek(max(0, source.stat().st_size - _ZIP_TAIL))
        tail = stream.read()
    at = tail.rfind(_ZIP_END)
    if at < 0 or len(tail) < at + 22 or _ZIP64_LOCATOR in tail[max(0, at - 20) : at]:
        raise PackRefused(source, "is no complete zip archive of a model pack; fetch it again")
    if struct.unpack_from("<L", tail, at + 12)[0] > _LARGEST_ZIP_DIRECTORY:
        raise PackRefused(source, f"lists more than {MOST_FILES} files, so it is no model pack")


def _place(source: Path, path: str) -> tuple[str, str]:
    """Return a member's file name and the folder it lies in; refuse names that lead out of the pack."""
    parts = PurePosixPath(path).parts
    name = parts[-1] if parts else ""
    plain = name.isascii() and name.isprintable() and not set(name) & set('\\:*?"<>|') and name.strip(". ") == name
    if not plain or len(name) > _LONGEST_NAME or ".." in parts or PurePosixPath(path).is_absolute() or len(parts) > 2:
        raise PackRefused(source, f"holds {path!a}, which is not a plain file name in one folder")
    return name, "/".join(parts[:-1])


def _copied(source: Path, stream: IO[bytes], target: Path, most: int) -> int:
    """Return the number of bytes written to target; refuse more than most."""
    size = 0
    with target.open("xb") as out:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > most:
                raise PackRefused(source, f"holds {target.name}, with which it is larger than any model pack")
            out.write(block)
    return size
