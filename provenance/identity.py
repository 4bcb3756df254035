"""The identity that signs: a key that may sign claims, and the certificates that say whose it is.

The key lies in a file, or elsewhere: `pkcs11_key`, `kms_key`, `external_command`.
A folder holds `chain.pem` (signer first, then intermediate), `signer.key.pem` (mode 0600) and, if known,
`root.pem`, which is what auditors are given.
Standard: C2PA Technical Specification 2.x, chapters 13 and 14; RFC 9053 for ECDSA.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization

from provenance.cose_signature import PrivateKey, key_signs, signing_algorithm
from provenance.errors import IdentityUnusable, KeyUnavailable
from provenance.issuing import development_chain
from provenance.pki import MALFORMED, parsed_chain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from provenance.organisation import Organisation
    from provenance.time_stamping import TimeStamping

    Passphrase = Callable[[], bytes]

CHAIN_FILE = "chain.pem"
KEY_FILE = "signer.key.pem"
ROOT_FILE = "root.pem"

_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class SigningIdentity:
    """A claim signer. `sign` returns the raw COSE signature of its input, so the key may live anywhere."""

    name: str
    algorithm: str
    """es256 | es384 | es512 | ps256 | ed25519."""
    chain_pem: bytes
    root_pem: bytes | None
    sign: Callable[[bytes], bytes] = field(repr=False, compare=False)
    """Raises KeyUnavailable if the key cannot be used now."""
    time_stamps: TimeStamping | None = None
    """Who vouches for the time of signing; None for a signature without a time that counts."""
    organisation: Organisation | None = None
    """In whose name the signer also signs (CAWG); None for nobody's."""


def create_development_identity(directory: Path, *, now: datetime) -> SigningIdentity:
    """Return a new identity, written to a folder that did not exist or was empty: all of it or nothing.

    Valid for a year. The keys of its root and intermediate are not kept: whoever steals the folder can sign
    as this one signer and never mint another, and a renewal needs neither (make a new identity instead).
    Raises IdentityUnusable if the folder is taken or cannot be written.
    """
    key, (leaf, middle, root) = development_chain(now=now)
    write_folder(
        Path(directory),
        {CHAIN_FILE: certificates_pem(leaf, middle), ROOT_FILE: certificates_pem(root), KEY_FILE: key_pem(key, None)},
    )
    return load_identity(directory)


def write_folder(directory: Path, content: Mapping[str, bytes]) -> None:
    """Write files that only their owner may read into a folder that did not exist or was empty: all or nothing.

    Raises IdentityUnusable if the folder is taken or cannot be written.
    """
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
    except OSError as error:
        raise IdentityUnusable(f"{directory} cannot be made ({error.strerror}); choose another folder") from error
    try:
        for name, data in content.items():
            _write_private(unfinished / name, data)
        # rename takes the place of an empty folder and of nothing else, in one step.
        unfinished.rename(directory)
    except OSError as error:
        raise IdentityUnusable(
            f"{directory} already holds something or cannot be written; choose a folder that does not exist"
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def load_identity(directory: Path, *, passphrase: Passphrase | None = None) -> SigningIdentity:
    """Return the identity in a folder, its key matched to its certificate. Dates are judged when signing.

    passphrase: asked for the key's only if the key is encrypted.
    Raises IdentityUnusable naming the file: missing, damaged, readable by others, or of another certificate;
    KeyUnavailable if the key does not open.
    """
    directory = Path(directory)
    root_file = directory / ROOT_FILE
    return file_identity(
        directory / CHAIN_FILE,
        directory / KEY_FILE,
        root_file if root_file.exists() else None,
        passphrase=passphrase,
    )


def file_identity(
    chain_file: Path, key_file: Path, root_file: Path | None, *, passphrase: Passphrase | None = None
) -> SigningIdentity:
    """Return the identity of a chain and a key in PEM files. Raises what `load_identity` raises."""
    chain_pem = content_of(chain_file)
    name = signing_algorithm(chain_pem)
    key = private_key(key_file, passphrase)
    if key.public_key() != parsed_chain(chain_pem)[0].public_key():
        raise IdentityUnusable(f"{key_file} does not belong to {chain_file.name}; restore the two from one identity")
    root_pem = None if root_file is None else content_of(root_file)
    return SigningIdentity(subject_of(chain_pem), name, chain_pem, root_pem, key_signs(key, name))


def private_key(path: Path, passphrase: Passphrase | None) -> PrivateKey:
    """Return the private key in a PEM file that nobody else may read; passphrase is called if it is encrypted.

    Raises IdentityUnusable, or KeyUnavailable if the passphrase is missing or wrong.
    """
    pem = content_of(path)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise IdentityUnusable(f"{path} can be read by others; run: chmod 600 {path}")
    try:
        key = serialization.load_pem_private_key(pem, None)
    except TypeError as error:
        # What the library raises for a key that is sound and encrypted, and for nothing else.
        if passphrase is None:
            raise KeyUnavailable(f"{path} is encrypted; give its passphrase, in a file or when asked") from error
        key = _opened(path, pem, passphrase())
    except MALFORMED as error:
        raise IdentityUnusable(f"{path} is no readable PEM private key; export it as PKCS #8") from error
    if not isinstance(key, PrivateKey):
        raise IdentityUnusable(f"{path} is a key of a kind that C2PA does not allow; use P-256")
    return key


def _opened(path: Path, pem: bytes, passphrase: bytes) -> PrivateKeyTypes:
    try:
        return serialization.load_pem_private_key(pem, passphrase)
    except MALFORMED as error:
        raise KeyUnavailable(f"{path} does not open with this passphrase, or is damaged") from error


def subject_of(chain_pem: bytes) -> str:
    """Return whose the first certificate of a chain is. Raises IdentityUnusable."""
    return parsed_chain(chain_pem)[0].subject.rfc4514_string()


def certificates_pem(*certificates: x509.Certificate) -> bytes:
    """Return certificates one after the other in PEM."""
    return b"".join(certificate.public_bytes(serialization.Encoding.PEM) for certificate in certificates)


def key_pem(key: PrivateKey, passphrase: bytes | None) -> bytes:
    """Return a key as PKCS #8 in PEM, encrypted (PBES2, AES-256) if there is a passphrase."""
    protection = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)


def content_of(path: Path) -> bytes:
    """Return what a small file holds. Raises IdentityUnusable naming it."""
    try:
        with path.open("rb") as stream:
            return stream.read(_MOST_BYTES)
    except OSError as error:
        raise IdentityUnusable(f"{path} cannot be read ({error.strerror}); check the path") from error


def _write_private(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
