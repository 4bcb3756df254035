"""Signatures of a claim signer's key over other bytes than claims, in the form that common tools check.

ECDSA as DER, RSA-PSS and Ed25519 as they are: `openssl dgst -sha256 -verify` takes them.
Standard: RFC 3279, section 2.2.3 (ECDSA-Sig-Value); RFC 5280 (SubjectPublicKeyInfo).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from provenance.cose_signature import HASHES, PSS, der_of
from provenance.pki import algorithm

if TYPE_CHECKING:
    from cryptography import x509

    from provenance.identity import SigningIdentity


def signature_of(identity: SigningIdentity, data: bytes, leaf: x509.Certificate) -> bytes:
    """Return the identity's signature over data. leaf: its certificate. Raises KeyUnavailable."""
    signature = identity.sign(data)
    return der_of(signature) if isinstance(leaf.public_key(), ec.EllipticCurvePublicKey) else signature


def holds(leaf: x509.Certificate, signature: bytes, data: bytes) -> bool:
    """Return whether the key of a certificate made the signature over data; False for keys that C2PA does not allow."""
    public, name = leaf.public_key(), algorithm(leaf)
    try:
        if isinstance(public, ec.EllipticCurvePublicKey) and name is not None:
            public.verify(signature, data, ec.ECDSA(HASHES[name]))
        elif isinstance(public, rsa.RSAPublicKey) and name is not None:
            public.verify(signature, data, PSS, hashes.SHA256())
        elif isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(signature, data)
        else:
            return False
    except InvalidSignature:
        return False
    return True


def key_digest(leaf: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate's SubjectPublicKeyInfo, 64 hexadecimal digits."""
    spki = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()
