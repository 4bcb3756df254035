"""Where a passphrase or PIN comes from: a file of its owner's, an open descriptor, or whoever sits at the terminal.

Never the command line, where every process of the machine could read it.
"""

from __future__ import annotations

import getpass
import os
import sys
from typing import TYPE_CHECKING, Final

from clearance.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

# Longer than any passphrase, shorter than a file named by mistake.
_MOST_BYTES: Final = 4096


def in_file(path: Path) -> bytes:
    """Return the first line of a file that only its owner may read. Raises ConfigurationError naming the file."""
    try:
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise ConfigurationError(f"{path} can be read by others; run: chmod 600 {path}")
        with path.open("rb") as stream:
            found = stream.readline(_MOST_BYTES).rstrip(b"\r\n")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read ({error.strerror}); name the file of the secret") from error
    if not found:
        raise ConfigurationError(f"{path} has an empty first line; the secret stands there")
    return found


def from_descriptor(descriptor: int) -> bytes:
    """Return the next line of an open descriptor, which stays open for the line of the next secret."""
    found = bytearray()
    try:
        # Byte by byte: what follows the line belongs to whoever reads next.
        while len(found) < _MOST_BYTES and (byte := os.read(descriptor, 1)) not in {b"", b"\n"}:
            found += byte
    except OSError as error:
        raise ConfigurationError(f"descriptor {descriptor} cannot be read ({error.strerror})") from error
    if not (line := bytes(found).rstrip(b"\r")):
        raise ConfigurationError(f"descriptor {descriptor} gave an empty line; the passphrase stands there")
    return line


def typed(what: str, otherwise: str) -> bytes:
    """Return what a person types unseen; otherwise is what to do where nobody can be asked."""
    if not sys.stdin.isatty():
        raise ConfigurationError(f"{what}: nobody is here to ask; {otherwise}")
    return getpass.getpass(f"{what}: ").encode()


def typed_twice(what: str, otherwise: str) -> bytes:
    """Return a new secret that a person types twice, alike. Raises ConfigurationError where the two differ."""
    first = typed(what, otherwise)
    if first != typed(f"{what}, again", otherwise):
        raise ConfigurationError("the two passphrases differ; nothing was made")
    return first


def as_text(secret: bytes) -> str:
    """Return a secret as text, for what takes no bytes. Raises ConfigurationError, without the secret."""
    try:
        return secret.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError("the secret is no UTF-8 text; write it anew") from error
