"""A studio's own packs: found in their folder, signed, pinned, and refused where they pretend to be others."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from policies import dsse
from policies.errors import EnvelopeInvalid, PackInvalid, PackRefused, PolicyError
from policies.own_packs import own_packs, read_pins
from policies.pack import load_pack
from policies.pack_signature import NAME, sign_pack, signature_path, trusted_keys

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, pack_text: str) -> Path:
    """A folder of own packs with one, HOUSE, in it."""
    (tmp_path / "packs" / "house").mkdir(parents=True)
    (tmp_path / "packs" / "house" / "pack.yaml").write_text(pack_text, encoding="utf-8")
    return tmp_path / "packs"


def key_pair(folder: Path | None = None, *, curve: bool = False) -> bytes:
    """Return a private key as PEM; with a folder, its public key is trusted there."""
    key = generate_private_key(SECP256R1()) if curve else Ed25519PrivateKey.generate()
    if folder is not None:
        (folder / "keys").mkdir(exist_ok=True)
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (folder / "keys" / "counsel.pem").write_bytes(public)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_no_folder_means_no_own_packs(tmp_path: Path) -> None:
    assert own_packs(tmp_path / "packs") == ()


def test_packs_are_found_as_folders_and_as_files_in_the_order_of_their_ids(folder: Path, pack_text: str) -> None:
    (folder / "a.yaml").write_text(pack_text.replace("pack: HOUSE", "pack: ZENITH"), encoding="utf-8")
    (folder / "README.md").write_text("no pack", encoding="utf-8")
    assert [(own.pack.id, own.signer) for own in own_packs(folder)] == [("HOUSE", None), ("ZENITH", None)]


@pytest.mark.parametrize(
    ("pack_id", "reason"),
    [
        ("CORE", "its id CORE is the id of a shipped pack"),
        ("C0RE", "its id C0RE looks like the shipped pack CORE"),
        ("B1O", "its id B1O looks like the shipped pack BIO"),
        ("PR-OV", "its id PR-OV looks like the shipped pack PROV"),
    ],
)
def test_a_pack_that_shadows_a_shipped_one_is_refused(folder: Path, pack_text: str, pack_id: str, reason: str) -> None:
    (folder / "house" / "pack.yaml").write_text(pack_text.replace("HOUSE", pack_id, 1), encoding="utf-8")
    with pytest.raises(PackRefused, match=reason):
        own_packs(folder)


def test_two_own_packs_of_one_id_are_refused(folder: Path) -> None:
    shutil.copytree(folder / "house", folder / "house-2")
    with pytest.raises(PackRefused, match="house-2 is not used: its id HOUSE is, or looks like, that of"):
        own_packs(folder)


def test_a_pack_whose_cases_contradict_it_stops_all_of_them(folder: Path, pack_text: str) -> None:
    (folder / "wrong.yaml").write_text(
        pack_text.replace("pack: HOUSE", "pack: OTHER").replace("expect: fail", "expect: pass"), encoding="utf-8"
    )
    with pytest.raises(PackInvalid, match=r"wrong\.yaml:27:\d+: rule H1 contradicts its case"):
        own_packs(folder)


@pytest.mark.parametrize("curve", [False, True], ids=["Ed25519", "ECDSA"])
def test_where_a_key_is_trusted_a_pack_must_be_signed_by_it(folder: Path, *, curve: bool) -> None:
    pem = key_pair(folder, curve=curve)
    with pytest.raises(PackRefused, match="it is not signed"):
        own_packs(folder)
    place, fingerprint = sign_pack(folder / "house", pem)
    assert place == folder / "house" / NAME
    (own,) = own_packs(folder)
    assert own.signer == fingerprint
    sign_pack(folder / "house", key_pair())
    with pytest.raises(PackRefused, match="signed by a key that is not trusted here"):
        own_packs(folder)


def test_a_pack_of_one_file_carries_its_signature_beside_it(folder: Path, pack_text: str) -> None:
    shutil.rmtree(folder / "house")
    file = folder / "house.yaml"
    file.write_text(pack_text, encoding="utf-8")
    pem = key_pair(folder)
    assert sign_pack(file, pem)[0] == signature_path(file) == folder / "house.yaml.dsse.json"
    assert own_packs(folder)[0].signer is not None


def test_a_pack_changed_after_it_was_signed_is_refused(folder: Path) -> None:
    sign_pack(folder / "house", key_pair(folder))
    with (folder / "house" / "pack.yaml").open("a", encoding="utf-8") as file:
        file.write("# harmless\n")
    with pytest.raises(PackRefused, match="it was changed after it was signed"):
        own_packs(folder)


def test_a_signature_of_another_type_or_no_envelope_at_all_is_refused(folder: Path) -> None:
    pem = key_pair(folder)
    listing = b"anything"
    envelope = dsse.sign("text/plain", listing, dsse.signing_key(pem))
    (folder / "house" / NAME).write_text(envelope.to_json(), encoding="utf-8")
    with pytest.raises(PackRefused, match="signs something else than a rule pack"):
        own_packs(folder)
    (folder / "house" / NAME).write_text("{", encoding="utf-8")
    with pytest.raises(PackRefused, match=r"its signature pack\.dsse\.json"):
        own_packs(folder)


def test_what_is_signed_is_the_listing_that_sha256sum_prints(folder: Path) -> None:
    sign_pack(folder / "house", key_pair())
    envelope = dsse.parse((folder / "house" / NAME).read_bytes())
    done = subprocess.run(["sha256sum", "pack.yaml"], cwd=folder / "house", capture_output=True, check=True)
    assert envelope.payload == done.stdout


def test_a_key_that_can_not_be_read_or_used_is_refused(folder: Path) -> None:
    with pytest.raises(EnvelopeInvalid):
        sign_pack(folder / "house", b"no key")
    (folder / "keys").mkdir()
    (folder / "keys" / "a.pem").write_bytes(key_pair())
    with pytest.raises(PackRefused, match="holds no public key"):
        trusted_keys(folder / "keys")


def test_where_there_is_a_lock_every_own_pack_must_be_the_one_it_pins(folder: Path) -> None:
    lock, digest = folder / "packs.lock", load_pack(folder / "house").sha256
    lock.write_text("# nothing yet\n", encoding="utf-8")
    with pytest.raises(PackRefused, match="does not pin HOUSE"):
        own_packs(folder)
    lock.write_text(f"HOUSE {'0' * 64}\n", encoding="utf-8")
    with pytest.raises(PackRefused, match=f"its SHA-256 is {digest}, and .* pins 0000"):
        own_packs(folder)
    lock.write_text(f"HOUSE {digest}   # looked at by counsel\n", encoding="utf-8")
    assert own_packs(folder)[0].pack.sha256 == digest


@pytest.mark.parametrize(
    ("text", "place"),
    [("HOUSE\n", ":1:1"), ("\nHOUSE 12\n", ":2:1"), (f"A {'0' * 64}\nA {'1' * 64}\n", ":2:1")],
)
def test_a_lock_that_is_no_lock_is_refused_with_its_line(tmp_path: Path, text: str, place: str) -> None:
    file = tmp_path / "packs.lock"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PackRefused) as caught:
        read_pins(file)
    assert caught.value.source == f"{file}{place}"


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=200) | st.dictionaries(st.text(max_size=9), st.text(max_size=9)).map(json.dumps))
def test_any_signature_and_any_lock_give_packs_or_our_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes | str
) -> None:
    raw = content.encode() if isinstance(content, str) else content
    folder = tmp_path_factory.mktemp("packs")
    (folder / "packs.lock").write_bytes(raw)
    (folder / "pack.yaml").write_text("pack: HOUSE")
    (folder / "pack.yaml.dsse.json").write_bytes(raw)
    key_pair(folder)
    with pytest.raises(PolicyError, match="pack"):
        own_packs(folder)
