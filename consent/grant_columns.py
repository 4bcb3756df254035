"""A grant document as the cells of one line, and back: `scope.territories` is a column of its own.

A list is written with semicolons between its items, or as a JSON list where an item holds one. What is not
stated is an empty cell.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel

from consent.grant import ANY
from consent.grant_document import GrantDocument

_SEPARATOR: Final = ";"


def grant_columns(model: type[BaseModel] = GrantDocument, prefix: str = "") -> tuple[str, ...]:
    """Return the columns of a grant document, those of its parts with the part's name and a dot before them."""
    found: list[str] = []
    for name, field in model.model_fields.items():
        part = _part(field.annotation)
        found += grant_columns(part, f"{prefix}{name}.") if part else [f"{prefix}{name}"]
    return tuple(found)


def document_of(cells: Mapping[str, str]) -> dict[str, Any]:
    """Return the grant document of a line's cells. A cell that is no list where one belongs stays as it is."""
    document: dict[str, Any] = {}
    for column, cell in cells.items():
        *parents, name = column.split(".")
        place = document
        for parent in parents:
            place = place.setdefault(parent, {})
        place[name] = _value(column, cell)
    return document


def cells_of(document: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return the cells of a grant document."""
    cells: dict[str, str] = {}
    for name, value in document.items():
        if isinstance(value, Mapping):
            cells |= cells_of(value, f"{prefix}{name}.")
        elif value is not None and value != []:
            cells[f"{prefix}{name}"] = cell_of(value)
    return cells


def cell_of(value: Any) -> str:
    """Return the cell of a value."""
    if not isinstance(value, list | tuple):
        return str(value)
    plain = all(isinstance(item, str) and _SEPARATOR not in item and item == item.strip() for item in value)
    text = f"{_SEPARATOR} ".join(value) if plain else ""
    # A list that starts like JSON, or is of one word that means all, would be read as something else.
    return (
        text if text and not text.startswith("[") and text != ANY.value else json.dumps(list(value), ensure_ascii=False)
    )


def _value(column: str, cell: str) -> Any:
    if column in _NUMBERS and cell.strip().isascii() and cell.strip().isdigit():
        return int(cell)
    if column not in _LISTS:
        return cell
    return cell if cell.strip() == ANY.value else items_of(cell)


def items_of(cell: str) -> Any:
    """Return the items of a cell that is a list; the cell itself when it starts like a JSON list and is none."""
    if not cell.startswith("["):
        return [item.strip() for item in cell.split(_SEPARATOR) if item.strip()]
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def _part(annotation: Any) -> type[BaseModel] | None:
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _columns_with(kind: type, model: type[BaseModel] = GrantDocument, prefix: str = "") -> frozenset[str]:
    """Return the columns that may hold a value of a kind."""
    found: set[str] = set()
    for name, field in model.model_fields.items():
        part = _part(field.annotation)
        if part:
            found |= _columns_with(kind, part, f"{prefix}{name}.")
        elif _holds(kind, field.annotation):
            found.add(f"{prefix}{name}")
    return frozenset(found)


def _holds(kind: type, annotation: Any) -> bool:
    if annotation is kind or get_origin(annotation) is kind:
        return True
    # A list's items are not the column's own values.
    return get_origin(annotation) is not tuple and any(_holds(kind, inner) for inner in get_args(annotation))


_LISTS: Final = _columns_with(tuple)
_NUMBERS: Final = _columns_with(int)
