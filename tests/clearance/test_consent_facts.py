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


def facts(scope: dict[str, Any], grant: dict[str, Any], person: dict[str, Any], **use: Any) -> Any:
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
    return _consent(ReplicaAudit(Replica(performer=REF, kind="EBDR"), True, answer))


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
