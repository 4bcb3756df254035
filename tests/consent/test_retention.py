"""Until when templates may be kept, and what happens on that day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.errors import RecordInvalid, ReleaseMissing
from consent.grant import NewGrant
from consent.registry import Registry
from consent.retention import LAWS, STRICTEST, due, due_of_template, law_of, schedule
from consent.values import BiometricRelease, NewTemplate, Performer

DAY = date(2026, 9, 30)
RELEASE = BiometricRelease(id="R-1", performer="P-1", signed_on=date(2024, 1, 1), jurisdiction="US-IL")
TALKED = date(2024, 2, 29)


@pytest.mark.parametrize(
    ("jurisdiction", "ended", "expected"),
    [
        ("US-IL", None, date(2027, 2, 28)),
        ("US-IL", date(2025, 6, 1), date(2025, 6, 2)),
        ("US-TX", None, None),
        ("US-TX", date(2025, 6, 1), date(2026, 6, 1)),
        ("US-TX", date(2024, 2, 29), date(2025, 2, 28)),
        ("DE", None, None),
        ("DE", date(2025, 6, 1), date(2025, 6, 2)),
        ("GB", date(2025, 6, 1), date(2025, 6, 2)),
        ("JP", None, date(2027, 2, 28)),
        (None, date(2025, 6, 1), date(2025, 6, 2)),
    ],
)
def test_each_law_has_its_own_term(jurisdiction: str | None, ended: date | None, expected: date | None) -> None:
    release = replace(RELEASE, jurisdiction=jurisdiction, purpose_ended_on=ended)
    found = due(release, TALKED)
    assert found.on == expected
    assert found.citation == law_of(jurisdiction).citation


def test_a_withdrawal_is_due_at_once_everywhere() -> None:
    for law in (*LAWS, STRICTEST):
        place = min(law.places, default=None)
        assert due(replace(RELEASE, jurisdiction=place, withdrawn_on=DAY), DAY).on == min(
            DAY, due(replace(RELEASE, jurisdiction=place), DAY).on or date.max
        )


days = st.dates(min_value=date(2000, 1, 1), max_value=date(9999, 12, 31))
maybe = st.none() | days


@given(st.sampled_from(["US-IL", "US-TX", "US-WA", "FR", "JP", None]), maybe, maybe, maybe, days)
def test_a_later_end_never_comes_from_a_further_clause(
    place: str | None, expires: date | None, ended: date | None, withdrawn: date | None, talked: date
) -> None:
    plain = replace(RELEASE, jurisdiction=place)
    limits = replace(plain, expires_on=expires, purpose_ended_on=ended, withdrawn_on=withdrawn)
    without, found = due(plain, talked).on or date.max, due(limits, talked).on or date.max
    assert found <= without
    assert withdrawn is None or found <= withdrawn
    assert due(plain, talked).on is not None or place not in ("US-IL", "JP", None)


def test_a_renewed_release_keeps_templates_and_a_withdrawn_one_takes_its_own() -> None:
    expired = replace(RELEASE, id="R-1", jurisdiction="US-TX", expires_on=date(2025, 1, 1))
    renewed = replace(RELEASE, id="R-2", jurisdiction="US-TX")
    assert due_of_template("R-1", (expired, renewed), TALKED).on is None
    assert due_of_template("R-1", (expired,), TALKED).on == date(2026, 1, 1)
    withdrawn = replace(expired, withdrawn_on=date(2024, 6, 1))
    assert due_of_template("R-1", (withdrawn, renewed), TALKED).on == date(2024, 6, 1)


def test_a_withdrawal_stops_the_search_at_once_and_the_next_run_destroys_what_it_allowed(
    registry: Registry,
    performer: Performer,
    template: NewTemplate,
    enrolled: Callable[..., str],
    new_grant: Callable[..., NewGrant],
    now: datetime,
) -> None:
    enrolled(performer.ref, template)
    registry.record_grant(new_grant(performer.ref), now)
    (release,) = registry.releases(performer.ref)
    old_key = registry._keys.data_keys(performer.ref)
    registry.biometrics.withdraw(performer.ref, release.id, on=DAY, now=now)
    assert registry.templates("model@1", on=DAY) == ()
    assert len(registry.templates("model@1", on=DAY - timedelta(days=1))) == 1
    (listed,) = registry.biometrics.retention()
    assert (listed.release, listed.templates, listed.due.on) == (release.id, 1, DAY)
    assert registry.biometrics.destroy_due(on=DAY - timedelta(days=1), now=now) == ()
    assert registry.biometrics.destroy_due(on=DAY, operator="officer-7", now=now) == (listed,)
    assert registry.template_count(performer.ref) == 0
    assert registry.biometrics.retention() == ()
    assert len(registry.grants(performer.ref)) == 1
    assert registry.identity(performer.ref).legal_name == "Adelaide Valentine-Quux"
    registry._keys.held()
    assert registry._keys.data_keys(performer.ref) != old_key
    kinds = [event.kind for event in registry.events(6)]
    assert kinds[:3] == ["data-key-rotated", "retention-applied", "template-destroyed"]


def test_a_second_release_does_not_bring_a_withdrawn_template_back(
    registry: Registry, performer: Performer, template: NewTemplate, enrolled: Callable[..., str], now: datetime
) -> None:
    enrolled(performer.ref, template)
    (release,) = registry.releases(performer.ref)
    registry.biometrics.withdraw(performer.ref, release.id, on=DAY, now=now)
    second = enrolled(performer.ref, replace(template, vector=b"made anew"))
    assert [t.reference for t in registry.templates("model@1", on=DAY)] == [second]
    registry.biometrics.destroy_due(on=DAY, now=now)
    assert [t.reference for t in registry.templates("model@1", on=DAY)] == [second]


def test_after_its_purpose_a_release_allows_no_search(
    registry: Registry, performer: Performer, template: NewTemplate, enrolled: Callable[..., str], now: datetime
) -> None:
    enrolled(performer.ref, template)
    (release,) = registry.releases(performer.ref)
    registry.biometrics.end_purpose(performer.ref, release.id, on=DAY, now=now)
    assert len(registry.templates("model@1", on=DAY)) == 1
    assert registry.templates("model@1", on=DAY + timedelta(days=1)) == ()
    assert registry.releases(performer.ref)[0].purpose_ended_on == DAY
    (listed,) = registry.biometrics.retention()
    assert listed.due.on == DAY + timedelta(days=1)


def test_an_end_is_recorded_once_of_a_release_that_is_the_performers(
    registry: Registry, performer: Performer, template: NewTemplate, enrolled: Callable[..., str], now: datetime
) -> None:
    enrolled(performer.ref, template)
    (release,) = registry.releases(performer.ref)
    other = registry.add_performer("Bo Reed", now=now)
    biometrics = registry.biometrics
    for whose, which, day in (
        (other.ref, release.id, DAY),
        (performer.ref, "R-00000000", DAY),
        (performer.ref, release.id, date(2020, 1, 1)),
    ):
        with pytest.raises(RecordInvalid):
            biometrics.withdraw(whose, which, on=day, now=now)
    biometrics.withdraw(performer.ref, release.id, on=DAY, now=now)
    with pytest.raises(RecordInvalid, match="already"):
        biometrics.withdraw(performer.ref, release.id, on=DAY, now=now)


@pytest.mark.parametrize(
    ("stated", "lacking"),
    [
        ({"purposes": ["matching"]}, "names no jurisdiction"),
        ({"jurisdiction": "US-IL"}, "names no purpose"),
        ({"jurisdiction": "US-IL", "purposes": ["research"]}, "does not cover the purpose 'matching'"),
    ],
)
def test_enrolment_says_what_the_release_lacks(
    registry: Registry, performer: Performer, template: NewTemplate, now: datetime, stated: dict[str, str], lacking: str
) -> None:
    registry.add_release(performer.ref, signed_on=date(2026, 9, 1), now=now, **stated)  # type: ignore[arg-type]  # parameters of the test
    with pytest.raises(ReleaseMissing, match=lacking):
        registry.enrol(performer.ref, [template], on=DAY, now=now, purpose="matching")


def test_every_opening_of_the_gallery_is_on_the_record_with_its_purpose(
    registry: Registry, performer: Performer, template: NewTemplate, enrolled: Callable[..., str], now: datetime
) -> None:
    enrolled(performer.ref, template)
    registry.templates("model@1", on=DAY, purpose="audit", operator="officer-7", now=now)
    (event,) = registry.events(1)
    assert (event.kind, event.subject, event.recorded) == ("gallery-opened", "model@1", now)
    assert dict(event.detail) == {"purpose": "audit", "operator": "officer-7", "templates": "1", "not-searched": "0"}
    with pytest.raises(RecordInvalid):
        registry.templates("model@1", on=DAY, purpose="audit", operator="Ada Vale", now=now)
    registry.kept_images(without="model@2", on=DAY)
    assert registry.events(1)[0].kind == "images-opened"


def test_a_new_data_key_seals_everything_and_the_old_one_is_destroyed(
    registry: Registry, performer: Performer, template: NewTemplate, enrolled: Callable[..., str], now: datetime
) -> None:
    enrolled(performer.ref, replace(template, image=b"the picture"), keeps_images=True)
    old = registry._keys.data_keys(performer.ref)
    assert registry.biometrics.rotate(performer.ref, now) == 2
    registry._keys.held()
    assert len(registry._keys.data_keys(performer.ref)) == 1
    assert registry._keys.data_keys(performer.ref) != old
    assert [t.vector for t in registry.templates("model@1", on=DAY)] == [template.vector]
    assert [k.image for k in registry.kept_images(without="model@2", on=DAY)] == [b"the picture"]
    assert registry.identity(performer.ref).legal_name == "Adelaide Valentine-Quux"


def test_an_interrupted_rotation_of_a_data_key_opens_and_is_finished_by_the_next(
    registry: Registry, performer: Performer, template: NewTemplate, enrolled: Callable[..., str], now: datetime
) -> None:
    enrolled(performer.ref, template)
    registry._keys.add_version(performer.ref)
    # Killed here: the new key exists, and everything is still sealed under the old one.
    assert registry.keyring.status().unfinished == (performer.ref,)
    assert [t.vector for t in registry.templates("model@1", on=DAY)] == [template.vector]
    registry.biometrics.rotate(performer.ref, now)
    assert registry.keyring.status().unfinished == ()
    assert [t.vector for t in registry.templates("model@1", on=DAY)] == [template.vector]


@pytest.mark.parametrize(
    ("jurisdiction", "words"),
    [
        ("US-IL", "at the latest 3 years after the last interaction (BIPA"),
        ("US-TX", "1 year after it has expired or its purpose is met (Tex."),
        ("DE", "else when it has expired or its purpose is met (GDPR"),
        (None, "3 years after the last interaction (no law is named or known here"),
        ("JP", "3 years after the last interaction (no law is named or known here"),
    ],
)
def test_a_receipt_tells_the_schedule_of_the_law_that_holds(jurisdiction: str | None, words: str) -> None:
    assert "destroyed at once when it is withdrawn" in schedule(jurisdiction)
    assert words in schedule(jurisdiction)
