"""The identity that signs: a key that may sign claims, and the certificates that say whose it is.

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

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from provenance.errors import IdentityUnusable
from provenance.pki import MALFORMED, algorithm, development_chain, parsed_chain

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from cryptography import x509

CHAIN_FILE = "chain.pem"
KEY_FILE = "signer.key.pem"
ROOT_FILE = "root.pem"

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "es256": hashes.SHA256(),
    "es384": hashes.SHA384(),
    "es512": hashes.SHA512(),
}
_PSS_SALT_BYTES = 32
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


def create_development_identity(directory: Path, *, now: datetime) -> SigningIdentity:
    """Return a new identity, written to a folder that did not exist or was empty: all of it or nothing.

    Valid for a year. The keys of its root and intermediate are not kept: whoever steals the folder can sign
    as this one signer and never mint another, and a renewal needs neither (make a new identity instead).
    Raises IdentityUnusable if the folder is taken or cannot be written.
    """
    key, (leaf, middle, root) = development_chain(now=now)
    directory = Path(directory)
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    content = {CHAIN_FILE: _pem(leaf, middle), ROOT_FILE: _pem(root), KEY_FILE: key_pem}
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
    return load_identity(directory)


def load_identity(directory: Path) -> SigningIdentity:
    """Return the identity in a folder, its key matched to its certificate. Dates are judged when signing.

    Raises IdentityUnusable naming the file: missing, damaged, readable by others, or of another certificate.
    """
    directory = Path(directory)
    chain_pem = _content(directory / CHAIN_FILE)
    leaf = parsed_chain(chain_pem)[0]
    key_file = directory / KEY_FILE
    key_pem = _content(key_file)
    if os.name == "posix" and key_file.stat().st_mode & 0o077:
        raise IdentityUnusable(f"{key_file} can be read by others; run: chmod 600 {key_file}")
    name = algorithm(leaf)
    if name is None:
        raise IdentityUnusable(f"{CHAIN_FILE} is for a key that C2PA does not allow; use P-256")
    try:
        key = serialization.load_pem_private_key(key_pem, password=None)
    except MALFORMED as error:
        raise IdentityUnusable(f"{key_file} is no unencrypted PEM private key; export it as PKCS #8") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) or (
        key.public_key() != leaf.public_key()
    ):
        raise IdentityUnusable(f"{key_file} does not belong to {CHAIN_FILE}; restore the two from one identity")
    root_file = directory / ROOT_FILE
    root_pem = _content(root_file) if root_file.exists() else None
    return SigningIdentity(leaf.subject.rfc4514_string(), name, chain_pem, root_pem, _signer(key, name))


def _signer(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey, name: str
) -> Callable[[bytes], bytes]:
    """Return the function that signs as COSE wants it: ECDSA as r and s side by side (RFC 9053, 2.1)."""

    def sign(data: bytes) -> bytes:
        if isinstance(key, ed25519.Ed25519PrivateKey):
            return key.sign(data)
        if isinstance(key, rsa.RSAPrivateKey):
            return key.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), _PSS_SALT_BYTES), hashes.SHA256())
        r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(_HASHES[name])))
        width = (key.curve.key_size + 7) // 8
        return r.to_bytes(width, "big") + s.to_bytes(width, "big")

    return sign


def _pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(certificate.public_bytes(serialization.Encoding.PEM) for certificate in certificates)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_MOST_BYTES)
    except OSError as error:
        raise IdentityUnusable(f"{path} cannot be read ({error.strerror}); name a folder made for signing") from error


def _write_private(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
