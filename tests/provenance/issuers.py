"""Issuing authorities that say what their certificates may be for, as those on the published lists do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from .authorities import Authority


def authority_until(end: datetime, *usages: x509.ObjectIdentifier, name: str = "An Issuing CA") -> Authority:
    """An authority that is valid from 400 days before `end` until then, for these key usages or for any."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=400))
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(True, 1), critical=True)
        .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    return Authority(builder.sign(key, hashes.SHA256()), key)


def issuing_authority(*usages: x509.ObjectIdentifier) -> bytes:
    """The certificate of an authority for these key usages, as PEM."""
    return authority_until(datetime.now(UTC) + timedelta(days=300), *usages).certificate.public_bytes(Encoding.PEM)
