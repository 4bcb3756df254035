"""The state of a day: which grants are in force, and what is remarkable about them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from consent.errors import UnknownGrant
from consent.grant import EventKind, Grant, NewGrant, Scope, TrainingUse
from consent.grant_amendment import amended_from
from consent.grants import grants_in_force
from consent.registry import Registry
from consent.values import Performer

DAY = date(2026, 9, 30)
MakeGrant = Callable[..., NewGrant]


def test_contradictions_overlaps_and_boundless_grants_are_flagged_and_recorded(
    registry: Registry, performer: Performer, new_grant: MakeGrant, full_scope: Scope, any_scope: Scope, now: datetime
) -> None:
    def flags(grant: Grant) -> set[tuple[str, str | None]]:
        return {(flag.kind, flag.other) for flag in registry.grant_flags(grant.id, on=DAY)}

    first = registry.record_grant(new_grant(performer.ref, training_use=TrainingUse(ai_training="allowed")), now)
    assert flags(first) == set()
    elsewhere = replace(full_scope, territories=("JP",))
    assert flags(registry.record_grant(new_grant(performer.ref, scope=elsewhere), now)) == set()
    opposed = new_grant(performer.ref, training_use=TrainingUse(ai_training="notAllowed"))
    second = registry.record_grant(opposed, now)
    assert flags(second) == {("contradiction", first.id)}
    assert flags(first) == {("contradiction", second.id)}
    registry.record_grant_event(second.id, "withdrawn", on=DAY, now=now)
    assert flags(first) == set()
    narrow = replace(full_scope, territories=("DE",))
    prohibiting = registry.record_grant(new_grant(performer.ref, scope=narrow, prohibitions=("Theatrical",)), now)
    assert flags(prohibiting) == {("contradiction", first.id)}
    registry.record_grant_event(prohibiting.id, "withdrawn", on=DAY, now=now)
    registry.record_grant(new_grant(performer.ref, scope=narrow, form="initialled"), now)
    assert {kind for kind, _ in flags(first)} == {"overlap"}
    other = registry.add_performer("Bo Reyes", now=now)
    assert flags(registry.record_grant(new_grant(other.ref, scope=any_scope), now)) == {("boundless", None)}


def test_flags_are_those_that_were_known_at_the_moment(
    registry: Registry, performer: Performer, new_grant: MakeGrant, now: datetime
) -> None:
    first = registry.record_grant(new_grant(performer.ref), now)
    later = now + timedelta(hours=1)
    second = registry.record_grant(new_grant(performer.ref), later)
    assert registry.grant_flags(first.id, on=DAY, known_at=now) == ()
    assert [flag.other for flag in registry.grant_flags(first.id, on=DAY, known_at=later)] == [second.id]
    with pytest.raises(UnknownGrant):
        registry.grant_flags(second.id, on=DAY, known_at=now)


def test_the_grants_in_force_are_those_that_nothing_has_ended(
    registry: Registry, performer: Performer, new_grant: MakeGrant, full_scope: Scope, now: datetime
) -> None:
    def in_force(on: date, ref: str | None = None) -> Any:
        with registry._database.reading() as session:
            return grants_in_force(session, on, ref)

    assert in_force(DAY) == {}
    one = registry.record_grant(new_grant(performer.ref), now)
    two = registry.record_grant(new_grant(performer.ref, survivorship="ends"), now)
    other = registry.add_performer("Bo Reyes", now=now)
    three = registry.record_grant(new_grant(other.ref, scope=replace(full_scope, starts_on=date(2027, 1, 1))), now)
    registry.request_grant(new_grant(other.ref), now)
    assert in_force(DAY) == {performer.ref: tuple(sorted((one.id, two.id)))}
    assert in_force(date(2026, 8, 31)) == {}
    assert in_force(date(2027, 1, 1), other.ref) == {other.ref: (three.id,)}
    assert in_force(date(2028, 9, 1)) == {}
    longer = amended_from({"scope": {"expires_on": "any"}}, one, evidence_reader=None)
    registry.amend_grant(one.id, longer, effective_on=date(2026, 10, 15), now=now)
    assert in_force(date(2028, 9, 1)) == {performer.ref: (one.id,)}
    registry.update_performer(performer.ref, deceased_on=date(2026, 9, 20), now=now)
    assert in_force(DAY, performer.ref) == {performer.ref: (one.id,)}
    registry.record_grant_event(one.id, "withdrawn", on=DAY, now=now)
    assert in_force(DAY, performer.ref) == {}


def test_everybodys_grants_in_force_are_those_that_stand_as_given_by_their_own_steps(
    registry: Registry, performer: Performer, new_grant: MakeGrant, now: datetime
) -> None:
    steps: tuple[tuple[EventKind, ...], ...] = (
        (),
        ("suspended",),
        ("suspended", "resumed"),
        ("suspended", "resumed", "withdrawn"),
        ("withdrawn",),
    )
    other = registry.add_performer("Bo Reyes", now=now)
    days = [DAY + timedelta(days=number) for number in range(-32, 6)]
    for ref in (performer.ref, other.ref):
        asked = registry.request_grant(new_grant(ref), now)
        registry.record_grant_event(asked.id, "given", on=DAY, now=now)
        for kinds in steps:
            grant = registry.record_grant(new_grant(ref), now)
            for number, kind in enumerate(kinds, start=1):
                registry.record_grant_event(grant.id, kind, on=DAY + timedelta(days=number), now=now)
    recorded = {ref: registry.grants(ref) for ref in (performer.ref, other.ref)}
    for day in days:
        given = {ref: tuple(sorted(g.id for g in of if g.standing_on(day) == "given")) for ref, of in recorded.items()}
        expected = {ref: ids for ref, ids in given.items() if ids}
        with registry._database.reading() as session:
            assert grants_in_force(session, day) == expected
            assert grants_in_force(session, day, other.ref).get(other.ref, ()) == given[other.ref]
