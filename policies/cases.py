"""A pack's own tests: every rule must show what passes, what fails and what stays unknown.

`clearance policy test` prints the report; the project's tests run it over every shipped pack.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from policies.base_facts import case_facts
from policies.judge import judge

if TYPE_CHECKING:
    from policies.finding import Outcome
    from policies.pack import Pack
    from policies.rule import Case, Rule

REQUIRED_OUTCOMES: tuple[Outcome, ...] = ("pass", "fail", "unknown")


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What one case gave. why: the finding's sentence, which a reader should check as well."""

    rule: str
    case: str
    expected: Outcome
    outcome: Outcome
    why: str

    @property
    def passed(self) -> bool:
        return self.outcome == self.expected


@dataclass(frozen=True, slots=True)
class CaseReport:
    """All cases of a pack. gaps: one sentence for each outcome that a rule has no case for."""

    pack: str
    results: tuple[CaseResult, ...]
    gaps: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.gaps and all(result.passed for result in self.results)


def run_cases(pack: Pack) -> CaseReport:
    """Return the outcome of every case of the pack, and which cases are lacking.

    A case is judged on the day it names, else on the first day on which its rule is in force.
    """
    results = tuple(_result(pack, rule, case) for rule in pack.rules for case in rule.cases)
    gaps = tuple(
        f"rule {rule.id} has no case that expects {outcome}; add one"
        for rule in pack.rules
        for outcome in REQUIRED_OUTCOMES
        if outcome not in {case.expect for case in rule.cases}
    )
    return CaseReport(pack.id, results, gaps)


def _result(pack: Pack, rule: Rule, case: Case) -> CaseResult:
    first = rule.in_force_from or rule.in_force_until if rule.anchor == "judged" else None
    day = case.on or first or pack.effective
    as_of = datetime.combine(day, time(12), UTC)
    # Exactly one: a pack loads only if its base facts hold one subject of every kind that has cases.
    (finding,) = judge((pack.only(rule.id),), case_facts(pack.base, case, f"{pack.id}.{rule.id}"), as_of=as_of)
    return CaseResult(rule.id, case.name, case.expect, finding.outcome, finding.why)
