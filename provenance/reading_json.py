"""A reading as plain JSON and back, for the way out of the process that reads.

What comes back from there was made beside a stranger's bytes: it is taken as data of known types, never as objects.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields, is_dataclass
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from provenance.json_shapes import Json, moment
from provenance.reading import ProvenanceReading


def encoded(reading: ProvenanceReading) -> bytes:
    """Return a reading as JSON, ASCII alone. Raises RecursionError for assertions nested beyond measure."""
    return json.dumps(asdict(reading), default=_stated).encode("ascii")


def decoded(content: bytes) -> ProvenanceReading:
    """Return the reading that encoded wrote. Raises ValueError for anything else."""
    try:
        found = _typed(ProvenanceReading, json.loads(content))
    except RecursionError as error:
        raise ValueError("the reading is nested too deeply") from error
    assert isinstance(found, ProvenanceReading)  # noqa: S101 -- _typed returns what it was asked for, or raises
    return found


def _stated(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a reading holds no {type(value).__name__}")


@cache
def _hints(kind: Any) -> dict[str, Any]:
    # Json is whatever a manifest states, and passes as it is.
    return get_type_hints(kind, localns={"datetime": datetime, "Json": object})


def _typed(kind: Any, value: Json) -> Any:
    if kind is object:
        return value
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        if value is None:
            return None
        return _typed(next(one for one in arguments if one is not NoneType), value)
    if origin is tuple and isinstance(value, list):
        return tuple(_typed(arguments[0], entry) for entry in value)
    if kind is datetime:
        at = moment(value)
        if at is not None:
            return at
    if is_dataclass(kind) and isinstance(kind, type) and isinstance(value, dict):
        hints = _hints(kind)
        if value.keys() == {field.name for field in fields(kind)}:
            return kind(**{name: _typed(hints[name], entry) for name, entry in value.items()})
    if kind in {str, int, bool} and type(value) is kind:
        return value
    raise ValueError(f"a reading has no {type(value).__name__} where {kind} belongs")
