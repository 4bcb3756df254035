"""What is found besides the five answers: redactions, contradictions, source types and the shape of the chain."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance import chain, remarks, verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.consent_assertion import LikenessConsent
    from provenance.reading import ProvenanceReading
    from provenance.trust import TrustProfile

    from .conftest import Forge, Studio

BASE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
CONSENT = {"label": "org.example.likeness-consent", "created": True, "data": {"subjects": []}}


def reading_of(data: bytes, profile: TrustProfile) -> ProvenanceReading:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.jpg"
        path.write_bytes(data)
        return verify.read(path, profile)


def codes(reading: ProvenanceReading) -> list[str]:
    return [remark.code for remark in reading.remarks]


def acted(*names: str, source_type: str = "digitalCapture") -> dict[str, Any]:
    actions = [{"action": name, "digitalSourceType": BASE + source_type} for name in names]
    return {"label": "c2pa.actions.v2", "created": True, "data": {"actions": actions}}


def test_an_honest_file_needs_no_remark(signed_bytes: Callable[[str], bytes], profile: TrustProfile) -> None:
    assert codes(reading_of(signed_bytes("jpg"), profile)) == []


def test_two_beginnings_contradict_each_other(forge: Forge, profile: TrustProfile) -> None:
    reading = reading_of(forge([acted("c2pa.created", "c2pa.edited", "c2pa.created")]), profile)
    assert "actions.contradict" in codes(reading)
    assert "begins once" in reading.remarks[0].sentence


def test_what_was_created_anew_has_no_parent(
    forge: Forge, profile: TrustProfile, signed_bytes: Callable[[str], bytes]
) -> None:
    reading = reading_of(forge([acted("c2pa.created")], parent=signed_bytes("jpg")), profile)
    assert any("names a parent" in remark.sentence for remark in reading.remarks)


def test_a_capture_that_was_generated_contradicts_itself(forge: Forge, profile: TrustProfile) -> None:
    actions = acted("c2pa.created")
    actions["data"]["actions"].append(
        {"action": "c2pa.edited", "digitalSourceType": BASE + "compositeWithTrainedAlgorithmicMedia"}
    )
    reading = reading_of(forge([actions]), profile)
    assert any("digitalCapture" in remark.sentence for remark in reading.remarks)


@pytest.mark.parametrize(
    ("term", "code"), [("softwareImage", "source_type.retired"), ("inventedMedia", "source_type.unknown")]
)
def test_a_source_type_off_the_list_is_said(forge: Forge, profile: TrustProfile, term: str, code: str) -> None:
    assert codes(reading_of(forge([acted("c2pa.created", source_type=term)]), profile)) == [code]


def test_gathered_consent_and_actions_are_said(forge: Forge, profile: TrustProfile) -> None:
    gathered = [{k: v for k, v in a.items() if k != "created"} for a in (acted("c2pa.created"), CONSENT)]
    assert codes(reading_of(forge(gathered), profile)) == ["consent.gathered", "actions.gathered"]


@pytest.mark.parametrize("data", [{}, {"reason": 3}, {"reason": "x" * 5000}, {"reason": "\x1b[2J<script>"}])
def test_a_missing_audit_is_said_whatever_its_reason(forge: Forge, profile: TrustProfile, data: dict[str, Any]) -> None:
    stated = {"label": "org.clearance.no-audit", "created": True, "data": data}
    reading = reading_of(forge([acted("c2pa.created"), stated]), profile)
    (found,) = reading.remarks
    assert found.code == "audit.missing"
    assert len(found.sentence) < 500


def test_two_assertions_about_consent_are_said(forge: Forge, profile: TrustProfile) -> None:
    assert codes(reading_of(forge([acted("c2pa.created"), CONSENT, CONSENT]), profile)) == ["consent.several"]


@pytest.mark.parametrize("admitted", [True, False])
def test_consent_that_was_taken_out_is_said_whether_admitted_or_not(
    forge: Forge, profile: TrustProfile, actions_of: Any, admitted: bool
) -> None:
    parent = forge([acted("c2pa.created"), CONSENT])
    label = reading_of(parent, profile).manifest_label
    address = f"self#jumbf=/c2pa/{label}/c2pa.assertions/org.example.likeness-consent"
    redacted = {"action": "c2pa.redacted", "parameters": {"redacted": address}, "reason": "c2pa.PII.present"}
    further = [redacted] if admitted else []
    reading = reading_of(forge([actions_of[1](*further)], parent=parent, redactions=[address]), profile)
    assert codes(reading) == ["consent.redacted", "redaction" if admitted else "redaction.unstated"]
    assert reading.integrity.value == "valid"


def test_an_update_manifest_is_said(forge: Forge, profile: TrustProfile, signed_bytes: Callable[[str], bytes]) -> None:
    reading = reading_of(forge([], parent=signed_bytes("jpg"), update=True), profile)
    assert "manifest.update" in codes(reading)


def test_a_manifest_elsewhere_is_said(forge: Forge, profile: TrustProfile) -> None:
    reading = reading_of(forge([acted("c2pa.created")], remote="http://127.0.0.1:9/x", embed=False), profile)
    assert codes(reading) == ["manifest.remote"]
    assert "not fetched" in reading.remarks[0].sentence


# --- the chain


def test_each_ingredient_of_a_long_chain_has_five_answers_and_its_depth(
    studio: Studio, consent: LikenessConsent
) -> None:
    from provenance.sign import sign

    path = studio.signed("jpg", consent)
    for step in range(3):
        following = studio.folder / f"step{step}.jpg"
        sign(
            path,
            following,
            identity=studio.identity,
            trust=studio.profile,
            source_type="humanEdits",
            now=studio.now,
        )
        path = following
    reading = verify.read(path, studio.profile)
    assert [ingredient.depth for ingredient in reading.ingredients] == [1, 2, 3]
    for ingredient in reading.ingredients:
        assert (ingredient.integrity.value, ingredient.trust.value) == ("valid", "trusted")
        assert (ingredient.identity.value, ingredient.time.value) == ("absent", "none")
        assert ingredient.revocation.value == "not_checked"
        assert ingredient.trust_list == "urn:clearance:studio:claim"
        assert ingredient.signer == reading.signer


def test_an_ingredient_s_revoked_signer_is_found(studio: Studio, forge: Forge, authority: Any) -> None:
    from provenance.pki import CLAIM_SIGNING
    from provenance.revocation import RevocationList, Revoked
    from provenance.trust import profile_from_pem

    other = authority.identity(CLAIM_SIGNING)
    both = profile_from_pem("both", authority.pem + (studio.identity.root_pem or b""))
    parent = forge([acted("c2pa.created")], by=other, trust=both)
    path = studio.folder / "child.jpg"
    first = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["parent"]}}
    opened = {"label": "c2pa.actions.v2", "created": True, "data": {"actions": [first]}}
    path.write_bytes(forge([opened], parent=parent, trust=both))
    signer = verify.read(path, both).ingredients[0].signer
    assert signer is not None
    listed = RevocationList("list", (Revoked(signer.serial, None, "keyCompromise", None),))
    reading = verify.read(path, both, revoked=listed)
    assert reading.revocation.value == "not_checked"
    assert [ingredient.revocation.value for ingredient in reading.ingredients] == ["revoked"]


def manifest(label: str, *used: str) -> dict[str, Any]:
    references = {
        f"c2pa.ingredient.v3__{n}": {"activeManifest": {"url": f"self#jumbf=/c2pa/{one}"}} for n, one in enumerate(used)
    }
    return {"label": label, "assertions": references, "claim.v2": {}}


@pytest.mark.parametrize(
    ("label", "data"),
    [
        ("c2pa.ingredient", {"validationStatus": [{"code": "assertion.dataHash.mismatch"}]}),
        ("c2pa.ingredient.v2", {"validationStatus": [{"code": "assertion.hashedURI.mismatch", "success": False}]}),
        (
            "c2pa.ingredient.v3",
            {"validationResults": {"activeManifest": {"failure": [{"code": "assertion.bmffHash.mismatch"}]}}},
        ),
        (
            "c2pa.ingredient.v3",
            {
                "validationResults": {
                    "activeManifest": {"success": [{"code": "claimSignature.validated"}]},
                    "ingredientDeltas": [{"validationDeltas": {"failure": [{"code": "claimSignature.mismatch"}]}}],
                }
            },
        ),
    ],
)
def test_a_failure_is_found_wherever_any_version_of_an_ingredient_records_it(label: str, data: Any) -> None:
    used = {**data, "c2pa_manifest" if label != "c2pa.ingredient.v3" else "activeManifest": {"url": "x/parent"}}
    (found,) = chain.ingredients(
        [{"label": "child", "assertions": {label: used}, "claim": {}}],
        [],
        lambda *_: chain.unknown("untrusted", "not asked here"),
    )
    assert (found.integrity.value, found.manifest_label) == ("invalid", "parent")


@pytest.mark.parametrize(
    ("store", "code"),
    [
        ([manifest("a", "b"), manifest("b", "a")], "chain.circular"),
        ([manifest("a", "a")], "chain.circular"),
        ([manifest("a", "b"), manifest("b"), manifest("b")], "manifest.duplicate"),
        ([manifest("a"), manifest("b")], "chain.unused"),
        ([manifest(str(n), str(n + 1)) for n in range(100)], "chain.deep"),
    ],
)
def test_a_chain_of_odd_shape_is_said(store: list[dict[str, Any]], code: str) -> None:
    assert [remark.code for remark in remarks.found(store, (), ())] == [code]


def test_a_diamond_is_no_circle() -> None:
    store = [manifest("a", "b", "c"), manifest("b", "d"), manifest("c", "d"), manifest("d")]
    assert remarks.found(store, (), ()) == ()
    assert chain.depths("a", chain.uses(store)) == {"a": 0, "b": 1, "c": 1, "d": 2}


def test_a_chain_of_a_hundred_thousand_manifests_is_walked_in_bounded_time() -> None:
    pairs = [(str(n), str(n + 1)) for n in range(100_000)]
    assert chain.depths("0", pairs)["100000"] == 100_000
    assert not chain.circular(pairs)
    assert chain.circular([*pairs, ("100000", "0")])


@given(st.lists(st.tuples(st.integers(0, 7).map(str), st.integers(0, 7).map(str)), max_size=20))
def test_a_circle_is_found_if_and_only_if_something_reaches_itself(pairs: list[tuple[str, str]]) -> None:
    below: dict[str, set[str]] = {}
    for user, used in pairs:
        below.setdefault(user, set()).add(used)

    def reached(start: str) -> set[str]:
        found: set[str] = set()
        waiting = [start]
        while waiting:
            for used in below.get(waiting.pop(), set()) - found:
                found.add(used)
                waiting.append(used)
        return found

    assert chain.circular(pairs) == any(start in reached(start) for start in below)
