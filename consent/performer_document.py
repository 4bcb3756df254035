"""A performer as one line of a file: validated, every problem with its column."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from consent.errors import Problem
from consent.grant_columns import items_of
from consent.grant_document import Day, Name, Territory

_TRUTH: Final = {"yes": True, "true": True, "no": False, "false": False}


def _truth(value: object) -> object:
    said = _TRUTH.get(value.strip().casefold()) if isinstance(value, str) else value
    if not isinstance(said, bool):
        raise ValueError("is neither yes nor no; write one of them")  # noqa: TRY004 - pydantic reports ValueError alone
    return said


def _listed(value: object) -> object:
    return items_of(value) if isinstance(value, str) else value


_Sealed = Annotated[str, Field(max_length=1000)]
_Truth = Annotated[bool, BeforeValidator(_truth)]


class PerformerDocument(BaseModel):
    """A performer to be added. namesake: another person of a stage name that is registered already."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stage_name: Name
    legal_name: _Sealed | None = None
    contact: _Sealed | None = None
    minor: _Truth | None = None
    deceased_on: Day | None = None
    domicile: Territory | None = None
    unions: Annotated[tuple[Name, ...], BeforeValidator(_listed)] = ()
    represented_by: Name | None = None
    namesake: _Truth = False


PERFORMER_COLUMNS: Final = tuple(PerformerDocument.model_fields)


def performer_from(values: Any) -> PerformerDocument | tuple[Problem, ...]:
    """Return the performer of a line's values, or every problem with its column."""
    try:
        return PerformerDocument.model_validate(values)
    except ValidationError as error:
        return tuple(_problem(detail) for detail in error.errors(include_url=False))


def _problem(detail: ErrorDetails) -> Problem:
    match detail["type"]:
        case "extra_forbidden":
            message = "is no column of a performer; remove it or correct its spelling"
        case "missing":
            message = "is missing; a performer cannot be added without it"
        case "value_error":
            message = str(detail["ctx"]["error"])
        case _:
            message = f"{detail['msg'][:1].lower()}{detail['msg'][1:]}; correct it"
    return Problem(tuple(detail["loc"]), message)
