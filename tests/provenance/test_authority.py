"""A studio's own authority: kept encrypted, issuing for one purpose at a time, to keys here and elsewhere."""

from __future__ import annotations

import stat
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from hypothesis import given
from hypothesis import strategies as st

from provenance import pki
from provenance.authority import (
    ISSUING_KEY_FILE,
    REQUEST_FILE,
    ROOT_KEY_FILE,
    create_authority,
    create_request,
    issue,
)
from provenance.errors import IdentityUnusable, KeyUnavailable
from provenance.identity import CHAIN_FILE, KEY_FILE, ROOT_FILE, load_identity
from provenance.issuing import requested_key
from provenance.preflight import preflight

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

YEAR = timedelta(days=365)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory, now: datetime) -> Path:
    folder = tmp_path_factory.mktemp("authority") / "ca"
    create_authority(folder, "Harbour Pictures", passphrase=b"correct horse", now=now)
    return folder


@pytest.fixture
def issued(authority: Path, tmp_path: Path, now: datetime) -> Callable[..., Path]:
    def to(**changes: Any) -> Path:
        options: dict[str, Any] = {
            "purpose": "claim-signing",
            "passphrase": lambda: b"correct horse",
            "life": YEAR,
            "now": now,
        } | changes
        issue(authority, tmp_path / "signer", options.pop("name", "Delivery desk"), **options)
        return tmp_path / "signer"

    return to


def test_the_keys_of_an_authority_are_private_and_encrypted(authority: Path) -> None:
    for name in (ROOT_KEY_FILE, ISSUING_KEY_FILE):
        assert stat.S_IMODE((authority / name).stat().st_mode) == 0o600
        with pytest.raises(TypeError):
            serialization.load_pem_private_key((authority / name).read_bytes(), None)


def test_what_it_issues_signs_and_leads_to_its_root(issued: Callable[..., Path], now: datetime) -> None:
    folder = issued(key_passphrase=b"opens the key")
    made = load_identity(folder, passphrase=lambda: b"opens the key")
    preflight(made, now=now)
    chain = pki.parsed_chain(made.chain_pem)
    assert pki.leads_to(chain, pki.parsed_chain((folder / ROOT_FILE).read_bytes()))
    assert made.name == "CN=Delivery desk,O=Harbour Pictures"
    assert {path.name for path in folder.iterdir()} == {CHAIN_FILE, KEY_FILE, ROOT_FILE}


def test_an_encrypted_key_asks_for_its_passphrase_and_takes_no_other(issued: Callable[..., Path]) -> None:
    folder = issued(key_passphrase=b"opens the key")
    with pytest.raises(KeyUnavailable, match="give its passphrase"):
        load_identity(folder)
    with pytest.raises(KeyUnavailable, match="does not open"):
        load_identity(folder, passphrase=lambda: b"something else")


def test_a_time_stampers_certificate_is_for_that_alone(issued: Callable[..., Path], now: datetime) -> None:
    chain = (issued(purpose="time-stamping") / CHAIN_FILE).read_bytes()
    assert pki.lint(chain, now=now, purpose="time-stamping") == ()
    assert any("time-stamping" in reason for reason in pki.lint(chain, now=now))


def test_a_claim_signers_certificate_stamps_no_time(issued: Callable[..., Path], now: datetime) -> None:
    chain = (issued() / CHAIN_FILE).read_bytes()
    assert any("RFC 3161" in reason for reason in pki.lint(chain, now=now, purpose="time-stamping"))


def test_a_request_brings_its_key_and_none_is_written_beside_the_certificate(
    issued: Callable[..., Path], tmp_path: Path, now: datetime
) -> None:
    create_request(tmp_path / "desk", "Harbour Pictures", "Desk", passphrase=None)
    folder = issued(asked=tmp_path / "desk" / REQUEST_FILE)
    assert not (folder / KEY_FILE).exists()
    (tmp_path / "desk" / CHAIN_FILE).write_bytes((folder / CHAIN_FILE).read_bytes())
    preflight(load_identity(tmp_path / "desk"), now=now)


def test_a_public_key_of_a_token_is_enough(issued: Callable[..., Path], tmp_path: Path) -> None:
    public = ec.generate_private_key(ec.SECP384R1()).public_key()
    (tmp_path / "public.pem").write_bytes(
        public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    leaf = pki.parsed_chain((issued(asked=tmp_path / "public.pem") / CHAIN_FILE).read_bytes())[0]
    assert leaf.public_key() == public


def test_no_certificate_outlives_its_issuer(issued: Callable[..., Path]) -> None:
    leaf, issuer = pki.parsed_chain((issued(life=timedelta(days=3650)) / CHAIN_FILE).read_bytes())
    assert leaf.not_valid_after_utc <= issuer.not_valid_after_utc


def test_an_authority_that_expired_issues_nothing(issued: Callable[..., Path], now: datetime) -> None:
    with pytest.raises(IdentityUnusable, match="expired"):
        issued(now=now + timedelta(days=2000))


def test_a_wrong_passphrase_issues_nothing(issued: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(KeyUnavailable, match="does not open"):
        issued(passphrase=lambda: b"wrong")
    assert not (tmp_path / "signer").exists()


@pytest.mark.parametrize("name", ["", "x" * 65, "two\nlines", "bell\x07"])
def test_a_name_that_no_certificate_can_carry_is_refused(issued: Callable[..., Path], name: str) -> None:
    with pytest.raises(IdentityUnusable, match="cannot stand"):
        issued(name=name)


def test_a_request_altered_on_its_way_is_refused(tmp_path: Path) -> None:
    create_request(tmp_path / "desk", "Harbour", "Desk", passphrase=None)
    request = x509.load_pem_x509_csr((tmp_path / "desk" / REQUEST_FILE).read_bytes())
    data = request.public_bytes(serialization.Encoding.DER).replace(b"Desk", b"Disk")
    altered = x509.load_der_x509_csr(data).public_bytes(serialization.Encoding.PEM)
    with pytest.raises(IdentityUnusable, match="not signed by the key"):
        requested_key(altered)


def test_a_key_of_a_kind_nobody_signs_claims_with_is_refused() -> None:
    public = x25519.X25519PrivateKey.generate().public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(IdentityUnusable):
        requested_key(pem)


def test_an_empty_passphrase_protects_no_authority(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(IdentityUnusable, match="empty"):
        create_authority(tmp_path / "ca", "Harbour", passphrase=b"", now=now)
    assert not (tmp_path / "ca").exists()


@given(st.binary(max_size=200), st.sampled_from(["CERTIFICATE REQUEST", "PUBLIC KEY", None]))
def test_any_bytes_are_a_request_or_our_error(data: bytes, frame: str | None) -> None:
    if frame:
        data = f"-----BEGIN {frame}-----\n".encode() + data + f"\n-----END {frame}-----\n".encode()
    with pytest.raises(IdentityUnusable):
        requested_key(data)
