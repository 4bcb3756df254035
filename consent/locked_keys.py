"""The keys of a registry that was opened without them: each use is refused, and no key file is touched."""

from typing import NoReturn

from consent.errors import RegistryLocked
from consent.keystore import KeyStore


class LockedKeys(KeyStore):
    """Stands where the keys would be. Every use raises RegistryLocked."""

    def __init__(self) -> None:
        """Load nothing: neither the key database nor the provider of the key that wraps it."""

    def __getattr__(self, name: str) -> NoReturn:
        """Refuse: whatever a method of the store needs, it is not here."""
        if name.startswith("__"):
            raise AttributeError(name)
        raise RegistryLocked("the registry was opened without its keys, and this needs them; open it with its keys")
