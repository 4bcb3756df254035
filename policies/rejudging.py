"""The same facts under two versions of rule packs: which findings come out otherwise.

Rules that both versions have alike are judged once. A rule that voids consents bears on all others, so those are
always judged along; where they differ between the versions, everything is judged twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from policies.judge import judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from policies.facts import Facts
    from policies.finding import Finding, Outcome, Severity
    from policies.pack import Pack
    from policies.rule import Rule

Key = tuple[str, str, str, str, int]


@dataclass(frozen=True, slots=True)
class FindingChange:
    """A finding that one version gives and the other gives otherwise or not at all. was and now: (outcome, severity),
    None where the version has no such rule. why: the sentence of the version that has something to say."""

    pack: str
    rule: str
    subject: str
    was: tuple[Outcome, Severity] | None
    now: tuple[Outcome, Severity] | None
    why: str


class Comparison:
    """Two versions of some packs, beside the packs that stay as they are; made once, asked for many assets."""

    def __init__(self, old: Sequence[Pack], new: Sequence[Pack], rest: Sequence[Pack]) -> None:
        self._before = (*rest, *old)
        self._whole = (*rest, *new)
        once = _rules(new)
        alike = {key for key, rule in _rules(old).items() if once.get(key) == rule}
        self._kept = {(pack.id, rule.id) for pack in rest for rule in pack.rules} | alike
        self._twice = _voiding(old) != _voiding(new)
        self._changed = tuple(
            pack.keeping(
                frozenset(
                    rule.id
                    for rule in pack.rules
                    if rule.effect == "voids_consent" or (pack.id, rule.id) not in self._kept
                )
            )
            for pack in self._whole
        )

    def findings(self, facts: Facts, *, as_of: datetime) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """Return the findings under the old and under the new version."""
        before = judge(self._before, facts, as_of=as_of)
        if self._twice:
            return before, judge(self._whole, facts, as_of=as_of)
        again = judge(self._changed, facts, as_of=as_of)
        kept = [finding for finding in before if (finding.pack, finding.rule) in self._kept]
        return before, (*kept, *(f for f in again if (f.pack, f.rule) not in self._kept))


def changes(before: Iterable[Finding], after: Iterable[Finding]) -> tuple[FindingChange, ...]:
    """Return what differs between two judgements of the same facts, in the order of pack, rule and subject."""
    old, new = _by_subject(before), _by_subject(after)
    found = []
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        if was and now and (was.outcome, was.severity) == (now.outcome, now.severity):
            continue
        speaks = now or was
        assert speaks is not None  # noqa: S101 -- every key is of one of the two
        found.append(FindingChange(*key[:2], key[3], _answer(was), _answer(now), speaks.why))
    return tuple(found)


def _answer(finding: Finding | None) -> tuple[Outcome, Severity] | None:
    return (finding.outcome, finding.severity) if finding else None


def _by_subject(findings: Iterable[Finding]) -> dict[Key, Finding]:
    """Return the findings by pack, rule and subject, counted where several subjects go by one name."""
    found: dict[Key, Finding] = {}
    for finding in findings:
        nth = 0
        about = (finding.pack, finding.rule, finding.subject_kind, finding.subject)
        while (*about, nth) in found:
            nth += 1
        found[(*about, nth)] = finding
    return found


def _rules(packs: Sequence[Pack]) -> dict[tuple[str, str], Rule]:
    return {(pack.id, rule.id): rule for pack in packs for rule in pack.rules}


def _voiding(packs: Sequence[Pack]) -> list[Rule]:
    return [rule for pack in packs for rule in pack.rules if rule.effect == "voids_consent"]
