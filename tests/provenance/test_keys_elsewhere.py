"""Keys that never come here: a program's, a PKCS#11 token's, AWS KMS's; each signs a real file, and fails in words."""

from __future__ import annotations

import base64
import http.server
import json
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from hypothesis import given, settings
from hypothesis import strategies as st

from provenance import identity as identities
from provenance import verify
from provenance.cose_signature import certified
from provenance.errors import KeyUnavailable
from provenance.external_command import command_identity
from provenance.identity import certificates_pem
from provenance.issuing import issued, new_authorities
from provenance.preflight import preflight
from provenance.sign import sign
from provenance.trust import profile_from_pem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from provenance.identity import SigningIdentity
    from provenance.issuing import Authorities

    from .conftest import Studio


@pytest.fixture(scope="module")
def authorities(now: datetime) -> Authorities:
    return new_authorities("Harbour Pictures", now=now)


@pytest.fixture(scope="module")
def certify(authorities: Authorities, now: datetime) -> Callable[[Any], tuple[bytes, bytes]]:
    """Chain and root for a public key."""

    def of(public: Any) -> tuple[bytes, bytes]:
        leaf = issued(public, "Signer", authorities.issuing, authorities.issuing_key, purpose="claim-signing", now=now)
        return certificates_pem(leaf, authorities.issuing), certificates_pem(authorities.root)

    return of


def signs_a_file(studio: Studio, identity: SigningIdentity) -> None:
    assert identity.root_pem is not None
    trust = profile_from_pem("theirs", identity.root_pem)
    preflight(identity, now=studio.now)
    destination = studio.folder / f"{identity.algorithm}.jpg"
    sign(
        studio.source(),
        destination,
        identity=identity,
        trust=trust,
        source_type="trainedAlgorithmicMedia",
        now=studio.now,
    )
    reading = verify.read(destination, trust)
    assert (reading.integrity.value, reading.trust.value) == ("valid", "trusted")


def refuses(studio: Studio, identity: SigningIdentity, reason: str) -> None:
    """Preflight and signing give the key's own reason, and nothing is left behind."""
    trust = profile_from_pem("theirs", identity.root_pem or b"")
    with pytest.raises(KeyUnavailable, match=reason):
        preflight(identity, now=studio.now)
    destination = studio.folder / "never.jpg"
    with pytest.raises(KeyUnavailable, match=reason):
        sign(
            studio.source(),
            destination,
            identity=identity,
            trust=trust,
            source_type="trainedAlgorithmicMedia",
            now=studio.now,
        )
    assert not destination.exists()


# --- a program -------------------------------------------------------------------------------------------------------

SIGNER = """
import sys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
key = serialization.load_pem_private_key(open(sys.argv[1], "rb").read(), None)
sys.stdout.buffer.write(key.sign(sys.stdin.buffer.read(), ec.ECDSA(hashes.SHA256())))
"""


@pytest.fixture
def program(studio: Studio) -> Callable[..., SigningIdentity]:
    """The studio's own identity with its key behind a program."""

    def of(source: str, *, limit_s: float = 20.0) -> SigningIdentity:
        file = studio.folder / "signer.py"
        file.write_text(source)
        argv = (sys.executable, "-I", str(file))
        return command_identity(studio.identity.chain_pem, studio.identity.root_pem, argv=argv, limit_s=limit_s)

    return of


def test_a_program_signs_what_it_reads_and_may_answer_in_der(studio: Studio) -> None:
    made = identities.create_development_identity(studio.folder / "own", now=studio.now)
    file = studio.folder / "signer.py"
    file.write_text(SIGNER)
    argv = (sys.executable, "-I", str(file), str(studio.folder / "own" / identities.KEY_FILE))
    signs_a_file(studio, command_identity(made.chain_pem, made.root_pem, argv=argv))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import sys; sys.exit('token is not plugged in')", "exit code 1: token is not plugged in"),
        ("raise SystemExit(7)", "exit code 7: it said nothing"),
        ("print('x' * 100_000)", "prints more than a signature"),
        ("print('no signature')", "not with a signature of the certificate's key"),
        ("", "not with a signature"),
        ("import sys; sys.stderr.write('\\x1b[31mred\\n' * 50_000); sys.exit(3)", "exit code 3: .*red"),
    ],
)
def test_a_program_that_fails_is_told_with_what_it_said(
    studio: Studio, program: Callable[..., SigningIdentity], source: str, reason: str
) -> None:
    with pytest.raises(KeyUnavailable, match=reason) as caught:
        preflight(program(source), now=studio.now)
    assert str(caught.value).isprintable()


def test_the_programs_own_words_reach_whoever_signs_a_file(
    studio: Studio, program: Callable[..., SigningIdentity]
) -> None:
    refuses(studio, program("import sys; sys.exit('no quorum')"), "no quorum")


def test_a_program_that_hangs_is_ended_in_time_with_its_children(
    studio: Studio, program: Callable[..., SigningIdentity]
) -> None:
    marker = studio.folder / "child"
    child = f"import time; time.sleep(3); open({str(marker)!r}, 'w')"
    source = f"import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', {child!r}])\ntime.sleep(60)\n"
    began = time.monotonic()
    with pytest.raises(KeyUnavailable, match="took more than 1 s"):
        preflight(program(source, limit_s=1.0), now=studio.now)
    assert time.monotonic() - began < 4
    time.sleep(max(0.0, began + 5 - time.monotonic()))
    assert not marker.exists()


def test_a_program_that_is_missing_is_named(studio: Studio) -> None:
    absent = command_identity(studio.identity.chain_pem, studio.identity.root_pem, argv=["/no/such/program"])
    refuses(studio, absent, "/no/such/program")
    with pytest.raises(KeyUnavailable, match="name a program"):
        command_identity(studio.identity.chain_pem, None, argv=[])


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_pass_for_a_signature(identity: SigningIdentity, data: bytes) -> None:
    with pytest.raises(KeyUnavailable):
        certified(lambda _: data, identity.chain_pem)(b"claim")


# --- a PKCS#11 token -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Token:
    """A SoftHSM2 token with an EC key `claims` and an RSA key `rsa`."""

    module: str
    ec_public: Any
    rsa_public: Any

    def identity(self, chain: tuple[bytes, bytes], **other: str) -> SigningIdentity:
        from provenance.pkcs11_key import pkcs11_identity

        named = {"module": self.module, "token": "studio", "label": "claims", "pin": "1234"} | other
        return pkcs11_identity(
            *chain, module=named["module"], token=named["token"], label=named["label"], pin=named["pin"]
        )


@pytest.fixture(scope="module")
def token(softhsm: str) -> Token:
    import pkcs11
    from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

    slot = pkcs11.lib(softhsm).get_token(token_label="studio")  # noqa: S106 -- a name
    with slot.open(user_pin="1234", rw=True) as session:
        parameters = session.create_domain_parameters(
            pkcs11.KeyType.EC,
            {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")},
            local=True,
        )
        public, _ = parameters.generate_keypair(
            mechanism=pkcs11.Mechanism.EC_KEY_PAIR_GEN, store=True, label="claims", id=b"\x01"
        )
        of_rsa, _ = session.generate_keypair(pkcs11.KeyType.RSA, 2048, store=True, label="rsa", id=b"\x02")
        numbers = rsa.RSAPublicNumbers(
            int.from_bytes(of_rsa[pkcs11.Attribute.PUBLIC_EXPONENT], "big"),
            int.from_bytes(of_rsa[pkcs11.Attribute.MODULUS], "big"),
        )
        return Token(softhsm, serialization.load_der_public_key(encode_ec_public_key(public)), numbers.public_key())


def test_a_token_signs_with_ecdsa_and_with_pss(
    studio: Studio, token: Token, certify: Callable[[Any], tuple[bytes, bytes]]
) -> None:
    signs_a_file(studio, token.identity(certify(token.ec_public)))
    signs_a_file(studio, token.identity(certify(token.rsa_public), label="rsa"))


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"pin": "9999"}, "the PIN is wrong"),
        ({"token": "absent"}, "no such token"),
        ({"label": "absent"}, "no such private key"),
        ({"label": "rsa"}, "cannot sign by the algorithm|refuses|not with a signature"),
        ({"module": "/no/such/library.so"}, "cannot be loaded"),
    ],
)
def test_a_token_that_refuses_says_why(
    studio: Studio, token: Token, certify: Callable[[Any], tuple[bytes, bytes]], other: dict[str, str], reason: str
) -> None:
    refuses(studio, token.identity(certify(token.ec_public), **other), reason)


def test_no_error_of_a_token_tells_the_pin(
    studio: Studio, token: Token, certify: Callable[[Any], tuple[bytes, bytes]]
) -> None:
    with pytest.raises(KeyUnavailable) as caught:
        preflight(token.identity(certify(token.ec_public), pin="73519"), now=studio.now)
    assert "73519" not in str(caught.value)
    assert "73519" not in repr(token.identity(certify(token.ec_public), pin="73519"))


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, studio: Studio) -> None:
    from provenance.kms_key import kms_identity
    from provenance.pkcs11_key import pkcs11_identity

    monkeypatch.setitem(sys.modules, "pkcs11", None)
    monkeypatch.setitem(sys.modules, "boto3", None)
    chain = (studio.identity.chain_pem, studio.identity.root_pem)
    with pytest.raises(KeyUnavailable, match=r"clearance\[pkcs11\]"):
        pkcs11_identity(*chain, module="m", token="t", label="l", pin="p")  # noqa: S106 -- a name
    with pytest.raises(KeyUnavailable, match=r"clearance\[kms\]"):
        kms_identity(*chain, key_id="k")


# --- AWS KMS ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    import boto3  # the package ships no types
    import moto

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "for-the-test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with moto.mock_aws():
        yield boto3.client("kms")


@pytest.mark.parametrize("spec", ["ECC_NIST_P256", "ECC_NIST_P384"])
def test_aws_kms_signs(studio: Studio, kms: Any, certify: Callable[[Any], tuple[bytes, bytes]], spec: str) -> None:
    from provenance.kms_key import kms_identity

    key_id = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec=spec)["KeyMetadata"]["KeyId"]
    chain = certify(serialization.load_der_public_key(kms.get_public_key(KeyId=key_id)["PublicKey"]))
    signs_a_file(studio, kms_identity(*chain, key_id=key_id, message="raw"))


def test_aws_kms_gets_the_digest_alone_unless_told_otherwise(
    studio: Studio, kms: Any, certify: Callable[[Any], tuple[bytes, bytes]]
) -> None:
    # The emulator hashes the digest once more, against the API; what reaches the user is the reason, not the
    # engine's "COSE signature invalid".
    from provenance.kms_key import kms_identity

    key_id = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")["KeyMetadata"]["KeyId"]
    chain = certify(serialization.load_der_public_key(kms.get_public_key(KeyId=key_id)["PublicKey"]))
    refuses(studio, kms_identity(*chain, key_id=key_id), "hashed once")


@contextmanager
def running_kms(key: Any, asked: list[dict[str, str]]) -> Iterator[str]:
    """Sign of AWS KMS as its API describes it, digests included, on the loopback interface."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked.append(request)
            digest = base64.b64decode(request["Message"])
            algorithm = getattr(hashes, f"SHA{request['SigningAlgorithm'][-3:]}")()
            if isinstance(key, rsa.RSAPrivateKey):
                salted = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
                signature = key.sign(digest, salted, utils.Prehashed(algorithm))
            else:
                signature = key.sign(digest, ec.ECDSA(utils.Prehashed(algorithm)))
            answer = json.dumps({"Signature": base64.b64encode(signature).decode()}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            return

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("key", "length", "method"),
    [
        (ec.generate_private_key(ec.SECP256R1()), 32, "ECDSA_SHA_256"),
        (ec.generate_private_key(ec.SECP384R1()), 48, "ECDSA_SHA_384"),
        (rsa.generate_private_key(65537, 2048), 32, "RSASSA_PSS_SHA_256"),
    ],
    ids=["P-256", "P-384", "RSA"],
)
def test_aws_kms_gets_a_digest_however_long_the_manifest(
    studio: Studio,
    certify: Callable[[Any], tuple[bytes, bytes]],
    monkeypatch: pytest.MonkeyPatch,
    key: Any,
    length: int,
    method: str,
) -> None:
    from provenance.kms_key import kms_identity

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "for-the-test")
    asked: list[dict[str, str]] = []
    with running_kms(key, asked) as endpoint:
        identity = kms_identity(*certify(key.public_key()), key_id="k", region="us-east-1", endpoint=endpoint)
        signs_a_file(studio, identity)
    for request in asked:
        assert (request["MessageType"], request["SigningAlgorithm"]) == ("DIGEST", method)
        assert len(base64.b64decode(request["Message"])) == length


def test_a_salt_of_another_length_than_cose_asks_for_is_told_before_anybody_reads_the_file(
    studio: Studio, kms: Any, certify: Callable[[Any], tuple[bytes, bytes]]
) -> None:
    # RFC 8230 asks for a salt as long as the digest, which AWS makes; the emulator makes the longest that fits.
    from provenance.kms_key import kms_identity

    key_id = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["KeyId"]
    chain = certify(serialization.load_der_public_key(kms.get_public_key(KeyId=key_id)["PublicKey"]))
    refuses(studio, kms_identity(*chain, key_id=key_id, message="raw"), "by ps256")


def test_aws_kms_that_refuses_says_why_and_names_no_key(studio: Studio, kms: Any) -> None:
    from provenance.kms_key import kms_identity

    chain = (studio.identity.chain_pem, studio.identity.root_pem)
    absent = kms_identity(*chain, key_id="alias/secret-project")
    with pytest.raises(KeyUnavailable, match="no such key") as caught:
        preflight(absent, now=studio.now)
    assert "secret-project" not in str(caught.value)


def test_aws_kms_that_cannot_be_reached_is_told_in_bounded_time(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    from provenance.kms_key import kms_identity

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "for-the-test")
    chain = (studio.identity.chain_pem, studio.identity.root_pem)
    began = time.monotonic()
    down = kms_identity(*chain, key_id="k", region="us-east-1", endpoint="http://127.0.0.1:9", limit_s=2)
    with pytest.raises(KeyUnavailable, match="cannot be reached"):
        preflight(down, now=studio.now)
    assert time.monotonic() - began < 10
