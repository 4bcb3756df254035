"""Documents that people write by hand: read with positions, and problems told in plain words.

Used for rule packs here, and by the application for declarations and grant files. The accepted subset
of YAML is described in `located_yaml`; the models that check the values are pydantic's.
"""

from __future__ import annotations

import dataclasses
import difflib
import stat
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, get_args, get_origin

from policies.errors import DocumentInvalid, DocumentUnreadable
from policies.located_yaml import LocatedYaml, Plain, YamlRefused, located_yaml, printable, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import BaseModel, ValidationError
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

LIMIT_BYTES = 1024 * 1024
MAX_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Document:
    """One document: plain values, and where each of them stands in the text.

    data: dict, list, str, int, bool or None. positions: path → (line, column) of the value.
    keys: path → position of a mapping's key. texts: path → position of a text's first
    character, where its lines are the document's lines. name: what the text is called in messages.
    """

    data: Plain
    positions: Mapping[tuple[str | int, ...], tuple[int, int]]
    keys: Mapping[tuple[str | int, ...], tuple[int, int]]
    texts: Mapping[tuple[str | int, ...], tuple[int, int]]
    name: str

    def locate(self, path: tuple[str | int, ...]) -> str:
        """Return file:line:column of the value at path, or of the nearest value that encloses it."""
        for length in range(len(path), -1, -1):
            position = self.positions.get(path[:length])
            if position is not None:
                return self.at(position)
        return self.at((1, 1))

    def locate_key(self, path: tuple[str | int, ...]) -> str:
        """Return file:line:column of the key at path, or of the nearest enclosing value."""
        position = self.keys.get(path)
        return self.at(position) if position else self.locate(path)

    def locate_in_text(self, path: tuple[str | int, ...], line: int, column: int) -> str:
        """Return file:line:column of a place inside the text at path; line and column count from 1."""
        start = self.texts.get(path)
        if start is None:
            return self.locate(path)
        return self.at((start[0] + line - 1, start[1] + column - 1))

    def at(self, position: tuple[int, int]) -> str:
        """Return file:line:column for a position in this document."""
        return f"{self.name}:{position[0]}:{position[1]}"


def read_document(source: Path | str | bytes, *, name: str | None = None, limit_bytes: int = LIMIT_BYTES) -> Document:
    """Return the document in a file (Path) or in a text (str, or bytes in UTF-8).

    name: what to call a text in messages; a file is called by its path. An empty text gives data None.
    Raises DocumentInvalid with file:line:column, DocumentUnreadable if the file can't be read.
    """
    called = name or (str(source) if isinstance(source, Path) else "<text>")
    content = file_content(source, called, limit_bytes) if isinstance(source, Path) else source
    size = len(content) if isinstance(content, bytes) else len(content.encode("utf-8", "replace"))
    if size > limit_bytes:
        raise DocumentInvalid(f"{called}:1:1", f"larger than {limit_bytes} bytes; split the document")
    try:
        text = content.decode("utf-8") if isinstance(content, bytes) else content
        text.encode("utf-8")
    except UnicodeError as error:
        raise DocumentInvalid(f"{called}:{_bad_line(content, error)}:1", "not UTF-8 text; save it as UTF-8") from error
    try:
        found = located_yaml(text.removeprefix("\ufeff"))
    except YamlRefused as refused:
        line, column = refused.position
        raise DocumentInvalid(f"{called}:{line}:{column}", refused.reason) from refused
    return _frozen(found, called)


def _frozen(found: LocatedYaml, name: str) -> Document:
    return Document(
        data=found.data,
        positions=MappingProxyType(found.values),
        keys=MappingProxyType(found.keys),
        texts=MappingProxyType(found.texts),
        name=name,
    )


def file_content(path: Path, name: str, limit_bytes: int = LIMIT_BYTES) -> bytes:
    """Return a regular file's bytes, at most one more than limit_bytes. Raises DocumentUnreadable."""
    try:
        # A pipe or a device would block or never end.
        if not stat.S_ISREG(path.stat().st_mode):
            raise DocumentUnreadable(name, "not a regular file; name the YAML file itself")
        with path.open("rb") as file:
            return file.read(limit_bytes + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name can't be used"
        raise DocumentUnreadable(name, f"can't be read ({reason}); check the path and its rights") from error


def _bad_line(content: str | bytes, error: UnicodeError) -> int:
    start = getattr(error, "start", 0)
    return (content[:start].count(b"\n") if isinstance(content, bytes) else content[:start].count("\n")) + 1


def located_problems(
    document: Document, error: ValidationError, model: type[BaseModel] | None = None
) -> tuple[str, ...]:
    """Return one `file:line:column: where: message` for each problem that pydantic found in the document.

    model: the model that was validated; with it, an unknown key is answered with the nearest permitted one.
    """
    # Nobody reads more, and the nearest permitted name is looked for in each.
    problems = error.errors(include_url=False, include_context=True)[:MAX_PROBLEMS]
    return tuple(_located(document, problem, model) for problem in problems)


def _located(document: Document, problem: ErrorDetails, model: type[BaseModel] | None) -> str:
    path = tuple(problem["loc"])
    unknown_key = problem["type"] in {"extra_forbidden", "unexpected_keyword_argument"}
    position = document.locate_key(path) if unknown_key else document.locate(path)
    where = ".".join(str(part) for part in path) or "document"
    if unknown_key:
        message = _unknown_key(str(path[-1]), permitted_keys(model, path[:-1]) if model else ())
    else:
        message = plain_words(problem)
    return f"{position}: {printable(where)}: {message}"


def _unknown_key(key: str, permitted: Iterable[str]) -> str:
    keys = tuple(permitted)
    near = difflib.get_close_matches(key[:100], keys, n=1)
    if near:
        return f"unknown key {shown(key)}; did you mean {near[0]!r}?"
    return f"unknown key {shown(key)}" + (f"; permitted are {', '.join(keys)}" if keys else "; remove it")


def plain_words(problem: ErrorDetails) -> str:
    """Return what is wrong with one value in words that need no knowledge of Python."""
    given = _given(problem["input"])
    context = problem.get("ctx", {})
    match problem["type"]:
        case "missing" | "missing_argument":
            return f"the key {problem['loc'][-1]!r} is missing; add it"
        case "string_type":
            return f"must be text, not {given}"
        case "bool_type" | "bool_parsing":
            return f"must be true or false, not {given}"
        case "int_type" | "int_parsing" | "int_from_float":
            return f"must be a whole number, not {given}"
        case "tuple_type" | "list_type":
            return f"must be a list, not {given}"
        case "dict_type" | "model_type" | "dataclass_type" | "model_attributes_type":
            return f"must be a group of keys and values, not {given}"
        case "literal_error":
            return f"must be {context.get('expected')}, not {given}"
        case "value_error" | "assertion_error":
            return str(context.get("error"))
        case _:
            return f"{problem['msg'][:1].lower()}{problem['msg'][1:]}, not {given}"


def _given(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case str():
            return shown(value)
        case int() | float():
            return f"the number {value}"[:60]
        case dict():
            return "a group of keys"
        case list() | tuple():
            return "a list"
        case _:
            return f"a {type(value).__name__}"


def permitted_keys(model: type[BaseModel], path: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return the keys that model permits at path, () where it permits any or path leads elsewhere."""
    here: Any = model
    for part in path:
        here = _inside(here, part)
    return tuple(_fields(here))


def _fields(annotation: Any) -> dict[str, Any]:
    """Return key → annotation of the model or dataclass in an annotation such as `Model | None`."""
    for candidate in (annotation, *get_args(annotation)):
        fields: dict[str, FieldInfo] | None = getattr(candidate, "model_fields", None)
        if fields is not None:
            return {info.alias or name: info.annotation for name, info in fields.items()}
        if isinstance(candidate, type) and dataclasses.is_dataclass(candidate):
            return {item.name: item.type for item in dataclasses.fields(candidate)}
    return {}


def _inside(annotation: Any, part: str | int) -> Any:
    if isinstance(part, str):
        return _fields(annotation).get(part)
    for candidate in (annotation, *get_args(annotation)):
        if get_origin(candidate) in (tuple, list):
            return next((item for item in get_args(candidate) if item is not Ellipsis), None)
    return None
