"""A root key in a file that opens with a passphrase: the key, sealed under one derived with scrypt.

Who copies the file has nothing without the passphrase; who forgets the passphrase has nothing either. Source: RFC
7914 (scrypt); the cost is OWASP's first recommendation of 2023 (N = 2^17, r = 8, p = 1: 128 MB and some tenths of
a second per guess).
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from consent.errors import KeyRefused, RecordInvalid, RegistryUnreadable
from consent.keys import KEY_BYTES, read_key_file, seal, unseal, write_key_file

COST: Final = 2**17
# What a file may ask of this machine: less protects nobody, more is an attack on the memory (128 * N * r bytes).
_COSTS: Final = (2**14, 2**20)
_MEMORY_LIMIT_BYTES: Final = 2**30
_PARALLEL_LIMIT: Final = 16
_HEADER: Final = b"clearance-registry-key-scrypt-1\n"
_LIMIT_BYTES: Final = 1024
_SALT_BYTES: Final = 16
_LEAST_CHARACTERS: Final = 8


@dataclass(frozen=True, slots=True)
class _Parameters:
    """What stands in the file beside the sealed key."""

    n: int
    r: int
    p: int
    salt: bytes

    @property
    def permitted(self) -> bool:
        least, most = _COSTS
        bounded = least <= self.n <= most and self.r >= 1 and 1 <= self.p <= _PARALLEL_LIMIT
        power_of_two = self.n & (self.n - 1) == 0
        return bounded and power_of_two and 128 * self.n * self.r <= _MEMORY_LIMIT_BYTES and len(self.salt) >= 8

    @property
    def context(self) -> bytes:
        return f"clearance|scrypt|{self.n}|{self.r}|{self.p}|{self.salt.hex()}".encode()

    def key(self, passphrase: str) -> bytes:
        """Return the key that the passphrase gives."""
        derivation = Scrypt(salt=self.salt, length=KEY_BYTES, n=self.n, r=self.r, p=self.p)
        return derivation.derive(passphrase.encode())


class PassphraseKey:
    """A key provider whose key lies in a file, sealed under a passphrase."""

    name: Final = "passphrase"

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.key_id = hmac.new(key, b"clearance registry key id", hashlib.sha256).hexdigest()[:16]

    @classmethod
    def create(cls, path: Path, passphrase: str, *, cost: int = COST) -> Self:
        """Return a new random key, written to path with mode 0600, sealed under the passphrase.

        cost: N of scrypt, a power of two. Raises RegistryExists, RecordInvalid for a short passphrase.
        """
        if len(passphrase) < _LEAST_CHARACTERS:
            raise RecordInvalid(
                f"the passphrase is too short; use at least {_LEAST_CHARACTERS} characters, better five random words"
            )
        key, parameters = secrets.token_bytes(KEY_BYTES), _Parameters(cost, 8, 1, secrets.token_bytes(_SALT_BYTES))
        sealed = seal(parameters.key(passphrase), key, parameters.context)
        content = {
            "n": parameters.n,
            "r": parameters.r,
            "p": parameters.p,
            "salt": base64.b64encode(parameters.salt).decode(),
            "sealed": base64.b64encode(sealed).decode(),
        }
        write_key_file(path, _HEADER + json.dumps(content).encode() + b"\n")
        return cls(key)

    @classmethod
    def load(cls, path: Path, passphrase: str) -> Self:
        """Return the key in the file.

        Raises KeyRefused for another passphrase, KeyFileInsecure, RegistryUnreadable for a file that is none.
        """
        content = read_key_file(path, _LIMIT_BYTES)
        try:
            parameters, sealed = _parsed(content)
        except (ValueError, TypeError, KeyError, RecursionError, binascii.Error) as error:
            raise RegistryUnreadable(
                f"the key file {path} holds no key under a passphrase; restore it from the backup that belongs to "
                "this registry"
            ) from error
        try:
            return cls(unseal(parameters.key(passphrase), sealed, parameters.context))
        except ValueError as error:
            raise KeyRefused(f"the passphrase does not open {path}; give the one it was sealed with") from error

    def wrap(self, data_key: bytes, context: bytes) -> bytes:
        """Return the key sealed; it opens only with the same context."""
        return seal(self._key, data_key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Return the key. Raises ValueError when key, context or bytes are not those of wrap()."""
        return unseal(self._key, wrapped, context)


def _parsed(content: bytes) -> tuple[_Parameters, bytes]:
    if not content.startswith(_HEADER):
        raise ValueError("another header")
    stated = json.loads(content.removeprefix(_HEADER))
    salt, sealed = (base64.b64decode(stated[name], validate=True) for name in ("salt", "sealed"))
    n, r, p = (stated[name] for name in ("n", "r", "p"))
    if any(type(number) is not int for number in (n, r, p)):
        raise TypeError("a whole number was expected")
    parameters = _Parameters(n, r, p, salt)
    if not parameters.permitted:
        raise ValueError("parameters beyond the bounds")
    return parameters, sealed
