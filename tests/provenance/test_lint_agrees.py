"""What lint passes the engine signs with; where lint is stricter than the engine is listed here, and nowhere else."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from hypothesis import example, given, settings
from hypothesis import strategies as st

from provenance import pki, signing_engine
from provenance.cose_signature import PrivateKey, key_signs
from provenance.errors import SigningFailed
from provenance.identity import SigningIdentity, certificates_pem
from provenance.trust import profile_from_pem

from .conftest import created

if TYPE_CHECKING:
    from datetime import datetime

    from .authorities import Authority

USAGES = {
    "claim signing": pki.CLAIM_SIGNING,
    "document signing": pki.DOCUMENT_SIGNING,
    "e-mail": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "time-stamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "OCSP signing": ExtendedKeyUsageOID.OCSP_SIGNING,
    "any": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "client": ExtendedKeyUsageOID.CLIENT_AUTH,
    "code": ExtendedKeyUsageOID.CODE_SIGNING,
    "nobody's": ObjectIdentifier("1.2.3.4"),
}
KEYS: dict[str, PrivateKey] = {
    "P-256": ec.generate_private_key(ec.SECP256R1()),
    "P-384": ec.generate_private_key(ec.SECP384R1()),
    "P-521": ec.generate_private_key(ec.SECP521R1()),
    "P-224": ec.generate_private_key(ec.SECP224R1()),
    "secp256k1": ec.generate_private_key(ec.SECP256K1()),
    "RSA 2048": rsa.generate_private_key(65537, 2048),
    "RSA 1024": rsa.generate_private_key(65537, 1024),  # noqa: S505 -- that it is refused is the point
    "Ed25519": ed25519.Ed25519PrivateKey.generate(),
}
Digest = hashes.SHA224 | hashes.SHA256 | hashes.SHA384 | hashes.SHA3_256
# The engine signs with these and nobody should: each is a reason of lint's, by words in it.
STRICTER_THAN_THE_ENGINE = (
    "not for claim signing",  # e-mail protection
    "kept apart from claim signing",  # time-stamping or OCSP signing alone
    "key usage is missing",  # no digital signature, or not critical
    "lacks basic constraints",
    "self-signed",
    "issuing certificate is missing",
    "is not issued by",
)


@dataclass(frozen=True)
class Wish:
    """A certificate as somebody might have it issued."""

    usages: frozenset[str] = frozenset({"claim signing"})
    key: str = "P-256"
    signs: bool | None = True
    """digitalSignature; contentCommitment alone if False, no key usage if None."""
    usage_critical: bool = True
    signs_certificates: bool = False
    constraints: bool | None = False
    """CA; None for no basic constraints."""
    authority_identifier: bool = True
    unknown_critical: bool = False
    digest: Digest = field(default_factory=hashes.SHA256)
    days: tuple[int, int] = (-1, 30)
    chain: str = "issuer"

    def issued(self, authority: Authority, now: datetime) -> bytes:
        """Return the chain of such a certificate."""
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Odd")]))
            .issuer_name(authority.certificate.subject)
            .public_key(KEYS[self.key].public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=self.days[0]))
            .not_valid_after(now + timedelta(days=self.days[1]))
        )
        if self.constraints is not None:
            builder = builder.add_extension(x509.BasicConstraints(self.constraints, None), critical=True)
        if self.signs is not None:
            usage = x509.KeyUsage(
                self.signs, not self.signs, False, False, False, self.signs_certificates, False, False, False
            )
            builder = builder.add_extension(usage, critical=self.usage_critical)
        if self.authority_identifier:
            public = authority.key.public_key()
            builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        if self.usages:
            named = x509.ExtendedKeyUsage([USAGES[usage] for usage in sorted(self.usages)])
            builder = builder.add_extension(named, critical=False)
        if self.unknown_critical:
            odd = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
            builder = builder.add_extension(odd, critical=True)
        leaf = builder.sign(authority.key, self.digest)
        chains = {
            "issuer": [leaf, authority.certificate],
            "alone": [leaf],
            "upside down": [authority.certificate, leaf],
        }
        return certificates_pem(*chains[self.chain])


def engine_refuses(chain_pem: bytes, key: str, authority: Authority) -> str | None:
    """Return the engine's words if it does not sign with such a chain."""
    try:
        algorithm = pki.algorithm(pki.parsed_chain(chain_pem)[0])
    except SigningFailed:
        algorithm = None
    algorithm = algorithm or ("ps256" if key.startswith("RSA") else "es256")
    identity = SigningIdentity("odd", algorithm, chain_pem, None, key_signs(KEYS[key], algorithm))
    definition: Any = {"claim_generator_info": [{"name": "odd"}], "assertions": [created()]}
    try:
        signing_engine.seal(
            definition,
            io.BytesIO(PICTURE),
            io.BytesIO(),
            media_type="image/png",
            identity=identity,
            trust=profile_from_pem("odd", authority.pem),
        )
    except SigningFailed as error:
        return str(error)
    return None


@pytest.fixture(autouse=True, scope="module")
def _picture(media: dict[str, bytes]) -> None:
    global PICTURE
    PICTURE = media["png"]


PICTURE = b""

wishes = st.builds(
    Wish,
    usages=st.frozensets(st.sampled_from(sorted(USAGES)), max_size=3),
    key=st.sampled_from(sorted(KEYS)),
    signs=st.sampled_from([True, True, False, None]),
    usage_critical=st.sampled_from([True, True, False]),
    signs_certificates=st.sampled_from([False, False, True]),
    constraints=st.sampled_from([False, False, True, None]),
    authority_identifier=st.sampled_from([True, True, False]),
    unknown_critical=st.sampled_from([False, False, True]),
    digest=st.sampled_from([hashes.SHA256(), hashes.SHA384(), hashes.SHA224(), hashes.SHA3_256()]),
    days=st.sampled_from([(-1, 30), (-1, 30), (-9, -1), (1, 30)]),
    chain=st.sampled_from(["issuer", "issuer", "alone", "upside down"]),
)


@settings(deadline=None, max_examples=60)
@given(wishes)
@example(Wish())
@example(Wish(usages=frozenset({"document signing", "client"})))
@example(Wish(key="Ed25519"))
@example(Wish(key="RSA 2048", digest=hashes.SHA384()))
def test_what_lint_passes_the_engine_signs_with(authority: Authority, now: datetime, wish: Wish) -> None:
    chain = wish.issued(authority, now)
    if not pki.lint(chain, now=now):
        assert engine_refuses(chain, wish.key, authority) is None


@settings(deadline=None, max_examples=60)
@given(wishes)
@example(Wish(usages=frozenset({"time-stamping"})))
@example(Wish(usages=frozenset({"e-mail"})))
@example(Wish(constraints=None))
@example(Wish(chain="alone"))
def test_where_the_engine_signs_and_lint_objects_the_reason_is_a_known_one(
    authority: Authority, now: datetime, wish: Wish
) -> None:
    chain = wish.issued(authority, now)
    reasons = pki.lint(chain, now=now)
    if wish.chain != "upside down" and engine_refuses(chain, wish.key, authority) is None:
        unknown = [r for r in reasons if not any(words in r for words in STRICTER_THAN_THE_ENGINE)]
        assert unknown == []


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (Wish(usages=frozenset()), "no extended key usage"),
        (Wish(usages=frozenset({"any"})), "any purpose"),
        (Wish(usages=frozenset({"client"})), "not for claim signing"),
        (Wish(signs=None), "key usage is missing"),
        (Wish(constraints=True), "authority's; sign with"),
        (Wish(signs_certificates=True), "signing certificates"),
        (Wish(authority_identifier=False), "authority key identifier"),
        (Wish(unknown_critical=True), "critical extension"),
        (Wish(key="RSA 1024"), "RSA of 2048"),
        (Wish(key="P-224"), "P-256"),
        (Wish(key="secp256k1"), "P-256"),
        (Wish(digest=hashes.SHA224()), "SHA224"),
        (Wish(days=(-9, -1)), "expired"),
        (Wish(days=(1, 9)), "not valid before"),
    ],
)
def test_the_engine_says_only_that_it_is_invalid_and_lint_says_why(
    authority: Authority, now: datetime, wish: Wish, reason: str
) -> None:
    chain = wish.issued(authority, now)
    (said,) = pki.lint(chain, now=now)
    assert reason in said
    refusal = engine_refuses(chain, wish.key, authority)
    assert refusal is not None
    assert reason not in refusal


def test_a_time_stamping_certificate_signs_claims_for_the_engine_and_not_for_us(
    authority: Authority, now: datetime
) -> None:
    for usage in ("time-stamping", "OCSP signing", "e-mail"):
        chain = Wish(usages=frozenset({usage})).issued(authority, now)
        assert engine_refuses(chain, "P-256", authority) is None
        assert len(pki.lint(chain, now=now)) == 1
