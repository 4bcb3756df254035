"""The options by which a command is given a passphrase; where it then comes from is `clearance.secret_sources`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from clearance import secret_sources

if TYPE_CHECKING:
    from collections.abc import Callable

_OTHERWISE: Final = "give --passphrase-file or --passphrase-fd"


def passphrase_options(name: str, opens: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the two options --NAME-file and --NAME-fd of a command; opens says in the help what it is for."""

    def both(function: Callable[..., Any]) -> Callable[..., Any]:
        file = click.option(
            f"--{name}-file", metavar="FILE", type=click.Path(path_type=Path), help=f"Its first line opens {opens}."
        )
        descriptor = click.option(
            f"--{name}-fd", metavar="N", type=click.IntRange(min=0), help="The same, from an open file descriptor."
        )
        return file(descriptor(function))

    return both


def asker(file: Path | None, descriptor: int | None) -> Callable[[str], bytes]:
    """Return the function that gets a secret, given what it opens: from file, else descriptor, else the terminal.

    It raises ConfigurationError where there is none of the three.
    """

    def ask(what: str) -> bytes:
        return _given(file, descriptor) or secret_sources.typed(what, _OTHERWISE)

    return ask


def new_passphrase(file: Path | None, descriptor: int | None, what: str) -> bytes:
    """Return a passphrase for a new key; whoever types it types it twice."""
    return _given(file, descriptor) or secret_sources.typed_twice(what, _OTHERWISE)


def _given(file: Path | None, descriptor: int | None) -> bytes | None:
    if file is not None:
        return secret_sources.in_file(file)
    return None if descriptor is None else secret_sources.from_descriptor(descriptor)
