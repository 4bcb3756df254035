"""What opens the registry's keys, as the settings name it: the root key's provider, and keys that holders lend.

A PIN may also stand in the environment, as tools for tokens have it; else secrets come as `secret_sources` says.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clearance import secret_sources
from clearance.errors import ConfigurationError
from clearance.secret_sources import as_text

if TYPE_CHECKING:
    from clearance.settings import Settings
    from consent.holders import HolderKey
    from consent.key_source import KeySource

_PASSPHRASE_FILE: Final = "CLEARANCE_PASSPHRASE_FILE"  # noqa: S105 -- the name of a variable
_PASSPHRASE_FD: Final = "CLEARANCE_PASSPHRASE_FD"  # noqa: S105 -- the same
_PIN_FILE: Final = "CLEARANCE_PKCS11_PIN_FILE"
_PIN: Final = "CLEARANCE_PKCS11_PIN"
# Longer than any key, shorter than a file named by mistake.
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
        return as_text(secret_sources.in_file(Path(os.environ[_PASSPHRASE_FILE])))
    if os.environ.get(_PASSPHRASE_FD):
        return as_text(secret_sources.from_descriptor(_number(os.environ[_PASSPHRASE_FD])))
    asked = secret_sources.typed_twice if again else secret_sources.typed
    return as_text(asked("passphrase of the registry", f"name a file that holds it in {_PASSPHRASE_FILE}"))


def _pin() -> str:
    if os.environ.get(_PIN_FILE):
        return as_text(secret_sources.in_file(Path(os.environ[_PIN_FILE])))
    given = os.environ.get(_PIN)
    return given or as_text(secret_sources.typed("PIN of the token", f"name a file that holds it in {_PIN_FILE}"))


def _number(stated: str) -> int:
    try:
        return int(stated)
    except ValueError as error:
        raise ConfigurationError(f"{_PASSPHRASE_FD} is no number; give that of an open descriptor") from error
