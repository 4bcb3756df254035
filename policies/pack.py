"""Rule packs: read from YAML, checked whole, compiled, and identified by a digest.

A pack is one YAML file, or a folder with pack.yaml and further files that hold only `rules`. It loads
completely or not at all: every key, date, fact path and expression is checked, and every problem is told
with file:line:column. A pack comes from outside and may be hostile; nothing in it is executed but bounded
expressions.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from policies.base_facts import base_problems, case_problems
from policies.document import file_content, located_problems, read_document
from policies.errors import DocumentInvalid, DocumentUnreadable, PackInvalid, UnknownPack
from policies.rule import PackDocument, Rule, RulesDocument
from policies.rule_program import RuleProgram, RuleRefused, rule_program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from policies.document import Document

_Written = TypeVar("_Written", bound=BaseModel)

MAX_FILES = 32
MAX_PROBLEMS = 100
_FIRST_FILE = "pack.yaml"
_SHIPPED = Path(__file__).parent / "packs"


@dataclass(frozen=True, slots=True)
class Pack:
    """A loaded pack. rules and programs run in parallel. base: the facts that its cases start from.

    disabled_because: why nobody should be judged by it yet; None for a pack that is in use.

    sha256: the digest of the text that `sha256sum *.yaml` prints in the pack's folder (C locale), which
    anyone can make again: `sha256sum *.yaml | sha256sum`.
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
    disabled_because: str | None = None

    def only(self, rule_id: str) -> Pack:
        """Return the pack with that rule alone, or with none if it has no such rule."""
        kept = [index for index, rule in enumerate(self.rules) if rule.id == rule_id]
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
    return tuple(sorted(folder.name.upper() for folder in _SHIPPED.iterdir() if (folder / _FIRST_FILE).is_file()))


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
    files = _files(path)
    contents = [file_content(file, str(file)) for file in files]
    listing = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {file.name}\n" for file, content in zip(files, contents, strict=True)
    )
    documents = [read_document(content, name=str(file)) for file, content in zip(files, contents, strict=True)]
    return _pack(documents, str(path), hashlib.sha256(listing.encode("utf-8", "replace")).hexdigest())


def _files(path: Path) -> list[Path]:
    """Return the pack's files in the order of the digest: by name, byte for byte."""
    try:
        if not path.is_dir():
            return [path]
        names = sorted(file.name for file in path.iterdir() if file.suffix == ".yaml")
    except (OSError, ValueError) as error:
        raise DocumentUnreadable(str(path), "can't be read; check the path and its rights") from error
    if _FIRST_FILE not in names:
        raise DocumentUnreadable(str(path), f"holds no {_FIRST_FILE}; a pack's folder needs one")
    if len(names) > MAX_FILES:
        raise DocumentInvalid(str(path), f"holds more than {MAX_FILES} YAML files; split the pack")
    return [path / name for name in names]


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
    first = next((item for item in documents if Path(item.name).name == _FIRST_FILE), documents[0])
    header = _written(PackDocument, first, problems)
    placed = [_PlacedRule(rule, first, index) for index, rule in enumerate(header.rules if header else ())]
    for document in documents:
        if document is not first and (further := _written(RulesDocument, document, problems)):
            placed += [_PlacedRule(rule, document, index) for index, rule in enumerate(further.rules)]
    if header:
        problems += base_problems(header.facts, first)
    problems += _repeated(placed)
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
        disabled_because=header.disabled_because,
    )


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
