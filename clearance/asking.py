"""A declaration made by asking: only for what the chosen rule packs read, each answer left open where nobody knows.

What is not answered stands in the file as a comment with its question and the rules that ask it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from clearance.declaration import SCHEMA, Declaration
from clearance.declaration_facts import asked_by, declared_fields
from clearance.errors import ConfigurationError
from policies.located_yaml import YamlRefused, located_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from policies.pack import Pack

# Without them there is no declaration, whatever the rules read.
_ALWAYS: Final = {
    "supplier": "who delivers the media",
    "production.title": "the title of the work",
    "production.project": "the project, spelled as in the grants",
    "use.date": "the day of the use that is judged, such as 2026-11-22",
}
_LISTS: Final = ("tools", "replicas", "on_camera", "synthetic_performers")


def questions(packs: Sequence[Pack]) -> dict[str, str]:
    """Return field → question for everything that the packs read and that is stated once for the whole."""
    asked = asked_by(packs)
    single = {f.path: f.question for f in declared_fields() if not f.in_list and f.path in asked}
    return _ALWAYS | {path: question for path, question in single.items() if path not in _ALWAYS}


def answers_of(settings: Sequence[str]) -> dict[str, str]:
    """Return field → written value of settings such as use.final=true. Raises ConfigurationError for any other text."""
    found = {}
    for text in settings:
        path, equals, value = text.partition("=")
        if not equals or not _known(path.strip()):
            raise ConfigurationError(
                f'--set {text}: write a field of the declaration and its value, such as "use.final=true"'
            )
        found[path.strip()] = value.strip()
    return found


def asked(packs: Sequence[Pack], given: Mapping[str, str], ask: Callable[[str], str]) -> dict[str, str]:
    """Return given with an answer to every question that it leaves open; an empty answer stays open."""
    found = dict(given)
    for path, question in questions(packs).items():
        if path not in found and (answer := ask(f"{path}: {question}").strip()):
            found[path] = answer
    return found


def written_declaration(packs: Sequence[Pack], answers: Mapping[str, str]) -> str:
    """Return the declaration's text. Raises ConfigurationError for an answer that is no plain value."""
    by_rule = asked_by(packs)
    lines = [
        "# The supplier's declaration. Check it with: clearance declare lint FILE --policy PACK",
        f"schema: {SCHEMA}",
    ]
    single = questions(packs) | {path: "" for path in answers if path.partition(".")[0] not in _LISTS}
    before = None
    for path in sorted(single, key=_order):
        part, _, name = path.rpartition(".")
        if part and part != before:
            lines.append(f"{part}:")
            before = part
        indent = "  " if part else ""
        if path in answers:
            lines.append(f"{indent}{name}: {_plain(path, answers[path])}")
        else:
            lines.append(f"{indent}# {name}:   {single[path]}{_asked(by_rule.get(path, ()))}")
    for part in _LISTS:
        lines.append(f"{part}: []")
        fields = [f for f in declared_fields() if f.part == part and (f.required or f.path in by_rule)]
        lines += [
            f"#  {'-' if number == 0 else ' '} {field.name}:   {field.question}{_asked(by_rule.get(field.path, ()))}"
            for number, field in enumerate(fields)
        ]
    return "\n".join(lines) + "\n"


def _known(path: str) -> bool:
    part, _, name = path.partition(".")
    if not name:
        return part == "supplier"
    info = Declaration.model_fields.get(part)
    return info is not None and name in getattr(info.annotation, "model_fields", {})


def _order(path: str) -> tuple[int, int]:
    """Return where a field stands in the declaration: parts in their order, fields in theirs."""
    part, _, name = path.rpartition(".")
    parts = list(Declaration.model_fields)
    if not part:
        return parts.index(name), 0
    fields = list(getattr(Declaration.model_fields[part].annotation, "model_fields", {}))
    return parts.index(part), fields.index(name)


def _asked(rules: Sequence[str]) -> str:
    more = f" and {len(rules) - 3} more" if len(rules) > 3 else ""
    return f" (asked by {', '.join(rules[:3])}{more})" if rules else ""


def _plain(path: str, answer: str) -> str:
    """Return an answer as one line of YAML: yes and no and lists as they stand, all else as text."""
    word = {"yes": "true", "no": "false"}.get(answer.casefold(), answer)
    if word in ("true", "false") or not word.startswith("["):
        return word if word in ("true", "false") else json.dumps(word, ensure_ascii=False)
    try:
        return json.dumps(located_yaml(word).data, ensure_ascii=False)
    except YamlRefused as error:
        raise ConfigurationError(f'{path}: "{answer}" is no list; write it as [US, DE]') from error
