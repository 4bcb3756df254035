"""The files of SQLite databases as files: made for their owner alone, and seen to be cut short.

Source: the SQLite database file format, section 1.3 (the page size stands at offset 16).
"""

import os
from pathlib import Path
from typing import Final

from consent.errors import RegistryExists, RegistryUnreadable

# Up to and with the page size, which is all that is looked at.
_HEADER_BYTES: Final = 18


def make_empty(path: Path) -> None:
    """Make an empty file with mode 0600. Raises RegistryExists rather than touch what is there."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        raise RegistryExists(
            f"a registry, or a part of one, exists already: {path}; use it, or choose another home"
        ) from error


def require_whole(path: Path) -> None:
    """Raise RegistryUnreadable when the file is missing or not a whole number of its pages.

    SQLite reads a page that is cut short as if zeros followed, and may not notice.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise RegistryUnreadable(
            f"{path} cannot be read ({error.strerror}); restore it from the backup of this registry"
        ) from error
    stated = int.from_bytes(header[16:18], "big")
    # 1 stands for 65536, which two bytes cannot hold.
    page_bytes = 65_536 if stated == 1 else stated
    if len(header) < _HEADER_BYTES or page_bytes == 0 or size % page_bytes:
        raise RegistryUnreadable(f"{path} is cut short or no database; restore it from its backup")
