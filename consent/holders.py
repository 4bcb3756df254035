"""Data keys that a performer or a union holds: sealed to the holder's public key, opened only with the private one.

The registry keeps no copy that it could open by itself, so a search over the performer's templates needs the
holder's consent each time (EDPB Opinion 11/2024: storage with the key solely in the individual's hands). HPKE base
mode, RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; registry, performer and version are bound in.
"""

from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from consent.errors import HolderKeyInvalid, TemplateUnreadable

_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_MAKE_ONE: Final = 'make one with "openssl genpkey -algorithm X25519"'


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A performer's data key as its holder alone can open it. public: the holder's, 32 bytes."""

    performer: str
    version: int
    public: bytes
    wrapped: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class HolderKey:
    """A holder's private key, lent to this process."""

    public: bytes
    private: X25519PrivateKey = field(repr=False)


def public_key(pem: bytes) -> bytes:
    """Return the 32 bytes of a holder's X25519 public key in PEM. Raises HolderKeyInvalid."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise HolderKeyInvalid(
            f'this is no public key in PEM; {_MAKE_ONE} and "openssl pkey -pubout", and give the latter'
        ) from error
    if not isinstance(key, X25519PublicKey):
        raise HolderKeyInvalid(f"the public key is of another kind than X25519; {_MAKE_ONE}")
    return key.public_bytes_raw()


def private_key(pem: bytes) -> HolderKey:
    """Return a holder's X25519 private key in PEM, without a passphrase. Raises HolderKeyInvalid."""
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise HolderKeyInvalid(
            f"this is no private key in PEM without a passphrase; give the holder's, or {_MAKE_ONE}"
        ) from error
    if not isinstance(key, X25519PrivateKey):
        raise HolderKeyInvalid(f"the private key is of another kind than X25519; {_MAKE_ONE}")
    return HolderKey(key.public_key().public_bytes_raw(), key)


def sealed_to(public: bytes, data_key: bytes, performer: str, version: int, registry_id: str) -> HeldKey:
    """Return a data key sealed to a holder. Raises HolderKeyInvalid for a public key that agrees with nobody."""
    try:
        recipient = X25519PublicKey.from_public_bytes(public)
        wrapped = _SUITE.encrypt(data_key, recipient, info=_context(performer, version, registry_id))
    except ValueError as error:
        raise HolderKeyInvalid(f"nothing can be sealed to this public key; {_MAKE_ONE}") from error
    return HeldKey(performer, version, public, wrapped)


def opened(held: HeldKey, key: HolderKey, registry_id: str) -> bytes:
    """Return the data key. Raises TemplateUnreadable when the holder's key does not open it."""
    try:
        return _SUITE.decrypt(held.wrapped, key.private, info=_context(held.performer, held.version, registry_id))
    except (InvalidTag, ValueError, TypeError) as error:
        raise TemplateUnreadable(
            f"the key of {held.performer} does not open with the holder's key; restore the key database from its backup"
        ) from error


def _context(performer: str, version: int, registry_id: str) -> bytes:
    return f"clearance|{registry_id}|{performer}|holder|{version}".encode()
