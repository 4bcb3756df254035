"""Territory codes: which are recognised and which lies inside which."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import territory


@pytest.mark.parametrize(
    ("text", "code"), [("us", "US"), (" de ", "DE"), ("us-ca", "US-CA"), ("World", "WORLD"), ("eea", "EEA")]
)
def test_a_code_is_recognised_in_any_case(text: str, code: str) -> None:
    assert territory.recognised(text) == code


@pytest.mark.parametrize("text", ["", "UK", "USA", "Germany", "US-ZZ", "XX", "-", "EU-FR"])
def test_what_is_no_code_is_not_recognised(text: str) -> None:
    assert territory.recognised(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [("UK", "GB"), ("Germany", "DE"), ("USA", "US"), ("worldwide", "WORLD"), ("Narnia", None)],
)
def test_a_name_leads_to_the_code_that_was_meant(text: str, code: str | None) -> None:
    assert territory.suggestion(text) == code


@pytest.mark.parametrize(
    ("requested", "granted", "expected"),
    [
        ("US-CA", {"US"}, True),
        ("US", {"US-CA"}, False),
        ("FR", {"EU"}, True),
        ("FR-IDF", {"EEA"}, True),
        ("NO", {"EU"}, False),
        ("EU", {"EEA"}, True),
        ("EEA", {"EU"}, False),
        ("EEA", {"EU", "NO", "IS", "LI"}, True),
        ("JP", {"WORLD"}, True),
        ("WORLD", {"EU", "US"}, False),
        ("GB", {"EU"}, False),
    ],
)
def test_one_territory_lies_inside_others(requested: str, granted: set[str], expected: bool) -> None:
    assert territory.inside(requested, frozenset(granted)) is expected


@given(st.text(max_size=12))
def test_any_text_is_a_code_or_none(text: str) -> None:
    code = territory.recognised(text)
    assert code is None or territory.recognised(code) == code
    meant = territory.suggestion(text)
    assert meant is None or territory.recognised(meant) == meant
