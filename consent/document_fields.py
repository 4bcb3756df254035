"""The fields of a grant document: how a person may write a name, a day, a place, a list or "any".

Each raises ValueError with a sentence that says what is wrong and what to write; pydantic locates it.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, GetCoreSchemaHandler
from pydantic_core import core_schema

from consent import accepted
from consent.errors import RecordInvalid
from consent.grant import ANY, Every

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _text_of_number(value: object) -> object:
    # A scene or a page is often a bare number, which YAML reads as one.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _own_error(check: Callable[[str], str]) -> Callable[[object], object]:
    def checked(value: object) -> object:
        if not isinstance(value, str):
            raise ValueError("is not text; write a name")  # noqa: TRY004 - pydantic reports ValueError alone
        try:
            return check(value)
        except RecordInvalid as error:
            raise ValueError(str(error)) from error

    return checked


def _listed_name(text: str) -> str:
    if text.strip().casefold() == ANY.value:
        raise RecordInvalid('"any" stands alone; write it in place of the whole list')
    return accepted.name(text, "the name")


def _day(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"is no day of the calendar ({error}); correct it") from error
    raise ValueError("is no date; write year-month-day, for example 2026-09-30")


def day_or_any(value: object) -> object:
    return ANY if value == ANY.value else _day(value)


Name = Annotated[
    str,
    BeforeValidator(_own_error(lambda text: accepted.name(text, "the text"))),
    BeforeValidator(_text_of_number),
]
ListedName = Annotated[str, BeforeValidator(_own_error(_listed_name)), BeforeValidator(_text_of_number)]
Territory = Annotated[str, BeforeValidator(_own_error(lambda text: accepted.place(text, "the territory")))]
Digest = Annotated[str, BeforeValidator(_own_error(lambda text: accepted.sha256(text, "the digest")))]
Day = Annotated[date, BeforeValidator(_day)]


class AnyOr:
    """Accepts the word "any", else a list of the annotated items that is not empty."""

    def __init__(self, item: Any) -> None:
        self._item = item

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        item = handler.generate_schema(self._item)
        published = [
            core_schema.literal_schema([ANY.value]),
            core_schema.tuple_variable_schema(item, min_length=1),
        ]
        return core_schema.no_info_wrap_validator_function(
            _any_or_listed,
            core_schema.tuple_variable_schema(item),
            json_schema_input_schema=core_schema.union_schema([*published]),
        )


def _any_or_listed(value: Any, check: core_schema.ValidatorFunctionWrapHandler) -> Any:
    if value == ANY.value:
        return ANY
    # Said here: a length limit would also count items that are faulty for a reason of their own.
    if value == []:
        raise ValueError('is empty; list at least one, write "any" for all, or leave the field out')
    return check(value)


Names = Annotated[tuple[str, ...] | Every, AnyOr(ListedName)]
