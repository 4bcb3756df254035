"""Who signs a report: the identity that signs media, with signatures in the form that OpenSSL and PDF readers take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from provenance.errors import IdentityUnusable
from provenance.pki import lint

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from provenance.identity import SigningIdentity

# DSSE names no algorithm: with these two a public key leaves no choice of hash.
_ALGORITHMS: Final = ("es256", "ed25519")


@dataclass(frozen=True, slots=True)
class Signatory:
    """A signer of reports. sign: returns the signature of its input, an ECDSA signature in DER."""

    name: str
    algorithm: str
    chain_pem: bytes
    sign: Callable[[bytes], bytes] = field(repr=False, compare=False)


def signatory_of(identity: SigningIdentity, *, now: datetime) -> Signatory:
    """Return the signer of reports that an identity is.

    Raises IdentityUnusable if its key is of another kind than ES256 or Ed25519, or its chain does not hold now.
    """
    if identity.algorithm not in _ALGORITHMS:
        raise IdentityUnusable(
            f"reports are signed with ES256 or Ed25519, and the key of {identity.name} is for {identity.algorithm}; "
            "name another identity in the table [signing]"
        )
    problems = lint(identity.chain_pem, now=now)
    if problems:
        raise IdentityUnusable(f"the identity of {identity.name} cannot sign: {'; '.join(problems)}")
    return Signatory(identity.name, identity.algorithm, identity.chain_pem, _der_signing(identity))


def _der_signing(identity: SigningIdentity) -> Callable[[bytes], bytes]:
    if identity.algorithm == "ed25519":
        return identity.sign

    def sign(data: bytes) -> bytes:
        joined = identity.sign(data)
        half = len(joined) // 2
        return encode_dss_signature(int.from_bytes(joined[:half], "big"), int.from_bytes(joined[half:], "big"))

    return sign
