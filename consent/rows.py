"""Rows of the tables as values: what leaves the database passes here, and nowhere else."""

from collections.abc import Iterable
from typing import Any, get_args

from consent.grant import EventKind, Grant, GrantEvent, GrantVersion, Survivorship, terms_of
from consent.grant_record import grant_of
from consent.receipt import Kind, Receipt
from consent.stored import optional_text, text, texts, word
from consent.tables import (
    EventRow,
    ForeignIdRow,
    GrantEventRow,
    GrantRow,
    GrantVersionRow,
    PerformerRow,
    ReceiptRow,
    ReleaseRow,
)
from consent.values import BiometricRelease, EstateRole, Performer, RegistryEvent


def performer_of(row: PerformerRow, foreign_ids: Iterable[ForeignIdRow] = ()) -> Performer:
    """Return the performer of a row, without the sealed identity."""
    return Performer(
        ref=row.ref,
        stage_name=text(row.stage_name),
        registered=_required(row.registered),
        minor=row.minor,
        minor_until=row.minor_until,
        guardian_authority=optional_text(row.guardian_authority),
        deceased_on=row.deceased_on,
        domicile_at_death=optional_text(row.domicile_at_death),
        estate_role=word(row.estate_role, EstateRole),
        estate_authority=optional_text(row.estate_authority),
        estate_survivorship=word(row.estate_survivorship, Survivorship),
        domicile=optional_text(row.domicile),
        birth_years=optional_text(row.birth_years),
        unions=texts(row.unions),
        represented_by=optional_text(row.represented_by),
        foreign_ids=tuple(sorted((text(each.scheme), text(each.value)) for each in foreign_ids)),
        erased=row.erased,
    )


def release_of(row: ReleaseRow) -> BiometricRelease:
    """Return the biometric release of a row."""
    return BiometricRelease(
        id=row.id,
        performer=row.performer,
        signed_on=_required(row.signed_on),
        expires_on=row.expires_on,
        jurisdiction=optional_text(row.jurisdiction),
        purposes=texts(row.purposes),
        evidence_sha256=optional_text(row.evidence_sha256),
        withdrawn_on=row.withdrawn_on,
        keeps_images=row.keeps_images,
        purpose_ended_on=row.purpose_ended_on,
    )


def grant_from_rows(row: GrantRow, events: Iterable[GrantEventRow], later: Iterable[GrantVersionRow] = ()) -> Grant:
    """Return the grant of a row with its events and later versions, both in the order of their recording.

    The terms are those of the last version. Raises ValueError, TypeError or KeyError when a stored document
    is not a grant of that performer.
    """
    terms = grant_of(row.record)
    if terms.signed_on != row.signed_on:
        raise ValueError("the document of a grant does not agree with its columns")
    recorded = _required(row.recorded)
    versions = [GrantVersion(1, row.signed_on, recorded, terms)]
    versions += [
        GrantVersion(_required(v.number), _required(v.effective_on), _required(v.recorded), grant_of(v.record))
        for v in later
    ]
    if any(version.terms.performer != row.performer for version in versions):
        raise ValueError("the document of a grant does not agree with its columns")
    steps = tuple(_grant_event(event) for event in events)
    last = versions[-1]
    return Grant(
        id=row.id,
        recorded=recorded,
        events=steps,
        version=last.number,
        versions=tuple(versions),
        **terms_of(last.terms),
    )


def receipt_of(row: ReceiptRow) -> Receipt:
    """Return the receipt of a row."""
    if row.kind not in get_args(Kind):
        raise ValueError("a receipt is of no known kind")
    kind: Any = row.kind
    return Receipt(
        id=row.id,
        version=_required(row.version),
        kind=kind,
        record=text(row.record),
        performer=row.performer,
        issued=_required(row.recorded),
        text=text(row.text),
    )


def event_of(row: EventRow) -> RegistryEvent:
    """Return one entry of the record of changes."""
    if not isinstance(row.detail, dict):
        raise TypeError("a mapping was expected")
    detail = tuple(sorted((text(key), text(value)) for key, value in row.detail.items()))
    recorded = _required(row.recorded)
    return RegistryEvent(_required(row.sequence), recorded, text(row.kind), text(row.subject), detail)


def _grant_event(row: GrantEventRow) -> GrantEvent:
    kind = word(_required(row.kind), EventKind)
    reason, by = optional_text(row.reason), optional_text(row.by)
    return GrantEvent(kind, _required(row.on), _required(row.recorded), reason, by)


def _required(value: Any) -> Any:
    """Return the value; SQLite enforces NOT NULL, a damaged file does not."""
    if value is None:
        raise TypeError("a column that is never empty is empty")
    return value
