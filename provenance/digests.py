"""What identifies a file while it is worked on: its SHA-256, and what changes when somebody writes to it.

Standard: FIPS 180-4.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeAlias

from provenance.errors import SourceMissing, SourceUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Stamps: TypeAlias = tuple[tuple[int, ...], ...]


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal. Raises SourceMissing or SourceUnreadable."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise SourceMissing(f"there is no file {path.name!r}; check the path") from error
    except OSError as error:
        raise SourceUnreadable(f"{path.name} cannot be read ({error.strerror}); check its permissions") from error


def stamps_of(paths: Iterable[Path]) -> Stamps:
    """Return what differs after any of these files was written to or replaced. Raises SourceMissing.

    The time of the last change of the entry itself, unlike that of the content, cannot be set back.
    """
    try:
        found = [path.stat() for path in paths]
    except OSError as error:
        raise SourceMissing("a file went away while it was worked on; start again when it is there") from error
    return tuple((s.st_dev, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for s in found)
