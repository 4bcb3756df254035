"""Fact paths: which exist, what they mean, and what they are worth in a given set of facts.

A path is written as in a rule: `use.date`, `replica.consent.term`. Every rule may read the asset's facts
and the lists; a rule judged once for each replica, appearance, performer, tool or synthetic performer also reads
that one by its singular name, and a rule that asks a person reads the answer as `attestation`.
"""

from __future__ import annotations

import difflib
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import BaseModel

from policies.facts import Facts
from policies.located_yaml import printable
from policies.person_facts import (
    AppearanceFacts,
    AttestationFacts,
    PerformerFacts,
    ReplicaFacts,
    SyntheticFacts,
)
from policies.use_facts import ToolFacts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.finding import SubjectKind

SUBJECTS: Mapping[SubjectKind, tuple[str, type[BaseModel]]] = MappingProxyType(
    {
        "replica": ("replicas", ReplicaFacts),
        "appearance": ("appearances", AppearanceFacts),
        "performer": ("performers", PerformerFacts),
        "tool": ("tools", ToolFacts),
        "synthetic": ("synthetics", SyntheticFacts),
    }
)


def bare(annotation: Any) -> Any:
    """Return the type inside `X | None` and `Annotated[X, ...]`."""
    while True:
        if hasattr(annotation, "__metadata__"):
            annotation = annotation.__origin__
            continue
        inner = [item for item in get_args(annotation) if item is not type(None)]
        if type(None) in get_args(annotation) and len(inner) == 1:
            annotation = inner[0]
            continue
        return annotation


@cache
def roots(subject: SubjectKind) -> Mapping[str, Any]:
    """Return name → type of everything a rule about this kind of subject may read."""
    found: dict[str, Any] = {name: info.annotation for name, info in Facts.model_fields.items()}
    found["attestation"] = AttestationFacts
    if subject in SUBJECTS:
        found[subject] = SUBJECTS[subject][1]
    return MappingProxyType(found)


@cache
def fact_paths(subject: SubjectKind) -> Mapping[str, str]:
    """Return path → description of every fact that a rule about this kind of subject may read."""
    found: dict[str, str] = {}
    for name, annotation in roots(subject).items():
        if get_origin(annotation) is tuple:
            found[name] = f"the {name} of the asset"
        else:
            found.update(_leaves(name, annotation))
    return MappingProxyType(found)


def _leaves(prefix: str, model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    for name, info in model.model_fields.items():
        inner = bare(info.annotation)
        path = f"{prefix}.{name}"
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _leaves(path, inner)
        elif get_origin(inner) is dict:
            # The sentences of a consent answer: for messages only, one path for each dimension.
            keys = get_args(get_args(inner)[0])
            yield from ((f"{path}.{key}", f"why, for {key}") for key in keys)
        else:
            yield path, info.description or ""


def nearest(path: str, subject: SubjectKind) -> str:
    """Return "; did you mean X?" for the known fact nearest to path, or what to do instead."""
    near = difflib.get_close_matches(path[:100], fact_paths(subject), n=1, cutoff=0.7)
    return f"; did you mean {near[0]!r}?" if near else "; the facts that exist are listed by fact_schema()"


def evaluation_map(facts: Facts) -> dict[str, Any]:
    """Return the facts as plain maps, lists and scalars, with everything that is not known left out."""
    return facts.model_dump(mode="json", exclude_none=True)


def value_at(data: Mapping[str, Any], path: str) -> Any:
    """Return the value at path in an evaluation map, None when it is not known."""
    here: Any = data
    for part in path.split("."):
        if not isinstance(here, dict) or part not in here:
            return None
        here = here[part]
    return here


def worded(value: Any) -> str:
    """Return a fact's value as text for findings: one line, at most 300 characters."""
    match value:
        case bool():
            text = "true" if value else "false"
        case list() if any(isinstance(item, dict) for item in value):
            text = f"{len(value)} listed"
        case list():
            text = ", ".join(str(item) for item in value) or "none"
        case float():
            text = f"{value:.4g}"
        case _:
            text = str(value)
    return printable(text, limit=300)
