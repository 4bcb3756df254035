"""Expressions of the Common Expression Language: checked against the fact types, evaluated over maps.

The only module that knows the engine (cel-expr-python, Google's C++ implementation). Follows
https://cel.dev and the language definition at github.com/google/cel-spec. Four traps shape it:

1. The engine returns an error as a value, and every value is true in Python: only type BOOL counts.
2. Expressions are type-checked against protobuf types made from the fact models, but evaluated over plain
   maps: in protobuf an absent bool reads as false, so `!performer.minor` would pass for an unknown age.
3. A datetime inside a map is refused and texts compare as texts: facts hold UTC text of one precision.
4. Over maps `use.date > 3` is merely an error or false: only the typed check tells the author. An
   expression that fails it is never evaluated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from cel_expr_python import cel

from policies.fact_types import fact_types
from policies.vocabulary import fact_paths, nearest, roots, value_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.finding import SubjectKind

MAX_CHARACTERS = 2000
# The engine bounds iterations and nesting, but not memory: 24 chained maps, each doubling a text, took
# 340 MB. Three loops over lists are more than any rule needs.
MAX_LOOPS = 3
_LOOP = re.compile(r"\.\s*(?:all|exists|exists_one|filter|map)\s*\(")
# dyn() would hide a value from the typed check.
_UNTYPED = re.compile(r"(?<![\w.])dyn\s*\(")
# Comments and literals; in a raw literal (r"...") a backslash escapes nothing.
_LITERAL = re.compile(
    r"""//[^\n]*
    | [bB]?[rR](?: \"{3}.*?\"{3} | '{3}.*?'{3} | "[^"\n]*" | '[^'\n]*' )
    | [bB]?(?: \"{3}(?:\\.|[^\\])*?\"{3} | '{3}(?:\\.|[^\\])*?'{3}
             | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' )""",
    re.DOTALL | re.VERBOSE,
)
_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*(?!\w*\s*\())*")
_ENGINE_ERROR = re.compile(r"<input>:(-?\d+):(-?\d+): (.*)")
_MISSING_KEY = re.compile(r'Key not found in map : "([^"]*)"')


class ExpressionRefused(Exception):
    """The expression must not be used; line and column (from 1) are inside its own text."""

    def __init__(self, line: int, column: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.column = column
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Answer:
    """What an expression is worth: true, false, or None when that can't be told.

    reason: why not, in words, when value is None. missing: the facts that were not known, then.
    """

    value: bool | None
    reason: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """A checked expression. facts: the fact paths it reads, in the order of first mention."""

    source: str
    facts: tuple[str, ...]
    _compiled: Any

    def evaluate(self, data: Mapping[str, Any]) -> Answer:
        """Return the expression's value over an evaluation map; never raises for any facts."""
        names = dict.fromkeys(path.partition(".")[0] for path in self.facts)
        try:
            result = self._compiled.eval(data={name: data[name] for name in names if name in data})
        except Exception as error:  # noqa: BLE001 - the engine documents no exception types; none may escape
            return Answer(None, f"the rule engine gave up: {_first_line(error)}", self._unknown(data))
        if result.type() == cel.Type.BOOL:
            return Answer(bool(result.value()))
        reason = _first_line(result.value())
        missing = self._unknown(data)
        key = _MISSING_KEY.search(reason)
        if key and not missing:
            # Inside a list: the engine names the key, and which list it was in stands in the expression.
            missing = (key[1],)
        return Answer(None, "a fact is missing" if missing else reason, missing)

    def _unknown(self, data: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(path for path in self.facts if value_at(data, path) is None)


def blanked(source: str) -> str:
    """Return source with its literals and comments blanked at the same length, so that positions stay."""
    return _LITERAL.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), source)


def compile_expression(source: str, subject: SubjectKind) -> Program:
    """Return source as a program for rules about this kind of subject.

    Raises ExpressionRefused for anything but a bounded, well-typed expression of type bool over known facts.
    """
    if len(source) > MAX_CHARACTERS:
        raise ExpressionRefused(1, 1, f"longer than {MAX_CHARACTERS} characters; split it into clauses")
    code = blanked(source)
    loops = list(_LOOP.finditer(code))
    if len(loops) > MAX_LOOPS:
        raise _refused_at(
            code, loops[MAX_LOOPS].start(), f"more than {MAX_LOOPS} loops over lists; split it into clauses"
        )
    if untyped := _UNTYPED.search(code):
        raise _refused_at(code, untyped.start(), "dyn() is not allowed, because it hides the type of a fact")
    facts = _facts_read(code, subject)
    typed = _compiled(_typed_environment(subject), source)
    if typed.return_type() != cel.Type.BOOL:
        raise ExpressionRefused(1, 1, f"must be true or false, but is of type {typed.return_type().name()}")
    return Program(source, facts, _compiled(_map_environment(subject), source))


def _facts_read(code: str, subject: SubjectKind) -> tuple[str, ...]:
    """Return the fact paths named in code; raise ExpressionRefused for one that doesn't exist."""
    known = fact_paths(subject)
    groups = {path.rsplit(".", length)[0] for path in known for length in range(1, path.count(".") + 1)}
    read: dict[str, None] = {}
    for name in _NAME.finditer(code):
        parts = [part.strip() for part in name[0].split(".")]
        if parts[0] not in roots(subject):
            continue
        whole = ".".join(parts)
        path = next((p for n in range(len(parts), 0, -1) if (p := ".".join(parts[:n])) in known), None)
        if path is None and whole in groups:
            raise _refused_at(code, name.start(), f"{whole!r} is a group of facts; name one of them")
        if path is None:
            raise _refused_at(code, name.start(), f"unknown fact {whole!r}{nearest(whole, subject)}")
        if ".why." in path:
            raise _refused_at(code, name.start(), f"{path!r} is a sentence for messages; test the fact itself")
        read[path] = None
    return tuple(read)


@cache
def _typed_environment(subject: SubjectKind) -> Any:
    types = fact_types()
    variables = {}
    for name, annotation in roots(subject).items():
        message, repeated = types.message_of(annotation)
        variables[name] = cel.Type.List(cel.Type(message)) if repeated else cel.Type(message)
    return cel.NewEnv(types.pool, variables=variables)


@cache
def _map_environment(subject: SubjectKind) -> Any:
    return cel.NewEnv(variables=dict.fromkeys(roots(subject), cel.Type.DYN))


def _compiled(environment: Any, source: str) -> Any:
    try:
        return environment.compile(source)
    except Exception as error:
        found = _ENGINE_ERROR.search(str(error))
        if not found:
            raise ExpressionRefused(1, 1, _first_line(error)) from error
        line, column = max(1, int(found[1])), max(1, int(found[2]))
        raise ExpressionRefused(line, column, found[3].removesuffix(" [INVALID_ARGUMENT]")) from error


def _refused_at(code: str, offset: int, reason: str) -> ExpressionRefused:
    before = code[:offset]
    return ExpressionRefused(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1, reason)


def _first_line(problem: object) -> str:
    return (str(problem).splitlines() or ["no reason given"])[0][:300]
