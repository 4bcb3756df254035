"""A rule in words, as somebody bound by it would ask: when does it apply, whom does it ask, what follows.

Everything is made from the rule itself; `clearance policy show` and the index page print it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from policies.sentence import wordless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.finding import Citation, Confidence, Severity, SubjectKind
    from policies.rule import Anchor, Clause, Rule

CONSEQUENCE: Final[dict[Severity, str]] = {
    "block": "blocks the file",
    "review": "holds the file for a person",
    "warn": "is a warning",
    "info": "is for information",
}
ASKED_OF: Final[dict[SubjectKind, str]] = {
    "asset": "once for the file",
    "appearance": "for each person on screen",
    "replica": "for each declared replica",
    "performer": "for each performer whose template was used",
    "tool": "for each tool that touched the media",
    "synthetic": "for each synthetic performer",
}
CONFIDENCE: Final[dict[Confidence, str]] = {
    "sourced": "the text itself was read",
    "high": "high confidence, without the text itself",
    "medium": "medium confidence, without the text itself",
    "low": "low confidence: the text itself is needed",
}
_COUNTED_FROM: Final[dict[Anchor, str]] = {
    "judged": "what is judged",
    "used": "uses",
    "distributed": "what was first distributed",
    "photographed": "productions whose photography began",
    "signed": "consents signed",
    "fixed": "performances fixed",
    "scanned": "performers scanned",
    "captured": "reference pictures enrolled",
}


@dataclass(frozen=True, slots=True)
class RuleInWords:
    """One rule for a reader. not_met: the sentences that its clauses say when they are broken, with their
    expressions. examples: (outcome, name) of its cases."""

    id: str
    title: str
    severity: Severity
    consequence: str
    asked: str
    applies: tuple[str, ...]
    not_met: tuple[tuple[str, str], ...]
    asks_a_person: tuple[str, ...]
    remedy: str
    citation: Citation
    confidence: str
    examples: tuple[tuple[str, str], ...]


def in_words(rule: Rule) -> RuleInWords:
    """Return the rule in words."""
    return RuleInWords(
        id=rule.id,
        title=rule.title,
        severity=rule.severity,
        consequence=CONSEQUENCE[rule.severity]
        if rule.effect == "judges"
        else "voids the clause of the consent, and the consent counts for that much less",
        asked=ASKED_OF[rule.for_each],
        applies=tuple(_applies(rule)),
        not_met=tuple(_clause(clause) for clause in rule.require),
        asks_a_person=tuple(_attestation(rule)),
        remedy=rule.remedy,
        citation=rule.citation,
        confidence=CONFIDENCE[rule.citation.confidence],
        examples=tuple((case.expect.replace("_", " "), case.name) for case in rule.cases),
    )


def _clause(clause: Clause) -> tuple[str, str]:
    """Return what a clause says when it is broken, and its expression on one line."""
    expression = " ".join(clause.expr.split())
    if wordless(clause.say):
        return f"It does not hold that {expression}; the finding says why.", expression
    return _plain(clause.say), expression


def _applies(rule: Rule) -> Iterator[str]:
    if rule.contracts:
        yield f"to productions under {_either(rule.contracts)}"
    if rule.jurisdictions:
        yield f"to uses that touch {_either(rule.jurisdictions)}"
    if rule.in_force_from or rule.in_force_until:
        first = f" on or after {rule.in_force_from}" if rule.in_force_from else ""
        last = f" on or before {rule.in_force_until}" if rule.in_force_until else ""
        yield f"to {_COUNTED_FROM[rule.anchor]}{first}{' and' if first and last else ''}{last}"
    if rule.when:
        yield f"except when {_plain(rule.when.say).removesuffix('.')}"
    if not (rule.contracts or rule.jurisdictions or rule.in_force_from or rule.in_force_until or rule.when):
        yield "always"


def _attestation(rule: Rule) -> Iterator[str]:
    asked = rule.attestation
    if asked:
        yield asked.question
        lapse = f", and lapses after {asked.valid_days} days" if asked.valid_days else ""
        yield f"answered by {_either(asked.roles)} with {_either(asked.answers)}, signed{lapse}"


def _either(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _plain(sentence: str) -> str:
    """Return a sentence with its placeholders as bracketed names of facts."""
    return " ".join(sentence.replace("{", "[").replace("}", "]").split())
