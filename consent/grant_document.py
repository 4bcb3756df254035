"""A grant as a person writes it down: a plain mapping in, a validated value out.

The keys are those of `consent.grant`, so that a clause such as "scope.territories" names the place in
the document. Every problem is found at once and located by its path; what is not stated stays unknown.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from importlib.resources import files
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler, ValidationError
from pydantic_core import ErrorDetails, core_schema

from consent import accepted
from consent.errors import GrantInvalid, Problem, RecordInvalid
from consent.evidence import EvidenceReader, evidence_from
from consent.grant import (
    ANY,
    Every,
    Form,
    Modality,
    NewGrant,
    PayStatus,
    ReplicaKind,
    Representation,
    Scope,
    Survivorship,
    Training,
    TrainingUse,
)

# The commented form that a lawyer fills in; valid as it stands.
GRANT_TEMPLATE: Final = files("consent").joinpath("grant_template.yaml").read_text(encoding="utf-8")

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DESCRIPTION_LIMIT: Final = 10_000


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


def _day_or_any(value: object) -> object:
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


class _AnyOr:
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


Names = Annotated[tuple[str, ...] | Every, _AnyOr(ListedName)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ScopePart(_Part):
    """What the grant covers. A field left out is unknown; the word any means all."""

    projects: Names | None = None
    characters: Names | None = None
    scenes: Names | None = None
    description: Annotated[str, Field(max_length=_DESCRIPTION_LIMIT)] | None = None
    use_categories: Names | None = None
    media: Names | None = None
    territories: Annotated[tuple[str, ...] | Every, _AnyOr(Territory)] | None = None
    starts_on: Day | None = None
    expires_on: Annotated[date | Every, BeforeValidator(_day_or_any)] | None = None
    advertiser: Name | None = None
    product: Name | None = None
    replica_kinds: Annotated[tuple[str, ...] | Every, _AnyOr(ReplicaKind)] | None = None
    modalities: Annotated[tuple[str, ...] | Every, _AnyOr(Modality)] | None = None


class TrainingPart(_Part):
    """Machine learning, in the terms of cawg.training-mining."""

    data_mining: Training | None = None
    ai_inference: Training | None = None
    ai_generative_training: Training | None = None
    ai_training: Training | None = None


class EvidencePart(_Part):
    """The signed document. file, signature and public_key are paths, read when the grant is entered."""

    file: Annotated[str, Field(min_length=1, max_length=4096)] | None = None
    sha256: Digest | None = None
    signature: Annotated[str, Field(min_length=1, max_length=4096)] | None = None
    public_key: Annotated[str, Field(min_length=1, max_length=4096)] | None = None
    custodian: Name | None = None
    page: Name | None = None


class GrantDocument(_Part):
    """A grant of consent to the use of a likeness."""

    signed_on: Day
    notice_on: Day | None = None
    form: Form | None = None
    represented_by: Representation | None = None
    pay_status: PayStatus | None = None
    survivorship: Survivorship | None = None
    scope: ScopePart
    prohibitions: tuple[Name, ...] = ()
    approvals: tuple[Name, ...] = ()
    training_use: TrainingPart = TrainingPart()
    evidence: EvidencePart | None = None


def grant_from(document: object, *, performer: str, evidence_reader: EvidenceReader | None) -> NewGrant:
    """Return the grant of a document, its evidence checked.

    document: a mapping as read from YAML or JSON; scalars may be text, numbers, truth values or None,
    dates are ISO 8601 text. evidence_reader returns the bytes of a file that the document names, or
    raises OSError. Raises GrantInvalid with every problem, each with its path.
    """
    try:
        stated = GrantDocument.model_validate(dict(document) if isinstance(document, Mapping) else document)
    except ValidationError as error:
        problems = tuple(_problem(detail) for detail in error.errors(include_url=False))
        raise GrantInvalid(problems) from error
    problems = _contradictions(stated)
    evidence = None
    if stated.evidence is not None:
        evidence, faults = evidence_from(stated.evidence, evidence_reader)
        problems += tuple(Problem(("evidence", *fault.path), fault.message) for fault in faults)
    if problems:
        raise GrantInvalid(problems)
    return NewGrant(
        performer=performer,
        signed_on=stated.signed_on,
        notice_on=stated.notice_on,
        scope=Scope(**{name: getattr(stated.scope, name) for name in ScopePart.model_fields}),
        prohibitions=stated.prohibitions,
        approvals=stated.approvals,
        form=stated.form,
        represented_by=stated.represented_by,
        pay_status=stated.pay_status,
        training_use=TrainingUse(**stated.training_use.model_dump()),
        survivorship=stated.survivorship,
        evidence=evidence,
    )


def grant_schema() -> dict[str, Any]:
    """Return the JSON Schema of a grant document."""
    return GrantDocument.model_json_schema()


def _contradictions(stated: GrantDocument) -> tuple[Problem, ...]:
    scope, problems = stated.scope, []
    start = scope.starts_on or stated.signed_on
    if isinstance(scope.expires_on, date) and scope.expires_on < start:
        message = f"is before the grant starts on {start}; correct one of the two"
        problems.append(Problem(("scope", "expires_on"), message))
    return tuple(problems)


def _problem(detail: ErrorDetails) -> Problem:
    path = tuple(step if isinstance(step, int) else str(step) for step in detail["loc"])
    match detail["type"]:
        case "extra_forbidden":
            message = "is no field of a grant; remove it or correct its spelling"
        case "missing":
            message = "is missing; a grant cannot be recorded without it"
        case "model_type" | "model_attributes_type" | "dict_type":
            message = "holds no fields; write each as name: value"
        case "literal_error":
            message = f"is not one of {detail['ctx']['expected']}; write one of these"
        case "tuple_type":
            message = 'is no list; write a list in brackets, or "any" where all are meant'
        case "value_error":
            message = str(detail["ctx"]["error"])
        case _:
            message = f"{detail['msg'][:1].lower()}{detail['msg'][1:]}; correct it"
    return Problem(path, message)
