"""YAML text in, plain values out, each with the line and column it was written at.

A subset of YAML 1.2: mappings with text keys, sequences, and scalars. A scalar is text unless it is
written plainly as true, false, null (or nothing) or a decimal integer, so NO stays "NO" and 2026-02-30
stays text for the model to refuse with its position. Refused: duplicate keys, anchors, aliases, tags,
several documents, deep nesting. Built from libyaml's events, because its composer recurses without limit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

Plain: TypeAlias = "bool | int | str | list[Plain] | dict[str, Plain] | None"
Path: TypeAlias = "tuple[str | int, ...]"
Position: TypeAlias = "tuple[int, int]"

MAX_DEPTH = 24
MAX_NODES = 50_000
# 18 digits always fit the 64-bit integers of the rule engine; a longer number stays text.
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


class YamlRefused(Exception):
    """The text is outside the subset; position is (line, column), both from 1."""

    def __init__(self, position: Position, reason: str) -> None:
        super().__init__(reason)
        self.position = position
        self.reason = reason


@dataclass(slots=True)
class LocatedYaml:
    """Values of one document and, for every path, where it stands.

    values: where the value begins. keys: where a mapping's key begins. texts: where the first character of a
    text stands, given only if its lines are the document's lines, so that positions inside it can be told.
    """

    data: Plain = None
    values: dict[Path, Position] = field(default_factory=dict)
    keys: dict[Path, Position] = field(default_factory=dict)
    texts: dict[Path, Position] = field(default_factory=dict)


def located_yaml(text: str) -> LocatedYaml:
    """Return the only document in text. Raises YamlRefused for anything outside the subset."""
    try:
        return _Builder(text).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise YamlRefused(position, f"not YAML: {error.problem or error.context}") from error
    except yaml.reader.ReaderError as error:
        raise YamlRefused(_control_character(text), f"not YAML: {error.reason}") from error


def _control_character(text: str) -> Position:
    """Return where the first character stands that YAML doesn't allow."""
    # libyaml counts bytes here and characters elsewhere, so the text is searched again.
    found = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    before = text[: found.start()] if found else ""
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


class _Builder:
    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self._found = LocatedYaml()
        self._nodes = 0

    def document(self) -> LocatedYaml:
        next(self._events)  # the stream's start
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            return self._found
        self._found.data = self._value(next(self._events), ())
        next(self._events)  # the document's end
        event = next(self._events)
        if not isinstance(event, yaml.StreamEndEvent):
            raise YamlRefused(_start(event), "a second document begins here; write one document per file")
        return self._found

    def _value(self, event: yaml.Event, path: Path) -> Plain:
        self._refuse(event, len(path))
        self._found.values[path] = _start(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        if not isinstance(event, yaml.ScalarEvent):
            raise YamlRefused(_start(event), "a value was expected here")
        return self._scalar(event, path)

    def _refuse(self, event: yaml.Event, depth: int) -> None:
        self._nodes += 1
        if isinstance(event, yaml.AliasEvent):
            raise YamlRefused(_start(event), "aliases (*name) are not allowed; write the value out")
        if getattr(event, "anchor", None) is not None:
            raise YamlRefused(_start(event), "anchors (&name) are not allowed; write the value out")
        if getattr(event, "tag", None) is not None:
            raise YamlRefused(_start(event), "tags (!name) are not allowed; write the plain value")
        if depth > MAX_DEPTH:
            raise YamlRefused(_start(event), f"nested deeper than {MAX_DEPTH} levels")
        if self._nodes > MAX_NODES:
            raise YamlRefused(_start(event), f"more than {MAX_NODES} values; split the document")

    def _mapping(self, path: Path) -> Plain:
        mapping: dict[str, Plain] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            self._refuse(event, len(path))
            if not isinstance(event, yaml.ScalarEvent) or not event.value:
                raise YamlRefused(_start(event), "a key must be a word or a text")
            key = (*path, event.value)
            if event.value in mapping:
                line = self._found.keys[key][0]
                raise YamlRefused(_start(event), f"key {shown(event.value)} is given twice (first in line {line})")
            self._found.keys[key] = _start(event)
            mapping[event.value] = self._value(next(self._events), key)
        return mapping

    def _sequence(self, path: Path) -> Plain:
        items: list[Plain] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._value(event, (*path, len(items))))
        return items

    def _scalar(self, event: yaml.ScalarEvent, path: Path) -> Plain:
        # libyaml marks a plain scalar with the style '', PyYAML's own parser with None.
        if not event.style:
            if event.value in _WORDS:
                return _WORDS[event.value]
            if _INTEGER.fullmatch(event.value):
                return int(event.value)
        self._text_position(event, path)
        return event.value

    def _text_position(self, event: yaml.ScalarEvent, path: Path) -> None:
        line, column = _start(event)
        if event.style == "|":
            below = self._lines[line] if line < len(self._lines) else ""
            self._found.texts[path] = (line + 1, len(below) - len(below.lstrip(" ")) + 1)
        elif event.style != ">" and event.end_mark and event.end_mark.line + 1 == line:
            self._found.texts[path] = (line, column + len(event.style or ""))


def _start(event: yaml.Event) -> Position:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def printable(text: str, limit: int = 200) -> str:
    """Return text on one line, cut after limit characters, with nothing in it that steers a terminal."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(char if char.isprintable() else " " for char in cut)


def shown(text: str) -> str:
    """Return text quoted for a message: escaped, and cut after 60 characters."""
    return repr(text if len(text) <= 60 else text[:60] + "…")
