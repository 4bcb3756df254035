"""A finished file put in its place in one step, so that no half-written one is ever seen under its name."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from provenance.errors import DestinationExists, DestinationUnusable, InPlaceSigning

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_destination(source: Path, destination: Path, *, overwrite: bool) -> None:
    """Raise InPlaceSigning, DestinationExists or DestinationUnusable unless destination may be written."""
    if not destination.parent.is_dir():
        raise DestinationUnusable(f"there is no folder {destination.parent}; make it first")
    if destination.is_dir():
        raise DestinationUnusable(f"{destination} is a folder; name the file to write")
    # Another spelling, a symbolic link and a hard link all lead to one file: signing it would empty the
    # source.
    if destination.exists() and destination.samefile(source):
        raise InPlaceSigning(f"{destination.name} is the source itself; name another file")
    if os.path.lexists(destination) and not overwrite:
        raise _exists(destination)


@contextmanager
def unfinished(destination: Path) -> Iterator[Path]:
    """Yield an empty file beside destination, gone when the block ends unless `publish` moved it."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{destination.name[:100]}.", dir=destination.parent)
    except OSError as error:
        raise DestinationUnusable(
            f"{destination.parent} cannot be written ({error.strerror}); choose another folder"
        ) from error
    os.close(descriptor)
    path = Path(name)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def publish(finished: Path, source: Path, destination: Path, *, overwrite: bool) -> None:
    """Put a finished file in the place of destination, safely stored and with the permissions of source.

    Raises InPlaceSigning, DestinationExists or DestinationUnusable: what lies there may have changed since
    the check.
    """
    check_destination(source, destination, overwrite=overwrite)
    try:
        shutil.copymode(source, finished)
        with finished.open("rb") as stream:
            os.fsync(stream.fileno())
        if overwrite:
            finished.replace(destination)
        else:
            _move_to_free_name(finished, destination)
        _store_folder(destination.parent)
    except FileExistsError as error:
        raise _exists(destination) from error
    except OSError as error:
        raise DestinationUnusable(
            f"{destination} cannot be written ({error.strerror}); check space and rights"
        ) from error


def _move_to_free_name(finished: Path, destination: Path) -> None:
    try:
        # A hard link, unlike a rename, never takes the place of a file that has just appeared.
        destination.hardlink_to(finished)
    except FileExistsError:
        raise
    except OSError:
        # Some file systems have no hard links.
        finished.replace(destination)


def _store_folder(folder: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _exists(destination: Path) -> DestinationExists:
    return DestinationExists(f"{destination} exists; choose another name or ask to overwrite it")
