"""The files of a pack, read within bounds, and the digest that identifies them.

The digest is that of the text that `sha256sum *.yaml` prints in the pack's folder (C locale), so anyone can make it
again: `sha256sum *.yaml | sha256sum`. A signature beside the files is over that same text.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policies.document import file_content
from policies.errors import DocumentInvalid, DocumentUnreadable

if TYPE_CHECKING:
    from pathlib import Path

FIRST_FILE = "pack.yaml"
MAX_FILES = 32
# The largest shipped pack is below 100 kB; what a pack costs to load grows with its size.
MAX_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PackFiles:
    """Everything that a pack is made of. files: (path as named in messages, bytes), by name, byte for byte."""

    source: str
    files: tuple[tuple[str, bytes], ...]
    listing: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.listing.encode("utf-8", "replace")).hexdigest()


def pack_files(path: Path) -> PackFiles:
    """Return the files of the pack in a YAML file or a folder.

    Raises DocumentUnreadable for what can't be read, DocumentInvalid for too many files or too much text.
    """
    paths = _paths(path)
    files, size = [], 0
    for file in paths:
        content = file_content(file, str(file))
        size += len(content)
        if size > MAX_BYTES:
            raise DocumentInvalid(f"{file}:1:1", f"the pack holds more than {MAX_BYTES} bytes; split the pack")
        files.append((file, content))
    listing = "".join(f"{hashlib.sha256(content).hexdigest()}  {file.name}\n" for file, content in files)
    return PackFiles(str(path), tuple((str(file), content) for file, content in files), listing)


def _paths(path: Path) -> list[Path]:
    try:
        if not path.is_dir():
            return [path]
        names = sorted(file.name for file in path.iterdir() if file.suffix == ".yaml")
    except (OSError, ValueError) as error:
        raise DocumentUnreadable(str(path), "can't be read; check the path and its rights") from error
    if FIRST_FILE not in names:
        raise DocumentUnreadable(str(path), f"holds no {FIRST_FILE}; a pack's folder needs one")
    if len(names) > MAX_FILES:
        raise DocumentInvalid(str(path), f"holds more than {MAX_FILES} YAML files; split the pack")
    return [path / name for name in names]
