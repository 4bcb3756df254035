"""Whether a certificate still stands, asked of the responder that it names.

Not left to the engine, which takes an answer of last year for good, and one from a clock that runs ahead for revoked.
Standard: RFC 6960 (OCSP): 3.2 (when an answer is accepted), 4.2.2.2 (who may sign it), A.1 (over HTTP).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from provenance import pki
from provenance.http_question import answered
from provenance.reading import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_KINDS: Final = ("application/ocsp-request", "application/ocsp-response")
_LIMIT_S: Final = 8.0
_MOST_BYTES: Final = 64 << 10
_CLOCKS_APART: Final = timedelta(minutes=5)
# RFC 6960, 4.2.2.1: without nextUpdate there is always something newer; a day is what responders give.
_LONGEST_WITHOUT_END: Final = timedelta(days=1)


def standing(
    certificate: x509.Certificate, issuers: Iterable[x509.Certificate], url: str, now: datetime | None
) -> Answer:
    """Return good | revoked | unknown | unreachable for a certificate, by what its responder says now.

    issuers: among which its issuer is. url: of the responder, http or https. now: None, if unknown, accepts no good.
    """
    issuer = next((one for one in issuers if pki.issued_by(certificate, one)), None)
    if issuer is None:
        return Answer("unknown", "its issuer's certificate is not at hand, so that nobody could be asked")
    # SHA-1 names the certificate in the question, as every responder takes it (RFC 5019); nothing rests on it.
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303
    question = builder.build().public_bytes(Encoding.DER)
    answer = answered(url, question, kinds=_KINDS, limit_s=_LIMIT_S, most_bytes=_MOST_BYTES)
    if isinstance(answer, str):
        return Answer("unreachable", f"{url} could not be asked: it {answer}")
    try:
        response = ocsp.load_der_ocsp_response(answer)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return Answer("unknown", f"{url} refuses to say ({response.response_status.name.lower()})")
        if not _signed(response, issuer, now):
            return Answer("unknown", f"{url} gave an answer that no responder of the issuer has signed")
        return _said(response, certificate, issuer, url, now)
    except pki.MALFORMED:
        return Answer("unknown", f"{url} gave no readable answer")


def _said(
    response: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate, url: str, now: datetime | None
) -> Answer:
    about = next((one for one in response.responses if _is_about(one, certificate, issuer)), None)
    if about is None:
        return Answer("unknown", f"{url} answers about another certificate")
    if about.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        # However old: what was revoked does not come back.
        return Answer("revoked", f"{url} says that it was revoked on {about.revocation_time_utc:%Y-%m-%d}")
    if about.certificate_status is not ocsp.OCSPCertStatus.GOOD:
        return Answer("unknown", f"{url} does not know the certificate")
    since, until = about.this_update_utc, about.next_update_utc or about.this_update_utc + _LONGEST_WITHOUT_END
    if now is None or not since - _CLOCKS_APART <= now <= until + _CLOCKS_APART:
        return Answer(
            "unknown", f"{url} gave an answer of {since:%Y-%m-%d} that counts until {until:%Y-%m-%d}, not now"
        )
    return Answer("good", f"{url} says that the certificate stands")


def _is_about(one: ocsp.OCSPSingleResponse, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, one.hash_algorithm)
    meant = builder.build()
    return (one.serial_number, one.issuer_name_hash, one.issuer_key_hash) == (
        meant.serial_number,
        meant.issuer_name_hash,
        meant.issuer_key_hash,
    )


def _signed(response: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime | None) -> bool:
    """Return whether the issuer, or a responder that it appointed and that is in force, signed the answer."""
    appointed = [one for one in response.certificates if _is_appointed(one, issuer, now)]
    return any(_verifies(signer, response) for signer in (issuer, *appointed))


def _is_appointed(certificate: x509.Certificate, issuer: x509.Certificate, now: datetime | None) -> bool:
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    in_force = now is not None and certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
    if ExtendedKeyUsageOID.OCSP_SIGNING not in usages or not in_force:
        return False
    try:
        # Not pki.issued_by alone: a responder's certificate may lack what an authority's chain has to have.
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, TypeError, ValueError):
        return False
    return True


def _verifies(signer: x509.Certificate, response: ocsp.OCSPResponse) -> bool:
    key, digest = signer.public_key(), response.signature_hash_algorithm
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(response.signature, response.tbs_response_bytes)
        elif isinstance(key, ec.EllipticCurvePublicKey) and digest is not None:
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(digest))
        elif isinstance(key, rsa.RSAPublicKey) and digest is not None:
            key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), digest)
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
