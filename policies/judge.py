"""The judge: rule packs and facts in, one finding for each rule and subject out.

Three-valued, after Kleene: a clause that is false decides "fail"; else one that can't be told decides
"unknown"; only clauses that all hold give "pass". Nothing unknown ever becomes a pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from policies.answers import answer_to, request
from policies.applicability import bound, in_force, placed
from policies.finding import Finding
from policies.sentence import filled, wordless
from policies.vocabulary import SUBJECTS, evaluation_map, fact_paths, value_at, worded
from policies.voiding import with_voids

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from policies.cel import Answer
    from policies.facts import Facts
    from policies.finding import Outcome, SubjectKind
    from policies.pack import Pack
    from policies.rule import Clause, Condition, Rule
    from policies.rule_program import RuleProgram

_NAMES = {"replica": "performer", "appearance": "id", "performer": "ref", "tool": "name", "synthetic": "name"}


@dataclass(frozen=True, slots=True)
class _Ruling:
    outcome: Outcome
    why: str
    missing: tuple[str, ...] = ()


def judge(packs: Iterable[Pack], facts: Facts, *, as_of: datetime) -> tuple[Finding, ...]:
    """Return one finding for each rule of the packs and each subject of that rule, in the packs' order.

    as_of: an aware time; a rule that is not in force on that day (UTC), or on the day of its anchor, is
    "not_applicable". A pack's own `effective` day doesn't switch its rules off. Raises ValueError if as_of
    carries no offset.
    """
    if as_of.tzinfo is None:
        raise ValueError("as_of must carry its offset from UTC")
    day = as_of.astimezone(UTC).date()
    data: Mapping[str, Any] = evaluation_map(facts)
    entries = [(pack, rule, program) for pack in packs for rule, program in zip(pack.rules, pack.programs, strict=True)]
    # 1. The rules that void a clause of a consent, because every other rule may read what they found.
    replicas = tuple(_subjects("replica", data))
    voiding = {
        place: tuple(_finding(*entry, subject, view, day) for subject, view in replicas)
        for place, entry in enumerate(entries)
        if entry[1].effect == "voids_consent"
    }
    data = with_voids(data, tuple(voiding.values()))
    # 2. All others, on what is left of the consents.
    seen = {kind: tuple(_subjects(kind, data)) for kind in dict.fromkeys(rule.for_each for _, rule, _ in entries)}
    return tuple(
        finding
        for place, entry in enumerate(entries)
        for finding in (
            voiding[place]
            if place in voiding
            else (_finding(*entry, subject, view, day) for subject, view in seen[entry[1].for_each])
        )
    )


def _subjects(kind: SubjectKind, data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (subject's name, facts as seen from it)."""
    if kind == "asset":
        yield data["asset"]["sha256"], data
        return
    for item in data[SUBJECTS[kind][0]]:
        yield item[_NAMES[kind]], {**data, kind: item}


def _finding(pack: Pack, rule: Rule, program: RuleProgram, subject: str, data: Mapping[str, Any], day: date) -> Finding:
    name = f"{pack.id}.{rule.id}"
    if rule.attestation:
        data = {**data, "attestation": answer_to(name, rule.attestation, subject, data)}
    ruling = _ruling(rule, program, data, day)
    why = ruling.why
    if rule.attestation and any(path.startswith("attestation.") for path in ruling.missing):
        why = f"{why} {request(name, rule.attestation, subject, data)}"
    return Finding(
        rule=rule.id,
        title=rule.title,
        pack=pack.id,
        pack_version=pack.version,
        severity=rule.severity,
        outcome=ruling.outcome,
        subject_kind=rule.for_each,
        subject=worded(subject),
        why=why,
        facts=_facts_read(rule, program, data),
        missing=ruling.missing,
        citation=rule.citation,
        remedy=rule.remedy,
        topic=rule.topic,
        waivable=rule.waivable,
    )


def _ruling(rule: Rule, program: RuleProgram, data: Mapping[str, Any], day: date) -> _Ruling:
    # 1. Whatever shows that the rule does not apply outweighs what is not known about it.
    limits = [each for each in (in_force(rule, data, day), bound(rule, data), placed(rule, data)) if each is not None]
    applies = program.when.evaluate(data) if program.when else None
    for limit in limits:
        if limit.outcome == "not_applicable":
            return _Ruling("not_applicable", limit.why)
    if rule.when and applies and applies.value is False:
        return _Ruling("not_applicable", f"does not apply: {filled(rule.when.say, data)[0]}")
    if limits:
        return _Ruling("unknown", limits[0].why or _reason("", limits[0].missing, rule), limits[0].missing)
    if rule.when and applies and applies.value is None:
        return _Ruling("unknown", _unknown(rule.when, applies, rule, data), applies.missing)
    # 2. Facts without which the clauses mean nothing.
    missing = tuple(path for path in rule.needs if value_at(data, path) is None)
    if missing:
        return _Ruling("unknown", _reason("", missing, rule), missing)
    # 3. The clauses.
    return _clauses(rule, program, data)


def _clauses(rule: Rule, program: RuleProgram, data: Mapping[str, Any]) -> _Ruling:
    answers = [part.evaluate(data) for part in program.require]
    for clause, answer in zip(rule.require, answers, strict=True):
        if answer.value is False:
            sentence, complete = filled(clause.say, data)
            if not complete and wordless(clause.say):
                sentence = f"not fulfilled: {rule.title}"
            return _Ruling("fail", sentence)
    unknown = [(clause, answer) for clause, answer in zip(rule.require, answers, strict=True) if answer.value is None]
    if not unknown:
        return _Ruling("pass", rule.title)
    missing = tuple(dict.fromkeys(path for _, answer in unknown for path in answer.missing))
    return _Ruling("unknown", _unknown(*unknown[0], rule, data), missing)


def _unknown(part: Condition | Clause, answer: Answer, rule: Rule, data: Mapping[str, Any]) -> str:
    """Return the pack's own sentence if all its facts are known, else which fact is missing."""
    sentence, complete = filled(part.unknown or "", data)
    return sentence if sentence and complete else _reason(answer.reason, answer.missing, rule)


def _reason(reason: str, missing: tuple[str, ...], rule: Rule) -> str:
    if not missing:
        return f"could not be evaluated: {reason}"
    described = fact_paths(rule.for_each)
    return "; ".join(
        f"missing fact: {path} ({described[path]})" if path in described else f"missing fact: {path}"
        for path in missing
    )


def _facts_read(rule: Rule, program: RuleProgram, data: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    paths = dict.fromkeys(
        (
            *rule.needs,
            *(program.when.facts if program.when else ()),
            *(path for part in program.require for path in part.facts),
        )
    )
    values = ((path, value_at(data, path)) for path in paths)
    return tuple((path, worded(value)) for path, value in values if value is not None)
