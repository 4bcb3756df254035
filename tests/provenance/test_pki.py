"""Certificates: what lint finds, what leads to an anchor, and what a development chain is made of."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from provenance import issuing, pki

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.identity import SigningIdentity

    from .authorities import Authority


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


def test_a_development_chain_can_sign_claims(identity: SigningIdentity, now: datetime) -> None:
    assert pki.lint(identity.chain_pem, now=now) == ()


def test_a_development_chain_names_itself_and_ends_at_path_length_zero(now: datetime) -> None:
    key, (leaf, middle, root) = issuing.development_chain(now=now)
    assert key.public_key() == leaf.public_key()
    assert all("DEVELOPMENT" in certificate.subject.rfc4514_string() for certificate in (leaf, middle, root))
    assert middle.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    usages = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usages) == [pki.CLAIM_SIGNING]
    assert pki.leads_to([leaf, middle], [root])


@pytest.mark.parametrize(
    ("usages", "options", "reason"),
    [
        ((), {}, "no extended key usage"),
        ((ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,), {}, "any purpose"),
        ((ExtendedKeyUsageOID.CLIENT_AUTH,), {}, "not for claim signing"),
        ((ExtendedKeyUsageOID.EMAIL_PROTECTION,), {}, "not for claim signing"),
        ((ExtendedKeyUsageOID.TIME_STAMPING,), {}, "time-stamping"),
        ((pki.CLAIM_SIGNING, ExtendedKeyUsageOID.OCSP_SIGNING), {}, "OCSP"),
        ((pki.CLAIM_SIGNING,), {"digital_signature": False}, "digital signatures"),
        ((pki.CLAIM_SIGNING,), {"end": timedelta(hours=-1)}, "expired"),
        ((pki.CLAIM_SIGNING,), {"start": timedelta(days=1)}, "not valid before"),
    ],
)
def test_lint_says_in_words_why_a_certificate_cannot_sign(
    authority: Authority, now: datetime, usages: tuple[Any, ...], options: dict[str, Any], reason: str
) -> None:
    leaf, _ = authority.issue(*usages, **options)
    reasons = pki.lint(pem(leaf, authority.certificate), now=now)
    assert len(reasons) == 1
    assert reason in reasons[0]


def test_lint_finds_a_missing_issuer_a_wrong_order_and_a_self_signed_signer(
    identity: SigningIdentity, authority: Authority, now: datetime
) -> None:
    leaf, middle = pki.parsed_chain(identity.chain_pem)
    assert any("missing" in reason for reason in pki.lint(pem(leaf), now=now))
    assert any("not issued by" in reason for reason in pki.lint(pem(leaf, authority.certificate), now=now))
    assert any("authority" in reason for reason in pki.lint(pem(middle, leaf), now=now))
    assert any("self-signed" in reason for reason in pki.lint(authority.pem, now=now))


def test_a_chain_leads_only_to_the_anchor_that_signed_it(identity: SigningIdentity, authority: Authority) -> None:
    leaf, middle = pki.parsed_chain(identity.chain_pem)
    assert identity.root_pem is not None
    root = pki.parsed_chain(identity.root_pem)
    assert pki.leads_to([leaf, middle], root)
    assert pki.leads_to([leaf], [middle])
    assert not pki.leads_to([leaf], root)
    assert not pki.leads_to([leaf, middle], [authority.certificate])
    assert not pki.leads_to([leaf, authority.certificate], [authority.certificate])
    assert not pki.leads_to([], root)


def test_a_signer_is_no_issuer(authority: Authority) -> None:
    leaf, _ = authority.issue(pki.CLAIM_SIGNING)
    assert not pki.issued_by(leaf, leaf)


@given(st.binary(max_size=300), st.booleans())
def test_lint_answers_for_any_bytes(now: datetime, data: bytes, framed: bool) -> None:
    if framed:
        data = b"-----BEGIN CERTIFICATE-----\n" + data + b"\n-----END CERTIFICATE-----\n"
    assert pki.lint(data, now=now)
