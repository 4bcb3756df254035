"""Reading: each fault gives its own answer, each trap of the engine is closed, and no bytes make it fall over."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from provenance import verify
from provenance.reading import Answer, ProvenanceReading
from provenance.trust import TrustProfile, profile_from_pem

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.consent_assertion import LikenessConsent
    from provenance.identity import SigningIdentity

    from .authorities import Authority, TimeStamper
    from .conftest import Forge


def reading_of(data: bytes, profile: TrustProfile | None) -> ProvenanceReading:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        return verify.read(path, profile)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


# --- tampering, by fault


def test_a_changed_pixel_is_found(signed_bytes: Callable[[str], bytes], profile: TrustProfile) -> None:
    data = signed_bytes("jpg")
    reading = reading_of(flipped(data, len(data) - 100), profile)
    assert reading.integrity.value == "invalid"
    assert "content was changed" in reading.integrity.why
    assert reading.trust.value == "untrusted"
    assert reading.codes == ("assertion.dataHash.mismatch",)


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_a_changed_sample_of_a_movie_is_found(
    signed_bytes: Callable[[str], bytes], profile: TrustProfile, suffix: str
) -> None:
    data = signed_bytes(suffix)
    reading = reading_of(flipped(data, data.rindex(b"mdat") + 30), profile)
    assert (reading.integrity.value, reading.trust.value) == ("invalid", "untrusted")


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "mp4", "mov"])
def test_appended_bytes_are_found(signed_bytes: Callable[[str], bytes], profile: TrustProfile, suffix: str) -> None:
    assert reading_of(signed_bytes(suffix) + b"\0more", profile).integrity.value in {"invalid", "unreadable"}


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "mp4", "mov"])
def test_a_truncated_file_is_never_valid(
    signed_bytes: Callable[[str], bytes], profile: TrustProfile, suffix: str
) -> None:
    data = signed_bytes(suffix)
    for length in (len(data) - 1, len(data) * 3 // 4, len(data) // 2, 200):
        assert reading_of(data[:length], profile).integrity.value != "valid"


def test_a_changed_assertion_is_found(signed_bytes: Callable[[str], bytes], profile: TrustProfile) -> None:
    data = signed_bytes("jpg")
    reading = reading_of(data.replace(b"granted", b"refused", 1), profile)
    assert reading.integrity.value == "invalid"
    assert "assertion.hashedURI.mismatch" in reading.codes


def test_a_changed_claim_is_found(signed_bytes: Callable[[str], bytes], profile: TrustProfile) -> None:
    data = signed_bytes("jpg")
    reading = reading_of(flipped(data, data.index(b"xmp.iid:") + 10), profile)
    assert reading.integrity.value == "invalid"
    assert "claimSignature.mismatch" in reading.codes


def test_a_stripped_manifest_leaves_none(media: dict[str, bytes], profile: TrustProfile) -> None:
    reading = reading_of(media["jpg"], profile)
    assert not reading.present
    assert reading.integrity == Answer("absent", "the file carries no manifest")
    assert (reading.trust.value, reading.time.value, reading.manifests) == ("absent", "none", 0)


def test_a_damaged_manifest_box_is_a_value_and_not_an_exception(
    signed_bytes: Callable[[str], bytes], profile: TrustProfile
) -> None:
    data = signed_bytes("jpg")
    at = data.index(b"jumb")
    reading = reading_of(data[:at] + b"\xff" * 8 + data[at + 8 :], profile)
    assert reading.integrity.value == "unreadable"
    assert reading.present
    assert reading.trust.value == "absent"


def test_a_manifest_moved_to_another_picture_is_found(
    signed_bytes: Callable[[str], bytes], media: dict[str, bytes], profile: TrustProfile
) -> None:
    data = signed_bytes("png")
    start = data.index(b"caBX") - 4
    chunk = data[start : start + 12 + int.from_bytes(data[start : start + 4], "big")]
    other = bytearray(media["png"])
    other[-30] ^= 1
    reading = reading_of(bytes(other[:33]) + chunk + bytes(other[33:]), profile)
    assert reading.integrity.value == "invalid"


# --- what the manifest says


def test_a_gathered_assertion_is_not_taken_for_the_signers_own(
    forge: Forge, actions_of: Any, profile: TrustProfile
) -> None:
    gathered = {"label": "org.example.likeness-consent", "data": {"subjects": []}}
    actions = {key: value for key, value in actions_of[0]().items() if key != "created"}
    reading = reading_of(forge([actions, gathered]), profile)
    assert reading.consent is not None
    assert not reading.consent.created
    assert [action.created for action in reading.actions] == [False]


@pytest.mark.parametrize(
    ("stated", "term", "status"),
    [
        ("http://cv.iptc.org/newscodes/digitalsourcetype/composite", "composite", "current"),
        ("https://cv.iptc.org/newscodes/digitalsourcetype/composite", "composite", "current"),
        ("http://cv.iptc.org/newscodes/digitalsourcetype/softwareImage", "softwareImage", "retired"),
        (
            "http://c2pa.org/digitalsourcetype/empty",
            "http://c2pa.org/digitalsourcetype/empty",
            "unknown",
        ),
        ("http://example.org/bogus", "http://example.org/bogus", "unknown"),
    ],
)
def test_the_source_type_is_judged_although_the_engine_takes_any(
    forge: Forge, actions_of: Any, profile: TrustProfile, stated: str, term: str, status: str
) -> None:
    reading = reading_of(forge([actions_of[0](stated)]), profile)
    assert (reading.source_type, reading.source_type_status) == (term, status)


def test_the_child_of_a_tampered_parent_is_itself_valid_and_its_chain_broken(
    forge: Forge, actions_of: Any, profile: TrustProfile
) -> None:
    parent = forge([actions_of[0]()])
    broken = flipped(parent, len(parent) - 60)
    child = forge([actions_of[1]()], parent=broken)
    reading = reading_of(child, profile)
    assert (reading.integrity.value, reading.trust.value) == ("valid", "trusted")
    (ingredient,) = reading.ingredients
    assert (ingredient.integrity.value, ingredient.trust.value) == ("invalid", "untrusted")
    assert "assertion.dataHash.mismatch" in ingredient.codes
    assert not reading.chain_intact
    grandchild = reading_of(forge([actions_of[1]()], parent=child), profile)
    assert grandchild.integrity.value == "valid"
    assert [entry.integrity.value for entry in grandchild.ingredients] == ["valid", "invalid"]
    assert not grandchild.chain_intact


def test_a_parent_by_a_stranger_is_intact_and_untrusted(
    forge: Forge, actions_of: Any, profile: TrustProfile, stranger: SigningIdentity
) -> None:
    parent = forge([actions_of[0]()], by=stranger)
    reading = reading_of(forge([actions_of[1]()], parent=parent), profile)
    (ingredient,) = reading.ingredients
    assert reading.trust.value == "trusted"
    assert (ingredient.integrity.value, ingredient.trust.value) == ("valid", "untrusted")
    assert reading.chain_intact


def test_a_strangers_word_does_not_make_a_parent_trusted(
    forge: Forge, actions_of: Any, profile: TrustProfile, stranger: SigningIdentity
) -> None:
    assert stranger.root_pem is not None
    theirs = profile_from_pem("theirs", stranger.root_pem)
    parent = forge([actions_of[0]()], by=stranger, trust=theirs)
    reading = reading_of(forge([actions_of[1]()], parent=parent, trust=theirs), profile)
    assert [entry.trust.value for entry in reading.ingredients] == ["untrusted"]


def test_a_parent_recorded_as_untrusted_is_trusted_now_if_we_trust_it(
    forge: Forge, actions_of: Any, profile: TrustProfile, authority: Authority
) -> None:
    child = forge([actions_of[1]()], parent=forge([actions_of[0]()]), trust=profile_from_pem("x", authority.pem))
    reading = reading_of(child, profile)
    assert [entry.trust.value for entry in reading.ingredients] == ["trusted"]


@pytest.mark.parametrize("admitted", [False, True])
def test_a_redacted_consent_is_named_whether_it_is_admitted_or_not(
    forge: Forge, actions_of: Any, profile: TrustProfile, admitted: bool
) -> None:
    consent = {"label": "org.example.likeness-consent", "created": True, "data": {"subjects": []}}
    parent = forge([actions_of[0](), consent])
    label = reading_of(parent, profile).manifest_label
    address = f"self#jumbf=/c2pa/{label}/c2pa.assertions/org.example.likeness-consent"
    further = [{"action": "c2pa.redacted", "reason": "x", "parameters": {"redacted": address}}] if admitted else []
    child = forge([actions_of[1](*further)], parent=parent, redactions=[address])
    assert reading_of(child, profile).redactions == (address,)


def test_consent_added_later_without_touching_the_content_is_read(
    forge: Forge, signed_bytes: Callable[[str], bytes], profile: TrustProfile
) -> None:
    consent = {"label": "org.example.likeness-consent", "created": True, "data": {"subjects": []}}
    data = forge([consent], parent=signed_bytes("jpg"), update=True)
    reading = reading_of(data, profile)
    assert (reading.integrity.value, reading.trust.value, reading.manifests) == ("valid", "trusted", 2)
    assert reading.consent is not None
    assert reading.consent.label == "org.example.likeness-consent"
    assert reading_of(flipped(data, len(data) - 60), profile).integrity.value == "invalid"


def test_a_manifest_elsewhere_is_named_and_never_fetched(
    forge: Forge, actions_of: Any, profile: TrustProfile, time_stamper: TimeStamper
) -> None:
    data = forge([actions_of[0]()], remote=f"{time_stamper.url}/manifest", embed=False)
    reading = reading_of(data, profile)
    assert reading.remote_manifest
    assert (reading.integrity.value, reading.present) == ("absent", False)
    assert "nothing is fetched" in reading.integrity.why


def test_the_consent_we_wrote_is_read_back_word_for_word(
    signed_bytes: Callable[[str], bytes], profile: TrustProfile, consent: LikenessConsent
) -> None:
    from provenance.consent_assertion import assertion_data

    for suffix in ("jpg", "mp4"):
        reading = reading_of(signed_bytes(suffix), profile)
        assert reading.consent is not None
        assert reading.consent.data == assertion_data(consent)
