"""Files that other makers signed, where they lie beside the checkout: read without a fall, and judged as named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from provenance import privacy, trust, verify
from provenance.errors import TrustProfileInvalid
from provenance.trust_lists import Purpose, read_list

if TYPE_CHECKING:
    from pathlib import Path

EXPECTED = {
    "adobe-20220124-CA.jpg": ("valid", 1),
    "adobe-20220124-CAICAI.jpg": ("valid", 2),
    "adobe-20220124-E-dat-CA.jpg": ("invalid", 1),
    "adobe-20220124-E-sig-CA.jpg": ("invalid", 1),
    "adobe-20220124-I.jpg": ("absent", 0),
    "C_with_CAWG_data.jpg": ("valid", 1),
    "dash1.m4s": ("unreadable", 0),
    "dashinit.mp4": ("invalid", 1),
    "legacy.mp4": ("valid", 2),
    "nested_moov_1000.mp4": ("unreadable", 0),
    "nikon-20221019-building.jpeg": ("valid", 1),
    "no_manifest.jpg": ("absent", 0),
    "ocsp.jpg": ("valid", 2),
    "sample1.wav": ("absent", 0),
    "video1.mp4": ("valid", 2),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_of_another_maker_is_judged_as_its_name_says(development_data: Path, name: str) -> None:
    profile = trust.load(development_data / "trust-list" / "test_cert_root_bundle.pem")
    reading = verify.read(development_data / name, profile)
    assert (reading.integrity.value, reading.manifests) == EXPECTED[name]
    assert reading.trust.value in {"untrusted", "absent"}
    assert privacy.personal_data(reading) == ()


def test_every_file_of_the_folder_is_read_without_a_fall(development_data: Path) -> None:
    for path in sorted(development_data.iterdir()):
        if path.is_file():
            assert verify.read(path, None).integrity.why


@pytest.mark.parametrize("name", ["C2PA-TRUST-LIST.pem", "test_cert_root_bundle.pem"])
def test_the_public_lists_of_claim_signers_load(development_data: Path, name: str) -> None:
    assert trust.load(development_data / "trust-list" / name).certificates("claim")


def test_the_public_list_for_time_stamps_is_not_one_of_claim_signers(development_data: Path) -> None:
    with pytest.raises(TrustProfileInvalid, match="not for claim signers"):
        trust.load(development_data / "trust-list" / "C2PA-TSA-TRUST-LIST.pem")


@pytest.mark.parametrize(
    ("name", "purpose", "count"), [("C2PA-TRUST-LIST", "claim", 30), ("C2PA-TSA-TRUST-LIST", "tsa", 22)]
)
def test_the_public_lists_say_the_same_as_pem_and_as_json(
    development_data: Path, name: str, purpose: Purpose, count: int
) -> None:
    folder = development_data / "trust-list"
    plain, stated = (read_list((folder / f"{name}.{form}").read_bytes(), purpose) for form in ("pem", "json"))
    each = [set(x509.load_pem_x509_certificates(listed.pem.encode())) for listed in (plain, stated)]
    assert (len(each[0]), each[0] == each[1]) == (count, True)
    assert stated.issued is not None
    assert stated.issued.date().isoformat() == "2026-08-05"


def test_a_time_stamp_of_an_old_manifest_is_not_trusted_for_its_age(development_data: Path) -> None:
    profile = trust.load(development_data / "trust-list" / "test_cert_root_bundle.pem")
    reading = verify.read(development_data / "adobe-20220124-CA.jpg", profile)
    assert (reading.time.value, reading.time_at) == ("untrusted", None)


def test_an_organisations_identity_is_read_apart_from_the_signer(development_data: Path) -> None:
    profile = trust.load(development_data / "trust-list" / "test_cert_root_bundle.pem")
    assert verify.read(development_data / "C_with_CAWG_data.jpg", profile).identity.value == "unverified"
