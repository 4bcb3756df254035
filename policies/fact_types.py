"""Protobuf types of the fact models, made at run time so that the rule engine can check expressions.

The types exist for checking only; nothing is ever stored in them (see `cel` for the reason).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args, get_origin

from google.protobuf import descriptor_pb2, descriptor_pool
from pydantic import BaseModel

from policies.facts import Facts
from policies.vocabulary import bare

_PACKAGE = "facts"
_Field = descriptor_pb2.FieldDescriptorProto
_SCALARS: dict[Any, _Field.Type.ValueType] = {
    str: _Field.TYPE_STRING,
    bool: _Field.TYPE_BOOL,
    int: _Field.TYPE_INT64,
    float: _Field.TYPE_DOUBLE,
}


@dataclass(frozen=True, slots=True)
class FactTypes:
    """The pool that holds one message type for each fact model."""

    pool: descriptor_pool.DescriptorPool

    def message_of(self, annotation: Any) -> tuple[str, bool]:
        """Return (message type's full name, whether it is a list) for a model or a tuple of models."""
        repeated = get_origin(annotation) is tuple
        model = bare(get_args(annotation)[0] if repeated else annotation)
        return f"{_PACKAGE}.{model.__name__}", repeated


@cache
def fact_types() -> FactTypes:
    """Return the protobuf types of the whole vocabulary."""
    file = descriptor_pb2.FileDescriptorProto(name="facts.proto", package=_PACKAGE, syntax="proto3")
    _add_message(file, Facts, set())
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return FactTypes(pool)


def _add_message(file: descriptor_pb2.FileDescriptorProto, model: type[BaseModel], done: set[str]) -> None:
    if model.__name__ in done:
        return
    done.add(model.__name__)
    message = file.message_type.add(name=model.__name__)
    for number, (name, info) in enumerate(model.model_fields.items(), start=1):
        inner = bare(info.annotation)
        if get_origin(inner) is dict:
            continue  # sentences for messages, which rules can't read
        repeated = get_origin(inner) is tuple
        item = bare(get_args(inner)[0]) if repeated else inner
        field = message.field.add(
            name=name, number=number, label=_Field.LABEL_REPEATED if repeated else _Field.LABEL_OPTIONAL
        )
        if isinstance(item, type) and issubclass(item, BaseModel):
            field.type = _Field.TYPE_MESSAGE
            field.type_name = f".{_PACKAGE}.{item.__name__}"
            _add_message(file, item, done)
        else:
            field.type = _SCALARS[str if get_origin(item) is Literal else item]
