"""Signing identities on disk: whole or not at all, private, and matched to their certificate."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, utils
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from provenance.errors import IdentityUnusable
from provenance.identity import CHAIN_FILE, KEY_FILE, ROOT_FILE, create_development_identity, load_identity
from provenance.pki import CLAIM_SIGNING

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from .authorities import Authority


def test_an_identity_is_created_and_loaded_again(tmp_path: Path, now: datetime) -> None:
    made = create_development_identity(tmp_path / "home" / "dev", now=now)
    loaded = load_identity(tmp_path / "home" / "dev")
    assert loaded == made
    assert "DEVELOPMENT" in made.name
    assert made.root_pem == (tmp_path / "home" / "dev" / ROOT_FILE).read_bytes()


def test_its_files_are_private_and_only_the_signers_key_is_kept(tmp_path: Path, now: datetime) -> None:
    folder = tmp_path / "dev"
    create_development_identity(folder, now=now)
    assert {path.name for path in folder.iterdir()} == {CHAIN_FILE, KEY_FILE, ROOT_FILE}
    assert b"".join(path.read_bytes() for path in folder.iterdir()).count(b"PRIVATE KEY-----") == 2
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_signature_is_r_and_s_side_by_side_and_verifies(tmp_path: Path, now: datetime) -> None:
    made = create_development_identity(tmp_path / "dev", now=now)
    signature = made.sign(b"claim")
    der = utils.encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    public = x509.load_pem_x509_certificate(made.chain_pem).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(der, b"claim", ec.ECDSA(hashes.SHA256()))
    assert len(signature) == 64


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path, now: datetime) -> None:
    folder = tmp_path / "dev"
    first = create_development_identity(folder, now=now)
    with pytest.raises(IdentityUnusable, match="does not exist"):
        create_development_identity(folder, now=now)
    assert load_identity(folder) == first
    assert [path.name for path in tmp_path.iterdir()] == ["dev"]


def test_an_empty_folder_is_filled(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "dev").mkdir()
    assert create_development_identity(tmp_path / "dev", now=now).root_pem


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(IdentityUnusable):
        create_development_identity(tmp_path / "file" / "dev", now=now)


@pytest.mark.skipif(os.name != "posix", reason="permissions of this kind are POSIX's")
def test_a_key_that_others_may_read_is_refused_with_the_cure(tmp_path: Path, now: datetime) -> None:
    create_development_identity(tmp_path / "dev", now=now)
    (tmp_path / "dev" / KEY_FILE).chmod(0o644)
    with pytest.raises(IdentityUnusable, match="chmod 600"):
        load_identity(tmp_path / "dev")


def test_a_key_of_another_certificate_is_refused(tmp_path: Path, now: datetime) -> None:
    create_development_identity(tmp_path / "one", now=now)
    create_development_identity(tmp_path / "two", now=now)
    (tmp_path / "one" / KEY_FILE).write_bytes((tmp_path / "two" / KEY_FILE).read_bytes())
    with pytest.raises(IdentityUnusable, match="does not belong"):
        load_identity(tmp_path / "one")


@pytest.mark.parametrize("name", [CHAIN_FILE, KEY_FILE])
def test_a_missing_file_is_named(tmp_path: Path, now: datetime, name: str) -> None:
    create_development_identity(tmp_path / "dev", now=now)
    (tmp_path / "dev" / name).unlink()
    with pytest.raises(IdentityUnusable, match=name):
        load_identity(tmp_path / "dev")


@pytest.mark.parametrize("kind", ["p384", "rsa", "ed25519"])
def test_other_keys_that_c2pa_allows_sign_as_well(tmp_path: Path, authority: Authority, kind: str) -> None:
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
    match kind:
        case "p384":
            key, expected = ec.generate_private_key(ec.SECP384R1()), ("es384", 96)
        case "rsa":
            key, expected = rsa.generate_private_key(65537, 2048), ("ps256", 256)
        case _:
            key, expected = ed25519.Ed25519PrivateKey.generate(), ("ed25519", 64)
    leaf, _ = authority.issue(CLAIM_SIGNING)
    own = (
        x509.CertificateBuilder()
        .subject_name(leaf.subject)
        .issuer_name(leaf.issuer)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(leaf.not_valid_before_utc)
        .not_valid_after(leaf.not_valid_after_utc)
        .sign(authority.key, hashes.SHA256())
    )
    (tmp_path / CHAIN_FILE).write_bytes(own.public_bytes(serialization.Encoding.PEM))
    file = tmp_path / KEY_FILE
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    file.chmod(0o600)
    loaded = load_identity(tmp_path)
    assert (loaded.algorithm, len(loaded.sign(b"x"))) == expected
    assert loaded.root_pem is None


def test_nothing_secret_shows_in_the_text_of_an_identity(tmp_path: Path, now: datetime) -> None:
    assert "PRIVATE" not in repr(create_development_identity(tmp_path / "dev", now=now))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=200), st.sampled_from([CHAIN_FILE, KEY_FILE]))
@example(b"ENCRYPTED", KEY_FILE)
@example(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n", KEY_FILE)
def test_any_bytes_in_a_file_give_our_error(
    tmp_path_factory: pytest.TempPathFactory, now: datetime, data: bytes, name: str
) -> None:
    folder = tmp_path_factory.mktemp("identity") / "dev"
    create_development_identity(folder, now=now)
    (folder / name).write_bytes(data)
    with pytest.raises(IdentityUnusable):
        load_identity(folder)
