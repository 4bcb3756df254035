"""Facts of a rule's own tests: a pack's base facts with one case's few facts laid over them.

The base holds one replica, one appearance and one performer under their singular names; a case names what
differs by fact path (`replica.consent.term: not_covered`), and null says that a fact is not known.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from policies.document import plain_words
from policies.facts import Facts
from policies.located_yaml import printable
from policies.rule_program import dotted
from policies.vocabulary import SUBJECTS, fact_paths, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.document import Document
    from policies.rule import Case, Rule

_PLURAL: dict[str, str] = {kind: names[0] for kind, names in SUBJECTS.items()}
# An answer that a case gives to its own rule's question stands among the facts like a subject.
_LISTED: dict[str, str] = {**_PLURAL, "attestation": "attestations"}
_SINGULAR = {plural: kind for kind, plural in _LISTED.items()}


def base_facts(tree: Mapping[str, Any]) -> Facts:
    """Return a nested tree of facts as Facts. Raises pydantic's ValidationError with plural paths."""
    data = {name: value for name, value in tree.items() if name not in _LISTED}
    for kind, plural in _LISTED.items():
        if kind in tree:
            data[plural] = [tree[kind]]
    return Facts.model_validate(data)


def case_facts(base: Mapping[str, Any], case: Case, rule: str) -> Facts:
    """Return the case's facts. Raises pydantic's ValidationError if they don't fit the vocabulary.

    rule: as PACK.RULE, which an answer in the case is given to.
    """
    tree: dict[str, Any] = copy.deepcopy(dict(base))
    for path, value in case.facts.items():
        *groups, last = path.split(".")
        here = tree
        for group in groups:
            inner = here.setdefault(group, {})
            # A base that isn't a group here is wrong in itself, and is told where it stands.
            here = inner if isinstance(inner, dict) else {}
        here[last] = value
    if isinstance(tree.get("attestation"), dict):
        tree["attestation"]["rule"] = rule
    return base_facts(tree)


def base_problems(base: Mapping[str, Any], document: Document) -> tuple[str, ...]:
    """Return `file:line:column: where: message` for everything wrong with a pack's base facts."""
    try:
        base_facts(base)
    except ValidationError as error:
        found = []
        for problem in error.errors(include_url=False):
            path = ("facts", *_singular(problem["loc"]))
            place, message = document.locate(path), plain_words(problem)
            if problem["type"] == "extra_forbidden":
                place = document.locate_key(path)
                message = "unknown fact" + nearest(dotted(path[1:]), _subject(path))
            found.append(f"{place}: {printable(dotted(path))}: {message}")
        return tuple(found)
    return ()


def case_problems(
    rule: Rule, base: Mapping[str, Any], document: Document, path: tuple[str | int, ...]
) -> Iterator[str]:
    """Yield a problem for each case fact that doesn't exist or doesn't fit. path: the rule's place."""
    if rule.cases and rule.for_each in _PLURAL and rule.for_each not in base:
        place = document.locate((*path, "cases"))
        yield f"{place}: {dotted(path)}.cases: the pack's base facts hold no {rule.for_each}; add one"
    for index, case in enumerate(rule.cases):
        here = (*path, "cases", index, "facts")
        unknown = [fact for fact in case.facts if not _exists(fact)]
        for fact in unknown:
            place = document.locate_key((*here, fact))
            yield f"{place}: {dotted(here)}: unknown fact {fact[:100]!r}{nearest(fact, rule.for_each)}"
        if unknown:
            continue
        try:
            case_facts(base, case, rule.id)
        except ValidationError as error:
            for problem in error.errors(include_url=False):
                fact = dotted(_singular(problem["loc"]))
                given = next((name for name in case.facts if f"{fact}.".startswith(f"{name}.")), None)
                place = document.locate((*here, given) if given else here)
                yield f"{place}: {dotted(here)}: {fact}: {plain_words(problem)}"


def _exists(path: str) -> bool:
    return path not in _SINGULAR and any(path in fact_paths(kind) for kind in SUBJECTS)


def _subject(path: tuple[str | int, ...]) -> Any:
    return path[1] if len(path) > 1 and path[1] in _PLURAL else "asset"


def _singular(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return a path of pydantic's, such as (replicas, 0, kind), as written in a pack: (replica, kind)."""
    if path and path[0] in _SINGULAR:
        return (_SINGULAR[str(path[0])], *path[2:])
    return path
