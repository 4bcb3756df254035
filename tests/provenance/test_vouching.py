"""Which list vouches for a signer: shared authorities, key usages per list, expired authorities, lists out of date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from provenance import trust, verify, vouching
from provenance.pki import CLAIM_SIGNING

from .issuers import authority_until
from .lists import entry, profile_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from provenance.identity import SigningIdentity
    from provenance.reading import ProvenanceReading
    from provenance.trust import TrustProfile

    from .authorities import Authority
    from .conftest import Forge

EMAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION
TODAY = datetime.now(UTC).date()


@pytest.fixture
def read(tmp_path: Path) -> Callable[[bytes, TrustProfile], ProvenanceReading]:
    def reading(data: bytes, profile: TrustProfile) -> ProvenanceReading:
        path = tmp_path / "file.jpg"
        path.write_bytes(data)
        return verify.read(path, profile)

    return reading


def profile_of(folder: Path, *lists: tuple[Any, bytes], name: str = "studio") -> TrustProfile:
    return trust.load(profile_folder(folder, *lists, name=name))


@pytest.mark.parametrize("order", [("claim", "tsa"), ("tsa", "claim")])
def test_an_authority_on_two_lists_is_trusted_by_the_one_for_claims(
    tmp_path: Path, forge: Forge, actions_of: Any, authority: Authority, read: Any, order: tuple[Any, ...]
) -> None:
    # The published lists share roots, and the engine names whichever list it met first.
    stated = [(entry(f"for-{purpose}", authority.pem, purpose=purpose), authority.pem) for purpose in order]
    profile = profile_of(tmp_path, *stated)
    reading = read(forge([actions_of[0]()], by=authority.identity(CLAIM_SIGNING), trust=profile), profile)
    assert (reading.trust.value, reading.trust_list) == ("trusted", "urn:clearance:studio:for-claim")


def test_trusted_says_which_list_and_of_what_date(
    tmp_path: Path, signed_bytes: Callable[[str], bytes], identity: SigningIdentity, read: Any
) -> None:
    assert identity.root_pem is not None
    profile = profile_of(tmp_path, (entry("own", identity.root_pem, date=date(2026, 3, 1)), identity.root_pem))
    reading = read(signed_bytes("jpg"), profile)
    assert reading.trust.why == "the signer's certificate leads to urn:clearance:studio:own, a list of 2026-03-01"
    assert [r.code for r in reading.remarks if r.code.startswith("trust.")] == []


def test_a_list_without_a_date_is_said_to_have_none(
    signed_bytes: Callable[[str], bytes], profile: TrustProfile, read: Any
) -> None:
    assert read(signed_bytes("jpg"), profile).trust.why.endswith("a list without a date")


def test_a_stale_list_is_said_to_be_stale(
    tmp_path: Path, signed_bytes: Callable[[str], bytes], identity: SigningIdentity, read: Any
) -> None:
    assert identity.root_pem is not None
    stated = entry("own", identity.root_pem, date=TODAY - timedelta(days=40), max_age_days=30)
    reading = read(signed_bytes("jpg"), profile_of(tmp_path, (stated, identity.root_pem)))
    assert reading.trust.value == "trusted"
    assert "STALE: it is older than its limit of 30 days" in reading.trust.why
    assert "trust.list_stale" in [remark.code for remark in reading.remarks]


def test_of_two_lists_the_current_one_is_named(
    tmp_path: Path, signed_bytes: Callable[[str], bytes], identity: SigningIdentity, read: Any
) -> None:
    assert identity.root_pem is not None
    old = entry("old", identity.root_pem, date=TODAY - timedelta(days=40), max_age_days=30)
    frozen = entry("frozen", identity.root_pem, legacy=True)
    current = entry("current", identity.root_pem, date=TODAY)
    profile = profile_of(tmp_path, *((one, identity.root_pem) for one in (old, frozen, current)))
    assert read(signed_bytes("jpg"), profile).trust_list == "urn:clearance:studio:current"


def test_a_mail_certificate_counts_under_the_frozen_list_alone(
    tmp_path: Path, forge: Forge, actions_of: Any, authority: Authority, read: Any
) -> None:
    frozen = profile_of(tmp_path, (entry("interim", authority.pem, legacy=True), authority.pem), name="interim")
    strict = profile_of(tmp_path, (entry("own", authority.pem), authority.pem))
    data = forge([actions_of[0]()], by=authority.identity(EMAIL), trust=frozen)
    reading = read(data, frozen)
    assert reading.trust.value == "trusted"
    assert "frozen (legacy) list" in reading.trust.why
    assert "trust.list_legacy" in [remark.code for remark in reading.remarks]
    assert read(data, strict).trust.value == "untrusted"
    assert read(data, trust.composed([strict, frozen])).trust_list == "urn:clearance:interim:interim"


def test_a_usage_that_one_list_allows_is_not_allowed_by_another(
    tmp_path: Path, forge: Forge, actions_of: Any, authority: Authority, read: Any
) -> None:
    other = authority_until(datetime.now(UTC) + timedelta(days=90), name="Interim Root")
    lists = ((entry("own", authority.pem), authority.pem), (entry("interim", other.pem, legacy=True), other.pem))
    profile = profile_of(tmp_path, *lists)
    data = forge([actions_of[0]()], by=authority.identity(EMAIL), trust=profile)
    reading = read(data, profile)
    assert reading.trust.value == "untrusted"
    assert "not for claim signing" in reading.trust.why


@pytest.mark.parametrize("usage", [ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.OCSP_SIGNING])
def test_a_frozen_list_trusts_no_time_stamper_and_no_responder_for_claims(
    tmp_path: Path, forge: Forge, actions_of: Any, authority: Authority, read: Any, usage: Any
) -> None:
    profile = profile_of(tmp_path, (entry("interim", authority.pem, legacy=True), authority.pem))
    reading = read(forge([actions_of[0]()], by=authority.identity(usage), trust=profile), profile)
    assert reading.trust.value == "untrusted"


def test_a_usage_that_a_list_names_is_enough_under_it(
    tmp_path: Path, forge: Forge, actions_of: Any, authority: Authority, read: Any
) -> None:
    own = x509.ObjectIdentifier("1.3.6.1.4.1.55555.7")
    profile = profile_of(tmp_path, (entry("own", authority.pem, ekus=(own.dotted_string,)), authority.pem))
    assert read(forge([actions_of[0]()], by=authority.identity(own), trust=profile), profile).trust.value == "trusted"
    narrowed = read(forge([actions_of[0]()], by=authority.identity(CLAIM_SIGNING), trust=profile), profile)
    assert narrowed.trust.value == "untrusted"


def test_an_authority_that_has_expired_vouches_for_nobody_unless_the_time_is_proven(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    lapsed = authority_until(now - timedelta(days=1), name="Lapsed Root")
    leaf, _ = lapsed.issue(CLAIM_SIGNING, end=timedelta(days=30))
    profile = profile_of(tmp_path, (entry("own", lapsed.pem), lapsed.pem))
    late = vouching.for_claims((leaf, lapsed.certificate), profile, now, time_is_trusted=False)
    assert late.by is None
    assert late.problem is not None
    assert "has expired" in late.problem
    assert vouching.for_claims((leaf, lapsed.certificate), profile, now, time_is_trusted=True).by is not None


def test_a_chain_that_cannot_be_read_leads_nowhere(profile: TrustProfile) -> None:
    found = vouching.for_claims((), profile, datetime.now(UTC), time_is_trusted=True)
    assert (found.by, found.problem) == (None, "the signing certificate could not be read")
