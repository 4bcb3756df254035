"""What a pack's cases try: which clause one of them breaks or leaves open, and which days at a rule's dates.

A clause that no case ever breaks may be worthless without anybody noticing; so may a date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from policies.answers import answer_to
from policies.applicability import ANCHORS
from policies.base_facts import case_facts
from policies.vocabulary import SUBJECTS, evaluation_map, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.pack import Pack
    from policies.rule import Case, Rule


@dataclass(frozen=True, slots=True)
class ClauseCoverage:
    """How often the cases of a rule break one of its clauses (number, from 1), and how often they leave it open."""

    rule: str
    clause: int
    says: str
    broken: int
    open: int


def day_judged(pack: Pack, rule: Rule, case: Case) -> date:
    """Return the day on which a case is judged: the one it names, else the first on which its rule is in force."""
    first = rule.in_force_from or rule.in_force_until if rule.anchor == "judged" else None
    return case.on or first or pack.effective


def clause_coverage(pack: Pack) -> tuple[ClauseCoverage, ...]:
    """Return the coverage of every clause of the pack, in its order."""
    found = []
    for rule, program in zip(pack.rules, pack.programs, strict=True):
        views = {outcome: [_view(pack, rule, c) for c in rule.cases if c.expect == outcome] for outcome in _COUNTED}
        for number, (clause, part) in enumerate(zip(rule.require, program.require, strict=True), start=1):
            broken = sum(part.evaluate(view).value is False for view in views["fail"])
            left_open = sum(part.evaluate(view).value is None for view in views["unknown"])
            found.append(ClauseCoverage(rule.id, number, clause.say, broken, left_open))
    return tuple(found)


_COUNTED = ("fail", "unknown")


def days_not_shown(pack: Pack, rule: Rule) -> Iterator[str]:
    """Yield a sentence for each day at the rule's dates that none of its cases lies on."""
    shown = {_day(pack, rule, case) for case in rule.cases}
    wanted = []
    if rule.in_force_from:
        wanted += [("the day before it binds", _beside(rule.in_force_from, -1)), ("its first day", rule.in_force_from)]
    if rule.in_force_until:
        wanted += [("its last day", rule.in_force_until), ("the day after it", _beside(rule.in_force_until, 1))]
    anchor = "judged" if ANCHORS[rule.anchor] is None else f"with {ANCHORS[rule.anchor]}"
    for what, day in wanted:
        if day is not None and day not in shown:
            yield f"has no case {anchor} on {day}, {what}"


def _beside(day: date, days: int) -> date | None:
    """Return the neighbouring day, None at the ends of the calendar, where there is none to show."""
    try:
        return day + timedelta(days)
    except OverflowError:
        return None


def _day(pack: Pack, rule: Rule, case: Case) -> date | None:
    path = ANCHORS[rule.anchor]
    if path is None:
        return day_judged(pack, rule, case)
    stated = value_at(_view(pack, rule, case), path)
    return date.fromisoformat(str(stated)[:10]) if stated is not None else None


def _view(pack: Pack, rule: Rule, case: Case) -> Mapping[str, Any]:
    """Return a case's facts as its rule sees them."""
    name = f"{pack.id}.{rule.id}"
    data = evaluation_map(case_facts(pack.base, case, name))
    if rule.for_each in SUBJECTS:
        # A pack loads only if its base facts hold one subject of every kind that has cases.
        data = {**data, rule.for_each: data[SUBJECTS[rule.for_each][0]][0]}
    if rule.attestation:
        given = data.get("attestations", ())
        subject = str(given[-1].get("subject")) if given else ""
        data = {**data, "attestation": answer_to(name, rule.attestation, subject, data)}
    return data
