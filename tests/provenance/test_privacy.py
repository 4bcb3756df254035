"""Personal data in manifests: what is suspected, what is not, and that a reason never repeats it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance import privacy, verify
from provenance.consent_assertion import assertion_data
from provenance.labels import CONSENT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from provenance.consent_assertion import LikenessConsent
    from provenance.trust import TrustProfile

    from .conftest import Forge, Studio

OWN = "org.example.notes"
BYTES = bytes(range(256)) * 2


@pytest.mark.parametrize(
    "value",
    [
        [0.25] * 64,
        [0.1, 1] * 32,
        [-3] * 128,
        "b64'" + base64.b64encode(BYTES).decode() + "'",
        base64.b64encode(BYTES).decode(),
        base64.urlsafe_b64encode(BYTES).decode(),
        BYTES.hex(),
        "data:image/jpeg;base64,/9j/",
        {"deep": [{"er": [0.5] * 128}]},
    ],
)
def test_what_looks_like_a_face_vector_is_suspected_in_any_namespace(value: Any) -> None:
    for label in (OWN, "stds.schema-org.CreativeWork", "c2pa.metadata"):
        (reason,) = privacy.suspicions(label, {"x": value})
        assert "face vector" in reason


@pytest.mark.parametrize("label", ["c2pa.hash.data", "c2pa.hash.bmff.v3", "cawg.identity", "c2pa.ingredient.v3"])
def test_binary_content_that_a_standard_asks_for_is_not_suspected(label: str) -> None:
    assert privacy.suspicions(label, {"hash": "b64'" + "A" * 400 + "'"}) == ()


@pytest.mark.parametrize("value", [[0.5] * 63, [7] * 127, [1000] * 200, "ab" * 32, "b64'AAAA'", [[1, 2]] * 200])
def test_short_or_other_rows_are_not_suspected(value: Any) -> None:
    assert privacy.suspicions(OWN, {"x": value}) == ()


@pytest.mark.parametrize("key", ["legalName", "legal_name", "Birth-Date", "email", "Embedding", "contractText", "name"])
def test_a_field_named_like_personal_data_is_suspected_in_an_own_namespace(key: str) -> None:
    assert privacy.suspicions(OWN, {"subjects": [{key: "x"}]})
    assert privacy.suspicions("stds.schema-org.CreativeWork", {"author": [{key: "x"}]}) == ()


def test_addresses_and_contract_text_are_suspected_in_an_own_namespace() -> None:
    assert "e-mail" in privacy.suspicions(OWN, {"x": "write to jane@example.org"})[0]
    assert "contract" in privacy.suspicions(OWN, {"x": "The performer agrees that " * 20})[0]


def test_a_reason_names_the_place_and_not_the_value() -> None:
    reasons = privacy.suspicions(OWN, {"Jane Doe <jane@example.org>": {"email": "jane@example.org"}})
    assert reasons
    assert "jane" not in " ".join(reasons).lower()


def test_our_own_signed_file_is_clean(
    tmp_path: Path, signed_bytes: Callable[[str], bytes], profile: TrustProfile
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(signed_bytes("mp4"))
    assert privacy.personal_data(verify.read(path, profile)) == ()


def test_a_vector_in_a_parents_manifest_travels_along_and_is_found(
    tmp_path: Path, forge: Forge, actions_of: Any, profile: TrustProfile
) -> None:
    created, opened = actions_of
    parent = forge([created(), {"label": OWN, "created": True, "data": {"v": [0.5, -0.25] * 256}}])
    path = tmp_path / "child.jpg"
    path.write_bytes(forge([opened()], parent=parent))
    (reason,) = privacy.personal_data(verify.read(path, profile))
    assert reason.startswith(OWN)


def test_a_consent_assertion_that_breaks_its_schema_is_reported(
    studio: Studio, forge: Forge, actions_of: Any, consent: LikenessConsent
) -> None:
    data = assertion_data(consent) | {"note": "x"}
    path = studio.folder / "x.jpg"
    path.write_bytes(forge([actions_of[0](), {"label": CONSENT, "created": True, "data": data}]))
    (reason,) = privacy.personal_data(verify.read(path, studio.profile))
    assert "schema" in reason


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


@given(st.text(max_size=40), json_values)
def test_any_assertion_can_be_searched(label: str, data: Any) -> None:
    assert isinstance(privacy.suspicions(label, data), tuple)


def test_an_assertion_nested_without_end_can_be_searched() -> None:
    data: Any = []
    for _ in range(5000):
        data = [data]
    assert privacy.suspicions(OWN, data) == ()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_are_none_are_searched_too(number: float) -> None:
    assert privacy.suspicions(OWN, {"v": [number] * 64}) != ()
