"""Whom to trust, and when it was: each way in which the engine would trust too much is closed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from provenance import verify
from provenance.pki import CLAIM_SIGNING, DOCUMENT_SIGNING
from provenance.trust import TrustProfile, profile_from_pem

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.identity import SigningIdentity
    from provenance.reading import ProvenanceReading

    from .authorities import Authority, TimeStamper
    from .conftest import Forge, Studio

EMAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION


def reading_of(data: bytes, profile: TrustProfile | None) -> ProvenanceReading:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        return verify.read(path, profile)


def test_an_unknown_root_leaves_the_file_valid_and_untrusted(
    signed_bytes: Callable[[str], bytes], stranger: SigningIdentity
) -> None:
    assert stranger.root_pem is not None
    reading = reading_of(signed_bytes("jpg"), profile_from_pem("other", stranger.root_pem))
    assert (reading.integrity.value, reading.trust.value) == ("valid", "untrusted")
    assert reading.trust_list is None


def test_without_a_profile_trust_is_not_checked(signed_bytes: Callable[[str], bytes]) -> None:
    reading = reading_of(signed_bytes("jpg"), None)
    assert (reading.integrity.value, reading.trust.value) == ("valid", "not_checked")
    assert reading.signer is not None
    assert reading.signer.subject == "clearance DEVELOPMENT signer"


@pytest.mark.parametrize("kind", ["tsa", "cawg"])
def test_an_authority_for_time_or_organisations_makes_no_claim_signer_trusted(
    signed_bytes: Callable[[str], bytes], identity: SigningIdentity, authority: Authority, kind: str
) -> None:
    lists: dict[str, Any] = {f"{kind}_pem": identity.root_pem}
    reading = reading_of(signed_bytes("jpg"), profile_from_pem("x", authority.pem, **lists))
    assert (reading.integrity.value, reading.trust.value) == ("valid", "untrusted")


@pytest.mark.parametrize(
    "usages",
    [
        (EMAIL,),
        (ExtendedKeyUsageOID.TIME_STAMPING,),
        (ExtendedKeyUsageOID.OCSP_SIGNING,),
    ],
)
def test_a_certificate_for_another_purpose_signs_no_claims(
    forge: Forge, actions_of: Any, authority: Authority, usages: tuple[Any, ...]
) -> None:
    trust = profile_from_pem("odd", authority.pem)
    reading = reading_of(forge([actions_of[0]()], by=authority.identity(*usages), trust=trust), trust)
    assert reading.trust.value == "untrusted"
    assert "claim signing" in reading.trust.why


@pytest.mark.parametrize("usages", [(CLAIM_SIGNING,), (DOCUMENT_SIGNING,), (CLAIM_SIGNING, EMAIL)])
def test_a_certificate_for_claims_or_documents_is_trusted(
    forge: Forge, actions_of: Any, authority: Authority, usages: tuple[Any, ...]
) -> None:
    trust = profile_from_pem("odd", authority.pem)
    reading = reading_of(forge([actions_of[0]()], by=authority.identity(*usages), trust=trust), trust)
    assert (reading.integrity.value, reading.trust.value) == ("valid", "trusted")
    assert reading.trust_list == "urn:clearance:odd:claim"


# --- time, revocation, identity


def test_a_time_stamp_of_a_trusted_authority_says_when(
    forge: Forge, actions_of: Any, identity: SigningIdentity, time_stamper: TimeStamper, studio: Studio
) -> None:
    assert identity.root_pem is not None
    data = forge([actions_of[0]()], tsa=time_stamper.url)
    both = profile_from_pem("both", identity.root_pem, tsa_pem=time_stamper.authority.pem)
    reading = reading_of(data, both)
    assert (reading.trust.value, reading.time.value) == ("trusted", "trusted")
    assert reading.time_at is not None
    assert abs((reading.time_at - studio.now).total_seconds()) < 600


@pytest.mark.parametrize("listed", ["nowhere", "with the claim authorities"])
def test_a_time_stamp_of_any_other_authority_says_nothing(
    forge: Forge, actions_of: Any, identity: SigningIdentity, time_stamper: TimeStamper, listed: str
) -> None:
    assert identity.root_pem is not None
    roots = identity.root_pem + (time_stamper.authority.pem if "claim" in listed else b"")
    reading = reading_of(forge([actions_of[0]()], tsa=time_stamper.url), profile_from_pem("x", roots))
    assert (reading.trust.value, reading.time.value, reading.time_at) == ("trusted", "untrusted", None)


def test_revocation_is_not_checked_and_identity_is_absent_by_default(
    signed_bytes: Callable[[str], bytes], profile: TrustProfile
) -> None:
    reading = reading_of(signed_bytes("jpg"), profile)
    assert (reading.revocation.value, reading.identity.value, reading.time.value) == (
        "not_checked",
        "absent",
        "none",
    )
