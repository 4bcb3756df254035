"""What may and may not happen to a grant, and what is pointed out about it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from consent.answer import Use
from consent.coverage import assess
from consent.errors import ConsentError, GrantInvalid, RecordInvalid, UnknownGrant
from consent.grant import ANY, Approval, Grant, GrantEvent, NewGrant, Scope, Signatory, status_after
from consent.grant_amendment import amended_from, effective_from
from consent.grant_document import grant_from
from consent.registry import Registry
from consent.values import Performer

DAY = date(2026, 9, 30)
MakeGrant = Callable[..., NewGrant]


def amended(grant: Grant, document: object, **options: Any) -> NewGrant:
    return amended_from(document, grant, evidence_reader=None, **options)


def test_a_partial_amendment_changes_what_it_names_and_nothing_else(
    registry: Registry, performer: Performer, new_grant: MakeGrant, now: datetime
) -> None:
    approvals = (Approval(step="final shots"),)
    given_ = new_grant(performer.ref, approvals=approvals, signatory=Signatory(role="performer"))
    grant = registry.record_grant(given_, now)
    terms = amended(grant, {"scope": {"media": ["print"], "starts_on": None}, "pay": {"days": "paid"}})
    assert terms.scope == replace(grant.scope, media=("print",), starts_on=None)
    assert terms.pay.days == "paid"
    assert (terms.evidence, terms.approvals) == (grant.evidence, approvals)
    changed = registry.amend_grant(grant.id, terms, effective_on=DAY, now=now)
    assert changed.version == 2
    assert registry.grant(grant.id) == changed
    assert changed.versions[0].terms == given_


def test_an_amendment_that_changes_nothing_gives_the_same_terms(
    registry: Registry, performer: Performer, now: datetime
) -> None:
    document = {
        "signed_on": "2026-09-01",
        "signatory": {"role": "representative", "authority_document": "ab" * 32},
        "approvals": ["a", {"step": "b", "due": "2026-12-01", "decision": "approved"}],
        "pay": {"scale": "at scale"},
        "scope": {"territories": ["EU"], "expires_on": "any", "mpu_months": 21, "sequels": "excluded"},
    }
    terms = grant_from(document, performer=performer.ref, evidence_reader=None)
    assert amended(registry.record_grant(terms, now), {}) == terms


def test_a_whole_amendment_carries_nothing_over(
    registry: Registry, performer: Performer, new_grant: MakeGrant, now: datetime
) -> None:
    grant = registry.record_grant(new_grant(performer.ref), now)
    terms = amended(grant, {"signed_on": "2026-09-20", "scope": {"media": "any"}}, whole=True)
    assert terms.scope == Scope(media=ANY)
    assert terms.evidence is None
    with pytest.raises(GrantInvalid, match="signed_on"):
        amended(grant, {"scope": {}}, whole=True)


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"scope": {"expires_on": "2026-01-01"}}, "scope.expires_on"),
        ({"scope": {"territories": ["Narnia"]}}, "scope.territories"),
        ({"pay": {"amount": 100}}, "pay.amount"),
        ({"signed_on": "soon"}, "signed_on"),
        ("nothing", "the document"),
    ],
)
def test_a_faulty_amendment_is_refused_at_its_place(
    registry: Registry, performer: Performer, new_grant: MakeGrant, now: datetime, document: object, place: str
) -> None:
    grant = registry.record_grant(new_grant(performer.ref), now)
    with pytest.raises(GrantInvalid, match=place):
        amended(grant, document)
    assert effective_from(document, DAY) == DAY


@given(
    document=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("2026-09-05"),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["scope", "pay", "media", "signed_on", "expires_on", "evidence", "signatory", "approvals", "x"]
                )
                | st.integers(),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    ),
    whole=st.booleans(),
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_is_written_is_an_amendment_or_a_located_problem(
    given_grant: Callable[..., Grant], document: object, whole: bool
) -> None:
    try:
        found: object = amended(given_grant(), document, whole=whole)
    except GrantInvalid as error:
        found = error.problems
    assert found
    assert effective_from(document, DAY) >= date.min


def test_what_has_ended_is_neither_amended_nor_moved_on(
    registry: Registry, performer: Performer, new_grant: MakeGrant, now: datetime
) -> None:
    first, second = (registry.record_grant(new_grant(performer.ref), now) for _ in range(2))
    registry.record_grant_event(first.id, "withdrawn", on=DAY, now=now)
    registry.supersede_grant(second.id, registry.record_grant(new_grant(performer.ref), now).id, now=now, on=DAY)
    for grant, status in ((first, "withdrawn"), (second, "superseded")):
        with pytest.raises(RecordInvalid, match=f"{status} and cannot be amended"):
            registry.amend_grant(grant.id, amended(grant, {}), effective_on=DAY, now=now)
        with pytest.raises(RecordInvalid, match="record a new grant"):
            registry.record_grant_event(grant.id, "suspended", on=DAY, now=now)


def test_an_amendment_is_not_in_effect_before_the_grant_was_given(
    registry: Registry, performer: Performer, new_grant: MakeGrant, now: datetime
) -> None:
    grant = registry.record_grant(new_grant(performer.ref), now)
    with pytest.raises(RecordInvalid, match="before"):
        registry.amend_grant(grant.id, amended(grant, {}), effective_on=date(2026, 8, 31), now=now)


def test_only_a_grant_of_the_same_performer_takes_the_place_of_another(
    registry: Registry, performer: Performer, new_grant: MakeGrant, now: datetime
) -> None:
    other = registry.add_performer("Bo Reyes", now=now)
    mine, theirs = (registry.record_grant(new_grant(ref), now).id for ref in (performer.ref, other.ref))
    wanted = registry.request_grant(new_grant(performer.ref), now).id
    for old, new, why in ((mine, theirs, "two performers"), (mine, mine, "its own"), (mine, wanted, "requested")):
        with pytest.raises(RecordInvalid, match=why):
            registry.supersede_grant(old, new, now=now)
    with pytest.raises(UnknownGrant):
        registry.supersede_grant(mine, "G-00000000", now=now)


def test_a_minor_signs_only_through_a_guardian_and_the_dead_do_not_sign(
    registry: Registry, new_grant: MakeGrant, now: datetime
) -> None:
    minor = registry.add_performer("Kid", minor_until=date(2030, 1, 1), now=now).ref
    dead = registry.add_performer("Late", deceased_on=date(2026, 8, 1), now=now).ref
    for ref, why in ((minor, "guardian"), (dead, "died on 2026-08-01")):
        for signatory in (None, Signatory(role="performer")):
            with pytest.raises(RecordInvalid, match=why):
                registry.record_grant(new_grant(ref, signatory=signatory), now)
    asked = registry.request_grant(new_grant(minor), now)
    with pytest.raises(RecordInvalid, match="guardian"):
        registry.record_grant_event(asked.id, "given", on=DAY, now=now)
    registry.record_grant(new_grant(minor, signatory=Signatory(role="guardian")), now)
    kept = registry.record_grant(new_grant(dead, signatory=Signatory(role="estate")), now)
    terms = replace(kept.versions[0].terms, signed_on=DAY, signatory=Signatory(role="performer"))
    with pytest.raises(RecordInvalid, match="died"):
        registry.amend_grant(kept.id, terms, effective_on=DAY, now=now)


def test_a_reason_is_a_code_and_is_kept(
    registry: Registry, performer: Performer, new_grant: MakeGrant, now: datetime
) -> None:
    grant = registry.record_grant(new_grant(performer.ref), now)
    with pytest.raises(RecordInvalid, match="reason code"):
        registry.record_grant_event(grant.id, "suspended", on=DAY, now=now, reason="Ada Vale said so")
    suspended = registry.record_grant_event(grant.id, "suspended", on=DAY, now=now, reason="strike")
    assert suspended.events[-1].reason == "strike"
    assert registry.events(1)[0].detail == (("grant", grant.id), ("on", "2026-09-30"), ("reason", "strike"))
    best = registry.check(performer.ref, Use(date=DAY)).best
    assert best is not None
    assert "suspended since 2026-09-30 (strike)" in best.dimensions[0].why


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["given", "suspended", "resumed", "withdrawn", "superseded"]),
            st.dates(date(2026, 1, 1), date(2026, 1, 9)),
        ),
        max_size=6,
    ),
    day=st.dates(date(2026, 1, 1), date(2026, 1, 9)),
)
def test_what_has_ended_stays_ended_whatever_follows(steps: list[Any], day: date) -> None:
    status = status_after(steps, day)
    if status in ("withdrawn", "superseded"):
        assert status_after(steps, day + timedelta(days=30)) == status
    assert status_after([step for step in steps if step[1] <= day], day) == status


def test_an_expired_grant_stands_as_expired(given_grant: Callable[..., Grant]) -> None:
    grant = given_grant()
    assert grant.standing_on(date(2028, 8, 31)) == "given"
    assert grant.standing_on(date(2028, 9, 1)) == "expired"
    withdrawn = replace(grant, events=(*grant.events, GrantEvent("withdrawn", DAY, grant.recorded)))
    assert withdrawn.standing_on(date(2028, 9, 1)) == "withdrawn"


@pytest.mark.parametrize(
    ("months", "day", "outcome"),
    [(1, date(2026, 9, 30), "covered"), (1, date(2026, 10, 1), "unknown"), (21, date(2028, 5, 31), "covered")],
)
def test_the_period_of_use_counts_from_a_first_use_that_nobody_recorded(
    given_grant: Callable[..., Grant], full_scope: Scope, months: int, day: date, outcome: str
) -> None:
    grant = given_grant(replace(full_scope, mpu_months=months))
    (answer,) = assess(grant.performer, [grant], Use(date=day)).answers
    found = answer.dimension("period_of_use")
    assert found is not None
    assert found.outcome == outcome


@pytest.mark.parametrize(("said", "outcome"), [("included", "covered"), ("excluded", "not_covered"), (None, "unknown")])
def test_a_sequel_is_covered_only_where_sequels_are_included(
    given_grant: Callable[..., Grant], full_scope: Scope, said: Any, outcome: str
) -> None:
    grant = given_grant(replace(full_scope, sequels=said))
    (answer,) = assess(grant.performer, [grant], Use(date=DAY, sequel=True)).answers
    found = answer.dimension("sequel")
    assert found is not None
    assert found.outcome == outcome


def test_versions_can_only_be_added(
    registry: Registry, performer: Performer, new_grant: MakeGrant, now: datetime
) -> None:
    grant = registry.record_grant(new_grant(performer.ref), now)
    registry.amend_grant(grant.id, amended(grant, {}), effective_on=DAY, now=now)
    for statement in (
        "UPDATE grant_version SET number = 9",
        "DELETE FROM grant_version",
        "DELETE FROM performer_version",
        "UPDATE performer_version SET record = '{}'",
        "UPDATE consent_grant SET record = '{}'",
    ):
        with pytest.raises(ConsentError, match="append-only"), registry._database.writing() as session:
            session.execute(text(statement))
    assert registry.grant(grant.id).version == 2
