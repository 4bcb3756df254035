"""The document behind a grant: its digest and signatures of each kind that is verified."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, x25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from consent.evidence import evidence_from, public_key, signature_verdict

CONTRACT = b"I agree to the replica described on page 12."
DIGEST = hashlib.sha256(CONTRACT).hexdigest()


@dataclass(frozen=True)
class Stated:
    file: str | None = None
    sha256: str | None = None
    signature: str | None = None
    public_key: str | None = None
    custodian: str | None = None
    page: str | None = None


def pem(key: Any) -> bytes:
    found: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return found


def pss(salt: Any) -> padding.PSS:
    return padding.PSS(padding.MGF1(SHA256()), salt)


ED, EC = ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 2048)
SIGNERS: list[tuple[str, Any, Callable[[bytes], bytes]]] = [
    ("Ed25519", ED, ED.sign),
    ("ECDSA", EC, lambda data: EC.sign(data, ec.ECDSA(SHA256()))),
    ("RSA PKCS1v15", RSA, lambda data: RSA.sign(data, padding.PKCS1v15(), SHA256())),
    ("RSA PSS, longest salt", RSA, lambda data: RSA.sign(data, pss(padding.PSS.MAX_LENGTH), SHA256())),
    (
        "RSA PSS, salt of the digest",
        RSA,
        lambda data: RSA.sign(data, pss(padding.PSS.DIGEST_LENGTH), SHA256()),
    ),
]
FULL = Stated(file="contract.pdf", signature="contract.sig", public_key="signer.pem")


@pytest.mark.parametrize(("name", "key", "sign"), SIGNERS, ids=[name for name, _, _ in SIGNERS])
def test_a_signature_over_the_document_is_valid_and_over_another_invalid(
    name: str, key: Any, sign: Callable[[bytes], bytes]
) -> None:
    for document, verdict in ((CONTRACT, "valid"), (CONTRACT + b" ", "invalid")):
        contents = {"contract.pdf": document, "contract.sig": sign(CONTRACT), "signer.pem": pem(key)}
        evidence, problems = evidence_from(FULL, contents.__getitem__)
        assert not problems
        assert evidence is not None
        assert evidence.signature == verdict
        assert evidence.hash_verified


def test_a_digest_alone_is_recorded_as_not_verified() -> None:
    evidence, problems = evidence_from(Stated(sha256=DIGEST, page="12"), None)
    assert not problems
    assert evidence is not None
    assert (evidence.sha256, evidence.hash_verified, evidence.signature) == (DIGEST, False, None)


def test_a_file_with_another_digest_is_refused() -> None:
    evidence, problems = evidence_from(Stated(file="contract.pdf", sha256="0" * 64), lambda _: CONTRACT)
    assert evidence is None
    assert [problem.path for problem in problems] == [("sha256",)]
    assert DIGEST in problems[0].message


def test_a_file_that_cannot_be_read_is_named() -> None:
    def reader(name: str) -> bytes:
        raise FileNotFoundError(2, "No such file or directory", name)

    evidence, problems = evidence_from(Stated(file="lost.pdf"), reader)
    assert evidence is None
    assert "lost.pdf" in problems[0].message
    assert "No such file" in problems[0].message


@pytest.mark.parametrize(
    ("stated", "paths"),
    [
        (Stated(), [()]),
        (Stated(sha256=DIGEST, signature="s", public_key="k"), [("signature",)]),
        (Stated(file="contract.pdf", signature="s"), [()]),
    ],
)
def test_incomplete_evidence_is_refused(stated: Stated, paths: list[tuple[str, ...]]) -> None:
    evidence, problems = evidence_from(stated, lambda _: CONTRACT)
    assert evidence is None
    assert [problem.path for problem in problems] == paths


def test_files_are_refused_where_none_can_be_read() -> None:
    assert evidence_from(Stated(file="contract.pdf"), None)[1][0].path == ("file",)


def test_a_key_of_a_kind_that_signs_nothing_is_refused() -> None:
    assert public_key(pem(x25519.X25519PrivateKey.generate())) is None


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda b: b"-----BEGIN PUBLIC KEY-----\n" + b))
def test_any_bytes_as_a_public_key_give_none(content: bytes) -> None:
    assert public_key(content) is None


@given(st.binary(max_size=300), st.sampled_from([ED, EC, RSA]))
def test_any_bytes_as_a_signature_are_invalid(signature: bytes, key: Any) -> None:
    assert signature_verdict(CONTRACT, signature, key.public_key()) == "invalid"
