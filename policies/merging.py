"""One finding where rules of several packs ask the same: the gravest speaks, the others are cited beside it.

Rules say that they ask the same by carrying the same topic. Findings are only joined when they are about the same
subject and came out the same; two answers to one question both stay.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from policies.finding import AlsoAsked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policies.finding import Finding

_GRAVITY: Final = ("info", "warn", "review", "block")


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings with those that ask the same joined, each where the first of them stood.

    A waived finding is joined with none, because its waiver speaks of one rule.
    """
    groups: dict[object, list[Finding]] = {}
    # One performer may have several replicas, which go by the same name: the count tells them apart.
    nth: Counter[tuple[str, str, str, str]] = Counter()
    for place, finding in enumerate(findings):
        about = (finding.pack, finding.rule, finding.subject_kind, finding.subject)
        nth[about] += 1
        key: object = place
        if finding.topic is not None and finding.outcome != "waived":
            key = (finding.topic, *about[2:], nth[about], finding.outcome)
        groups.setdefault(key, []).append(finding)
    return tuple(_joined(group) for group in groups.values())


def _joined(group: list[Finding]) -> Finding:
    # The sort is stable: of equally grave rules, the one of the first pack speaks.
    first, *others = sorted(group, key=lambda finding: -_GRAVITY.index(finding.severity))
    if not others:
        return first
    also = tuple(
        AlsoAsked(
            rule=other.rule,
            title=other.title,
            pack=other.pack,
            pack_version=other.pack_version,
            severity=other.severity,
            why=other.why,
            citation=other.citation,
        )
        for other in others
    )
    missing = dict.fromkeys((*first.missing, *(path for other in others for path in other.missing)))
    facts = {path: value for finding in (*reversed(others), first) for path, value in finding.facts}
    return replace(first, also=also, missing=tuple(missing), facts=tuple(facts.items()))
