"""Rows of the tables as values: what leaves the database passes here, and nowhere else."""

from collections.abc import Iterable
from typing import Any, get_args

from consent.grant import EventKind, Grant, GrantEvent, NewGrant
from consent.grant_record import grant_of
from consent.receipt import Kind, Receipt
from consent.stored import optional_text, text, texts
from consent.tables import EventRow, GrantEventRow, GrantRow, PerformerRow, ReceiptRow, ReleaseRow
from consent.values import BiometricRelease, Performer, RegistryEvent


def performer_of(row: PerformerRow) -> Performer:
    """Return the performer of a row, without the sealed identity."""
    return Performer(
        ref=row.ref,
        stage_name=text(row.stage_name),
        registered=_required(row.registered),
        minor=row.minor,
        deceased_on=row.deceased_on,
        domicile=optional_text(row.domicile),
        unions=texts(row.unions),
        represented_by=optional_text(row.represented_by),
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
    )


def grant_from_rows(row: GrantRow, events: Iterable[GrantEventRow]) -> Grant:
    """Return the grant of a row with its events, given in the order in which they were recorded.

    Raises ValueError, TypeError or KeyError when the stored document is not a grant of that performer.
    """
    content = grant_of(row.record)
    if content.performer != row.performer or content.signed_on != row.signed_on:
        raise ValueError("the document of a grant does not agree with its columns")
    members: dict[str, Any] = {name: getattr(content, name) for name in NewGrant.__dataclass_fields__}
    steps = tuple(_grant_event(event) for event in events)
    return Grant(id=row.id, recorded=_required(row.recorded), events=steps, **members)


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
    if row.kind not in get_args(EventKind):
        raise ValueError("an event of a grant is of no known kind")
    kind: Any = row.kind
    return GrantEvent(kind, _required(row.on), _required(row.recorded))


def _required(value: Any) -> Any:
    """Return the value; SQLite enforces NOT NULL, a damaged file does not."""
    if value is None:
        raise TypeError("a column that is never empty is empty")
    return value
