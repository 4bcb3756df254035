"""Where the key that protects the registry comes from, and how a record is sealed with a key.

Three levels: a provider's root key (here a file, 0600) wraps the key-encryption key, opened once per start
(`consent.kek`); that wraps one data key per performer, which seals the performer's records. AES-256-GCM (NIST
SP 800-38D) with random 96-bit nonces throughout; what a sealed record belongs to is bound in as associated
data, so a record moved elsewhere does not open.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent.errors import KeyFileInsecure, RegistryExists, RegistryUnreadable

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_HEADER: Final = b"clearance-registry-key-1\n"
# Header, base64 of 32 bytes, newline: anything much longer is not a key file of ours.
_LIMIT_BYTES: Final = 256
_RESTORE: Final = "restore it from the backup that belongs to this registry"


class KeyProvider(Protocol):
    """Holds the key at the top and never gives it out."""

    @property
    def name(self) -> str:
        """The provider's name in the settings: file, passphrase, pkcs11 or kms."""

    @property
    def key_id(self) -> str:
        """A name for the key that tells nothing about it."""

    def wrap(self, data_key: bytes, context: bytes) -> bytes:
        """Return the data key sealed; it opens only with the same context."""

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Return the data key. Raises ValueError when key, context or bytes are not those of wrap()."""


class KeyFile:
    """A key provider whose key lies in a file that only its owner may read."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        # A MAC under the key itself: names the key, cannot be turned back into it.
        self._key_id = hmac.new(key, b"clearance registry key id", hashlib.sha256).hexdigest()[:16]

    @classmethod
    def create(cls, path: Path) -> "KeyFile":
        """Return a new random key, written to path with mode 0600.

        The file appears whole or not at all. Raises RegistryExists rather than replace one.
        """
        key = secrets.token_bytes(KEY_BYTES)
        write_key_file(path, _HEADER + base64.b64encode(key) + b"\n")
        return cls(key)

    @classmethod
    def load(cls, path: Path) -> "KeyFile":
        """Return the key in the file.

        Raises KeyFileInsecure when others may read it, RegistryUnreadable when it is missing or no key.
        """
        content = read_key_file(path, _LIMIT_BYTES)
        try:
            key = base64.b64decode(content.removeprefix(_HEADER).strip(), validate=True)
        except binascii.Error:
            key = b""
        if not content.startswith(_HEADER) or len(key) != KEY_BYTES:
            raise RegistryUnreadable(f"the key file {path} holds no registry key; {_RESTORE}")
        return cls(key)

    @property
    def name(self) -> str:
        """The provider's name in the settings."""
        return "file"

    @property
    def key_id(self) -> str:
        """A name for the key that tells nothing about it."""
        return self._key_id

    def wrap(self, data_key: bytes, context: bytes) -> bytes:
        """Return the data key sealed; it opens only with the same context."""
        return seal(self._key, data_key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Return the data key. Raises ValueError when key, context or bytes are not those of wrap()."""
        return unseal(self._key, wrapped, context)


def write_key_file(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read; it appears whole or not at all.

    Raises RegistryExists rather than replace one.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # link() refuses an existing name, which rename() would replace.
        os.link(draft, path)
    except FileExistsError as error:
        raise RegistryExists(
            f"a key file exists already: {path}; choose another home, or move it away if it is unused"
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def read_key_file(path: Path, limit_bytes: int) -> bytes:
    """Return the first bytes of a key file.

    Raises KeyFileInsecure when others may read it, RegistryUnreadable when it is missing.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(limit_bytes)
    except OSError as error:
        raise RegistryUnreadable(f"the key file {path} cannot be read ({error.strerror}); {_RESTORE}") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileInsecure(
            f'the key file {path} can be read by others (mode {stat.S_IMODE(mode):04o}); "chmod 600" it'
        )
    return content


def seal(key: bytes, plain: bytes, context: bytes) -> bytes:
    """Return nonce and ciphertext of plain; it opens only with the same key and context."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def unseal(key: bytes, sealed: bytes, context: bytes) -> bytes:
    """Return what was sealed. Raises ValueError for another key, another context or other bytes."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context)
    except InvalidTag as error:
        raise ValueError("the sealed bytes do not open with this key and context") from error
