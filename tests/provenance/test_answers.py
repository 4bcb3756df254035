"""The five answers from status codes, for what no file made here can show: revocation, organisations, odd codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance import answers
from provenance.answers import Status, Statuses
from provenance.trust import TrustProfile, profile_from_pem

if TYPE_CHECKING:
    from .authorities import Authority

SOUND = (Status("claimSignature.validated", ""), Status("assertion.dataHash.match", ""))


@pytest.fixture(scope="module")
def three_lists(authority: Authority) -> TrustProfile:
    return profile_from_pem("x", authority.pem, tsa_pem=authority.pem, cawg_pem=authority.pem)


@pytest.mark.parametrize(
    ("kind", "code", "value"),
    [
        ("success", "signingCredential.ocsp.notRevoked", "good"),
        ("failure", "signingCredential.ocsp.revoked", "revoked"),
        ("failure", "signingCredential.revoked", "revoked"),
        ("informational", "signingCredential.ocsp.unknown", "unknown"),
        ("informational", "signingCredential.ocsp.inaccessible", "unreachable"),
        ("informational", "signingCredential.ocsp.skipped", "not_checked"),
        ("informational", "anything.else", "not_checked"),
    ],
)
def test_revocation_follows_the_codes(kind: str, code: str, value: str) -> None:
    found = answers.statuses({kind: [{"code": code, "explanation": ""}]})
    assert answers.revocation(found).value == value


def test_a_revocation_outweighs_a_good_answer_beside_it() -> None:
    found = Statuses(
        success=(Status("signingCredential.ocsp.notRevoked", ""),),
        failure=(Status("signingCredential.ocsp.revoked", ""),),
    )
    assert answers.revocation(found).value == "revoked"


def test_a_revoked_certificate_leaves_the_file_intact_and_unrevoked_ones_do_not_matter() -> None:
    found = Statuses(success=SOUND, failure=(Status("signingCredential.ocsp.revoked", ""),))
    assert answers.integrity(found, "Invalid").value == "valid"


@pytest.mark.parametrize("code", ["assertion.dataHash.mismatch", "claim.multiple", "a.code.nobody.knows", "unnamed"])
def test_a_failure_that_is_not_about_the_signer_breaks_the_file(code: str) -> None:
    found = Statuses(success=SOUND, failure=(Status(code, ""),))
    assert answers.integrity(found, "Valid").value == "invalid"


@pytest.mark.parametrize("missing", [0, 1])
def test_a_file_is_not_valid_without_proof_of_signature_and_binding(missing: int) -> None:
    found = Statuses(success=(SOUND[1 - missing],))
    assert answers.integrity(found, "Valid").value == "invalid"


def test_an_invalid_state_without_a_reason_is_believed() -> None:
    assert answers.integrity(Statuses(success=SOUND), "Invalid").value == "invalid"


def test_parts_left_unprotected_by_the_signer_are_mentioned() -> None:
    found = Statuses(success=SOUND, informational=(Status("assertion.dataHash.additionalExclusionsPresent", ""),))
    assert "unprotected" in answers.integrity(found, "Valid").why


@pytest.mark.parametrize(
    "explanation",
    [
        "legacy timestamp cert trusted: Old Stamper",
        "legacy timestamp cert trusted: X, trust list: urn:clearance:x:tsa",
        "timestamp cert trusted: X, trust list: urn:clearance:x:claim",
        "timestamp cert trusted: X, trust list: urn:clearance:x:tsa, trust list: urn:other",
        "",
    ],
)
def test_a_time_stamp_is_trusted_by_name_of_its_list_alone(three_lists: TrustProfile, explanation: str) -> None:
    found = Statuses(
        success=(Status("timeStamp.validated", ""), Status("timeStamp.trusted", explanation)),
    )
    assert answers.time(found, three_lists).value == "untrusted"


def test_a_time_stamp_that_does_not_fit_proves_nothing(three_lists: TrustProfile) -> None:
    found = Statuses(informational=(Status("timeStamp.mismatch", ""),))
    assert answers.time(found, three_lists).value == "untrusted"
    assert answers.time(Statuses(), three_lists).value == "none"


@pytest.mark.parametrize(
    ("success", "failure", "value"),
    [
        (("cawg.x509.signature.validated", "cawg.x509.credential.trusted"), (), "verified"),
        (("cawg.x509.signature.validated",), ("cawg.x509.credential.untrusted",), "unverified"),
        (("cawg.x509.signature.validated",), (), "unverified"),
        (("cawg.identity.well-formed",), (), "unverified"),
        (("cawg.x509.signature.validated", "cawg.x509.credential.trusted"), ("cawg.other",), "unverified"),
        ((), (), "absent"),
    ],
)
def test_an_organisation_is_verified_by_signature_and_credential(
    three_lists: TrustProfile, success: tuple[str, ...], failure: tuple[str, ...], value: str
) -> None:
    found = Statuses(
        success=tuple(Status(code, "") for code in success), failure=tuple(Status(code, "") for code in failure)
    )
    answer = answers.identity(found, three_lists, stated=False)
    assert answer.value == value
    (of_organisations,) = three_lists.uris("cawg")
    assert (f"{of_organisations}, a list without a date" in answer.why) == (value == "verified")


def test_an_organisation_is_not_verified_without_a_list_of_organisations(authority: Authority) -> None:
    found = Statuses(success=(Status("cawg.x509.signature.validated", ""), Status("cawg.x509.credential.trusted", "")))
    only_claims = profile_from_pem("x", authority.pem)
    assert answers.identity(found, only_claims, stated=True).value == "unverified"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["success", "failure", "code", "explanation", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(json_values)
def test_statuses_of_any_shape_are_read(value: Any) -> None:
    found = answers.statuses(value)
    assert answers.integrity(found, "Valid").value == "invalid"
    assert answers.revocation(found).why
