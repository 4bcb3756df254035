"""A draft of rules from a deliverable that conforms: what was true of it becomes what is asked of the next.

Only facts with few values are taken (yes or no, or one of a few words); names, days, texts and digests say nothing
about the next deliverable. Whoever uses the draft keeps what is meant and strikes what merely happened to be so.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel

from policies.facts import Facts
from policies.vocabulary import SUBJECTS, bare, evaluation_map, fact_paths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from policies.finding import SubjectKind

_GROUPS: Final = ("use", "production", "client", "disclosure", "manifest", "biometrics", "model")
_KINDS: Final[tuple[SubjectKind, ...]] = ("replica", "tool", "synthetic", "performer")
# As many as a rule may have.
_MAX_CLAUSES: Final = 20
_HEAD: Final = """\
# DRAFT, made by "clearance policy from-sample" from one deliverable that conformed. Nothing here was asked for by
# anybody: keep what is meant, strike the rest, write the source of each rule, then "clearance policy test".
"""


def sample_draft(facts: Facts, *, today: date, source: str) -> str:
    """Return the text of a pack that the sample passes: one rule for each group of facts that it states.

    source: what the sample is called. Rules have their cases, and hold a deliverable at most. Raises ValueError if
    the sample states nothing that a rule can be drafted from.
    """
    data = evaluation_map(facts)
    rules = [rule for number, group in enumerate(_groups(data), start=1) if (rule := _rule(number, *group, today))]
    if not rules:
        raise ValueError("the sample states nothing that a rule could ask for")
    base = {name: data[name] for name in ("asset", *_GROUPS) if data.get(name)}
    base |= {kind: data[SUBJECTS[kind][0]][0] for kind in _KINDS if data[SUBJECTS[kind][0]]}
    pack = {
        "pack": "DRAFT",
        "title": f"Draft from {source}"[:600],
        "version": "0-draft",
        "effective": today.isoformat(),
        "legal_review": "pending",
        "facts": base,
        "rules": rules,
    }
    return _HEAD + yaml.dump(pack, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)


class _Plain(yaml.SafeDumper):
    """Writes every value out: packs know no aliases."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _groups(data: dict[str, Any]) -> Iterator[tuple[SubjectKind, str, dict[str, Any], type[BaseModel]]]:
    """Yield (kind of subject, path, values, model) of each group of facts that the sample states."""
    for name in _GROUPS:
        model = bare(Facts.model_fields[name].annotation)
        yield "asset", name, data.get(name, {}), model
    for kind in _KINDS:
        plural, model = SUBJECTS[kind]
        for item in data[plural][:1]:
            yield kind, kind, item, model
            for name, info in model.model_fields.items():
                inner = bare(info.annotation)
                if isinstance(inner, type) and issubclass(inner, BaseModel) and item.get(name):
                    yield kind, f"{kind}.{name}", item[name], inner


def _rule(
    number: int, kind: SubjectKind, path: str, values: dict[str, Any], model: type[BaseModel], today: date
) -> dict[str, Any] | None:
    described = fact_paths(kind)
    clauses: list[dict[str, str]] = []
    others: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        other = _another(bare(info.annotation), values.get(name))
        fact = f"{path}.{name}"
        if other is None or len(clauses) == _MAX_CLAUSES:
            continue
        others[fact] = other
        what = described[fact].split(",")[0].split(";")[0].removeprefix("whether ")
        clauses.append(
            {
                "expr": f"{fact} == {json.dumps(values[name])}",
                "say": f"The sample has {fact} {json.dumps(values[name])}, here it is {{{fact}}} ({what}).",
            }
        )
    if not clauses:
        return None
    first, other = next(iter(others.items()))
    return {
        "id": f"D{number}",
        "title": f"Draft: {path} as in the sample",
        "severity": "review",
        "citation": {
            "instrument": "Draft from a sample",
            "section": path,
            "paraphrase": "Nobody has asked for this yet; name the source, or strike the rule.",
            "confidence": "low",
            "checked": today.isoformat(),
        },
        "for_each": kind,
        "require": clauses,
        "remedy": "Bring the deliverable in line with the sample, or have the difference looked at.",
        "cases": [
            {"name": "the sample", "expect": "pass"},
            {"name": f"{first} is otherwise", "facts": {first: other}, "expect": "fail"},
            {"name": f"{first} is not known", "facts": {first: None}, "expect": "unknown"},
        ],
    }


def _another(annotation: Any, value: Any) -> Any:
    """Return another value that the fact may have, None if it has too many to ask for one."""
    if isinstance(value, bool):
        return not value
    if get_origin(annotation) is Literal and value is not None:
        return next((choice for choice in get_args(annotation) if choice != value), None)
    return None
