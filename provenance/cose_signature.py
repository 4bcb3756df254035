"""Signatures as COSE wants them, whatever made them, held against the certificate before the engine sees them.

Standard: RFC 9053 (2.1: ECDSA as r and s side by side), RFC 8230 (PSS), RFC 9360; C2PA 2.x, 13.2 (algorithms).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from provenance.errors import IdentityUnusable, KeyUnavailable
from provenance.pki import algorithm, parsed_chain

if TYPE_CHECKING:
    from collections.abc import Callable

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey

HASHES: dict[str, hashes.HashAlgorithm] = {
    "es256": hashes.SHA256(),
    "es384": hashes.SHA384(),
    "es512": hashes.SHA512(),
    "ps256": hashes.SHA256(),
}
PSS_SALT_BYTES = 32
PSS = padding.PSS(padding.MGF1(hashes.SHA256()), PSS_SALT_BYTES)


def signing_algorithm(chain_pem: bytes) -> str:
    """Return the C2PA algorithm of the first certificate's key. Raises IdentityUnusable if C2PA allows none."""
    name = algorithm(parsed_chain(chain_pem)[0])
    if name is None:
        raise IdentityUnusable("the chain is for a key that C2PA does not allow; use P-256")
    return name


def key_signs(key: PrivateKey, name: str) -> Callable[[bytes], bytes]:
    """Return the function by which a key in memory signs as COSE wants it."""

    def sign(data: bytes) -> bytes:
        if isinstance(key, ed25519.Ed25519PrivateKey):
            return key.sign(data)
        if isinstance(key, rsa.RSAPrivateKey):
            return key.sign(data, PSS, hashes.SHA256())
        return _side_by_side(key.sign(data, ec.ECDSA(HASHES[name])), key.curve)

    return sign


def certified(sign: Callable[[bytes], bytes], chain_pem: bytes) -> Callable[[bytes], bytes]:
    """Return a function that signs by a key elsewhere, and lets only signatures out that the certificate bears out.

    sign: ECDSA may come as DER or as r and s side by side. The function raises KeyUnavailable where the signature
    is not by the certificate's key and algorithm: the engine would only call it invalid, without the reason.
    """
    public = parsed_chain(chain_pem)[0].public_key()
    name = signing_algorithm(chain_pem)

    def checked(data: bytes) -> bytes:
        signature = sign(data)
        try:
            if isinstance(public, ec.EllipticCurvePublicKey):
                joined = _joined(signature, public.curve)
                public.verify(der_of(joined), data, ec.ECDSA(HASHES[name]))
                return joined
            if isinstance(public, rsa.RSAPublicKey):
                public.verify(signature, data, PSS, hashes.SHA256())
            elif isinstance(public, ed25519.Ed25519PublicKey):
                public.verify(signature, data)
        except (InvalidSignature, ValueError, OverflowError) as error:
            raise KeyUnavailable(
                f"the key answered, but not with a signature of the certificate's key by {name}; "
                "check that key and certificate belong together, and that the data is hashed once"
            ) from error
        return signature

    return checked


def _joined(signature: bytes, curve: ec.EllipticCurve) -> bytes:
    """Return an ECDSA signature as r and s side by side, which has one length only; anything else is read as DER."""
    if len(signature) == 2 * _width(curve) and not _is_der(signature):
        return signature
    return _side_by_side(signature, curve)


def _is_der(signature: bytes) -> bool:
    # A DER signature may by chance be as long as the plain form, and then says so in its first two bytes.
    try:
        utils.decode_dss_signature(signature)
    except ValueError:
        return False
    return True


def _side_by_side(der: bytes, curve: ec.EllipticCurve) -> bytes:
    r, s = utils.decode_dss_signature(der)
    return r.to_bytes(_width(curve), "big") + s.to_bytes(_width(curve), "big")


def der_of(joined: bytes) -> bytes:
    """Return an ECDSA signature of r and s side by side as DER."""
    half = len(joined) // 2
    return utils.encode_dss_signature(int.from_bytes(joined[:half], "big"), int.from_bytes(joined[half:], "big"))


def _width(curve: ec.EllipticCurve) -> int:
    return (curve.key_size + 7) // 8
