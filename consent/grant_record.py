"""A grant as one JSON document, and back: the form in which the registry keeps it.

Keys are those of the values, dates are ISO 8601, ANY is the word "any", what is not stated is left out.
Reading checks every field against the vocabulary, because the file may have been changed by others.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import lru_cache
from typing import Any, Literal

from consent import grant as words
from consent.grant import ANY, Approval, Every, Evidence, NewGrant, Pay, Scope, Signatory, Terms, TrainingUse
from consent.stored import optional_text, text, texts, word


def record_of(value: Any) -> dict[str, Any]:
    """Return the JSON document of a grant or of a part of it."""
    return {
        name: member if type(member) is str else _plain(member)
        for name in _names(value.__class__)
        if (member := getattr(value, name)) is not None
    }


def grant_of(record: Mapping[str, Any]) -> NewGrant:
    """Return the grant of a document. Raises ValueError, TypeError or KeyError when it is not one."""
    evidence = _mapping(record).get("evidence")
    return NewGrant(
        performer=text(record["performer"]),
        signed_on=date.fromisoformat(record["signed_on"]),
        scope=_scope(_mapping(record["scope"])),
        notice_on=_day(record.get("notice_on")),
        notice_language=optional_text(record.get("notice_language")),
        notice_sha256=optional_text(record.get("notice_sha256")),
        prohibitions=texts(record["prohibitions"]),
        approvals=_approvals(record["approvals"]),
        form=word(record.get("form"), words.Form),
        signatory=_signatory(record.get("signatory")),
        represented_by=word(record.get("represented_by"), words.Representation),
        collective_agreement=optional_text(record.get("collective_agreement")),
        pay_status=word(record.get("pay_status"), words.PayStatus),
        pay=_pay(_mapping(record.get("pay", {}))),
        training_use=TrainingUse(
            **{key: word(v, words.Training) for key, v in _mapping(record["training_use"]).items()}
        ),
        survivorship=word(record.get("survivorship"), words.Survivorship),
        evidence=None if evidence is None else _evidence(_mapping(evidence)),
    )


@lru_cache(maxsize=64)
def _names(kind: type) -> tuple[str, ...]:
    if not is_dataclass(kind):
        raise TypeError("only the values of a grant can be recorded")
    return tuple(field.name for field in fields(kind))


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [item if type(item) is str else _plain(item) for item in value]
    return record_of(value) if is_dataclass(value) else value


def _scope(record: Mapping[str, Any]) -> Scope:
    expires = record.get("expires_on")
    return Scope(
        projects=_terms(record.get("projects")),
        characters=_terms(record.get("characters")),
        scenes=_terms(record.get("scenes")),
        description=optional_text(record.get("description")),
        use_categories=_terms(record.get("use_categories")),
        media=_terms(record.get("media")),
        territories=_terms(record.get("territories")),
        starts_on=_day(record.get("starts_on")),
        expires_on=ANY if expires == ANY.value else _day(expires),
        advertiser=optional_text(record.get("advertiser")),
        product=optional_text(record.get("product")),
        replica_kinds=_terms(record.get("replica_kinds")),
        modalities=_terms(record.get("modalities")),
        sequels=word(record.get("sequels"), words.Sequels),
        mpu_months=_count(record.get("mpu_months")),
    )


def _approvals(value: Any) -> tuple[Approval, ...]:
    if not isinstance(value, list):
        raise TypeError("a list of approvals was expected")
    return tuple(_approval(item) for item in value)


def _approval(value: Any) -> Approval:
    # The first schema kept the step alone, as text.
    record = {"step": value} if isinstance(value, str) else _mapping(value)
    return Approval(
        step=text(record["step"]),
        role=optional_text(record.get("role")),
        due=_day(record.get("due")),
        decision=word(record.get("decision"), words.Decision),
    )


def _signatory(value: Any) -> Signatory | None:
    if value is None:
        return None
    record = _mapping(value)
    role = word(text(record["role"]), words.SignatoryRole)
    return Signatory(role=role, authority_sha256=optional_text(record.get("authority_sha256")))


def _pay(record: Mapping[str, Any]) -> Pay:
    return Pay(
        scale=word(record.get("scale"), words.PayScale),
        days=word(record.get("days"), words.PayStatus),
        contribution=word(record.get("contribution"), words.PayStatus),
    )


def _evidence(record: Mapping[str, Any]) -> Evidence:
    return Evidence(
        sha256=text(record["sha256"]),
        hash_verified=record["hash_verified"] is True,
        signature=word(record.get("signature"), Literal["valid", "invalid"]),
        custodian=optional_text(record.get("custodian")),
        page=optional_text(record.get("page")),
    )


def _terms(value: Any) -> Terms:
    if value is None or value == ANY.value:
        return None if value is None else Every.ANY
    return texts(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("a mapping was expected")
    return value


def _day(value: Any) -> date | None:
    return None if value is None else date.fromisoformat(value)


def _count(value: Any) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise TypeError("a number was expected")
    return value
