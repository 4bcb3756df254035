"""Sentences of a rule with facts in them: `{replica.consent.why.term}` becomes that fact's value.

Substitution only: a placeholder is a fact path and nothing else, checked when the pack is loaded, so that
neither a pack nor a fact can reach anything but the facts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from policies.vocabulary import fact_paths, nearest, value_at, worded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.finding import SubjectKind

NOT_KNOWN = "(not known)"
_PLACEHOLDER = re.compile(r"\{([a-z_0-9.]*)\}")


def placeholders(sentence: str) -> tuple[str, ...]:
    """Return the fact paths that the sentence mentions, in order."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(sentence)))


def sentence_problem(sentence: str, subject: SubjectKind) -> str | None:
    """Return what is wrong with the sentence's placeholders, None when nothing is."""
    for path in placeholders(sentence):
        if path not in fact_paths(subject):
            return f"{{{path}}} is not a fact{nearest(path, subject)}"
    if re.search(r"[{}]", _PLACEHOLDER.sub("", sentence)):
        return "a brace must enclose exactly one fact path, such as {use.date}"
    return None


def wordless(sentence: str) -> bool:
    """Return whether the sentence says nothing but placeholders."""
    return not re.search(r"\w", _PLACEHOLDER.sub("", sentence))


def filled(sentence: str, data: Mapping[str, Any]) -> tuple[str, bool]:
    """Return the sentence with its facts put in, and whether all of them were known."""
    values = {path: value_at(data, path) for path in placeholders(sentence)}
    text = _PLACEHOLDER.sub(lambda found: NOT_KNOWN if values[found[1]] is None else worded(values[found[1]]), sentence)
    return text, all(value is not None for value in values.values())
