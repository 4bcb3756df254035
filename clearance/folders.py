"""Folders and files that appear whole or not at all: a home, a report, a trust profile."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def is_taken(folder: Path) -> bool:
    """Return whether something is there that a new folder would overwrite or mix with; an empty folder is not."""
    return folder.exists() and (not folder.is_dir() or any(folder.iterdir()))


@contextmanager
def made_whole(folder: Path, *, mode: int) -> Iterator[Path]:
    """Yield an empty folder that takes the wanted name and permissions when the block ends well, and else vanishes.

    folder: must not be taken (see is_taken); its parents are made.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield building
        building.chmod(mode)
        if folder.exists():
            folder.rmdir()
        building.replace(folder)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def replaced(path: Path, content: bytes) -> None:
    """Write a file in one step: whoever reads sees the old content or the new, and after a failure the old."""
    number, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
