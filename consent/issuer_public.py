"""The public key that checks receipts, as a JWK (RFC 7517, RFC 8037) or as PEM; needs no registry.

An auditor obtains it once, from the operator or from somebody who has it from there, and keeps it.
"""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from consent.errors import ReceiptUnusable

# A JWK or a PEM of an Ed25519 key has about 150 characters; anything far beyond is another file.
_LIMIT: Final = 4096
_WANTED: Final = 'give the file that "clearance consent receipt key" printed, as JWK or PEM'


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """An Ed25519 public key: 32 bytes."""

    raw: bytes

    @property
    def kid(self) -> str:
        """Return the key's thumbprint (RFC 7638), by which a receipt names the key it was signed with."""
        members = {name: value for name, value in self._members().items() if name in ("crv", "kty", "x")}
        return _base64url(hashlib.sha256(json.dumps(members, separators=(",", ":"), sort_keys=True).encode()).digest())

    def jwk(self) -> dict[str, str]:
        """Return the key as a JSON Web Key."""
        return {**self._members(), "use": "sig", "alg": "EdDSA", "kid": self.kid}

    def pem(self) -> str:
        """Return the key as PEM (RFC 8410)."""
        key = Ed25519PublicKey.from_public_bytes(self.raw)
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")

    def _members(self) -> dict[str, str]:
        return {"kty": "OKP", "crv": "Ed25519", "x": _base64url(self.raw)}


def issuer_key_from(text: str) -> IssuerKey:
    """Return the issuer's public key of a JWK or PEM file. Raises ReceiptUnusable for anything else."""
    if len(text) > _LIMIT:
        raise ReceiptUnusable(f"the issuer's key has more than {_LIMIT} characters; {_WANTED}")
    return _from_pem(text) if "-----BEGIN" in text else _from_jwk(text)


def _from_pem(text: str) -> IssuerKey:
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ReceiptUnusable(f"the issuer's key is no public key in PEM form; {_WANTED}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ReceiptUnusable(f"the issuer's key is no Ed25519 key; {_WANTED}")
    return IssuerKey(key.public_bytes_raw())


def _from_jwk(text: str) -> IssuerKey:
    try:
        stated: Any = json.loads(text)
        right = isinstance(stated, dict) and stated.get("kty") == "OKP" and stated.get("crv") == "Ed25519"
        raw = base64.urlsafe_b64decode(stated["x"] + "=") if right and isinstance(stated.get("x"), str) else b""
        if len(raw) == 32 and "d" not in stated:
            Ed25519PublicKey.from_public_bytes(raw)
            return IssuerKey(raw)
    except (ValueError, binascii.Error, RecursionError, UnsupportedAlgorithm) as error:
        raise ReceiptUnusable(f"the issuer's key is neither a JWK nor PEM; {_WANTED}") from error
    raise ReceiptUnusable(f"the issuer's key is no public Ed25519 key; {_WANTED}")


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
