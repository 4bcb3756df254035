"""A performer as one line of a file: validated, every problem with its column."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from consent.document_fields import Day, Digest, Name, Territory
from consent.errors import Problem, RecordInvalid
from consent.grant import Survivorship
from consent.grant_columns import items_of
from consent.performer_facts import with_facts, with_names
from consent.values import EstateRole, Identity, Performer

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
    """A performer to be added. namesake: another person of a stage name that is registered already.

    foreign_ids: each as scheme:value; grants in a file may name the performer by one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    stage_name: Name
    legal_name: _Sealed | None = None
    contact: _Sealed | None = None
    minor: _Truth | None = None
    deceased_on: Day | None = None
    domicile: Territory | None = None
    minor_until: Day | None = None
    guardian_name: _Sealed | None = None
    guardian_contact: _Sealed | None = None
    guardian_authority: Digest | None = None
    domicile_at_death: Territory | None = None
    estate_name: _Sealed | None = None
    estate_contact: _Sealed | None = None
    estate_role: EstateRole | None = None
    estate_authority: Digest | None = None
    estate_survivorship: Survivorship | None = None
    birth_years: Name | None = None
    foreign_ids: Annotated[tuple[Name, ...], BeforeValidator(_listed)] = ()
    unions: Annotated[tuple[Name, ...], BeforeValidator(_listed)] = ()
    represented_by: Name | None = None
    namesake: _Truth = False


@dataclass(frozen=True, slots=True)
class Entered:
    """A performer to be added, with what is kept sealed."""

    performer: Performer
    identity: Identity = field(repr=False)
    namesake: bool


PERFORMER_COLUMNS: Final = tuple(PerformerDocument.model_fields)


def performer_from(values: Any, ref: str, now: datetime) -> Entered | tuple[Problem, ...]:
    """Return the performer of a line's values, or every problem with its column. now: aware, in UTC."""
    try:
        document = PerformerDocument.model_validate(values)
    except ValidationError as error:
        return tuple(_problem(detail) for detail in error.errors(include_url=False))
    blank = Performer(ref=ref, stage_name=document.stage_name, registered=now)
    facts = document.model_dump(exclude={"stage_name", "namesake"})
    try:
        return Entered(with_facts(blank, facts, now.date()), with_names(Identity(), facts), document.namesake)
    except RecordInvalid as error:
        return (Problem((), str(error)),)


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
