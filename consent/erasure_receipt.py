"""What a performer gets after an erasure: a document that says what was destroyed, signed, to be checked offline.

Ed25519 (RFC 8032) over a fixed prefix and the document without its signature, as JSON with sorted keys and no white
space in ASCII. Needs nothing but the standard library and `cryptography`.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from consent.errors import ErasureInvalid

SCHEMA: Final = "clearance.erasure/1"
KEPT_TEXTS: Final = (
    "projects",
    "characters",
    "scenes",
    "description",
    "advertiser",
    "product",
    "approvals",
    "represented_by",
    "collective_agreement",
    "custodian",
)
"""Fields of kept grants in words of their own, which an erasure does not reach: without them a grant proves nothing."""
_PREFIX: Final = b"clearance.erasure/1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureReceipt:
    """What was destroyed and what was kept: references and counts, no name."""

    registry: str
    performer: str
    erased: datetime
    reason: str
    law: str
    operator: str
    templates: tuple[str, ...]
    images: int
    likenesses: int
    fields: tuple[str, ...]
    kept_grants: tuple[str, ...]
    kept_releases: tuple[str, ...]

    def signed(self, key: Ed25519PrivateKey) -> dict[str, Any]:
        """Return the document with its signature."""
        document: dict[str, Any] = {
            "schema": SCHEMA,
            "registry": self.registry,
            "performer": self.performer,
            "erased": self.erased.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "reason": self.reason,
            "law": self.law,
            "operator": self.operator,
            "destroyed": {
                "data_key": True,
                "templates": sorted(self.templates),
                "images": self.images,
                "likenesses": self.likenesses,
                "fields": list(self.fields),
            },
            "kept": {
                "grants": sorted(self.kept_grants),
                "releases": sorted(self.kept_releases),
                # As agreed, word for word: a character or a description may tell who a performer was.
                "texts_of_grants": list(KEPT_TEXTS) if self.kept_grants else [],
            },
            "key_id": key_id(key.public_key()),
        }
        return document | {"signature": base64.b64encode(key.sign(_signed_bytes(document))).decode()}


def key_id(key: Ed25519PublicKey) -> str:
    """Return the first 16 digits of the SHA-256 of a public key."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def check(text: bytes, public_key_pem: bytes) -> dict[str, Any]:
    """Return the document of a receipt whose signature holds. Raises ErasureInvalid saying what does not."""
    try:
        key = load_pem_public_key(public_key_pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ErasureInvalid('the key is no public key in PEM; "clearance keys status --public" prints it') from error
    if not isinstance(key, Ed25519PublicKey):
        raise ErasureInvalid("the key is no Ed25519 key; ask the registry's operator for the one that signs erasures")
    try:
        document = json.loads(text)
        signature = base64.b64decode(document["signature"], validate=True)
        signed = _signed_bytes({name: value for name, value in document.items() if name != "signature"})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, binascii.Error) as error:
        raise ErasureInvalid("this is no receipt of an erasure; ask for the file that was made then") from error
    if document.get("schema") != SCHEMA:
        raise ErasureInvalid(f"the document is none of {SCHEMA}; a newer version may read it")
    if document.get("key_id") != key_id(key):
        raise ErasureInvalid("the receipt was signed with another key than the one given; ask for the right key")
    try:
        key.verify(signature, signed)
    except InvalidSignature as error:
        raise ErasureInvalid("the signature does not hold: the receipt was altered after it was made") from error
    return dict(document)


def _signed_bytes(document: Mapping[str, Any]) -> bytes:
    return _PREFIX + json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
