"""The keys of a registry that was opened without them: each use is refused, and no key file is touched."""

from collections.abc import Iterable
from typing import NoReturn

from consent.errors import RegistryLocked
from consent.keystore import KeyStore


class LockedKeys(KeyStore):
    """Stands where the keys would be. Every method raises RegistryLocked."""

    def __init__(self) -> None:
        """Load nothing: neither the key database nor the provider of the key that wraps it."""

    def add(self, performer: str) -> NoReturn:
        """Refuse to make a key."""
        _refuse(performer)

    def add_all(self, performers: Iterable[str]) -> NoReturn:  # noqa: ARG002 - the keys' interface
        """Refuse to make keys."""
        _refuse("new performers")

    def seal(self, performer: str, record: str, plain: bytes) -> NoReturn:  # noqa: ARG002 - the keys' interface
        """Refuse to seal."""
        _refuse(performer)

    def unseal(self, performer: str, record: str, sealed: bytes) -> NoReturn:  # noqa: ARG002 - the keys' interface
        """Refuse to open."""
        _refuse(performer)

    def ensure_ledger_keys(self, names: Iterable[str]) -> NoReturn:  # noqa: ARG002 - the keys' interface
        """Refuse to make keys."""
        _refuse("the ledger")

    def holds(self, name: str) -> NoReturn:
        """Refuse to say what keys there are."""
        _refuse(name)

    def derived(self, name: str, purpose: str) -> NoReturn:  # noqa: ARG002 - the keys' interface
        """Refuse to derive a key."""
        _refuse(name)

    def copied(self) -> NoReturn:
        """Refuse to copy the keys."""
        _refuse("the performers")


def _refuse(performer: str) -> NoReturn:
    raise RegistryLocked(
        f"the registry was opened without its keys, and what is sealed for {performer} needs them; "
        "open it with its keys"
    )
