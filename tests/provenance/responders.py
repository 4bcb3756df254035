"""A real OCSP responder on the loopback interface, and signers whose certificates name it."""

from __future__ import annotations

import base64
import http.server
import threading
import urllib.parse
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from provenance import pki
from provenance.identity import SigningIdentity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .authorities import Authority

STATES = {
    "good": ocsp.OCSPCertStatus.GOOD,
    "revoked": ocsp.OCSPCertStatus.REVOKED,
    "unknown": ocsp.OCSPCertStatus.UNKNOWN,
}


@dataclass
class Responder:
    """What the responder says now, and how often it was asked."""

    authority: Authority
    url: str = ""
    state: str = "good"
    age: timedelta = timedelta(hours=1)
    """How long ago each answer was made; it stands for a day."""
    asked: int = 0
    lists_fetched: int = 0
    appointed_by: Authority | None = None
    """Who issued the certificate that answers are signed with, if not the authority asked about."""
    raw: bytes | None = None
    """What is answered in place of an answer."""
    about: x509.Certificate | None = None
    """What the answer is about, if not what was asked."""
    issued: dict[int, x509.Certificate] = field(default_factory=dict)

    def signer(self) -> SigningIdentity:
        """Return a signer whose certificate names this responder."""
        leaf, key = issued_by(self.authority, self.url)
        self.issued[leaf.serial_number] = leaf

        def sign_raw(data: bytes) -> bytes:
            r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")

        chain = leaf.public_bytes(serialization.Encoding.PEM) + self.authority.pem
        return SigningIdentity("asked", "es256", chain, self.authority.pem, sign_raw)

    def reply(self, query: bytes) -> bytes:
        self.asked += 1
        if self.raw is not None:
            return self.raw
        certificate = self.about or self.issued[ocsp.load_der_ocsp_request(query).serial_number]
        now = datetime.now(UTC)
        revoked = self.state == "revoked"
        by = self.appointed_by or self.authority
        responder, key = by.issue(ExtendedKeyUsageOID.OCSP_SIGNING, name="Responder")
        response = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                certificate,
                self.authority.certificate,
                hashes.SHA1(),  # noqa: S303 -- what RFC 6960 identifies certificates by
                STATES[self.state],
                now - self.age,
                now - self.age + timedelta(days=1),
                now - self.age - timedelta(hours=1) if revoked else None,
                x509.ReasonFlags.key_compromise if revoked else None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, responder)
            .certificates([responder])
        )
        return response.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def issued_by(authority: Authority, url: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """Return a certificate for claim signing that names an OCSP responder and a revocation list (CRL), and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(url))
    crl = x509.DistributionPoint([x509.UniformResourceIdentifier(f"{url}crl")], None, None, None)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Asked Signer")]))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(False, None), critical=True)
        .add_extension(
            x509.KeyUsage(True, False, False, False, False, False, False, False, False),
            critical=True,
        )
        .add_extension(issuer, critical=False)
        .add_extension(x509.ExtendedKeyUsage([pki.CLAIM_SIGNING]), critical=False)
        .add_extension(x509.AuthorityInformationAccess([access]), critical=False)
        .add_extension(x509.CRLDistributionPoints([crl]), critical=False)
    )
    return builder.sign(authority.key, hashes.SHA256()), key


@contextmanager
def running_responder(authority: Authority) -> Iterator[Responder]:
    """A real OCSP responder that says what its state is; nobody answers at its address afterwards."""
    responder = Responder(authority)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/crl":
                responder.lists_fetched += 1
                self.send_error(404)
                return
            self._answer(base64.b64decode(urllib.parse.unquote(self.path.lstrip("/"))))

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["content-length"])))

        def _answer(self, query: bytes) -> None:
            reply = responder.reply(query)
            self.send_response(200)
            self.send_header("content-type", "application/ocsp-response")
            self.send_header("content-length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        responder.url = f"http://127.0.0.1:{server.server_port}/"
        yield responder
        server.shutdown()
        thread.join()
