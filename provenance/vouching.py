"""Which list stands for a signer: the chain of certificates followed by our own means, list by list.

Independent of the engine, which takes time-stampers, OCSP responders and mail certificates for claim signers, and an
authority of any kind for one of claims.
Standard: C2PA Technical Specification 2.x, chapter 14 (trust model); RFC 5280.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.x509.oid import ObjectIdentifier

from provenance import pki

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509

    from provenance.trust import TrustList, TrustProfile

UNKNOWN_AUTHORITY = "the signer's certificate leads to no authority trusted for claims"


@dataclass(frozen=True, slots=True)
class Vouched:
    """The list for claims that stands for a signer, or in words why none does."""

    by: TrustList | None
    problem: str | None = None


def for_claims(
    chain: tuple[x509.Certificate, ...], trust: TrustProfile, at: datetime | None, *, time_is_trusted: bool
) -> Vouched:
    """Return which list for claims vouches for a certificate chain; of several a current one.

    at: the time of the check, None if unknown. time_is_trusted: a trusted time-stamp says when the signature was made,
    so that certificates may have expired since.
    """
    if not chain:
        return Vouched(None, "the signing certificate could not be read")
    reached = [pair for pair in trust.paired("claim") if pki.leads_to(chain, pair[0].certificates())]
    # 1. Is the certificate for signing claims, as one of the lists that know its authority wants it?
    fit = []
    problem = None if reached else pki.key_usage_problem(chain[0])
    for anchor, one in reached:
        found = pki.key_usage_problem(chain[0], tuple(ObjectIdentifier(usage) for usage in one.ekus))
        problem = problem or found
        if found is None:
            fit.append((anchor, one))
    if not fit:
        return Vouched(None, problem or UNKNOWN_AUTHORITY)
    # 2. Does everything still stand, or is it proven that it was used while it did?
    if not time_is_trusted:
        if at is None or at > chain[0].not_valid_after_utc:
            return Vouched(
                None, "the signer's certificate has expired, and no trusted time-stamp shows that it was used before"
            )
        fit = [(anchor, one) for anchor, one in fit if pki.leads_to(chain, _in_force(anchor.certificates(), at))]
        if not fit:
            return Vouched(None, "the authority that issued the signer's certificate has expired, and so has its word")
    # 3. Of several lists the one that says most: current rather than stale, in force rather than frozen.
    best = min((one for _, one in fit), key=lambda one: (one.stale(at) is not None, one.legacy))
    return Vouched(best)


def _in_force(authorities: tuple[x509.Certificate, ...], at: datetime) -> list[x509.Certificate]:
    return [one for one in authorities if one.not_valid_before_utc <= at <= one.not_valid_after_utc]
