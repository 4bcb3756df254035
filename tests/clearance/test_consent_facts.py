"""What a grant's answer becomes for the rules: doubts about a signature or a death are doubts about the status."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from clearance.agreed import _consent
from clearance.audit import ReplicaAudit
from clearance.declared_parts import Replica
from consent.answer import Use
from consent.coverage import assess
from consent.grant import ANY, Approval, Grant, GrantEvent, Scope, Signatory
from consent.values import Performer

NOW = datetime(2026, 9, 30, tzinfo=UTC)
REF = "P-00000001"


def facts(
    scope: dict[str, Any], grant: dict[str, Any], person: dict[str, Any], *, first_use: date | None = None, **use: Any
) -> Any:
    """Return the facts of a grant signed on 2026-09-01 for a use on 2026-09-20."""
    signed = date(2026, 9, 1)
    given = Grant(
        id="G-00000001",
        performer=REF,
        recorded=NOW,
        signed_on=signed,
        events=(GrantEvent("given", signed, NOW),),
        scope=Scope(expires_on=ANY, projects=ANY, **scope),
        **grant,
    )
    performer = Performer(ref=REF, stage_name="Ada", registered=NOW, **person)
    answer = assess(REF, [given], Use(date=date(2026, 9, 20), **use), performer=performer)
    return _consent(ReplicaAudit(Replica(performer=REF, kind="EBDR"), True, answer), performer, first_use)


@pytest.mark.parametrize(
    ("grant", "person", "status", "why"),
    [
        ({}, {}, "given", "stood as given"),
        ({"survivorship": "survives"}, {"deceased_on": date(2026, 9, 10)}, "given", "given"),
        ({"survivorship": "ends"}, {"deceased_on": date(2026, 9, 10)}, "ended by a death", "ended with the death"),
        ({}, {"deceased_on": date(2026, 9, 10)}, None, "nobody has stated"),
        ({"signatory": Signatory(role="performer")}, {"minor": True}, "signed without authority", "was a minor"),
        ({}, {"minor": True}, None, "was a minor"),
    ],
)
def test_a_signature_or_a_death_in_doubt_is_a_status_in_doubt(
    grant: dict[str, Any], person: dict[str, Any], status: str | None, why: str
) -> None:
    found = facts({}, grant, person)
    assert found.status == status
    assert why in found.why["status"]


def test_a_period_of_use_narrows_the_term_and_sequels_the_project() -> None:
    found = facts({"mpu_months": 1, "sequels": "excluded"}, {}, {}, sequel=True)
    assert (found.term, found.project) == ("covered", "not_covered")
    assert "sequel" in found.why["project"]


def test_approvals_are_asked_for_by_their_step() -> None:
    step = Approval(step="final shots", role="performer", decision="approved")
    assert facts({}, {"approvals": (step,)}, {}).approvals_required == ("final shots",)


@pytest.mark.parametrize(
    ("first_use", "months", "ends", "term"),
    [
        (date(2026, 9, 10), 1, "2026-10-09T00:00:00Z", "covered"),
        (date(2026, 8, 20), 1, "2026-09-19T00:00:00Z", "not_covered"),
        (date(2026, 8, 21), 1, "2026-09-20T00:00:00Z", "covered"),
        (date(2026, 9, 10), None, None, "covered"),
        (None, 1, None, "covered"),
    ],
)
def test_the_first_use_decides_when_the_maximum_period_of_use_ends(
    first_use: date | None, months: int | None, ends: str | None, term: str
) -> None:
    found = facts({"mpu_months": months}, {}, {}, first_use=first_use)
    assert (found.maximum_use_period_ends, found.term) == (ends, term)
    if term == "not_covered":
        assert "ends on 2026-09-19, and the use is on 2026-09-20" in found.why["term"]
