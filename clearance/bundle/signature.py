"""The signature over a bundle's list: a DSSE envelope, signed by the identity that signs media too.

Source: github.com/secure-systems-lab/dsse, v1.0.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from policies import dsse
from policies.errors import EnvelopeInvalid
from provenance import detached
from provenance.pki import parsed_chain

if TYPE_CHECKING:
    from cryptography import x509

    from provenance.identity import SigningIdentity

PAYLOAD_TYPE: Final = "application/vnd.clearance.bundle+json"


@dataclass(frozen=True, slots=True)
class Opened:
    """What an envelope was found to be. problem: why it proves nothing, None when its signature holds."""

    chain: tuple[x509.Certificate, ...]
    problem: str | None


def envelope_of(payload: bytes, identity: SigningIdentity) -> bytes:
    """Return the envelope over a bundle's list. Raises KeyUnavailable, IdentityUnusable."""
    leaf = parsed_chain(identity.chain_pem)[0]
    value = detached.signature_of(identity, dsse.pae(PAYLOAD_TYPE, payload), leaf)
    signature = dsse.Signature(detached.key_digest(leaf), value)
    return _encoded(dsse.Envelope(PAYLOAD_TYPE, payload, (signature,)))


def opened(content: bytes, payload: bytes, chain: tuple[x509.Certificate, ...]) -> Opened:
    """Return whether the envelope holds the list and the first certificate's key signed it.

    Only the one spelling that `envelope_of` writes is taken, so that no byte of it can be altered unseen.
    """
    try:
        envelope = dsse.parse(content)
    except EnvelopeInvalid as error:
        return Opened(chain, f"the envelope {error}")
    if not chain:
        return Opened(chain, "no certificate of its signer is inside")
    if envelope.payload != payload or envelope.payload_type != PAYLOAD_TYPE:
        return Opened(chain, "the envelope holds another list than the bundle")
    signature = envelope.signatures[0]
    if len(envelope.signatures) != 1 or signature.keyid != detached.key_digest(chain[0]):
        return Opened(chain, "the envelope names another key than that of the first certificate")
    if _encoded(envelope) != content:
        return Opened(chain, "the envelope is not written as it was made")
    if not detached.holds(chain[0], signature.value, dsse.pae(PAYLOAD_TYPE, payload)):
        return Opened(chain, "the signature does not hold: the list was altered, or somebody else signed it")
    return Opened(chain, None)


def _encoded(envelope: dsse.Envelope) -> bytes:
    return (envelope.to_json() + "\n").encode("ascii")
