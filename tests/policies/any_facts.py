"""Any facts at all, made from the vocabulary itself, so that a new fact is tried without anybody thinking of it."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from hypothesis import strategies as st
from pydantic import BaseModel

from policies.fact_fields import Moment, Sha256
from policies.facts import Facts
from policies.vocabulary import bare

# mypy takes an annotated alias for the type it annotates.
_MOMENT: Any = Moment
_SHA256: Any = Sha256
_SHA = "ab" * 32
_MOMENTS = ("2023-12-31", "2025-01-01", "2026-06-09T12:00:00Z", "2026-11-22", "2030-01-01")
# Words that rules compare with, and some that no rule knows.
_WORDS = ("US", "US-CA", "DE", "WORLD", "SAG-TV", "SAG-COM", "EBDR", "ICDR", "SP", "face", "voice", "given", "yes", "")


def any_facts() -> st.SearchStrategy[Facts]:
    """Return facts in which everything may be known or not."""
    return _group(Facts)


def _group(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({name: _value(info) for name, info in model.model_fields.items()}).map(
        model.model_validate
    )


def _value(info: Any) -> st.SearchStrategy[Any]:
    inner = bare(info.annotation)
    known = _kind(inner, (info.annotation, *get_args(info.annotation), *info.metadata))
    # Mostly known: of a rule that reads four facts, all should often be there.
    always = info.is_required() or info.default is not None or info.default_factory
    return known if always else st.one_of(known, known, known, st.none())


def _kind(inner: Any, spelled: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if any(each in spelled for each in (_MOMENT, *_MOMENT.__metadata__)):
        return st.sampled_from(_MOMENTS)
    if any(each in spelled for each in (_SHA256, *_SHA256.__metadata__)):
        return st.just(_SHA)
    if get_origin(inner) is tuple:
        item = get_args(inner)[0]
        return st.lists(_kind(bare(item), (item,)), max_size=2)
    if get_origin(inner) is Literal:
        return st.sampled_from(get_args(inner))
    if get_origin(inner) is dict:
        return st.dictionaries(_kind(bare(get_args(inner)[0]), ()), st.text(max_size=10), max_size=1)
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        return _group(inner)
    return {
        str: st.sampled_from(_WORDS) | st.text(max_size=5),
        bool: st.booleans(),
        int: st.integers(0, 100),
        float: st.floats(-1, 1),
    }[inner]
