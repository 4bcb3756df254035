"""Certificates that can sign C2PA claims: made for development, linted for everybody, followed to an anchor.

Standard: C2PA Technical Specification 2.x, chapter 14 (credential profile); RFC 5280.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from provenance.errors import IdentityUnusable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CLAIM_SIGNING = ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
"""c2pa-kp-claimSigning."""
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""id-kp-documentSigning, RFC 9336."""

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

ALGORITHMS = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
_SMALLEST_RSA = 2048
_ROOT_LIFE = dt.timedelta(days=3650)
_LEAF_LIFE = dt.timedelta(days=365)
# A verifier's clock may lag the signer's.
_CLOCK_SLACK = dt.timedelta(minutes=5)
_ORGANISATION = "DEVELOPMENT ONLY - not a production identity"


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
        return ALGORITHMS.get(key.curve.name)
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


def lint(chain_pem: bytes, *, now: dt.datetime) -> tuple[str, ...]:
    """Return, in words, every reason why a certificate chain cannot sign claims at `now`; empty if it can.

    chain_pem: signing certificate first, then its issuers; the root may be left out.
    """
    try:
        chain = parsed_chain(chain_pem)
    except IdentityUnusable as error:
        return (str(error),)
    leaf = chain[0]
    reasons = [
        key_usage_problem(leaf),
        _basic_key_usage_problem(leaf),
        *(_date_problem(c, now) for c in chain),
    ]
    if algorithm(leaf) is None:
        reasons.append(
            "the key is none that C2PA allows; use P-256, P-384, P-521, RSA of 2048 bits or more, or Ed25519"
        )
    if leaf.issuer == leaf.subject:
        reasons.append("the certificate is self-signed; have it issued by an authority")
    elif len(chain) == 1:
        reasons.append("the issuing certificate is missing; append the intermediate to the chain")
    for lower, upper in pairwise(chain):
        if not issued_by(lower, upper):
            reasons.append(f"{_name(lower)!r} is not issued by {_name(upper)!r}; put each issuer after what it issued")
    return tuple(reason for reason in reasons if reason)


def _basic_key_usage_problem(leaf: x509.Certificate) -> str | None:
    try:
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage)
        constraints = leaf.extensions.get_extension_for_class(x509.BasicConstraints).value
        leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    except MALFORMED:
        return "the certificate lacks key usage, basic constraints or authority key identifier; add all three"
    if constraints.ca:
        return "the certificate is a certificate authority's; sign with a certificate that it issued"
    if not usage.value.digital_signature or not usage.critical:
        return "the key usage does not allow digital signatures, or is not marked critical"
    return None


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


def development_chain(*, now: dt.datetime) -> tuple[ec.EllipticCurvePrivateKey, tuple[x509.Certificate, ...]]:
    """Return a fresh P-256 signing key; its certificate, intermediate (path length 0) and root.

    The keys of root and intermediate are gone when this returns: nothing else can be issued under that root.
    """
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]
    leaf_key, middle_key, root_key = keys
    root_name, middle_name, leaf_name = (
        x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION),
                x509.NameAttribute(NameOID.COMMON_NAME, f"clearance DEVELOPMENT {part}"),
            ]
        )
        for part in ("root", "intermediate", "signer")
    )
    root = _issued(root_name, root_key.public_key(), root_name, root_key, now, authority=1)
    middle = _issued(middle_name, middle_key.public_key(), root_name, root_key, now, authority=0)
    leaf = _issued(leaf_name, leaf_key.public_key(), middle_name, middle_key, now, authority=None)
    return leaf_key, (leaf, middle, root)


def _issued(
    subject: x509.Name,
    public: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    now: dt.datetime,
    *,
    authority: int | None,
) -> x509.Certificate:
    """Return a certificate: an authority with that path length, or a claim signer if authority is None."""
    is_authority = authority is not None
    usage = x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SLACK)
        .not_valid_after(now + (_ROOT_LIFE if is_authority else _LEAF_LIFE))
        .add_extension(x509.BasicConstraints(is_authority, authority), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not is_authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([CLAIM_SIGNING]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
