"""Files that other makers signed, where they lie beside the checkout: read without a fall, and judged as named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provenance import privacy, trust, verify

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


@pytest.mark.parametrize("name", ["C2PA-TRUST-LIST.pem", "C2PA-TSA-TRUST-LIST.pem", "test_cert_root_bundle.pem"])
def test_the_public_lists_load(development_data: Path, name: str) -> None:
    assert trust.load(development_data / "trust-list" / name).certificates("claim")


def test_a_time_stamp_of_an_old_manifest_is_not_trusted_for_its_age(development_data: Path) -> None:
    profile = trust.load(development_data / "trust-list" / "test_cert_root_bundle.pem")
    reading = verify.read(development_data / "adobe-20220124-CA.jpg", profile)
    assert (reading.time.value, reading.time_at) == ("untrusted", None)


def test_an_organisations_identity_is_read_apart_from_the_signer(development_data: Path) -> None:
    profile = trust.load(development_data / "trust-list" / "test_cert_root_bundle.pem")
    assert verify.read(development_data / "C_with_CAWG_data.jpg", profile).identity.value == "unverified"
