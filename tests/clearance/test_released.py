"""What the registry knows of a performer's release and templates reaches the rules as days and words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clearance.released import performer_facts
from consent.biometrics import Dealings
from consent.errors import UnknownPerformer
from consent.registry import Registry
from consent.values import BiometricRelease, NewTemplate
from policies.facts import Facts
from policies.judge import judge
from policies.pack import builtin
from policies.use_facts import AssetFacts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from policies.person_facts import PerformerFacts

TODAY = date(2026, 11, 22)
REF = "P-7K2M9QXA"


def release(**changes: Any) -> BiometricRelease:
    stated: dict[str, Any] = {"id": "R-1", "performer": REF, "signed_on": date(2026, 1, 20), "jurisdiction": "US-IL"}
    return BiometricRelease(**stated | {"purposes": ("matching",)} | changes)


def facts(*releases: BiometricRelease, last: date = TODAY, kept: bool = True) -> PerformerFacts:
    return performer_facts(REF, releases, Dealings(date(2026, 2, 1), last), templates_kept=kept, today=TODAY)


def outcome(rule: str, person: PerformerFacts) -> str:
    judged = Facts(asset=AssetFacts(sha256="0" * 64), performers=(person,))
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    (found,) = (f for f in judge((builtin("BIO"),), judged, as_of=now) if f.rule == rule)
    return found.outcome


def test_the_release_in_force_is_the_one_that_counts_else_the_last() -> None:
    renewed = release(id="R-2", signed_on=date(2026, 6, 1), jurisdiction="DE")
    assert facts(release(), renewed).release_jurisdiction == "DE"
    assert facts(release(), replace(renewed, withdrawn_on=TODAY)).release_jurisdiction == "US-IL"
    gone = facts(release(withdrawn_on=date(2026, 3, 1)))
    assert (gone.release_in_force, gone.release_jurisdiction, gone.withdrawn, gone.basis) == (
        *(False, "US-IL"),
        *(True, "none"),
    )


def test_without_any_release_there_is_no_law_and_no_basis() -> None:
    found = facts()
    assert (found.release_in_force, found.release_jurisdiction, found.basis, found.withdrawn) == (
        *(False, None),
        *("none", False),
    )


def test_days_are_counted_from_the_last_dealing_and_from_the_end_of_the_purpose() -> None:
    found = facts(release(purpose_ended_on=TODAY - timedelta(days=21)), last=TODAY - timedelta(days=1095))
    assert (found.days_since_interaction, found.days_since_purpose) == (1095, 21)
    assert (found.last_interaction, found.purpose_ended) == ("2023-11-23T00:00:00Z", "2026-11-01T00:00:00Z")
    assert found.captured == "2026-02-01T00:00:00Z"
    lasts = facts(release(purpose_ended_on=TODAY + timedelta(days=1)))
    assert (lasts.purpose_ended, lasts.days_since_purpose) == (None, None)


@pytest.mark.parametrize(
    ("rule", "changes", "last", "kept", "expected"),
    [
        ("B2", {}, TODAY - timedelta(days=1096), True, "fail"),
        ("B2", {}, TODAY - timedelta(days=1096), False, "unknown"),
        ("B6", {"jurisdiction": "US-TX", "purpose_ended_on": date(2025, 11, 21)}, TODAY, True, "fail"),
        ("B6", {"jurisdiction": "US-TX", "purpose_ended_on": date(2025, 11, 22)}, TODAY, True, "pass"),
        ("B6", {"jurisdiction": "US-TX"}, TODAY, True, "not_applicable"),
        ("B7", {"jurisdiction": "US-WA"}, TODAY, True, "pass"),
        ("B8", {"jurisdiction": "DE"}, TODAY, True, "pass"),
        ("B8", {"jurisdiction": "DE", "purposes": ()}, TODAY, True, "fail"),
        ("B8", {"jurisdiction": "DE", "withdrawn_on": date(2026, 5, 1)}, TODAY, True, "fail"),
        ("B3", {}, TODAY, True, "unknown"),
        ("B5", {"jurisdiction": "US-TX"}, TODAY, True, "unknown"),
    ],
)
def test_the_laws_on_face_templates_are_judged_on_what_is_on_record(
    rule: str, changes: dict[str, Any], last: date, kept: bool, expected: str
) -> None:
    assert outcome(rule, facts(release(**changes), last=last, kept=kept)) == expected


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry.create(tmp_path / "home", now=datetime(2024, 1, 1, tzinfo=UTC)) as made:
        yield made


def test_the_registry_says_since_when_faces_are_kept_and_when_the_performer_last_dealt_with_it(
    registry: Registry,
) -> None:
    added = datetime(2024, 3, 1, tzinfo=UTC)
    ref = registry.add_performer("Ada Vale", now=added).ref
    assert registry.biometrics.dealings(ref) == Dealings(None, added.date())
    registry.add_release(ref, signed_on=date(2024, 3, 1), jurisdiction="US-IL", purposes=("m",), now=added)
    for day in (date(2024, 3, 9), date(2024, 3, 4)):
        template = NewTemplate(vector=b"v", model_key="m", image_sha256="0" * 64, quality="good")
        registry.enrol(ref, [template], on=day, now=datetime(day.year, day.month, day.day, tzinfo=UTC))
    # A search of the gallery is no dealing of the performer with anybody.
    registry.biometrics.gallery("m", on=TODAY)
    assert registry.biometrics.dealings(ref) == Dealings(date(2024, 3, 4), date(2024, 3, 9))
    with pytest.raises(UnknownPerformer):
        registry.biometrics.dealings("P-00000000")
