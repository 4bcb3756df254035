"""How a command comes by a passphrase: from a file, an open descriptor or a person; never from the command line."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clearance.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_BYTES = 4096


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
        if file is not None:
            from clearance.signing_identity import secret_in

            return secret_in(file)
        if descriptor is not None:
            return _from_descriptor(descriptor)
        if not sys.stdin.isatty():
            raise ConfigurationError(f"{what}: nobody is here to ask; give --passphrase-file or --passphrase-fd")
        answer: str = click.prompt(what, hide_input=True, err=True)
        return answer.encode()

    return ask


def new_passphrase(file: Path | None, descriptor: int | None, what: str) -> bytes:
    """Return a passphrase for a new key; whoever types it types it twice."""
    first = asker(file, descriptor)(what)
    if file is None and descriptor is None and first != asker(None, None)(f"{what}, again"):
        raise ConfigurationError("the two passphrases differ; nothing was made")
    return first


def _from_descriptor(descriptor: int) -> bytes:
    try:
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            found = stream.readline(_MOST_BYTES).rstrip(b"\r\n")
    except OSError as error:
        raise ConfigurationError(f"descriptor {descriptor} cannot be read ({error.strerror})") from error
    if not found:
        raise ConfigurationError(f"descriptor {descriptor} gave an empty line; the passphrase stands there")
    return found
