"""Whether grants cover a use: each dimension, the order of grants, and what must always hold."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.answer import Dimension, GrantAnswer, Outcome, Use
from consent.coverage import assess
from consent.grant import ANY, Every, Grant, GrantEvent, Scope
from consent.territory import EU

PERFORMER = "P-00000001"
# What limits a grant only where it is stated, and the description, which is for people to read.
LIMITS = ("description", "starts_on", "advertiser", "product", "sequels", "mpu_months")
USE = Use(
    date=date(2027, 1, 15),
    project="the long  shore",
    territories=("US-CA", "FR"),
    media=("Streaming",),
    use_categories=("feature film",),
    character="captain ardent",
    scenes=("14a",),
    replica_kind="EBDR",
    modalities=("face",),
)
MakeGrant = Callable[..., Grant]


def answered(grant: Grant, use: Use) -> GrantAnswer:
    best = assess(PERFORMER, [grant], use).best
    assert best is not None
    return best


def test_a_use_within_every_limit_is_covered(given_grant: MakeGrant) -> None:
    answer = answered(given_grant(), USE)
    assert answer.covered
    assert [dimension.dimension for dimension in answer.dimensions] == [
        "status",
        "term",
        "project",
        "use_category",
        "medium",
        "territory",
        "character",
        "scene",
        "replica_kind",
        "modality",
    ]


def without(use: Use, field: str) -> Use:
    change: dict[str, Any] = {field: None}
    return replace(use, **change)


@pytest.mark.parametrize(
    ("change", "dimension"),
    [
        ({"date": date(2026, 8, 31)}, "status"),
        ({"date": date(2026, 8, 31)}, "term"),
        ({"date": date(2028, 9, 1)}, "term"),
        ({"project": "Another Shore"}, "project"),
        ({"territories": ("US", "JP")}, "territory"),
        ({"territories": ("WORLD",)}, "territory"),
        ({"media": ("streaming", "game")}, "medium"),
        ({"use_categories": ("advertising",)}, "use_category"),
        ({"character": "The Ghost"}, "character"),
        ({"scenes": ("12", "13")}, "scene"),
        ({"replica_kind": "ICDR"}, "replica_kind"),
        ({"modalities": ("face", "voice")}, "modality"),
    ],
)
def test_a_use_outside_one_limit_is_not_covered_in_that_dimension(
    given_grant: MakeGrant, change: dict[str, Any], dimension: Dimension
) -> None:
    answer = answered(given_grant(), replace(USE, **change))
    found = answer.dimension(dimension)
    assert found is not None
    assert found.outcome == "not_covered"
    assert answer.outcome == "not_covered"
    assert not answer.covered


@pytest.mark.parametrize(
    "field", [field.name for field in fields(Use) if field.name not in ("date", "advertiser", "product", "sequel")]
)
def test_what_the_declaration_does_not_say_is_unknown(given_grant: MakeGrant, field: str) -> None:
    assert answered(given_grant(), without(USE, field)).outcome == "unknown"


def test_an_empty_list_in_the_declaration_says_nothing(given_grant: MakeGrant) -> None:
    assert answered(given_grant(), replace(USE, territories=())).outcome == "unknown"


@pytest.mark.parametrize(
    "field",
    [f.name for f in fields(Scope) if f.name not in LIMITS],
)
def test_what_the_grant_does_not_state_is_unknown_and_never_all(
    given_grant: MakeGrant, full_scope: Scope, field: str
) -> None:
    assert answered(given_grant(replace(full_scope, **{field: None})), USE).outcome == "unknown"


def test_any_covers_whatever_the_use_is(given_grant: MakeGrant, any_scope: Scope) -> None:
    assert answered(given_grant(any_scope), USE).covered
    assert answered(given_grant(any_scope), Use(date=USE.date)).covered


def test_a_sentence_names_both_sides_and_the_clause(given_grant: MakeGrant) -> None:
    territory = answered(given_grant(), replace(USE, territories=("US", "JP"))).dimension("territory")
    assert territory is not None
    assert territory.why == "The grant covers territory US and EU; the use names US and JP: JP is not covered."
    assert territory.clause == "G-00000001 scope.territories"
    term = answered(given_grant(), replace(USE, date=date(2028, 9, 1))).dimension("term")
    assert term is not None
    assert term.why == "The grant expired on 2028-08-31; the use is later, on 2028-09-01."


def test_the_last_day_of_the_term_is_covered_and_the_next_is_not(given_grant: MakeGrant) -> None:
    assert answered(given_grant(), replace(USE, date=date(2028, 8, 31))).covered
    assert not answered(given_grant(), replace(USE, date=date(2028, 9, 1))).covered


def test_a_use_before_the_signature_is_not_covered_even_when_the_term_reaches_back(
    given_grant: MakeGrant, full_scope: Scope
) -> None:
    answer = answered(given_grant(replace(full_scope, starts_on=date(2020, 1, 1))), replace(USE, date=date(2021, 1, 1)))
    status = answer.dimension("status")
    assert status is not None
    assert status.outcome == "not_covered"


@pytest.mark.parametrize(
    ("kind", "on", "outcome"),
    [
        ("withdrawn", date(2027, 1, 15), "not_covered"),
        ("withdrawn", date(2027, 1, 16), "covered"),
        ("suspended", date(2027, 1, 1), "not_covered"),
    ],
)
def test_a_revoked_grant_does_not_cover_a_later_use(
    given_grant: MakeGrant, kind: Any, on: date, outcome: Outcome
) -> None:
    grant = given_grant()
    grant = replace(grant, events=(*grant.events, GrantEvent(kind, on, grant.recorded)))
    assert answered(grant, USE).outcome == outcome


def test_an_advertiser_limits_only_a_grant_that_names_one(given_grant: MakeGrant, full_scope: Scope) -> None:
    assert answered(given_grant(), replace(USE, advertiser="Acme")).dimension("advertiser") is None
    limited = given_grant(replace(full_scope, advertiser="ACME", product="Soap"))
    assert answered(limited, replace(USE, advertiser="Acme", product="soap")).covered
    assert answered(limited, replace(USE, advertiser="Acme", product="Shampoo")).outcome == "not_covered"
    assert answered(limited, USE).outcome == "unknown"


def test_a_territory_that_is_no_code_is_unknown(given_grant: MakeGrant) -> None:
    territory = answered(given_grant(), replace(USE, territories=("Narnia",))).dimension("territory")
    assert territory is not None
    assert territory.outcome == "unknown"
    assert "Narnia" in territory.why


def test_every_member_of_a_group_covers_the_group(given_grant: MakeGrant, full_scope: Scope) -> None:
    members = given_grant(replace(full_scope, territories=tuple(EU)))
    assert answered(members, replace(USE, territories=("EU",))).covered
    fewer = given_grant(replace(full_scope, territories=tuple(EU - {"MT"})))
    assert answered(fewer, replace(USE, territories=("EU",))).outcome == "not_covered"


def test_the_best_grant_comes_first(given_grant: MakeGrant, full_scope: Scope) -> None:
    covering = given_grant(id="G-COVERS00")
    later = given_grant(id="G-LATER000", signed_on=date(2026, 9, 2))
    unsure = given_grant(replace(full_scope, media=None), id="G-UNSURE00")
    outside = given_grant(replace(full_scope, media=("print",)), id="G-0VTS1DE0")
    answer = assess(PERFORMER, [outside, unsure, covering, later], USE)
    assert [each.grant.id for each in answer.answers] == [
        "G-LATER000",
        "G-COVERS00",
        "G-UNSURE00",
        "G-0VTS1DE0",
    ]


def test_two_partial_grants_do_not_add_up(given_grant: MakeGrant, full_scope: Scope) -> None:
    american = given_grant(replace(full_scope, territories=("US",)), id="G-AMER0000")
    french = given_grant(replace(full_scope, territories=("FR",)), id="G-FRAN0000")
    best = assess(PERFORMER, [american, french], USE).best
    assert best is not None
    assert not best.covered


def test_without_a_grant_there_is_no_best_answer(given_grant: MakeGrant) -> None:
    assert assess(PERFORMER, [], USE).best is None
    assert assess("P-00000002", [given_grant()], USE).best is None


WORDS = st.sampled_from(["A", "b", "C d", "any"])
CODES = st.sampled_from(["WORLD", "EU", "EEA", "FR", "DE", "US", "US-CA", "NO", "Narnia"])
DAYS = st.dates(date(2026, 1, 1), date(2029, 12, 31))


def some(items: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(items, min_size=1, max_size=4).map(tuple)


def terms(items: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...] | Every | None]:
    return st.one_of(st.none(), st.just(ANY), some(items))


LISTED = ("projects", "characters", "scenes", "use_categories", "media", "replica_kinds", "modalities")
SCOPES = st.builds(
    Scope,
    **{name: terms(WORDS) for name in LISTED},
    territories=terms(CODES),
    starts_on=st.none() | DAYS,
    expires_on=st.none() | st.just(ANY) | DAYS,
    advertiser=st.none() | WORDS,
    product=st.none() | WORDS,
)
USES = st.builds(
    Use,
    date=DAYS,
    project=st.none() | WORDS,
    territories=st.none() | some(CODES),
    media=st.none() | some(WORDS),
    use_categories=st.none() | some(WORDS),
    character=st.none() | WORDS,
    scenes=st.none() | some(WORDS),
    replica_kind=st.none() | WORDS,
    modalities=st.none() | some(WORDS),
    advertiser=st.none() | WORDS,
    product=st.none() | WORDS,
)


def outcomes(scope: Scope, use: Use) -> dict[str, Outcome]:
    signed = date(2026, 1, 1)
    recorded = datetime(2026, 1, 1, tzinfo=UTC)
    grant = Grant(
        id="G-00000001",
        recorded=recorded,
        events=(GrantEvent("given", signed, recorded),),
        performer=PERFORMER,
        signed_on=signed,
        scope=scope,
    )
    return {answer.dimension: answer.outcome for answer in answered(grant, use).dimensions}


@given(SCOPES, USES, st.data())
def test_widening_a_scope_never_takes_cover_away(scope: Scope, use: Use, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([*LISTED, "territories", "expires_on", "starts_on", "advertiser"]))
    value = getattr(scope, name)
    wider: Any = ANY
    if name == "expires_on" and isinstance(value, date):
        wider = data.draw(st.sampled_from([ANY, value + timedelta(days=30)]))
    elif name == "starts_on":
        wider = (value or date(2026, 1, 1)) - timedelta(days=30)
    elif name == "advertiser":
        wider = None
    elif isinstance(value, tuple):
        wider = data.draw(st.sampled_from([ANY, (*value, "FR" if name == "territories" else "A")]))
    before, after = outcomes(scope, use), outcomes(replace(scope, **{name: wider}), use)
    for dimension, outcome in after.items():
        if before[dimension] == "covered":
            assert outcome == "covered", dimension


@given(SCOPES, USES, st.sampled_from([field.name for field in fields(Use) if field.name != "date"]))
def test_leaving_a_fact_out_never_gains_cover(scope: Scope, use: Use, name: str) -> None:
    before, after = outcomes(scope, use), outcomes(scope, without(use, name))
    assert before.keys() == after.keys()
    for dimension, outcome in after.items():
        if outcome == "covered":
            assert before[dimension] == "covered", dimension
