"""Readers that do to their process what a hostile file might: really crash, loop, grow, or talk nonsense."""

from __future__ import annotations

import ctypes
import os
import time
from typing import TYPE_CHECKING, Any

from provenance import verify

if TYPE_CHECKING:
    from pathlib import Path

    from provenance.reading import ProvenanceReading


def by_name(path: Path, trust: Any, **options: Any) -> ProvenanceReading:
    """Do what the file's name says, else read it."""
    {
        "segfault": _segfault,
        "sleep": lambda: time.sleep(600),
        "loop": _loop,
        "grow": lambda: bytearray(16 << 30),
        "grow-slowly": _grow,
        "leave": lambda: os._exit(0),
        "raise": _raise,
        "recurse": _recurse,
        "write": lambda: (path.parent / "left-behind").write_text("x"),
        "shout": _shout,
    }.get(path.stem, lambda: None)()
    return verify.read(path, trust, **options)


def _segfault() -> None:
    ctypes.string_at(0)


def _loop() -> None:
    while True:
        pass


def _grow() -> None:
    held = []
    while True:
        held.append(bytearray(128 << 20))


def _raise() -> None:
    raise KeyError("a name that nobody should see")


def _recurse() -> None:
    _recurse()


def _shout() -> None:
    os.write(1, b"\0" * 64)
    print("this is no answer", flush=True)  # noqa: T201
    os.write(2, b"nor is this")


def nonsense(path: Path, trust: Any, **options: Any) -> Any:
    """Return something that is no reading."""
    return path


def environment(path: Path, trust: Any, **options: Any) -> ProvenanceReading:
    """Return what the process sees of its starter's environment, as words."""
    return verify.without_manifest(" ".join(sorted(os.environ)))


def modules(path: Path, trust: Any, **options: Any) -> ProvenanceReading:
    """Return what the process has imported, as words."""
    import sys

    return verify.without_manifest(" ".join(sorted(sys.modules)))
