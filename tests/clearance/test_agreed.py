"""What follows from a grant and a performer's record: notice, term, breadth, training, years since a death."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance import agreed
from clearance.audit import ReplicaAudit
from clearance.declared_parts import Replica
from consent.answer import ConsentAnswer, DimensionAnswer, GrantAnswer, Use
from consent.grant import ANY, Grant, Scope, Signatory, TrainingUse
from consent.values import Performer

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SIGNED = date(2025, 2, 3)
USE = date(2026, 11, 22)
WIDE = {"media": ANY, "territories": ("WORLD",), "expires_on": ANY}


def grant(scope: dict[str, Any] | None = None, **changes: Any) -> Grant:
    values: dict[str, Any] = {"id": "G-1", "recorded": NOW, "events": (), "performer": "P-1", "signed_on": SIGNED}
    return Grant(scope=Scope(**scope or {}), **values | changes)


def replica(**changes: Any) -> Replica:
    return Replica.model_validate({"performer": "P-AAAA0001", "kind": "EBDR"} | changes)


@pytest.mark.parametrize(
    ("notice", "declared", "hours"),
    [
        (None, {}, None),
        (date(2025, 2, 3), {}, 0),
        (date(2025, 2, 4), {}, 0),
        (date(2025, 2, 1), {}, 24),
        (date(2025, 1, 31), {}, 48),
        # The scan came before the signature.
        (date(2025, 1, 31), {"scanned": "2025-02-01"}, 0),
        (date(2025, 1, 31), {"fixed": "2026-02-01"}, 48),
    ],
)
def test_notice_counts_the_hours_that_surely_passed_before_the_work_or_the_signature(
    notice: date | None, declared: dict[str, str], hours: int | None
) -> None:
    assert agreed.notice_hours(grant(notice_on=notice), replica(**declared)) == hours


@pytest.mark.parametrize(
    ("scope", "answer"),
    [
        (WIDE, True),
        (WIDE | {"projects": ANY}, True),
        (WIDE | {"territories": ANY}, True),
        (WIDE | {"projects": ("NIGHT",)}, False),
        (WIDE | {"territories": ("US",)}, False),
        (WIDE | {"media": ("streaming",)}, False),
        (WIDE | {"expires_on": date(2030, 1, 1)}, False),
        (WIDE | {"media": None}, None),
        (WIDE | {"media": None, "territories": ("US",)}, False),
        ({}, None),
    ],
)
def test_a_grant_of_everything_everywhere_is_told(scope: dict[str, Any], answer: bool | None) -> None:
    assert agreed.everything_everywhere(grant(scope)) is answer


def test_the_strictest_term_about_training_counts() -> None:
    assert agreed.strictest_training(TrainingUse()) is None
    assert agreed.strictest_training(TrainingUse(ai_training="allowed")) == "allowed"
    mixed = TrainingUse(ai_training="allowed", data_mining="notAllowed", ai_inference="constrained")
    assert agreed.strictest_training(mixed) == "notAllowed"


@pytest.mark.parametrize(
    ("last", "years"),
    [
        (date(2025, 2, 2), 0),
        (date(2025, 2, 3), 1),
        (date(2026, 2, 2), 1),
        (date(2026, 2, 3), 2),
        (date(2035, 2, 2), 10),
        (date(2035, 2, 3), 11),
        (ANY, None),
        (None, None),
        (date.max, 7975),
    ],
)
def test_a_begun_year_of_the_term_counts_whole(last: Any, years: int | None) -> None:
    assert agreed.term_years(grant({"expires_on": last})) == years


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 40_000))
def test_whole_years_never_exceed_the_days_that_passed(first: date, days: int) -> None:
    years = agreed.whole_years(first, first + timedelta(days=days))
    assert years * 365 <= days <= (years + 1) * 366


def facts(performer: Performer | None, **declared: Any) -> Any:
    return agreed.replica_facts(ReplicaAudit(replica(**declared), False, None), performer, USE)


def registered(**changes: Any) -> Performer:
    return Performer(ref="P-AAAA0001", stage_name="S", registered=NOW, **changes)


def test_the_registrys_word_about_a_death_counts_before_the_declarations() -> None:
    dead = facts(registered(deceased_on=date(2000, 11, 23)), deceased=False).person
    assert (dead.deceased, dead.years_since_death, dead.died) == (True, 25, "2000-11-23T00:00:00Z")
    assert facts(registered(), deceased=False).person.deceased is False
    assert facts(None, deceased=True).person.deceased is True


def test_what_nobody_has_said_about_a_performer_stays_unknown() -> None:
    person = facts(registered()).person
    assert (person.deceased, person.minor, person.domicile, person.years_since_death) == (None,) * 4


def test_a_performer_who_dies_after_the_use_was_alive_on_its_day() -> None:
    later = facts(registered(deceased_on=date(2026, 11, 23))).person
    assert (later.deceased, later.years_since_death) == (False, None)


def test_a_replica_without_a_grant_has_no_record() -> None:
    consent = facts(None, replaces_work=True).consent
    assert (consent.record_found, consent.replaces_work, consent.voided_by) == (False, True, None)


def test_a_grant_gives_its_terms_and_an_advertiser_counts_apart_and_for_the_category() -> None:
    answers = (
        DimensionAnswer("use_category", "covered", "covered", "c"),
        DimensionAnswer("advertiser", "not_covered", "another advertiser", "c"),
        DimensionAnswer("term", "unknown", "no term is stated", "c"),
    )
    given_ = grant({"description": "scene 12"}, form="initialled", survivorship="survives", pay_status="paid")
    answer = ConsentAnswer("P-AAAA0001", Use(date=USE), (GrantAnswer(given_, answers),))
    consent = agreed.replica_facts(ReplicaAudit(replica(), True, answer), None, USE).consent
    assert (consent.use_category, consent.advertiser, consent.product, consent.term) == (
        *("not_covered", "not_covered"),
        *(None, None),
    )
    assert consent.why["use_category"] == "another advertiser"
    assert (consent.form, consent.survivorship, consent.pay_status) == ("initialled", "survives", "paid")
    assert (consent.described, consent.signed, consent.voided_by) == (True, "2025-02-03T00:00:00Z", ())


@pytest.mark.parametrize(
    ("role", "with_grant", "record", "kept"),
    [
        (None, None, {}, None),
        ("performer", None, {"guardian_authority": "a" * 64}, False),
        ("guardian", None, {}, False),
        ("guardian", "b" * 64, {}, True),
        ("guardian", None, {"guardian_authority": "a" * 64}, True),
        ("estate", None, {"guardian_authority": "a" * 64}, False),
        ("estate", None, {"estate_role": "estate", "estate_authority": "c" * 64}, True),
        ("representative", None, {"estate_role": "estate", "estate_authority": "c" * 64}, False),
    ],
)
def test_an_authority_is_on_record_with_the_grant_or_with_the_performer(
    role: Any, with_grant: str | None, record: dict[str, Any], kept: bool | None
) -> None:
    signed = grant(signatory=Signatory(role=role, authority_sha256=with_grant) if role else None)
    assert agreed.authority_on_record(signed, registered(**record)) is kept
