"""A rule made ready to judge: every expression compiled, every fact path and sentence checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from policies.cel import ExpressionRefused, Program, blanked, compile_expression
from policies.expression_bounds import bound_passed
from policies.sentence import sentence_problem
from policies.vocabulary import fact_paths, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.document import Document
    from policies.finding import SubjectKind
    from policies.rule import Rule


@dataclass(frozen=True, slots=True)
class RuleProgram:
    """A rule's expressions, checked: its condition, and its clauses in the rule's order."""

    when: Program | None
    require: tuple[Program, ...]

    @property
    def facts(self) -> frozenset[str]:
        """The paths of all facts that the expressions read."""
        parts = (*self.require, *((self.when,) if self.when else ()))
        return frozenset(path for part in parts for path in part.facts)


class RuleRefused(Exception):
    """A rule must not be used; problems are `file:line:column: where: message`."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def rule_program(rule: Rule, document: Document, path: tuple[str | int, ...]) -> RuleProgram:
    """Return the rule's program. path: where the rule stands in document. Raises RuleRefused."""
    problems = [*_needs_problems(rule, document, path), *_sentence_problems(rule, document, path)]
    when = None
    if rule.when:
        when = _program(rule.when.expr, rule.for_each, document, (*path, "when", "expr"), problems)
    require = [
        _program(clause.expr, rule.for_each, document, (*path, "require", index, "expr"), problems)
        for index, clause in enumerate(rule.require)
    ]
    if problems:
        raise RuleRefused(tuple(problems))
    return RuleProgram(when, tuple(program for program in require if program))


def _program(
    source: str, subject: SubjectKind, document: Document, path: tuple[str | int, ...], problems: list[str]
) -> Program | None:
    code = blanked(source)
    if passed := bound_passed(source, code):
        before = code[: passed.offset]
        place = document.locate_in_text(path, before.count("\n") + 1, len(before) - before.rfind("\n"))
        problems.append(f"{place}: {dotted(path)}: {passed.reason}")
        return None
    try:
        return compile_expression(source, subject)
    except ExpressionRefused as refused:
        place = document.locate_in_text(path, refused.line, refused.column)
        problems.append(f"{place}: {dotted(path)}: {refused.reason}")
        return None


def _needs_problems(rule: Rule, document: Document, path: tuple[str | int, ...]) -> Iterator[str]:
    for index, needed in enumerate(rule.needs):
        if needed not in fact_paths(rule.for_each):
            here = (*path, "needs", index)
            yield (
                f"{document.locate(here)}: {dotted(here)}: "
                f"unknown fact {needed[:100]!r}{nearest(needed, rule.for_each)}"
            )


def _sentence_problems(rule: Rule, document: Document, path: tuple[str | int, ...]) -> Iterator[str]:
    sentences: list[tuple[tuple[str | int, ...], str | None]] = [
        (("require", index, key), sentence)
        for index, clause in enumerate(rule.require)
        for key, sentence in (("say", clause.say), ("unknown", clause.unknown))
    ]
    if rule.when:
        sentences += [(("when", "say"), rule.when.say), (("when", "unknown"), rule.when.unknown)]
    for inner, sentence in sentences:
        problem = sentence_problem(sentence, rule.for_each) if sentence else None
        if problem:
            yield f"{document.locate((*path, *inner))}: {dotted((*path, *inner))}: {problem}"


def dotted(path: tuple[str | int, ...]) -> str:
    """Return a path in a document as text, such as rules.1.when.expr."""
    return ".".join(str(part) for part in path)
