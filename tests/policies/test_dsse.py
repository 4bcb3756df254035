"""Signed envelopes: what they prove, that openssl agrees, and that any bytes give an envelope or our error."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from policies import dsse
from policies.errors import EnvelopeInvalid

if TYPE_CHECKING:
    from pathlib import Path

KEYS: tuple[dsse.SigningKey, ...] = (
    ed25519.Ed25519PrivateKey.generate(),
    ec.generate_private_key(ec.SECP256R1()),
    ec.generate_private_key(ec.SECP384R1()),
)
ENVELOPE = dsse.sign("text/plain", b"said", KEYS[0])


def pem_of(key: dsse.SigningKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_the_encoding_that_is_signed_is_the_one_of_the_specification() -> None:
    # protocol.md, "Test vectors".
    encoded = dsse.pae("http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


@pytest.mark.parametrize("key", KEYS, ids=["ed25519", "p256", "p384"])
def test_what_was_signed_verifies_with_that_key_and_with_no_other(key: dsse.SigningKey) -> None:
    envelope = dsse.parse(dsse.sign("text/plain", b"said", key).to_json().encode())
    assert envelope.payload == b"said"
    assert [other is key for other in KEYS] == [envelope.signed_by(other.public_key()) for other in KEYS]


@given(st.text(), st.binary(), st.text(), st.binary())
def test_another_type_or_payload_never_verifies(kind: str, payload: bytes, other: str, changed: bytes) -> None:
    signed = dsse.sign(kind, payload, KEYS[0])
    forged = dsse.Envelope(other, changed, signed.signatures)
    assert forged.signed_by(KEYS[0].public_key()) == ((other, changed) == (kind, payload))


@pytest.mark.skipif(shutil.which("openssl") is None and "CI" not in os.environ, reason="needs openssl")
def test_openssl_verifies_what_was_signed_and_prints_the_same_fingerprint(tmp_path: Path) -> None:
    key = KEYS[1]
    envelope = dsse.sign("text/plain", b"said", key)
    (tmp_path / "key.pem").write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (tmp_path / "sig").write_bytes(envelope.signatures[0].value)
    (tmp_path / "message").write_bytes(dsse.pae("text/plain", b"said"))
    verify = ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "sig", "message"]
    assert b"Verified OK" in subprocess.run(verify, cwd=tmp_path, capture_output=True, check=True).stdout
    spki = ["openssl", "pkey", "-pubin", "-in", "key.pem", "-outform", "DER"]
    der = subprocess.run(spki, cwd=tmp_path, capture_output=True, check=True).stdout
    assert dsse.fingerprint(dsse.verifying_key(der)) == envelope.signatures[0].keyid


def test_a_key_made_by_openssl_signs(tmp_path: Path) -> None:
    pem = pem_of(KEYS[0])
    assert dsse.fingerprint(dsse.signing_key(pem).public_key()) == ENVELOPE.signatures[0].keyid


def test_a_key_of_another_kind_is_refused() -> None:
    other = rsa.generate_private_key(65537, 2048)
    with pytest.raises(EnvelopeInvalid, match="another kind"):
        dsse.signing_key(pem_of(other))
    der = other.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(EnvelopeInvalid, match="another kind"):
        dsse.verifying_key(der)
    with pytest.raises(EnvelopeInvalid, match="openssl genpkey"):
        dsse.signing_key(b"not a key")


def test_both_alphabets_of_base64_and_unknown_fields_are_read() -> None:
    document = json.loads(dsse.sign("text/plain", b"\xfb\xff\xfe", KEYS[0]).to_json())
    document["payload"] = base64.urlsafe_b64encode(b"\xfb\xff\xfe").decode()
    document["later"] = 1
    del document["signatures"][0]["keyid"]
    assert dsse.parse(json.dumps(document).encode()).signed_by(KEYS[0].public_key())


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        "7",
        '{"payloadType": "a", "payloadType": "b", "payload": "", "signatures": [{"sig": ""}]}',
        '{"payloadType": "a", "payload": "", "signatures": []}',
        '{"payloadType": "a", "payload": "", "signatures": ["x"]}',
        '{"payloadType": "a", "payload": "!", "signatures": [{"sig": ""}]}',
        '{"payloadType": "a\\u001b[2J", "payload": "", "signatures": [{"sig": ""}]}',
        '{"payloadType": "a", "payload": "", "signatures": [' + '{"sig": ""},' * 16 + '{"sig": ""}]}',
        "[" * 100_000,
        " " * (dsse.LIMIT_BYTES + 1),
    ],
)
def test_what_is_no_envelope_is_refused(text: str) -> None:
    with pytest.raises(EnvelopeInvalid):
        dsse.parse(text.encode())


@given(
    st.binary() | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(lambda d: json.dumps(d).encode())
)
def test_any_bytes_are_refused_in_our_own_words(content: bytes) -> None:
    with pytest.raises(EnvelopeInvalid):
        dsse.parse(content)


@given(st.binary())
def test_any_bytes_for_a_key_are_refused_in_our_own_words(content: bytes) -> None:
    with pytest.raises(EnvelopeInvalid):
        dsse.verifying_key(content)


@given(st.integers(0, len(ENVELOPE.to_json()) - 1), st.sampled_from('A"{}[],:= \x00'))
def test_a_changed_envelope_still_says_the_same_or_proves_nothing(place: int, character: str) -> None:
    text = ENVELOPE.to_json()
    changed = text[:place] + character + text[place + 1 :]
    try:
        envelope = dsse.parse(changed.encode())
    except EnvelopeInvalid:
        return
    if envelope.signed_by(KEYS[0].public_key()):
        assert (envelope.payload_type, envelope.payload) == ("text/plain", b"said")
