"""What an expression may cost, told before it runs: loops over written-out lists, and patterns.

The engine bounds the iterations of one evaluation, and its patterns run in linear time (RE2). Both end as
"unknown", which holds an asset for no good reason; and another engine may have neither bound. So a pack whose
expression can only explode is refused when it is loaded.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_LISTED_STEPS = 10_000
MAX_PATTERN = 200
_LOOP = re.compile(r"\.\s*(?:all|exists|exists_one|filter|map)\s*\(")
_MATCHES = re.compile(r"(?:\.\s*matches\s*\(|(?<![\w.])matches\s*\()")
_QUOTED = re.compile(r"""\s*[rR]?(?P<quote>"|')(?P<pattern>(?:\\.|(?!(?P=quote))[^\\\n])*)(?P=quote)\s*\)""")
_COUNTED = re.compile(r"\{(\d+)(?:,(\d*))?\}")
MAX_COUNT = 100


class Bound(NamedTuple):
    """Where in an expression a bound is passed, from 0, and the sentence for it."""

    offset: int
    reason: str


def bound_passed(source: str, code: str) -> Bound | None:
    """Return the first bound that the expression passes, None when it stays within all.

    code: the source with literals and comments blanked at the same length.
    """
    loops = list(_LOOP.finditer(code))
    written = [loop for loop in loops if code[: loop.start()].rstrip().endswith(("]", ")"))]
    # Which loop runs inside which is the parser's to know; all of them nested is the most that it can be.
    if written and _listed_items(code) ** len(loops) > MAX_LISTED_STEPS:
        return Bound(written[0].start(), f"loops over written-out lists may take more than {MAX_LISTED_STEPS} steps")
    for call in _MATCHES.finditer(code):
        if reason := _pattern_problem(source[call.end() :], standalone=not call[0].startswith(".")):
            return Bound(call.start(), reason)
    return None


def _listed_items(code: str) -> int:
    """Return how many items the lists that are written out hold together."""
    depth = items = 0
    for char in code:
        depth += (char == "[") - (char == "]")
        items += char == "[" or (char == "," and depth > 0)
    return items


def _pattern_problem(rest: str, *, standalone: bool) -> str | None:
    quoted = None if standalone else _QUOTED.match(rest)
    if not quoted:
        return "the pattern must be written out, as in fact.matches('...'), so that it can be checked"
    pattern = quoted["pattern"]
    if len(pattern) > MAX_PATTERN:
        return f"the pattern is longer than {MAX_PATTERN} characters; split it"
    if any(int(count) > MAX_COUNT for found in _COUNTED.finditer(pattern) for count in found.groups() if count):
        return f"the pattern repeats more than {MAX_COUNT} times; write it without a count"
    if _repeats_a_repetition(pattern):
        return "the pattern repeats a repetition, which may take exponential time; write it flat"
    return None


def _repeats_a_repetition(pattern: str) -> bool:
    """Return whether a repeated group holds a repetition, as (a+)+: exponential for an engine that backtracks."""
    plain = re.sub(r"\\.|\[\^?\]?[^\]]*\]", "x", pattern)
    holds = [False]
    for place, char in enumerate(plain):
        if char == "(":
            holds.append(False)
        elif char == ")" and len(holds) > 1:
            inside = holds.pop()
            repeated = plain[place + 1 : place + 2] in ("*", "+", "{")
            if inside and repeated:
                return True
            holds[-1] = holds[-1] or inside or repeated
        elif char in "*+{":
            holds[-1] = True
    return False
