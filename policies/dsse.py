"""Signed documents: the Dead Simple Signing Envelope, with Ed25519 or ECDSA keys.

An envelope says "somebody who holds this key stated exactly these bytes, of this type", and nothing about who may
state them: the caller decides whose keys count. Follows github.com/secure-systems-lab/dsse (protocol.md,
envelope.md, v1.0.0): what is signed is the pre-authentication encoding of type and payload, never JSON.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
)

from policies.errors import EnvelopeInvalid

SigningKey: TypeAlias = Ed25519PrivateKey | EllipticCurvePrivateKey
VerifyingKey: TypeAlias = Ed25519PublicKey | EllipticCurvePublicKey

# An answer with its reasons is a few kilobytes; a listing of a rule pack's files is not much more.
LIMIT_BYTES: Final = 1024 * 1024
MAX_SIGNATURES: Final = 16
# P-256 and P-384: those with which SHA-256 is a usual pair, and that every platform's tools can make.
_CURVES: Final = ("secp256r1", "secp384r1")


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature. keyid: a hint which key made it, that nobody vouches for."""

    keyid: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload, what type it is of, and the signatures over both."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]

    def signed_by(self, key: VerifyingKey) -> bool:
        """Return whether one of the signatures was made with that key over this type and payload."""
        message = pae(self.payload_type, self.payload)
        return any(_verifies(key, signature.value, message) for signature in self.signatures)

    def to_json(self) -> str:
        """Return the envelope as its JSON document, which `parse` reads back."""
        return json.dumps(
            {
                "payloadType": self.payload_type,
                "payload": base64.b64encode(self.payload).decode("ascii"),
                "signatures": [
                    {"keyid": each.keyid, "sig": base64.b64encode(each.value).decode("ascii")}
                    for each in self.signatures
                ],
            },
            indent=2,
        )


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the pre-authentication encoding, the bytes that are signed (protocol.md, "Signature definition")."""
    kind = payload_type.encode("utf-8")
    return b" ".join((b"DSSEv1", b"%d" % len(kind), kind, b"%d" % len(payload), payload))


def sign(payload_type: str, payload: bytes, key: SigningKey) -> Envelope:
    """Return the payload in an envelope with one signature; its keyid is the key's fingerprint."""
    message = pae(payload_type, payload)
    value = key.sign(message) if isinstance(key, Ed25519PrivateKey) else key.sign(message, ECDSA(SHA256()))
    return Envelope(payload_type, payload, (Signature(fingerprint(key.public_key()), value),))


def parse(content: bytes) -> Envelope:
    """Return the envelope in a JSON document; nothing is verified by that. Raises EnvelopeInvalid for all else.

    As the specification asks, fields that it doesn't know are ignored and both alphabets of base64 are read. A
    key that is given twice is refused, since readers disagree about which one counts.
    """
    if len(content) > LIMIT_BYTES:
        raise EnvelopeInvalid(f"is larger than {LIMIT_BYTES} bytes")
    try:
        document = json.loads(content.decode("utf-8"), object_pairs_hook=_unique)
    except RecursionError as error:
        raise EnvelopeInvalid("is nested too deeply") from error
    except ValueError as error:
        raise EnvelopeInvalid(f"is not JSON in UTF-8 with unique keys ({error})") from error
    if not isinstance(document, dict):
        raise EnvelopeInvalid("is not a signed envelope (DSSE)")
    signatures = document.get("signatures")
    if not isinstance(signatures, list) or not 1 <= len(signatures) <= MAX_SIGNATURES:
        raise EnvelopeInvalid(f"must carry 1 to {MAX_SIGNATURES} signatures (DSSE)")
    return Envelope(
        _text(document, "payloadType"), _bytes(document, "payload"), tuple(_signature(each) for each in signatures)
    )


def signing_key(pem: bytes) -> SigningKey:
    """Return the private key in a PEM file, unencrypted. Raises EnvelopeInvalid for any other key or text."""
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise EnvelopeInvalid(
            'is no private key in PEM form without a password; make one with "openssl genpkey -algorithm ed25519"'
        ) from error
    if isinstance(key, Ed25519PrivateKey) or (isinstance(key, EllipticCurvePrivateKey) and key.curve.name in _CURVES):
        return key
    raise EnvelopeInvalid("is a key of another kind; use Ed25519, or ECDSA on P-256 or P-384")


def verifying_key(der: bytes) -> VerifyingKey:
    """Return the public key in a SubjectPublicKeyInfo. Raises EnvelopeInvalid for any other bytes."""
    try:
        key = load_der_public_key(der)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise EnvelopeInvalid("names a public key that can't be read") from error
    if isinstance(key, Ed25519PublicKey) or (isinstance(key, EllipticCurvePublicKey) and key.curve.name in _CURVES):
        return key
    raise EnvelopeInvalid("names a public key of another kind; Ed25519, and ECDSA on P-256 or P-384, are read")


def public_bytes(key: VerifyingKey) -> bytes:
    """Return the key's SubjectPublicKeyInfo (RFC 5280) in DER."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def fingerprint(key: VerifyingKey) -> str:
    """Return the SHA-256 of the key's SubjectPublicKeyInfo, 64 hexadecimal digits.

    `openssl pkey -in KEY.pem -pubout -outform DER | sha256sum` prints the same.
    """
    return hashlib.sha256(public_bytes(key)).hexdigest()


def _verifies(key: VerifyingKey, value: bytes, message: bytes) -> bool:
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(value, message)
        else:
            key.verify(value, message, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _signature(item: object) -> Signature:
    if not isinstance(item, dict):
        raise EnvelopeInvalid("holds a signature that is no group of keys (DSSE)")
    # keyid is optional, and a hint where it stands.
    return Signature(_text(item, "keyid") if "keyid" in item else "", _bytes(item, "sig"))


def _text(document: dict[str, Any], key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not value.isprintable():
        raise EnvelopeInvalid(f"must carry {key} as text (DSSE)")
    return value


def _bytes(document: dict[str, Any], key: str) -> bytes:
    try:
        return base64.b64decode(_text(document, key).translate({45: 43, 95: 47}), validate=True)
    except (binascii.Error, ValueError) as error:
        raise EnvelopeInvalid(f"must carry {key} in base64 (DSSE)") from error
