"""The vocabulary: what facts accept, and that recorded facts come back as they were."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from policies.errors import FactsInvalid
from policies.facts import Facts, fact_schema, facts_from_json
from policies.person_facts import AppearanceFacts, ConsentFacts, ReplicaFacts
from policies.use_facts import AssetFacts, DeclaredFacts, UseFacts

SHA = "ab" * 32


@pytest.mark.parametrize(
    ("given_", "text"),
    [
        (date(2026, 9, 1), "2026-09-01T00:00:00Z"),
        ("2026-09-01", "2026-09-01T00:00:00Z"),
        (datetime(2026, 9, 1, 8, 30, tzinfo=UTC), "2026-09-01T08:30:00Z"),
        (datetime(2026, 9, 1, 8, 30, 0, 999, tzinfo=timezone(timedelta(hours=9))), "2026-08-31T23:30:00Z"),
        ("2026-09-01T01:00:00+02:00", "2026-08-31T23:00:00Z"),
        ("2026-09-01T01:00:00.25Z", "2026-09-01T01:00:00Z"),
    ],
)
def test_every_date_and_time_becomes_utc_text_of_one_precision(given_: object, text: str) -> None:
    assert UseFacts(date=given_).date == text


@pytest.mark.parametrize(
    "wrong",
    [
        "2026-02-30",
        "2026-09-01T10:00:00",
        "tomorrow",
        20260901,
        True,
        datetime(2026, 9, 1),  # noqa: DTZ001 - a time without offset is what must be refused
        "9999-12-31T23:59:59-01:00",
        "0001-01-01T00:00:00+01:00",
    ],
)
def test_a_time_that_is_no_moment_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        UseFacts(date=wrong)


@settings(deadline=None)
@given(
    st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7)), timezone(timedelta(hours=13))])),
    st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))])),
)
def test_the_order_of_moments_as_text_is_their_order_in_time(one: datetime, other: datetime) -> None:
    try:
        first, second = UseFacts(date=one).date, UseFacts(date=other).date
    except ValidationError:
        return  # within a day of the calendar's ends, there is no such moment in UTC
    assert first is not None
    assert second is not None
    if one < other:
        assert first <= second


def test_an_unknown_fact_and_a_wrong_value_are_refused() -> None:
    for values in ({"knd": "image"}, {"kind": "audio"}, {"kind": 3}):
        with pytest.raises(ValidationError):
            AssetFacts(sha256=SHA, **values)
    with pytest.raises(ValidationError):
        AssetFacts(sha256="short")
    with pytest.raises(ValidationError):
        DeclaredFacts(replicas=-1)
    with pytest.raises(ValidationError):
        ConsentFacts(why={"weather": "it rained"})
    with pytest.raises(ValidationError):
        AppearanceFacts(id="A1", score=float("nan"))
    with pytest.raises(ValidationError, match="valid boolean"):
        ConsentFacts(record_found="yes")


def test_facts_are_frozen() -> None:
    facts = Facts(asset=AssetFacts(sha256=SHA))
    with pytest.raises(ValidationError):
        facts.use = UseFacts()  # type: ignore[misc]  # what must fail


def test_that_nobody_has_looked_yet_is_known() -> None:
    assert AppearanceFacts(id="A1").adjudication == "open"
    assert AppearanceFacts(id="A1", adjudication=None).adjudication == "open"


def test_recorded_facts_come_back_equal() -> None:
    facts = Facts(
        asset=AssetFacts(sha256=SHA, kind="video"),
        replicas=(ReplicaFacts(performer="P-1", consent=ConsentFacts(term="covered", why={"term": "in its term"})),),
        appearances=(AppearanceFacts(id="A1", decision="review", score=0.4, adjudication="dismissed"),),
    )
    assert facts_from_json(facts.model_dump_json()) == facts
    assert facts_from_json(facts.model_dump_json(exclude_none=True).encode()) == facts


def test_the_schema_describes_every_fact_and_accepts_recorded_facts() -> None:
    schema = fact_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    recorded = json.loads(Facts(asset=AssetFacts(sha256=SHA)).model_dump_json())
    jsonschema.validate(recorded, schema)
    for name, definition in schema["$defs"].items():
        for key, field in definition["properties"].items():
            assert field.get("description"), f"{name}.{key} has no description"


def test_wrong_recorded_facts_are_told_by_path() -> None:
    with pytest.raises(FactsInvalid) as caught:
        facts_from_json('{"asset": {"sha256": "x"}, "use": {"date": "soon"}, "replicas": [{"kind": 1}]}')
    assert [problem.partition(": ")[0] for problem in caught.value.problems] == [
        "asset.sha256",
        "use.date",
        "replicas.0.performer",
        "replicas.0.kind",
    ]


json_tree = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*Facts.model_fields, "sha256", "kind", "date", "why"]), inner)
    ),
    max_leaves=15,
)


@settings(deadline=None)
@given(json_tree)
def test_any_json_gives_facts_or_facts_invalid(data: Any) -> None:
    try:
        told: object = facts_from_json(json.dumps(data))
    except FactsInvalid as error:
        told = error.problems
    assert told


@settings(deadline=None)
@given(st.text(st.characters()) | st.binary() | st.sampled_from(["[" * 10_000, '{"asset":' * 5000, '"\ud800"']))
def test_any_bytes_give_facts_or_facts_invalid(content: str | bytes) -> None:
    with pytest.raises(FactsInvalid):
        facts_from_json(content)
