"""Folders that appear whole or not at all: a home, a report."""

from __future__ import annotations

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
