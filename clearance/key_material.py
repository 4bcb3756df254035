"""What opens the registry's keys, as the settings name it: the root key's provider, and keys that holders lend.

A passphrase comes from a file, an open descriptor or a prompt, a PIN from a file, the environment or a prompt: never
from the command line, where every process of the machine could read it.
"""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clearance.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from clearance.settings import Settings
    from consent.holders import HolderKey
    from consent.key_source import KeySource

_PASSPHRASE_FILE: Final = "CLEARANCE_PASSPHRASE_FILE"  # noqa: S105 -- the name of a variable
_PASSPHRASE_FD: Final = "CLEARANCE_PASSPHRASE_FD"  # noqa: S105 -- the same
_PIN_FILE: Final = "CLEARANCE_PKCS11_PIN_FILE"
_PIN: Final = "CLEARANCE_PKCS11_PIN"
# Longer than any passphrase, shorter than a file named by mistake.
_LIMIT_BYTES: Final = 4096


def key_source_of(settings: Settings, *, provider: str | None = None) -> KeySource:
    """Return where the root key comes from; provider: another one than the settings name, for a new key."""
    from consent.key_source import KeySource

    return KeySource(
        provider=provider or settings.key_provider.value,
        passphrase=lambda: _passphrase(again=False),
        new_passphrase=lambda: _passphrase(again=True),
        pkcs11_module=settings.pkcs11_module.value,
        pkcs11_token=settings.pkcs11_token.value,
        pkcs11_key=settings.pkcs11_key.value,
        pkcs11_pin=_pin,
        kms_key=settings.kms_key.value,
        kms_region=settings.kms_region.value,
    )


def holder_keys_of(settings: Settings) -> tuple[HolderKey, ...]:
    """Return the holders' private keys in the files that the settings name. Raises HolderKeyInvalid, OSError."""
    from consent.holders import private_key

    names = filter(None, (name.strip() for name in settings.holder_keys.value.split(",")))
    return tuple(private_key(Path(name).read_bytes()[:_LIMIT_BYTES]) for name in names)


def _passphrase(*, again: bool) -> str:
    if os.environ.get(_PASSPHRASE_FILE):
        return _first_line(Path(os.environ[_PASSPHRASE_FILE]).read_bytes(), _PASSPHRASE_FILE)
    if os.environ.get(_PASSPHRASE_FD):
        return _first_line(_from_descriptor(os.environ[_PASSPHRASE_FD]), _PASSPHRASE_FD)
    typed = _prompted("Passphrase of the registry: ", f"name a file that holds the passphrase in {_PASSPHRASE_FILE}")
    if again and typed != _prompted("The same again: ", ""):
        raise ConfigurationError("the two passphrases differ; nothing was changed; try again")
    return typed


def _pin() -> str:
    if os.environ.get(_PIN_FILE):
        return _first_line(Path(os.environ[_PIN_FILE]).read_bytes(), _PIN_FILE)
    return os.environ.get(_PIN) or _prompted("PIN of the token: ", f"name a file that holds the PIN in {_PIN_FILE}")


def _from_descriptor(number: str) -> bytes:
    try:
        # Not closed: a second command of this process may not ask again, but the descriptor is not ours.
        return os.read(int(number), _LIMIT_BYTES)
    except ValueError as error:
        raise ConfigurationError(f"{_PASSPHRASE_FD} is no number; give that of an open descriptor") from error


def _first_line(content: bytes, variable: str) -> str:
    try:
        secret = content[:_LIMIT_BYTES].decode().splitlines()[0]
    except (UnicodeDecodeError, IndexError) as error:
        raise ConfigurationError(f"{variable} leads to no line of text; write the secret there, alone") from error
    return secret


def _prompted(question: str, otherwise: str) -> str:
    ask: Callable[[str], str] = getpass.getpass
    if not sys.stdin.isatty():
        raise ConfigurationError(f"nobody is there to be asked for a secret; {otherwise}")
    return ask(question)
