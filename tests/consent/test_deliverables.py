"""Which deliverables rest on a consent, and whether a change of it makes their use unlawful."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.answer import Use
from consent.errors import ConsentError, RecordInvalid, UnknownGrant, UnknownPerformer
from consent.grant import Grant, NewGrant
from consent.registry import Registry
from consent.reliance import Reliance, use_of, use_record
from consent.values import Performer

ASSET, SIGNED_ASSET = "cd" * 32, "ef" * 32
USE = Use(
    date=date(2026, 9, 15),
    project="The Long Shore",
    territories=("US",),
    media=("theatrical",),
    use_categories=("feature film",),
    character="Captain Ardent",
    scenes=("12",),
    replica_kind="EBDR",
    modalities=("face",),
)
LATER = date(2026, 10, 20)
MakeGrant = Callable[..., NewGrant]


@pytest.fixture
def grant(registry: Registry, performer: Performer, new_grant: MakeGrant, now: datetime) -> Grant:
    """Return a grant that an audit rested on, and then a signature."""
    grant = registry.record_grant(new_grant(performer.ref), now)
    outcome = registry.check(performer.ref, USE).outcome
    rests = Reliance(performer=performer.ref, use=USE, outcome=outcome, grant=grant.id, grant_version=1)
    registry.deliverables.record_audit(ASSET, verdict="pass", detail={"search": "registry"}, reliances=[rests], now=now)
    signing = [(rests, {"grant": grant.id, "salt": "00"})]
    registry.deliverables.record_signing(SIGNED_ASSET, verdict="pass", reliances=signing, now=now)
    return grant


def test_what_rests_on_a_grant_is_found_by_the_grant_and_by_the_performer(
    registry: Registry, grant: Grant, now: datetime
) -> None:
    for reference in (grant.id, grant.performer):
        signed, audited = registry.deliverables.resting_on(reference, on=LATER)
        assert (signed.asset_sha256, signed.signed, audited.asset_sha256, audited.signed) == (
            SIGNED_ASSET,
            True,
            ASSET,
            False,
        )
        assert (audited.recorded, audited.verdict) == (now, "pass")
        assert (audited.reliance.use, audited.reliance.grant_version) == (USE, 1)
        assert not audited.affected
    assert [event.kind for event in registry.events(2)] == ["signed", "audit"]
    assert registry.events(2)[1].detail == (("search", "registry"), ("verdict", "pass"))


def test_a_withdrawal_leaves_the_past_lawful_and_ends_what_goes_on(
    registry: Registry, grant: Grant, now: datetime
) -> None:
    registry.record_grant_event(grant.id, "withdrawn", on=date(2026, 10, 1), now=now)
    before = registry.deliverables.resting_on(grant.id, on=date(2026, 9, 30))
    assert not [found for found in before if found.affected]
    found = registry.deliverables.resting_on(grant.id, on=LATER)[0]
    assert (found.on_use_date, found.from_then_on, found.affected) == ("covered", "not_covered", True)
    assert found.why is not None
    assert "withdrawn since 2026-10-01" in found.why


def test_an_amendment_back_in_time_makes_the_use_itself_unlawful(
    registry: Registry, grant: Grant, new_grant: MakeGrant, now: datetime
) -> None:
    terms = new_grant(grant.performer, scope=replace(grant.scope, media=("print",)))
    registry.amend_grant(grant.id, terms, effective_on=date(2026, 9, 2), now=now)
    found = registry.deliverables.resting_on(grant.id, on=USE.date)[0]
    assert (found.on_use_date, found.affected) == ("not_covered", True)


def test_another_grant_that_covers_the_use_keeps_it_lawful(
    registry: Registry, grant: Grant, new_grant: MakeGrant, now: datetime
) -> None:
    successor = registry.record_grant(new_grant(grant.performer), now)
    registry.supersede_grant(grant.id, successor.id, on=date(2026, 9, 20), now=now)
    assert not registry.deliverables.resting_on(grant.id, on=LATER)[0].affected
    assert registry.deliverables.resting_on(successor.id, on=LATER) == ()


def test_the_last_audit_of_a_file_counts(registry: Registry, grant: Grant, now: datetime) -> None:
    rests = Reliance(performer=grant.performer, use=USE, outcome="covered", grant=grant.id, grant_version=1)
    again = now + timedelta(days=1)
    registry.deliverables.record_audit(ASSET, verdict="warn", detail={}, reliances=[rests], now=again)
    found = [each for each in registry.deliverables.resting_on(grant.id, on=LATER) if not each.signed]
    assert [(each.verdict, each.recorded) for each in found] == [("warn", again)]


def test_a_match_rests_on_the_release(registry: Registry, performer: Performer, now: datetime) -> None:
    release = registry.add_release(
        performer.ref,
        signed_on=date(2026, 9, 1),
        expires_on=date(2026, 10, 1),
        now=now,
        jurisdiction="US-IL",
        purposes=["matching"],
    )
    rests = Reliance(performer=performer.ref, use=USE, outcome="covered", release=release.id)
    registry.deliverables.record_audit(ASSET, verdict="pass", detail={}, reliances=[rests], now=now)
    (found,) = registry.deliverables.resting_on(release.id, on=LATER)
    assert found.affected
    assert found.why == f"{release.id}: the release is not in force on 2026-10-20."


@pytest.mark.parametrize(
    ("reference", "error"),
    [
        ("G-00000000", UnknownGrant),
        ("P-00000000", UnknownPerformer),
        ("R-00000000", RecordInvalid),
        ("x", UnknownPerformer),
        ("", UnknownPerformer),
    ],
)
def test_what_is_not_on_record_is_said_to_be_unknown(
    registry: Registry, reference: str, error: type[ConsentError]
) -> None:
    with pytest.raises(error):
        registry.deliverables.resting_on(reference, on=LATER)


def test_an_audit_of_somebody_unknown_is_refused_whole(registry: Registry, now: datetime) -> None:
    rests = Reliance(performer="P-00000000", use=USE, outcome="covered")
    with pytest.raises(UnknownPerformer):
        registry.deliverables.record_audit(ASSET, verdict="pass", detail={}, reliances=[rests], now=now)
    assert registry.events(1)[0].kind == "registry-created"


NAMES = st.none() | st.lists(st.text(max_size=5), max_size=3).map(tuple)


@given(
    st.builds(
        Use,
        date=st.dates(),
        project=st.none() | st.text(max_size=5),
        territories=NAMES,
        media=NAMES,
        scenes=NAMES,
        sequel=st.none() | st.booleans(),
    )
)
def test_a_use_comes_back_from_its_record(use: Any) -> None:
    assert use_of(use_record(use)) == use
