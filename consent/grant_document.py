"""A grant as a person writes it down: a plain mapping in, a validated value out.

The keys are those of `consent.grant`, so that a clause such as "scope.territories" names the place in
the document. Every problem is found at once and located by its path; what is not stated stays unknown.
"""

from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from consent.document_fields import AnyOr, Day, Digest, Name, Names, Territory, day_or_any
from consent.errors import GrantInvalid, Problem
from consent.evidence import EvidenceReader, evidence_from
from consent.grant import (
    Approval,
    Decision,
    Every,
    Evidence,
    Form,
    Modality,
    NewGrant,
    Pay,
    PayScale,
    PayStatus,
    ReplicaKind,
    Representation,
    Scope,
    Sequels,
    Signatory,
    SignatoryRole,
    Survivorship,
    Training,
    TrainingUse,
)

# The commented form that a lawyer fills in; valid as it stands.
GRANT_TEMPLATE: Final = files("consent").joinpath("grant_template.yaml").read_text(encoding="utf-8")

_DESCRIPTION_LIMIT: Final = 10_000
# BCP 47, as far as it is used for a contract: en, de, pt-BR, zh-Hant.
_LANGUAGE: Final = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
# The longest period of use that any contract we know of states is a few years.
_MONTHS_LIMIT: Final = 1200


def _step_alone(value: object) -> object:
    return {"step": value} if isinstance(value, str | int) and not isinstance(value, bool) else value


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
    territories: Annotated[tuple[str, ...] | Every, AnyOr(Territory)] | None = None
    starts_on: Day | None = None
    expires_on: Annotated[date | Every, BeforeValidator(day_or_any)] | None = None
    advertiser: Name | None = None
    product: Name | None = None
    replica_kinds: Annotated[tuple[str, ...] | Every, AnyOr(ReplicaKind)] | None = None
    modalities: Annotated[tuple[str, ...] | Every, AnyOr(Modality)] | None = None
    sequels: Sequels | None = None
    mpu_months: Annotated[int, Field(strict=True, ge=1, le=_MONTHS_LIMIT)] | None = None


class TrainingPart(_Part):
    """Machine learning, in the terms of cawg.training-mining."""

    data_mining: Training | None = None
    ai_inference: Training | None = None
    ai_generative_training: Training | None = None
    ai_training: Training | None = None


class ApprovalPart(_Part):
    """A step to approve; the step alone may be written as text."""

    step: Name
    role: Name | None = None
    due: Day | None = None
    decision: Decision | None = None


_Approval = Annotated[ApprovalPart, BeforeValidator(_step_alone, json_schema_input_type=str | ApprovalPart)]


class SignatoryPart(_Part):
    """Who signed; authority_document is the SHA-256 of the document that gives the authority."""

    role: SignatoryRole
    authority_document: Digest | None = None


class PayPart(_Part):
    """Where parts of the payment stand, never an amount."""

    scale: PayScale | None = None
    days: PayStatus | None = None
    contribution: PayStatus | None = None


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
    signatory: SignatoryPart | None = None
    notice_on: Day | None = None
    notice_language: Annotated[str, Field(pattern=_LANGUAGE)] | None = None
    notice_sha256: Digest | None = None
    form: Form | None = None
    represented_by: Representation | None = None
    collective_agreement: Name | None = None
    pay_status: PayStatus | None = None
    pay: PayPart = PayPart()
    survivorship: Survivorship | None = None
    scope: ScopePart
    prohibitions: tuple[Name, ...] = ()
    approvals: tuple[_Approval, ...] = ()
    training_use: TrainingPart = TrainingPart()
    evidence: EvidencePart | None = None


def grant_from(document: object, *, performer: str, evidence_reader: EvidenceReader | None) -> NewGrant:
    """Return the grant of a document, its evidence checked.

    document: a mapping as read from YAML or JSON; scalars may be text, numbers, truth values or None,
    dates are ISO 8601 text. evidence_reader returns the bytes of a file that the document names, or
    raises OSError. Raises GrantInvalid with every problem, each with its path.
    """
    stated = validated(document)
    problems = contradictions(stated)
    evidence = None
    if stated.evidence is not None:
        evidence, faults = evidence_from(stated.evidence, evidence_reader)
        problems += tuple(Problem(("evidence", *fault.path), fault.message) for fault in faults)
    if problems:
        raise GrantInvalid(problems)
    return grant_stated(stated, performer, evidence)


def validated(document: object) -> GrantDocument:
    """Return the document with every field of the type it should be. Raises GrantInvalid."""
    try:
        return GrantDocument.model_validate(dict(document) if isinstance(document, Mapping) else document)
    except ValidationError as error:
        raise GrantInvalid(tuple(_problem(detail) for detail in error.errors(include_url=False))) from error


def grant_stated(stated: GrantDocument, performer: str, evidence: Evidence | None) -> NewGrant:
    """Return the grant of a validated document, with evidence that has been checked."""
    signatory = None
    if stated.signatory is not None:
        signatory = Signatory(role=stated.signatory.role, authority_sha256=stated.signatory.authority_document)
    return NewGrant(
        performer=performer,
        signed_on=stated.signed_on,
        notice_on=stated.notice_on,
        notice_language=stated.notice_language,
        notice_sha256=stated.notice_sha256,
        scope=Scope(**vars(stated.scope)),
        prohibitions=stated.prohibitions,
        approvals=tuple(Approval(**vars(approval)) for approval in stated.approvals),
        form=stated.form,
        signatory=signatory,
        represented_by=stated.represented_by,
        collective_agreement=stated.collective_agreement,
        pay_status=stated.pay_status,
        pay=Pay(**vars(stated.pay)),
        training_use=TrainingUse(**vars(stated.training_use)),
        survivorship=stated.survivorship,
        evidence=evidence,
    )


def grant_schema() -> dict[str, Any]:
    """Return the JSON Schema of a grant document."""
    return GrantDocument.model_json_schema()


def contradictions(stated: GrantDocument, *, begins: date | None = None) -> tuple[Problem, ...]:
    """Return what the document says against itself. begins: the day the grant was given, of an amendment."""
    scope, problems = stated.scope, []
    start = scope.starts_on or begins or stated.signed_on
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
