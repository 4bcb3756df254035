"""A reading survives the way out of the process that made it, and nothing else passes for one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance import verify
from provenance.reading import AssertionInfo, ConsentAssertion, Remark
from provenance.reading_json import decoded, encoded

if TYPE_CHECKING:
    from .conftest import Studio

EMPTY = verify.without_manifest("nothing")
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(ANY_JSON, st.text())
def test_whatever_a_manifest_states_comes_back_as_it_was(data: Any, label: str) -> None:
    reading = replace(
        EMPTY,
        time_at=datetime(2026, 11, 22, 8, 0, 0, 5, UTC),
        consent=ConsentAssertion(label, data, created=True),
        assertions=(AssertionInfo(label, True, data, label),),
        remarks=(Remark("redaction", label),),
    )
    assert decoded(encoded(reading)) == reading


def test_a_real_reading_comes_back_as_it_was(studio: Studio, consent: Any) -> None:
    reading = verify.read(studio.signed("jpg", consent), studio.profile)
    assert decoded(encoded(reading)) == reading


@given(st.binary(max_size=100))
def test_any_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError):
        decoded(content)


@pytest.mark.parametrize(
    "change",
    [
        {"present": "yes"},
        {"present": 1},
        {"integrity": None},
        {"integrity": {"value": "valid"}},
        {"integrity": {"value": "valid", "why": "x", "more": 1}},
        {"ingredients": {}},
        {"time_at": "yesterday"},
        {"manifests": True},
        {"codes": [1]},
        {"surprise": 1},
    ],
)
def test_a_reading_with_one_wrong_type_is_refused(change: dict[str, Any]) -> None:
    document = {**json.loads(encoded(EMPTY)), **change}
    with pytest.raises(ValueError):
        decoded(json.dumps(document).encode())


def test_bottomless_nesting_is_refused() -> None:
    document = encoded(replace(EMPTY, assertions=(AssertionInfo("a", True, "HERE", "m"),)))
    with pytest.raises(ValueError):
        decoded(document.replace(b'"HERE"', b"[" * 100_000 + b"]" * 100_000))
