"""Profiles that pin dated lists: what each form gives, and every way in which a list must not be taken."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provenance import trust
from provenance.errors import TrustListChanged, TrustProfileInvalid
from provenance.pki import CLAIM_SIGNING
from provenance.trust_document import LEGACY_USAGES, SCHEMA, Entry, entries_of, rendered
from provenance.trust_lists import PURPOSES, read_list

from .authorities import make_authority
from .issuers import issuing_authority
from .lists import as_json, entry, profile_folder, published, service

if TYPE_CHECKING:
    from pathlib import Path

    from .authorities import Authority

DAY = datetime(2026, 11, 22, tzinfo=UTC)


def document(**changes: Any) -> str:
    fields = {
        "name": '"c2pa"',
        "purpose": '"claim"',
        "file": '"c2pa.pem"',
        "sha256": f'"{"0" * 64}"',
        "date": "2026-08-05",
    } | changes
    lines = [f"{key} = {value}" for key, value in fields.items() if value is not None]
    return "\n".join([f'schema = "{SCHEMA}"', 'name = "official"', "[[list]]", *lines])


def test_a_profile_names_its_lists_their_purposes_dates_and_hashes(tmp_path: Path, authority: Authority) -> None:
    official = as_json(published(service(authority.pem)))
    stamps = make_authority("Stamps").pem
    first = entry("c2pa", official, suffix="json", max_age_days=365, source="https://example.org/list")
    second = entry("stamps", stamps, purpose="tsa")
    profile = trust.load(profile_folder(tmp_path, (first, official), (second, stamps), name="official"))
    assert [(one.uri, one.purpose, one.date, one.sha256) for one in profile.lists] == [
        ("urn:clearance:official:c2pa", "claim", date(2026, 8, 5), first.sha256),
        ("urn:clearance:official:stamps", "tsa", date(2026, 11, 1), second.sha256),
    ]
    assert [one.origin for one in profile.lists] == ["official", "studio"]
    assert profile.lists[0].next_update == date(2027, 8, 5)
    assert profile.max_age == timedelta(days=365)
    assert profile.ekus == trust.CLAIM_USAGES
    assert (len(profile.certificates("claim")), len(profile.certificates("tsa"))) == (1, 1)


def test_a_list_by_any_other_name_is_nobodys_official_one(tmp_path: Path, authority: Authority) -> None:
    content = as_json(published(service(authority.pem), title="Harbour List"))
    (listed,) = trust.load(profile_folder(tmp_path, (entry("own", content, suffix="json"), content))).lists
    assert listed.origin == "studio"
    frozen = trust.load(profile_folder(tmp_path / "f", (entry("old", authority.pem, legacy=True), authority.pem)))
    bare = trust.profile_from_pem("bare", authority.pem)
    assert [profile.lists[0].origin for profile in (frozen, bare)] == ["legacy", "other"]


def test_the_document_can_be_named_as_well_as_its_folder(tmp_path: Path, authority: Authority) -> None:
    folder = profile_folder(tmp_path, (entry("own", authority.pem), authority.pem))
    assert trust.load(folder) == trust.load(folder / "profile.toml")


def test_an_official_and_a_studio_profile_are_composed_into_one(tmp_path: Path, authority: Authority) -> None:
    official = as_json(published(service(authority.pem)))
    studio = make_authority("Studio").pem
    one = trust.load(profile_folder(tmp_path, (entry("c2pa", official, suffix="json"), official), name="official"))
    two = trust.load(profile_folder(tmp_path, (entry("own", studio), studio), name="studio"))
    both = trust.composed([one, two])
    assert both.name == "official + studio"
    assert both.uris("claim") == ("urn:clearance:official:c2pa", "urn:clearance:studio:own")
    assert both.sha256 not in {one.sha256, two.sha256}
    with pytest.raises(TrustProfileInvalid, match="share one address"):
        trust.composed([one, one])


# --- what a list is


def test_a_service_that_c2pa_no_longer_trusts_is_left_out(authority: Authority) -> None:
    struck = make_authority("Struck").pem
    listed = read_list(as_json(published(service(authority.pem), service(struck, "untrusted"))), "claim")
    assert listed.pem.count("BEGIN CERTIFICATE") == 1
    assert listed.title == "C2PA Trust List"


def test_a_certificate_that_is_struck_anywhere_on_a_list_is_not_taken_elsewhere_on_it(authority: Authority) -> None:
    other = make_authority("Other").pem
    listed = published(service(authority.pem), service(authority.pem, "untrusted"), service(other))
    assert read_list(as_json(listed), "claim").pem.encode() == other


def test_the_list_for_time_stamps_is_never_taken_for_one_of_claim_signers(authority: Authority) -> None:
    stamps = as_json(published(service(authority.pem), title="C2PA TSA Trust List"))
    with pytest.raises(TrustProfileInvalid, match="never for claim signers"):
        read_list(stamps, "claim")
    assert read_list(stamps, "tsa").pem


@pytest.mark.parametrize(
    ("usage", "purpose"),
    [(ExtendedKeyUsageOID.TIME_STAMPING, "claim"), (CLAIM_SIGNING, "tsa"), (ExtendedKeyUsageOID.CLIENT_AUTH, "claim")],
)
def test_an_authority_that_issues_for_another_purpose_is_refused(usage: Any, purpose: Any) -> None:
    issuing = issuing_authority(usage)
    with pytest.raises(TrustProfileInvalid, match="with the purpose it is made for"):
        read_list(issuing, purpose)


def test_an_authority_that_issues_for_this_purpose_is_taken() -> None:
    assert read_list(issuing_authority(CLAIM_SIGNING), "claim").pem
    assert read_list(issuing_authority(ExtendedKeyUsageOID.TIME_STAMPING), "tsa").pem


def test_an_allowed_list_of_single_signers_is_refused(authority: Authority) -> None:
    leaf, _ = authority.issue(CLAIM_SIGNING)
    pem = leaf.public_bytes(Encoding.PEM)
    for content in (pem, as_json(published(service(pem)))):
        with pytest.raises(TrustProfileInvalid, match="no authority"):
            read_list(content, "claim")


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d["LoTE"]["ListAndSchemeInformation"].update(LoTEVersionIdentifier=2),
        lambda d: d["LoTE"]["ListAndSchemeInformation"].pop("ListIssueDateTime"),
        lambda d: d["LoTE"]["ListAndSchemeInformation"].update(NextUpdate="soon"),
        lambda d: d["LoTE"].update(TrustedEntitiesList=[]),
        lambda d: d["LoTE"]["TrustedEntitiesList"][0].update(TrustedEntityServices=[]),
        lambda d: _stated(d).update(ServiceStatus="granted"),
        lambda d: _stated(d)["ServiceDigitalIdentity"].update(X509Certificates=[]),
        lambda d: _stated(d)["ServiceDigitalIdentity"].update(X509Certificates=[{"val": "MA=="}]),
        lambda d: _stated(d)["ServiceDigitalIdentity"].update(X509Certificates=[{"val": 7}]),
    ],
)
def test_a_published_list_with_a_fault_is_refused_whole(authority: Authority, damage: Any) -> None:
    listed = published(service(authority.pem))
    damage(listed)
    with pytest.raises(TrustProfileInvalid):
        read_list(as_json(listed), "claim")


def _stated(listed: Any) -> Any:
    return listed["LoTE"]["TrustedEntitiesList"][0]["TrustedEntityServices"][0]["ServiceInformation"]


def test_a_published_list_by_itself_is_no_profile(tmp_path: Path, authority: Authority) -> None:
    path = tmp_path / "list.json"
    path.write_bytes(as_json(published(service(authority.pem))))
    with pytest.raises(TrustProfileInvalid, match="provenance trust add"):
        trust.load(path)


# --- what a document must not say


def test_a_list_that_was_changed_on_disk_is_refused(tmp_path: Path, authority: Authority) -> None:
    folder = profile_folder(tmp_path, (entry("own", authority.pem), authority.pem))
    (folder / "own.pem").write_bytes(authority.pem + make_authority("Slipped In").pem)
    with pytest.raises(TrustListChanged, match="not the one that was pinned"):
        trust.load(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"notes": '"x"'},
        {"sha256": None},
        {"purpose": '"all"'},
        {"name": '"Über"'},
        {"file": '"../elsewhere.pem"'},
        {"file": '"/etc/ssl/all.pem"'},
        {"sha256": '"abc"'},
        {"date": "2026-08-05T10:00:00Z"},
        {"date": '"yesterday"'},
        {"max_age_days": "0"},
        {"max_age_days": "true"},
        {"legacy": '"yes"'},
        {"ekus": "[]"},
        {"ekus": '["mail"]'},
        {"purpose": '"tsa"', "ekus": '["1.3.6.1.4.1.62558.2.1"]'},
        {"source": '"a\\u001b[31m"'},
    ],
)
def test_a_document_with_a_fault_is_refused(changes: dict[str, str | None]) -> None:
    with pytest.raises(TrustProfileInvalid, match="list 1: "):
        entries_of(document(**changes).encode())


@pytest.mark.parametrize("usage", ["1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.9", "2.5.29.37.0"])
def test_no_list_can_allow_time_stampers_responders_or_any_purpose_to_sign_claims(usage: str) -> None:
    with pytest.raises(TrustProfileInvalid, match="must never sign claims"):
        entries_of(document(ekus=f'["{usage}"]').encode())


def test_an_unknown_key_of_the_profile_is_refused() -> None:
    with pytest.raises(TrustProfileInvalid, match="unknown key 'anchors'"):
        entries_of(b"anchors = 1\n" + document().encode())


def test_a_profile_without_a_list_for_claims_is_refused(tmp_path: Path, authority: Authority) -> None:
    folder = profile_folder(tmp_path, (entry("own", authority.pem, purpose="tsa"), authority.pem))
    with pytest.raises(TrustProfileInvalid, match="no authority for claim signers"):
        trust.load(folder)


def test_a_list_of_certificates_alone_needs_a_date(tmp_path: Path, authority: Authority) -> None:
    folder = profile_folder(tmp_path, (entry("own", authority.pem, date=None), authority.pem))
    with pytest.raises(TrustProfileInvalid, match="states no date"):
        trust.load(folder)


def test_a_published_list_is_of_the_day_that_it_states(tmp_path: Path, authority: Authority) -> None:
    official = as_json(published(service(authority.pem)))
    stated = entry("c2pa", official, suffix="json", date=date(2026, 11, 1))
    with pytest.raises(TrustProfileInvalid, match="is of 2026-08-05, not of 2026-11-01"):
        trust.load(profile_folder(tmp_path, (stated, official)))


# --- age


@pytest.mark.parametrize(
    ("issued", "days", "stale"),
    [
        (date(2026, 11, 1), 30, None),
        (date(2026, 10, 1), 30, "older than its limit of 30 days"),
        (date(2020, 1, 1), None, None),
    ],
)
def test_a_list_is_stale_beyond_its_age_limit(
    tmp_path: Path, authority: Authority, issued: date, days: int | None, stale: str | None
) -> None:
    stated = entry("own", authority.pem, date=issued, max_age_days=days)
    (one,) = trust.load(profile_folder(tmp_path, (stated, authority.pem))).lists
    assert (one.stale(DAY) or "").endswith(stale or "") is True
    assert (one.stale(DAY) is None) is (stale is None)
    assert ("STALE" in one.described(DAY)) is (stale is not None)
    assert str(issued) in one.described(DAY)


def test_a_published_list_is_stale_when_its_successor_was_due(tmp_path: Path, authority: Authority) -> None:
    official = as_json(published(service(authority.pem), next_update="2026-11-01T00:00:00Z"))
    profile = trust.load(profile_folder(tmp_path, (entry("c2pa", official, suffix="json"), official)))
    ((one, why),) = profile.stale(DAY)
    assert (one.name, why) == ("c2pa", "a newer list was due on 2026-11-01")
    assert profile.stale(datetime(2026, 10, 1, tzinfo=UTC)) == ()


def test_an_age_that_cannot_be_told_counts_as_stale(tmp_path: Path, authority: Authority) -> None:
    stated = entry("own", authority.pem, max_age_days=30)
    (one,) = trust.load(profile_folder(tmp_path, (stated, authority.pem))).lists
    assert one.stale(None) is not None


def test_a_frozen_list_is_said_to_be_one_and_takes_mail_certificates(tmp_path: Path, authority: Authority) -> None:
    stated = entry("interim", authority.pem, legacy=True)
    (one,) = trust.load(profile_folder(tmp_path, (stated, authority.pem))).lists
    assert "frozen (legacy)" in one.described(DAY)
    assert one.ekus == LEGACY_USAGES


# --- any bytes

_NAMES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True)
_ENTRIES = st.builds(
    Entry,
    name=_NAMES,
    purpose=st.sampled_from(PURPOSES),
    file=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True),
    sha256=st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    date=st.none() | st.dates(),
    max_age_days=st.none() | st.integers(1, 36_500),
    legacy=st.booleans(),
    source=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)


@settings(max_examples=40)
@given(_NAMES, st.lists(_ENTRIES, min_size=1, max_size=4))
def test_what_is_written_is_read_again(name: str, entries: list[Entry]) -> None:
    assert entries_of(rendered(name, entries).encode()) == (name, tuple(entries))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.binary(max_size=200),
    st.sampled_from(["", "schema = 1\n", document() + "\n", document()[:-3], "a = " + "[" * 3000]),
)
def test_any_bytes_in_a_document_give_our_error(tmp_path: Path, data: bytes, head: str) -> None:
    path = tmp_path / "any.toml"
    path.write_bytes(head.encode() + data)
    with pytest.raises(TrustProfileInvalid):
        trust.load(path)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(_JSON, st.sampled_from(["TrustedEntitiesList", "ListAndSchemeInformation", "LoTE"]))
def test_any_json_in_a_list_gives_our_error(value: Any, key: str) -> None:
    listed = published()
    if key == "LoTE":
        listed["LoTE"] = value
    else:
        listed["LoTE"][key] = value
    with pytest.raises(TrustProfileInvalid):
        read_list(json.dumps(listed).encode(), "claim")
