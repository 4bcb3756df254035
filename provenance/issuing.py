"""A studio's own certificates: a root, an authority under it that issues, and what that issues to signers.

Root and issuing authority are meant to stay apart from the machines that sign; a signer's folder never holds their
keys. Standard: RFC 5280; C2PA Technical Specification 2.x, chapter 14; RFC 3161, 2.3; RFC 2986 for requests.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from provenance.errors import IdentityUnusable
from provenance.pki import CLAIM_SIGNING, MALFORMED

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes

    from provenance.pki import Purpose

_ROOT_LIFE = dt.timedelta(days=3650)
_ISSUING_LIFE = dt.timedelta(days=1825)
_LEAF_LIFE = dt.timedelta(days=365)
# A verifier's clock may lag the signer's.
_CLOCK_SLACK = dt.timedelta(minutes=5)
_DEVELOPMENT = "DEVELOPMENT ONLY - not a production identity"
_LONGEST_NAME = 64
"""ub-common-name and ub-organization-name of RFC 5280."""


@dataclass(frozen=True, slots=True)
class Authorities:
    """A root and the authority under it that issues (path length 0), with their keys."""

    root: x509.Certificate
    root_key: ec.EllipticCurvePrivateKey
    issuing: x509.Certificate
    issuing_key: ec.EllipticCurvePrivateKey


def new_authorities(organisation: str, *, now: dt.datetime) -> Authorities:
    """Return a fresh root, valid for ten years, and its issuing authority, valid for five; keys on P-384.

    Raises IdentityUnusable for a name that no certificate can carry.
    """
    root_key, issuing_key = ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP384R1())
    root_name, issuing_name = (_subject(organisation, f"{organisation} C2PA {part}") for part in ("Root", "Issuing CA"))
    root = _certificate(root_name, root_key.public_key(), root_name, root_key, now, _ROOT_LIFE, path_length=1)
    issuing = _certificate(
        issuing_name, issuing_key.public_key(), root_name, root_key, now, _ISSUING_LIFE, path_length=0
    )
    return Authorities(root, root_key, issuing, issuing_key)


def issued(
    public: CertificateIssuerPublicKeyTypes,
    name: str,
    issuer: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    purpose: Purpose,
    now: dt.datetime,
    life: dt.timedelta = _LEAF_LIFE,
) -> x509.Certificate:
    """Return a certificate for one purpose, and no other, in the organisation of its issuer.

    It never outlives its issuer. Raises IdentityUnusable for a name that no certificate can carry, or if issuer
    and key do not belong together.
    """
    if issuer_key.public_key() != issuer.public_key():
        raise IdentityUnusable("the issuing key does not belong to the issuing certificate; restore the two together")
    organisation = issuer.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    subject = _subject(str(organisation[0].value) if organisation else None, name)
    life = min(life, issuer.not_valid_after_utc - now)
    if life <= dt.timedelta(0):
        raise IdentityUnusable(f"the issuing authority expired {issuer.not_valid_after_utc:%Y-%m-%d}; make a new one")
    return _certificate(subject, public, issuer.subject, issuer_key, now, life, purpose=purpose)


def request(key: ec.EllipticCurvePrivateKey, organisation: str, name: str) -> bytes:
    """Return a certificate signing request in PEM, for an authority elsewhere. Raises IdentityUnusable for the name."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(_subject(organisation, name))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def requested_key(pem: bytes) -> CertificateIssuerPublicKeyTypes:
    """Return the key that a request (PEM) proves the possession of, or that a PEM public key names.

    What else a request asks for is not looked at: whoever issues says what the certificate is for.
    Raises IdentityUnusable for anything else.
    """
    try:
        if b"PUBLIC KEY" in pem:
            return _usable(serialization.load_pem_public_key(pem))
        asked = x509.load_pem_x509_csr(pem)
        if asked.is_signature_valid:
            return _usable(asked.public_key())
    except (*MALFORMED, UnsupportedAlgorithm) as error:
        raise IdentityUnusable("this is no readable certificate request or public key; give one in PEM") from error
    raise IdentityUnusable("the request is not signed by the key it names; have it made again")


def _usable(key: object) -> CertificateIssuerPublicKeyTypes:
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    if isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey):
        return key
    raise ValueError("a key of another kind")


def development_chain(*, now: dt.datetime) -> tuple[ec.EllipticCurvePrivateKey, tuple[x509.Certificate, ...]]:
    """Return a fresh P-256 signing key; its certificate, intermediate (path length 0) and root.

    The keys of root and intermediate are gone when this returns: nothing else can be issued under that root.
    """
    leaf_key, middle_key, root_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    root_name, middle_name, leaf_name = (
        _subject(_DEVELOPMENT, f"clearance DEVELOPMENT {part}") for part in ("root", "intermediate", "signer")
    )
    root = _certificate(root_name, root_key.public_key(), root_name, root_key, now, _ROOT_LIFE, path_length=1)
    middle = _certificate(middle_name, middle_key.public_key(), root_name, root_key, now, _ROOT_LIFE, path_length=0)
    leaf = _certificate(
        leaf_name, leaf_key.public_key(), middle_name, middle_key, now, _LEAF_LIFE, purpose="claim-signing"
    )
    return leaf_key, (leaf, middle, root)


def _subject(organisation: str | None, name: str) -> x509.Name:
    named = [(NameOID.ORGANIZATION_NAME, organisation), (NameOID.COMMON_NAME, name)]
    for _, value in named:
        if value is not None and not (0 < len(value) <= _LONGEST_NAME and value.isprintable()):
            raise IdentityUnusable(
                f"{value!r} cannot stand in a certificate; use 1 to {_LONGEST_NAME} printable characters"
            )
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in named if value is not None])


def _certificate(
    subject: x509.Name,
    public: CertificateIssuerPublicKeyTypes,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    now: dt.datetime,
    life: dt.timedelta,
    *,
    path_length: int | None = None,
    purpose: Purpose | None = None,
) -> x509.Certificate:
    """Return a certificate: an authority's with that path length, or for a purpose."""
    is_authority = purpose is None
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
        .not_valid_after(now + life)
        .add_extension(x509.BasicConstraints(is_authority, path_length), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    match purpose:
        case "claim-signing":
            builder = builder.add_extension(x509.ExtendedKeyUsage([CLAIM_SIGNING]), critical=False)
        case "organisation":
            usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
            builder = builder.add_extension(usages, critical=False)
        case "time-stamping":
            usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            builder = builder.add_extension(usages, critical=True)
    return builder.sign(issuer_key, hashes.SHA256() if issuer_key.curve.key_size <= 256 else hashes.SHA384())
