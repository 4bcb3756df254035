"""A pack's own tests: every rule must show what passes, what fails, what stays unknown, and what its dates cut off.

`clearance policy test` prints the report; the project's tests run it over every shipped pack.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from policies.base_facts import case_facts
from policies.coverage import ClauseCoverage, clause_coverage, day_judged, days_not_shown
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
    """All cases of a pack. gaps: one sentence for each outcome or day at a rule's dates that no case is for.

    coverage: which clauses the cases tried. A clause that no case breaks is told and is no gap: some can't be
    broken alone.
    """

    pack: str
    results: tuple[CaseResult, ...]
    gaps: tuple[str, ...]
    coverage: tuple[ClauseCoverage, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.gaps and all(result.passed for result in self.results)


def run_cases(pack: Pack) -> CaseReport:
    """Return the outcome of every case of the pack, and which cases are lacking.

    A case is judged on the day it names, else on the first day on which its rule is in force.
    """
    results = tuple(_result(pack, rule, case) for rule in pack.rules for case in rule.cases)
    gaps = []
    for rule in pack.rules:
        shown = {case.expect for case in rule.cases}
        gaps += [
            f"rule {rule.id} has no case that expects {outcome}; add one"
            for outcome in REQUIRED_OUTCOMES
            if outcome not in shown
        ]
        gaps += [f"rule {rule.id} {gap}; add one" for gap in days_not_shown(pack, rule)]
    return CaseReport(pack.id, results, tuple(gaps), clause_coverage(pack))


def contradictions(pack: Pack) -> tuple[str, ...]:
    """Return `file:line:column: sentence` for each case that its own rule gives another outcome for."""
    found = []
    for rule in pack.rules:
        for number, case in enumerate(rule.cases):
            result = _result(pack, rule, case)
            if not result.passed:
                place = pack.places.get((rule.id, number), pack.id)
                found.append(
                    f"{place}: rule {rule.id} contradicts its case {result.case!r}: "
                    f"expected {result.expected}, got {result.outcome}: {result.why}"
                )
    return tuple(found)


def _result(pack: Pack, rule: Rule, case: Case) -> CaseResult:
    as_of = datetime.combine(day_judged(pack, rule, case), time(12), UTC)
    # Exactly one: a pack loads only if its base facts hold one subject of every kind that has cases.
    (finding,) = judge((pack.only(rule.id),), case_facts(pack.base, case, f"{pack.id}.{rule.id}"), as_of=as_of)
    return CaseResult(rule.id, case.name, case.expect, finding.outcome, finding.why)
