"""Digital source types: the list as the IPTC has it, in every spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance import source_types


def test_the_current_list_has_its_seventeen_terms_and_no_retired_one() -> None:
    assert len(source_types.CURRENT) == 17
    assert not source_types.CURRENT & source_types.RETIRED
    assert source_types.CAPTURE < source_types.CURRENT
    assert source_types.GENERATED < source_types.CURRENT
    assert not source_types.CAPTURE & source_types.GENERATED


@pytest.mark.parametrize("term", sorted(source_types.CURRENT | source_types.RETIRED))
def test_every_spelling_of_a_term_comes_to_the_same(term: str) -> None:
    full = source_types.uri(term)
    for spelling in (term, full, full.replace("http://", "https://"), full + "/"):
        assert source_types.short(spelling) == term
        assert source_types.uri(spelling) == full


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "absent"),
        ("trainedAlgorithmicMedia", "current"),
        ("https://cv.iptc.org/newscodes/digitalsourcetype/print", "current"),
        ("digitalArt", "retired"),
        ("minorHumanEdits", "retired"),
        ("http://c2pa.org/digitalsourcetype/empty", "unknown"),
        ("https://c2pa.org/digitalsourcetype/empty", "unknown"),
        ("TrainedAlgorithmicMedia", "unknown"),
        (" http://cv.iptc.org/newscodes/digitalsourcetype/print", "unknown"),
        ("", "unknown"),
    ],
)
def test_the_standing_of_a_stated_type(value: str | None, expected: str) -> None:
    assert source_types.status(value) == expected


@given(st.text())
def test_any_text_has_a_standing_and_normalises_once(value: str) -> None:
    assert source_types.status(value) in {"current", "retired", "unknown"}
    assert source_types.short(source_types.uri(value)) == source_types.short(value)
