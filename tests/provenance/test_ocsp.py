"""Revocation by asking: only when told to, only the host that a trusted signer names, and every outcome apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from provenance import answers, judging, verify
from provenance.trust import profile_from_pem

from .authorities import make_authority
from .responders import running_responder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provenance.identity import SigningIdentity

    from .authorities import Authority
    from .conftest import Forge
    from .responders import Responder


@pytest.fixture
def responder(authority: Authority) -> Iterator[Responder]:
    with running_responder(authority) as running:
        yield running


@pytest.mark.parametrize("state", ["good", "revoked", "unknown"])
def test_the_responder_s_word_is_the_answer(
    tmp_path: Path, forge: Forge, actions_of: Any, responder: Responder, state: str
) -> None:
    path = tmp_path / "signed.jpg"
    path.write_bytes(forge([actions_of[0]()], by=responder.signer()))
    responder.state = state
    before = responder.asked
    reading = verify.read(path, profile_from_pem("x", responder.authority.pem), ask_responder=True)
    assert responder.asked == before + 1
    assert reading.revocation.value == state
    assert reading.asked == responder.url.rstrip("/")


def test_an_answer_out_of_its_time_is_never_good(
    tmp_path: Path, forge: Forge, actions_of: Any, responder: Responder
) -> None:
    path = tmp_path / "signed.jpg"
    path.write_bytes(forge([actions_of[0]()], by=responder.signer()))
    for responder.age in (timedelta(days=40), timedelta(days=-3)):
        reading = verify.read(path, profile_from_pem("x", responder.authority.pem), ask_responder=True)
        assert reading.revocation.value == "unknown", (responder.age, reading)
        assert reading.integrity.value == "valid"


def test_an_answer_by_a_responder_that_the_issuer_never_appointed_counts_for_nothing(
    tmp_path: Path, forge: Forge, actions_of: Any, responder: Responder
) -> None:
    path = tmp_path / "signed.jpg"
    path.write_bytes(forge([actions_of[0]()], by=responder.signer()))
    responder.appointed_by = make_authority("Stranger")
    for responder.state in ("good", "revoked"):
        reading = verify.read(path, profile_from_pem("x", responder.authority.pem), ask_responder=True)
        assert reading.revocation.value == "unknown"
        assert "no responder of the issuer" in reading.revocation.why


def test_a_good_answer_about_another_certificate_counts_for_nothing(
    tmp_path: Path, forge: Forge, actions_of: Any, responder: Responder
) -> None:
    path = tmp_path / "signed.jpg"
    path.write_bytes(forge([actions_of[0]()], by=responder.signer()))
    responder.signer()
    responder.about = list(responder.issued.values())[-1]
    reading = verify.read(path, profile_from_pem("x", responder.authority.pem), ask_responder=True)
    assert (reading.revocation.value, "another certificate" in reading.revocation.why) == ("unknown", True)


REFUSED = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        *((raw, "unknown") for raw in (b"", b"good", REFUSED, b"\x30\x03\x0a\x01\x00")),
        (b"x" * 100_000, "unreachable"),
    ],
)
def test_whatever_a_responder_says_is_an_answer_of_ours(
    tmp_path: Path, forge: Forge, actions_of: Any, responder: Responder, raw: bytes, value: str
) -> None:
    path = tmp_path / "signed.jpg"
    path.write_bytes(forge([actions_of[0]()], by=responder.signer()))
    responder.raw = raw
    reading = verify.read(path, profile_from_pem("x", responder.authority.pem), ask_responder=True)
    assert (reading.revocation.value, reading.integrity.value) == (value, "valid")


def test_an_answer_that_travels_with_the_manifest_counts_only_where_a_time_is_proven(identity: SigningIdentity) -> None:
    chain = tuple(x509.load_pem_x509_certificates(identity.chain_pem))
    found = answers.Statuses(success=(answers.Status("signingCredential.ocsp.notRevoked", ""),))
    now = datetime(2026, 11, 22, tzinfo=UTC)
    values = [
        judging._revocation(found, chain, judging.Grounds(None), None, signed_at=signed_at, now=now).value
        for signed_at in (None, now)
    ]
    assert values == ["unknown", "good"]


def test_no_revocation_list_is_fetched_and_none_is_said_to_have_been_looked_at(
    tmp_path: Path, forge: Forge, actions_of: Any, responder: Responder
) -> None:
    path = tmp_path / "signed.jpg"
    path.write_bytes(forge([actions_of[0]()], by=responder.signer()))
    trust = profile_from_pem("x", responder.authority.pem)
    values = [verify.read(path, trust, ask_responder=ask).revocation.value for ask in (False, True)]
    assert (responder.lists_fetched, values) == (0, ["not_checked", "good"])


def test_nobody_is_asked_unless_told_to(tmp_path: Path, forge: Forge, actions_of: Any, responder: Responder) -> None:
    path = tmp_path / "signed.jpg"
    path.write_bytes(forge([actions_of[0]()], by=responder.signer()))
    responder.state, before = "revoked", responder.asked
    reading = verify.read(path, profile_from_pem("x", responder.authority.pem))
    assert (responder.asked, reading.revocation.value, reading.asked) == (before, "not_checked", None)


def test_a_signer_whom_nobody_trusts_chooses_no_host(
    tmp_path: Path, forge: Forge, actions_of: Any, responder: Responder, profile: Any
) -> None:
    path = tmp_path / "signed.jpg"
    path.write_bytes(forge([actions_of[0]()], by=responder.signer()))
    before = responder.asked
    reading = verify.read(path, profile, ask_responder=True)
    assert (responder.asked, reading.trust.value, reading.asked) == (before, "untrusted", None)


def test_a_responder_that_is_down_is_unreachable(
    tmp_path: Path, forge: Forge, actions_of: Any, authority: Authority
) -> None:
    path = tmp_path / "signed.jpg"
    with running_responder(authority) as responder:
        path.write_bytes(forge([actions_of[0]()], by=responder.signer()))
    reading = verify.read(path, profile_from_pem("x", authority.pem), ask_responder=True)
    assert reading.revocation.value == "unreachable"
    assert "127.0.0.1" in reading.revocation.why
