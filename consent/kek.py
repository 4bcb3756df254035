"""The key-encryption key: the middle of the three levels, opened once per start and held in memory.

It wraps the data key of each performer (AES-256-GCM, bound to performer and version) and is itself kept only as
the provider of the root key wrapped it, bound to this registry. A root key in an HSM or a cloud is so asked once,
and not once per performer.
"""

import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent.keys import KEY_BYTES, KeyProvider, seal

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class WrappedKek:
    """The key-encryption key as it is kept: its id, who wrapped it (provider and root key) and the wrapped bytes."""

    id: str
    provider: str
    root: str
    wrapped: bytes = field(repr=False)


class Kek:
    """A key-encryption key, open."""

    def __init__(self, key_id: str, key: bytes) -> None:
        self.id = key_id
        self._key = key
        self.cipher = AESGCM(key)

    @classmethod
    def new(cls) -> "Kek":
        """Return a random key under a random id."""
        return cls(secrets.token_hex(8), secrets.token_bytes(KEY_BYTES))

    @classmethod
    def opened(cls, kept: WrappedKek, provider: KeyProvider, registry_id: str) -> "Kek":
        """Return the key that was kept. Raises ValueError when provider or registry are not those that sealed it."""
        return cls(kept.id, provider.unwrap(kept.wrapped, _context(registry_id, kept.id)))

    def sealed_by(self, provider: KeyProvider, registry_id: str) -> WrappedKek:
        """Return the key in the form in which it is kept."""
        wrapped = provider.wrap(self._key, _context(registry_id, self.id))
        return WrappedKek(self.id, provider.name, provider.key_id, wrapped)

    def wrap(self, data_key: bytes, owner: str, version: int) -> bytes:
        """Return a data key wrapped; it opens only for the same owner and version."""
        return seal(self._key, data_key, data_key_context(owner, version))

    def unwrap(self, wrapped: bytes, owner: str, version: int) -> bytes:
        """Return a data key. Raises ValueError when it is not one that wrap() made for that owner and version."""
        try:
            nonce, sealed = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
            return self.cipher.decrypt(nonce, sealed, data_key_context(owner, version))
        except InvalidTag as error:
            raise ValueError("the wrapped key does not open") from error


def data_key_context(owner: str, version: int) -> bytes:
    """Return what a wrapped data key is bound to."""
    return f"clearance|{owner}|key|{version}".encode()


def _context(registry_id: str, key_id: str) -> bytes:
    return f"clearance|{registry_id}|kek|{key_id}".encode()
