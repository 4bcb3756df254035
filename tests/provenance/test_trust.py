"""Trust profiles: three ways to write one, what each refuses, and a digest that stands for its meaning."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provenance import trust
from provenance.errors import TrustProfileInvalid
from provenance.pki import CLAIM_SIGNING

if TYPE_CHECKING:
    from pathlib import Path

    from provenance.identity import SigningIdentity

    from .authorities import Authority


def document(authority: Authority, **changes: Any) -> dict[str, Any]:
    anchor = {"uri": "urn:studio:claim", "kind": "claim", "pem": authority.pem.decode()}
    return {"schema": trust.SCHEMA, "name": "studio", "anchors": [anchor]} | changes


def test_one_set_of_authorities_has_one_digest_however_it_is_written(tmp_path: Path, authority: Authority) -> None:
    (tmp_path / "studio.pem").write_bytes(b"Subject: a comment\n" + authority.pem)
    folder = tmp_path / "studio"
    folder.mkdir()
    (folder / "claim.pem").write_bytes(authority.pem)
    anchor = {"uri": "urn:clearance:studio:claim", "kind": "claim", "pem": authority.pem.decode()}
    (tmp_path / "studio.json").write_text(json.dumps(document(authority, anchors=[anchor])))
    loaded = [trust.load(tmp_path / name) for name in ("studio.pem", "studio", "studio.json")]
    assert len({profile.sha256 for profile in loaded}) == 1
    assert {profile.name for profile in loaded} == {"studio"}


def test_the_same_authority_for_another_purpose_is_another_profile(
    authority: Authority, identity: SigningIdentity
) -> None:
    assert identity.root_pem is not None
    one = trust.profile_from_pem("x", authority.pem, tsa_pem=identity.root_pem)
    two = trust.profile_from_pem("x", authority.pem, cawg_pem=identity.root_pem)
    assert one.sha256 != two.sha256
    assert one.uris("tsa") == ("urn:clearance:x:tsa",)
    assert two.uris("tsa") == ()
    assert len(one.certificates("claim")) == 1


def test_a_folder_takes_its_kinds_from_its_file_names(tmp_path: Path, authority: Authority) -> None:
    for kind in ("claim", "tsa", "cawg"):
        (tmp_path / f"{kind}.pem").write_bytes(authority.pem)
    assert [anchor.kind for anchor in trust.load(tmp_path).anchors] == ["claim", "tsa", "cawg"]


def test_a_misspelt_file_in_a_folder_is_refused(tmp_path: Path, authority: Authority) -> None:
    (tmp_path / "claim.pem").write_bytes(authority.pem)
    (tmp_path / "tas.pem").write_bytes(authority.pem)
    with pytest.raises(TrustProfileInvalid, match=r"tas\.pem"):
        trust.load(tmp_path)


def test_a_folder_without_claim_authorities_is_refused(tmp_path: Path, authority: Authority) -> None:
    (tmp_path / "tsa.pem").write_bytes(authority.pem)
    with pytest.raises(TrustProfileInvalid, match=r"claim\.pem"):
        trust.load(tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": "other/1"},
        {"name": ""},
        {"anchors": []},
        {"extra": 1},
        {"anchors": [{"uri": "urn:x", "kind": "tsa", "pem": "PEM"}]},
        {"anchors": [{"uri": "urn:x", "kind": "root", "pem": "PEM"}]},
        {"anchors": [{"uri": "urn:x], urn:y", "kind": "claim", "pem": "PEM"}]},
        {"anchors": [{"uri": "urn:x", "kind": "claim", "pem": "PEM", "note": ""}]},
        {"anchors": [{"uri": "urn:x", "kind": "claim", "pem": "PEM"}] * 2},
        {"anchors": [{"uri": "urn:x", "kind": "claim", "pem": "nothing"}]},
        {"anchors": "all"},
    ],
)
def test_a_document_with_a_fault_is_refused(tmp_path: Path, authority: Authority, changes: dict[str, Any]) -> None:
    content = json.dumps(document(authority, **changes)).replace('"PEM"', json.dumps(authority.pem.decode()))
    path = tmp_path / "profile.json"
    path.write_text(content)
    with pytest.raises(TrustProfileInvalid, match=r"profile\.json"):
        trust.load(path)


def test_a_private_key_in_a_profile_is_refused_loudly(authority: Authority) -> None:
    with pytest.raises(TrustProfileInvalid, match="private key"):
        trust.profile_from_pem("x", authority.pem + b"-----BEGIN EC PRIVATE KEY-----\n")


def test_a_signer_is_no_authority(authority: Authority) -> None:
    leaf = authority.identity(CLAIM_SIGNING).chain_pem
    with pytest.raises(TrustProfileInvalid, match="no authority"):
        trust.profile_from_pem("x", leaf)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrustProfileInvalid, match=r"none\.pem"):
        trust.load(tmp_path / "none.pem")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"{", b"-----BEGIN CERTIFICATE-----\n", b"[" * 3000]))
def test_any_bytes_give_our_error(tmp_path: Path, data: bytes, head: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(head + data)
    with pytest.raises(TrustProfileInvalid):
        trust.load(path)
