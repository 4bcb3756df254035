"""The registry end to end: what is kept, what is refused, and what never shows."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.answer import Use
from consent.errors import (
    DuplicatePerformer,
    RecordInvalid,
    ReleaseMissing,
    UnknownGrant,
    UnknownPerformer,
)
from consent.grant import NewGrant
from consent.registry import Registry
from consent.values import NewTemplate, Performer

pytestmark = pytest.mark.both_databases

DAY = date(2026, 9, 30)
MakeGrant = Callable[..., NewGrant]


def released(registry: Registry, performer: Performer, now: datetime) -> None:
    registry.add_release(
        performer.ref,
        signed_on=date(2026, 9, 1),
        expires_on=date(2027, 8, 31),
        jurisdiction="us-il",
        purposes=["enrolment"],
        now=now,
    )


def test_a_performer_comes_back_as_registered(registry: Registry, now: datetime) -> None:
    added = registry.add_performer(
        "  Bo   Reyes ",
        minor=True,
        deceased_on=DAY,
        domicile="us-ny",
        unions=["SAG-AFTRA"],
        represented_by="Estate of Bo Reyes",
        now=now,
    )
    assert added.stage_name == "Bo Reyes"
    assert added.domicile == "US-NY"
    assert registry.performer(added.ref) == added
    assert registry.performers() == (added,)
    assert registry.performer(added.ref).registered.tzinfo is UTC


def test_the_legal_name_opens_with_the_key_and_appears_in_no_repr(registry: Registry, performer: Performer) -> None:
    identity = registry.identity(performer.ref)
    assert identity.legal_name == "Adelaide Valentine-Quux"
    assert "Valentine" not in repr(identity) + repr(performer)


def test_a_stage_name_in_use_is_refused_unless_it_is_a_namesake(
    registry: Registry, performer: Performer, now: datetime
) -> None:
    with pytest.raises(DuplicatePerformer, match=performer.ref):
        registry.add_performer("ada  VALE", now=now)
    assert len(registry.performers()) == 1
    registry.add_performer("Ada Vale", namesake=True, now=now)
    assert len(registry.performers()) == 2


@pytest.mark.parametrize("stage_name", ["", "   ", "a\x00b", "x" * 400])
def test_a_stage_name_that_is_none_is_refused(registry: Registry, now: datetime, stage_name: str) -> None:
    with pytest.raises(RecordInvalid):
        registry.add_performer(stage_name, now=now)


def test_a_domicile_that_is_no_code_is_refused_with_the_code_that_was_meant(registry: Registry, now: datetime) -> None:
    with pytest.raises(RecordInvalid, match="GB"):
        registry.add_performer("Bo", domicile="UK", now=now)


def test_a_time_without_a_zone_is_refused(registry: Registry, now: datetime) -> None:
    with pytest.raises(RecordInvalid, match="zone"):
        registry.add_performer("Bo", now=now.replace(tzinfo=None))


def test_enrolment_without_a_release_is_refused_and_keeps_nothing(
    registry: Registry, performer: Performer, template: NewTemplate, now: datetime
) -> None:
    with pytest.raises(ReleaseMissing, match=performer.ref):
        registry.enrol(performer.ref, [template], on=DAY, now=now)
    released(registry, performer, now)
    with pytest.raises(ReleaseMissing):
        registry.enrol(performer.ref, [template], on=date(2027, 9, 1), now=now)
    assert registry.template_count(performer.ref) == 0


def test_enrolled_templates_come_back_for_their_model_alone(
    registry: Registry, performer: Performer, template: NewTemplate, now: datetime
) -> None:
    released(registry, performer, now)
    other = replace(template, model_key="model@2")
    first, second = registry.enrol(performer.ref, [template, other], on=DAY, now=now)
    (stored,) = registry.templates("model@1", on=DAY)
    assert (stored.reference, stored.performer, stored.vector) == (first, performer.ref, template.vector)
    assert [each.reference for each in registry.templates("model@2", on=DAY)] == [second]
    assert registry.template_count(performer.ref) == 2
    assert repr(template.vector) not in repr(stored) + repr(template)


def test_templates_are_not_handed_out_once_the_release_has_expired(
    registry: Registry, performer: Performer, template: NewTemplate, now: datetime
) -> None:
    released(registry, performer, now)
    registry.enrol(performer.ref, [template], on=DAY, now=now)
    assert registry.templates("model@1", on=date(2027, 9, 1)) == ()


def test_one_bad_template_keeps_all_of_them_out(
    registry: Registry, performer: Performer, template: NewTemplate, now: datetime
) -> None:
    released(registry, performer, now)
    before = registry.ledger.size()
    for fault in (replace(template, vector=b""), replace(template, image_sha256="no digest")):
        with pytest.raises(RecordInvalid, match="template 2"):
            registry.enrol(performer.ref, [template, fault], on=DAY, now=now)
    assert registry.template_count(performer.ref) == 0
    assert registry.ledger.size() == before
    assert not [event for event in registry.events() if event.kind == "enrolled"]


def test_a_release_that_ends_before_it_begins_is_refused(
    registry: Registry, performer: Performer, now: datetime
) -> None:
    with pytest.raises(RecordInvalid, match="expires"):
        registry.add_release(
            performer.ref,
            signed_on=DAY,
            expires_on=date(2026, 9, 1),
            now=now,
            jurisdiction="US-IL",
            purposes=["matching"],
        )
    assert registry.releases(performer.ref) == ()


def test_a_grant_comes_back_as_recorded_and_covers(
    registry: Registry, performer: Performer, new_grant: MakeGrant, now: datetime
) -> None:
    recorded = registry.record_grant(new_grant(performer.ref), now)
    assert registry.grant(recorded.id) == recorded
    assert registry.grants(performer.ref) == registry.grants() == (recorded,)
    assert recorded.status_on(DAY) == "given"
    use = Use(
        date=DAY,
        project="The Long Shore",
        territories=("US",),
        media=("theatrical",),
        use_categories=("feature film",),
        character="Captain Ardent",
        scenes=("12",),
        replica_kind="EBDR",
        modalities=("face",),
    )
    best = registry.check(performer.ref, use).best
    assert best is not None
    assert best.covered


def test_a_withdrawn_grant_is_withdrawn_for_good(
    registry: Registry, performer: Performer, new_grant: MakeGrant, now: datetime
) -> None:
    grant = registry.record_grant(new_grant(performer.ref), now)
    registry.record_grant_event(grant.id, "suspended", on=date(2026, 9, 10), now=now)
    registry.record_grant_event(grant.id, "resumed", on=date(2026, 9, 12), now=now)
    withdrawn = registry.record_grant_event(grant.id, "withdrawn", on=date(2026, 9, 20), now=now)
    assert registry.grant(grant.id) == withdrawn
    days = [date(2026, 9, day) for day in (9, 10, 12, 20)]
    assert [withdrawn.status_on(day) for day in days] == ["given", "suspended", "given", "withdrawn"]
    with pytest.raises(RecordInvalid, match="new grant"):
        registry.record_grant_event(grant.id, "resumed", on=DAY, now=now)


def test_a_step_that_cannot_follow_is_refused(
    registry: Registry, performer: Performer, new_grant: MakeGrant, now: datetime
) -> None:
    grant = registry.record_grant(new_grant(performer.ref), now)
    with pytest.raises(RecordInvalid, match="suspended or withdrawn"):
        registry.record_grant_event(grant.id, "resumed", on=DAY, now=now)
    with pytest.raises(RecordInvalid, match="later day"):
        registry.record_grant_event(grant.id, "withdrawn", on=date(2026, 8, 1), now=now)


@given(text=st.text(st.characters(exclude_categories=()), max_size=12))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_no_reference_is_unknown(
    registry: Registry, new_grant: MakeGrant, template: NewTemplate, text: str
) -> None:
    now = datetime(2026, 9, 30, tzinfo=UTC)
    attempts: list[Callable[[], object]] = [
        lambda: registry.performer(text),
        lambda: registry.identity(text),
        lambda: registry.releases(text),
        lambda: registry.template_count(text),
        lambda: registry.grants(text),
        lambda: registry.check(text, Use(date=DAY)),
        lambda: registry.record_grant(new_grant(text), now),
        lambda: registry.enrol(text, [template], on=DAY, now=now),
        lambda: registry.add_release(text, signed_on=DAY, now=now, jurisdiction="US-IL", purposes=["matching"]),
    ]
    for attempt in attempts:
        with pytest.raises(UnknownPerformer):
            attempt()
    with pytest.raises(UnknownGrant):
        registry.grant(text)


def test_every_change_is_in_the_record_and_names_nobody(
    registry: Registry, performer: Performer, template: NewTemplate, new_grant: MakeGrant, now: datetime
) -> None:
    released(registry, performer, now)
    registry.enrol(performer.ref, [template], on=DAY, now=now)
    grant = registry.record_grant(new_grant(performer.ref), now)
    registry.record_grant_event(grant.id, "withdrawn", on=DAY, now=now)
    registry.record_event("search", "ab" * 32, {"model": "model@1", "candidates": "3"}, now)
    events = registry.events()
    assert [event.kind for event in events] == [
        "search",
        "grant-withdrawn",
        "grant-recorded",
        "enrolled",
        "release-recorded",
        "performer-added",
        "registry-created",
    ]
    assert events[0].detail == (("candidates", "3"), ("model", "model@1"))
    assert "Ada" not in repr(events)
    assert registry.events(2) == events[:2]
    assert all(event.recorded == now for event in events)


@pytest.mark.parametrize(
    ("kind", "subject", "detail"),
    [
        ("Search", "x", {}),
        ("search", "Ada Vale", {}),
        ("search", "x", {"who": "Ada Vale"}),
        ("search", "x", {"Who Is": "x"}),
        ("search", "x", {"who": "\ud800"}),
    ],
)
def test_a_name_has_no_way_into_the_record_of_changes(
    registry: Registry, now: datetime, kind: str, subject: str, detail: dict[str, str]
) -> None:
    with pytest.raises(RecordInvalid):
        registry.record_event(kind, subject, detail, now)
