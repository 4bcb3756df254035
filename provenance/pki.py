"""Certificates that can sign C2PA claims: linted for everybody, followed to an anchor.

Standard: C2PA Technical Specification 2.x, chapter 14 (credential profile); RFC 5280.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, ObjectIdentifier

from provenance.errors import IdentityUnusable

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Sequence

CLAIM_SIGNING = ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
"""c2pa-kp-claimSigning."""
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""id-kp-documentSigning, RFC 9336."""

Purpose = Literal["claim-signing", "time-stamping", "organisation"]

_ROLES_APART = {
    ExtendedKeyUsageOID.TIME_STAMPING: "time-stamping",
    ExtendedKeyUsageOID.OCSP_SIGNING: "OCSP signing",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "any purpose at all",
}
"""Key usages that must not stand in a claim-signing certificate: the engine accepts the first two alone."""

# What the X.509 library raises on malformed certificates, at loading or when a part is first looked at. Warnings
# are among it for those who turn them into errors.
MALFORMED = (
    ValueError,
    TypeError,
    OverflowError,
    InvalidSignature,
    UnsupportedAlgorithm,
    Warning,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)

_ALGORITHMS = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
_SMALLEST_RSA = 2048
_DIGESTS = frozenset({"sha256", "sha384", "sha512"})


def parsed_chain(pem: bytes) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a PEM text in order. Raises IdentityUnusable if none is readable."""
    try:
        return tuple(map(looked_through, x509.load_pem_x509_certificates(pem)))
    except MALFORMED as error:
        raise IdentityUnusable(
            "the certificate chain is not readable PEM; give the signing certificate first, then its issuers"
        ) from error


def looked_through(certificate: x509.Certificate) -> x509.Certificate:
    """Return certificate if its plain parts can be read; else raise one of MALFORMED, now rather than later."""
    _ = certificate.serial_number, certificate.subject, certificate.issuer
    _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return certificate


def key_usage_problem(
    leaf: x509.Certificate, allowed: Sequence[ObjectIdentifier] = (CLAIM_SIGNING, DOCUMENT_SIGNING)
) -> str | None:
    """Return why the extended key usages of a certificate do not let it sign claims, or None if they do.

    allowed: the usages of which it must have one.
    """
    try:
        usages = set(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except MALFORMED:
        usages = set()
    if not usages:
        return "the certificate states no extended key usage; it needs claim signing (1.3.6.1.4.1.62558.2.1)"
    for usage, words in _ROLES_APART.items():
        if usage in usages:
            return f"the certificate is made for {words}, which must be kept apart from claim signing"
    if not usages & set(allowed):
        named = ", ".join(sorted(usage.dotted_string for usage in usages))
        return f"the certificate is not for claim signing: it states {named}, not 1.3.6.1.4.1.62558.2.1"
    return None


def algorithm(certificate: x509.Certificate) -> str | None:
    """Return the C2PA name of the algorithm that fits a certificate's key, or None if C2PA allows none."""
    try:
        key = certificate.public_key()
    except MALFORMED:
        return None
    if isinstance(key, ec.EllipticCurvePublicKey):
        return _ALGORITHMS.get(key.curve.name)
    if isinstance(key, rsa.RSAPublicKey):
        return "ps256" if key.key_size >= _SMALLEST_RSA else None
    return "ed25519" if isinstance(key, ed25519.Ed25519PublicKey) else None


def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Return whether issuer is a certificate authority that signed certificate."""
    try:
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        certificate.verify_directly_issued_by(issuer)
    except MALFORMED:
        return False
    return constraints.ca


def leads_to(chain: Sequence[x509.Certificate], anchors: Iterable[x509.Certificate]) -> bool:
    """Return whether each certificate is signed by the next, up to one that an anchor signed or is."""
    trusted = list(anchors)
    for position, certificate in enumerate(chain):
        if certificate in trusted or any(issued_by(certificate, anchor) for anchor in trusted):
            return True
        if position + 1 == len(chain) or not issued_by(certificate, chain[position + 1]):
            return False
    return False


def lint(chain_pem: bytes, *, now: dt.datetime, purpose: Purpose = "claim-signing") -> tuple[str, ...]:
    """Return, in words, every reason why a certificate chain cannot sign claims at `now`; empty if it can.

    chain_pem: signing certificate first, then its issuers; the root may be left out.
    purpose: what the extended key usages are judged for: time-stamping by RFC 3161, 2.3; organisation for CAWG,
    which takes those of S/MIME and of documents.
    """
    try:
        chain = parsed_chain(chain_pem)
    except IdentityUnusable as error:
        return (str(error),)
    leaf = chain[0]
    reasons = [
        _PURPOSE_PROBLEMS[purpose](leaf),
        *_profile_problems(leaf),
        *(_date_problem(c, now) for c in chain),
        *(_strength_problem(c) for c in chain),
    ]
    if leaf.issuer == leaf.subject:
        reasons.append("the certificate is self-signed; have it issued by an authority")
    elif len(chain) == 1:
        reasons.append("the issuing certificate is missing; append the intermediate to the chain")
    for lower, upper in pairwise(chain):
        if not issued_by(lower, upper):
            reasons.append(f"{_name(lower)!r} is not issued by {_name(upper)!r}; put each issuer after what it issued")
        elif not _may_issue(upper, below=chain.index(upper)):
            reasons.append(f"{_name(upper)!r} may not issue what stands below it; use an issuer made for that")
    return tuple(reason for reason in reasons if reason)


def _profile_problems(leaf: x509.Certificate) -> tuple[str, ...]:
    """Return what the parts of a certificate, taken one by one, lack of the credential profile (C2PA 2.x, 14.5.1)."""
    if leaf.version != x509.Version.v3:
        return ("the certificate is of X.509 version 1; have one of version 3 issued, with extensions",)
    try:
        extensions = leaf.extensions
    except MALFORMED:
        return ("the certificate's extensions cannot be read; have it issued anew",)
    found = {extension.oid: extension for extension in extensions}
    reasons = []
    usage, constraints = found.get(ExtensionOID.KEY_USAGE), found.get(ExtensionOID.BASIC_CONSTRAINTS)
    if usage is None or not usage.value.digital_signature or not usage.critical:
        reasons.append("the key usage is missing, does not allow digital signatures, or is not marked critical")
    elif usage.value.key_cert_sign:
        reasons.append("the key usage allows signing certificates, which is an authority's; leave that out")
    if constraints is None:
        reasons.append("the certificate lacks basic constraints; have it issued with CA set to false")
    elif constraints.value.ca:
        reasons.append("the certificate is a certificate authority's; sign with a certificate that it issued")
    if ExtensionOID.AUTHORITY_KEY_IDENTIFIER not in found:
        reasons.append("the certificate lacks the authority key identifier; have it issued with one")
    unknown = [
        e.oid.dotted_string for e in extensions if e.critical and isinstance(e.value, x509.UnrecognizedExtension)
    ]
    if unknown:
        reasons.append(f"the certificate has a critical extension that nobody here knows ({unknown[0]}); leave it out")
    return tuple(reasons)


def _time_stamping_problem(leaf: x509.Certificate) -> str | None:
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except MALFORMED:
        return "the certificate states no extended key usage; it needs time-stamping (1.3.6.1.5.5.7.3.8)"
    if list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING] or not usage.critical:
        return "the certificate is not for time-stamping alone, or does not mark that critical (RFC 3161, 2.3)"
    return None


def _organisation_problem(leaf: x509.Certificate) -> str | None:
    """Return why the extended key usages do not suit an organisation's identity (CAWG 1.1, 8.2), or None."""
    try:
        usages = set(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except MALFORMED:
        usages = set()
    apart = next((words for usage, words in _ROLES_APART.items() if usage in usages), None)
    if apart is not None:
        return f"the certificate is made for {apart}, which must be kept apart from an organisation's identity"
    if not usages & {ExtendedKeyUsageOID.EMAIL_PROTECTION, DOCUMENT_SIGNING}:
        return "the certificate is not for an organisation's identity: it needs e-mail protection or document signing"
    return None


def _strength_problem(certificate: x509.Certificate) -> str | None:
    """Return why the key of a certificate, or the signature on it, is too weak or of a kind that C2PA lacks."""
    if algorithm(certificate) is None:
        return (
            f"the key of {_name(certificate)!r} is none that C2PA allows; "
            "use P-256, P-384, P-521, RSA of 2048 bits or more, or Ed25519"
        )
    try:
        digest = certificate.signature_hash_algorithm
    except MALFORMED:
        return f"{_name(certificate)!r} is signed by a method that nobody here knows; have it issued with SHA-256"
    if digest is not None and digest.name not in _DIGESTS:
        return f"{_name(certificate)!r} is signed with {digest.name.upper()}; have it issued with SHA-256 or better"
    return None


def _may_issue(issuer: x509.Certificate, *, below: int) -> bool:
    """Return whether issuer may sign certificates, with that many certificates below it in the chain."""
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
        length = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
    except MALFORMED:
        return False
    return usage.key_cert_sign and (length is None or length >= below - 1)


def _date_problem(certificate: x509.Certificate, now: dt.datetime) -> str | None:
    if now < certificate.not_valid_before_utc:
        start = certificate.not_valid_before_utc
        return f"{_name(certificate)!r} is not valid before {start:%Y-%m-%d %H:%M} UTC; check the clock"
    if now > certificate.not_valid_after_utc:
        end = certificate.not_valid_after_utc
        return f"{_name(certificate)!r} expired {end:%Y-%m-%d}; have a new one issued"
    return None


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()


_PURPOSE_PROBLEMS: dict[Purpose, Callable[[x509.Certificate], str | None]] = {
    "claim-signing": key_usage_problem,
    "time-stamping": _time_stamping_problem,
    "organisation": _organisation_problem,
}
