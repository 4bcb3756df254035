"""Revocation by asking: only when told to, only the host that a trusted signer names, and every outcome apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from provenance import verify
from provenance.trust import profile_from_pem

from .responders import running_responder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
