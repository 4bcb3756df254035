"""Rule packs: read from YAML, checked whole, compiled, and identified by a digest.

A pack is one YAML file, or a folder with pack.yaml and further files that hold only `rules`. It loads
completely or not at all: every key, date, fact path and expression is checked, and every problem is told
with file:line:column. A pack comes from outside and may be hostile; nothing in it is executed but bounded
expressions.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from policies.base_facts import base_problems, case_problems
from policies.document import located_problems, read_document
from policies.errors import DocumentInvalid, PackInvalid, UnknownPack
from policies.look_alikes import foreign_letter, steering_mark
from policies.pack_files import FIRST_FILE, pack_files
from policies.rule import PackDocument, Rule, RulesDocument
from policies.rule_program import RuleProgram, RuleRefused, rule_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from policies.document import Document

_Written = TypeVar("_Written", bound=BaseModel)

MAX_PROBLEMS = 100
# The largest shipped pack has 20 rules; each clause is compiled twice.
MAX_RULES = 200
MAX_CLAUSES = 1000
MAX_CASES = 2000
_SHIPPED = Path(__file__).parent / "packs"


@dataclass(frozen=True, slots=True)
class Pack:
    """A loaded pack. rules and programs run in parallel. base: the facts that its cases start from.

    sha256: the digest of its files (`pack_files`). places: where each rule's cases stand, as (rule's id, case's
    number from 0) → file:line:column.
    disabled_because: why nobody should be judged by it yet; None for a pack that is in use.
    """

    id: str
    title: str
    version: str
    effective: date
    legal_review: str
    sha256: str
    rules: tuple[Rule, ...]
    programs: tuple[RuleProgram, ...] = field(repr=False, compare=False)
    base: Mapping[str, Any] = field(repr=False, compare=False)
    places: Mapping[tuple[str, int], str] = field(repr=False, compare=False, default_factory=dict)
    disabled_because: str | None = None

    def only(self, rule_id: str) -> Pack:
        """Return the pack with that rule alone, or with none if it has no such rule."""
        return self.keeping(frozenset({rule_id}))

    def keeping(self, rule_ids: frozenset[str]) -> Pack:
        """Return the pack with those of its rules alone that are named."""
        kept = [index for index, rule in enumerate(self.rules) if rule.id in rule_ids]
        return replace(
            self,
            rules=tuple(self.rules[index] for index in kept),
            programs=tuple(self.programs[index] for index in kept),
        )


def builtin_packs() -> tuple[Pack, ...]:
    """Return every shipped pack, in the order of their ids."""
    return tuple(builtin(name) for name in builtin_ids())


def builtin_ids() -> tuple[str, ...]:
    """Return the ids of the shipped packs, without loading them."""
    return tuple(sorted(folder.name.upper() for folder in _SHIPPED.iterdir() if (folder / FIRST_FILE).is_file()))


def builtin(pack_id: str) -> Pack:
    """Return the shipped pack of that id, in any case. Raises UnknownPack, which names those that exist."""
    if pack_id.upper() not in builtin_ids():
        raise UnknownPack(pack_id, builtin_ids())
    return _shipped(pack_id.lower())


@cache
def _shipped(folder: str) -> Pack:
    return load_pack(_SHIPPED / folder)


def load_pack(path: Path) -> Pack:
    """Return the pack in a YAML file or a folder.

    Raises PackInvalid with every problem, DocumentInvalid for a file that is not YAML of this project's
    kind, DocumentUnreadable for one that can't be read.
    """
    found = pack_files(path)
    known = _LOADED.get((found.source, found.sha256))
    if known is not None:
        return known
    documents = []
    for name, content in found.files:
        _refuse_steering(name, content)
        documents.append(read_document(content, name=name))
    loaded = _pack(documents, found.source, found.sha256)
    # What was checked once is the same as long as its digest is; the oldest makes room.
    while len(_LOADED) >= _KEPT:
        del _LOADED[next(iter(_LOADED))]
    _LOADED[found.source, found.sha256] = loaded
    return loaded


_KEPT = 64
_LOADED: dict[tuple[str, str], Pack] = {}


def _refuse_steering(name: str, content: bytes) -> None:
    """Raise DocumentInvalid for a text that a person reads otherwise than the machine does."""
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    if mark := steering_mark(text):
        before = text[: mark[0]]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        reason = f"{mark[1]} hides or reorders text, so that it reads otherwise than it works; remove it"
        raise DocumentInvalid(f"{name}:{line}:{column}", reason)


@dataclass(frozen=True, slots=True)
class _PlacedRule:
    rule: Rule
    document: Document
    index: int

    @property
    def path(self) -> tuple[str | int, ...]:
        return ("rules", self.index)


def _pack(documents: list[Document], source: str, sha256: str) -> Pack:
    """Return the documents as one pack; rules keep the order of pack.yaml first, then the other files."""
    problems: list[str] = []
    first = next((item for item in documents if Path(item.name).name == FIRST_FILE), documents[0])
    header = _written(PackDocument, first, problems)
    placed = [_PlacedRule(rule, first, index) for index, rule in enumerate(header.rules if header else ())]
    for document in documents:
        if document is not first and (further := _written(RulesDocument, document, problems)):
            placed += [_PlacedRule(rule, document, index) for index, rule in enumerate(further.rules)]
    if header:
        problems += base_problems(header.facts, first)
    problems += _foreign_ids(documents)
    problems += _repeated(placed)
    _refuse_too_much(placed, source)
    programs = []
    for item in placed:
        try:
            programs.append(rule_program(item.rule, item.document, item.path))
        except RuleRefused as refused:
            problems += refused.problems
        # With a broken base every case would repeat the base's problems.
        if header and not problems:
            problems += case_problems(item.rule, header.facts, item.document, item.path)
    if problems or header is None:
        raise PackInvalid(source, tuple(problems[:MAX_PROBLEMS]))
    return Pack(
        id=header.pack,
        title=header.title,
        version=header.version,
        effective=header.effective,
        legal_review=header.legal_review,
        sha256=sha256,
        rules=tuple(item.rule for item in placed),
        programs=tuple(programs),
        base=header.facts,
        places=MappingProxyType(dict(_places(placed))),
        disabled_because=header.disabled_because,
    )


def _places(placed: list[_PlacedRule]) -> Iterator[tuple[tuple[str, int], str]]:
    for item in placed:
        for number in range(len(item.rule.cases)):
            yield (item.rule.id, number), item.document.locate((*item.path, "cases", number))


def _refuse_too_much(placed: list[_PlacedRule], source: str) -> None:
    """Raise PackInvalid before anything is compiled for a pack that is too large to be checked in time."""
    rules, clauses = len(placed), sum(len(item.rule.require) for item in placed)
    cases = sum(len(item.rule.cases) for item in placed)
    for number, limit, what in (
        (rules, MAX_RULES, "rules"),
        (clauses, MAX_CLAUSES, "clauses"),
        (cases, MAX_CASES, "cases"),
    ):
        if number > limit:
            place = placed[-1].document.locate(placed[-1].path)
            raise PackInvalid(source, (f"{place}: rules: {number} {what}, more than {limit}; split the pack",))


def _foreign_ids(documents: list[Document]) -> Iterator[str]:
    """Yield a problem for each id of a pack or rule that holds a letter of another script."""
    for document in documents:
        data = document.data if isinstance(document.data, dict) else {}
        rules = data.get("rules")
        ids: list[tuple[tuple[str | int, ...], object]] = [(("pack",), data.get("pack"))]
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            ids.append((("rules", index, "id"), rule.get("id") if isinstance(rule, dict) else None))
        for path, value in ids:
            if isinstance(value, str) and (problem := foreign_letter(value)):
                yield f"{document.locate(path)}: {'.'.join(map(str, path))}: {problem}"


def _written(model: type[_Written], document: Document, problems: list[str]) -> _Written | None:
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        problems += located_problems(document, error, model)
        return None


def _repeated(placed: list[_PlacedRule]) -> list[str]:
    seen: dict[str, str] = {}
    problems = []
    for item in placed:
        place = item.document.locate((*item.path, "id"))
        if item.rule.id in seen:
            problems.append(f"{place}: rule {item.rule.id} is already written at {seen[item.rule.id]}")
        seen.setdefault(item.rule.id, place)
    return problems
