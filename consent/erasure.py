"""A performer's personal and biometric data destroyed; what proves that past use was licensed stays.

Gone: templates, kept pictures, legal name and contact, stage name, domicile, unions, representative, age and death,
marks of likeness to others. Kept, under the pseudonymous reference: grants with their evidence digests, the dates of
releases, the record of changes. Every function works inside the session it is given.
"""

from datetime import datetime
from typing import Final

from sqlmodel import Session, SQLModel, col, or_, select

from consent import journal
from consent.erasure_receipt import ErasureReceipt
from consent.errors import RecordInvalid
from consent.people import performer_row
from consent.tables import EventRow, ForeignIdRow, GrantRow, KinshipRow, PerformerRow, ReleaseRow, TemplateRow

REASONS: Final = {
    "request": "GDPR Art. 17(1): the person asked for erasure",
    "withdrawal": "GDPR Art. 7(3) and 17(1)(b): the person withdrew consent",
    "objection": "GDPR Art. 21 and 17(1)(c): the person objected",
    "purpose-met": "BIPA 740 ILCS 14/15(a), GDPR Art. 17(1)(a): the purpose is met",
    "retention": "BIPA 740 ILCS 14/15(a): the retention term has ended",
    "unlawful": "GDPR Art. 17(1)(d): the data were processed without a ground",
    "consumer": "California Civil Code 1798.105: a consumer's request to delete",
}
"""Reason code -> the clause that the receipt states."""
_KIND: Final = "performer-erased"
_TEMPLATE_KIND: Final = "template-destroyed"
PERSONAL: Final = (
    "domicile",
    "domicile_at_death",
    "birth_years",
    "represented_by",
    "minor",
    "minor_until",
    "guardian_authority",
    "deceased_on",
    "estate_role",
    "estate_authority",
    "estate_survivorship",
)
FIELDS: Final = ("stage_name", "legal_name", "contact", "guardian", "estate", "foreign_ids", "unions", *PERSONAL)


def clause(reason: str) -> str:
    """Return the clause of a reason code. Raises RecordInvalid."""
    if reason not in REASONS:
        raise RecordInvalid(f"{reason!r} is no reason for an erasure; use one of {', '.join(REASONS)}")
    return REASONS[reason]


def destroy_templates(
    session: Session, performer: str, cause: str, now: datetime, *, release: str | None = None
) -> tuple[int, int]:
    """Return how many templates and how many kept pictures of a performer were deleted, each with its event.

    release: only those made under it.
    """
    query = select(TemplateRow).where(col(TemplateRow.performer) == performer)
    if release is not None:
        query = query.where(col(TemplateRow.release) == release)
    rows = session.exec(query.order_by(col(TemplateRow.reference))).all()
    for row in rows:
        session.delete(row)
    session.flush()
    for row in rows:
        detail = {"template": row.reference, "cause": cause}
        journal.append(session, _TEMPLATE_KIND, performer, detail, now, gone=[row])
    return len(rows), sum(row.sealed_image is not None for row in rows)


def erase(session: Session, performer: str, *, reason: str, operator: str, now: datetime) -> None:
    """Clear what is personal of a performer, unless that is done already. Raises UnknownPerformer, RecordInvalid."""
    clause(reason)
    row = performer_row(session, performer)
    if row.erased is not None:
        return
    templates, images = destroy_templates(session, performer, "erasure", now)
    kinships = session.exec(
        select(KinshipRow).where(or_(col(KinshipRow.performer) == performer, col(KinshipRow.other) == performer))
    ).all()
    for kinship in kinships:
        session.delete(kinship)
    foreign = session.exec(select(ForeignIdRow).where(col(ForeignIdRow.performer) == performer)).all()
    for each in foreign:
        session.delete(each)
    _clear(row, now)
    session.flush()
    detail = {
        "reason": reason,
        "operator": operator,
        "templates": str(templates),
        "images": str(images),
        "likenesses": str(len(kinships)),
    }
    gone: tuple[SQLModel, ...] = (*kinships, *foreign)
    journal.append(session, _KIND, performer, detail, now, rows=[row], gone=gone)


def receipt(session: Session, performer: str, registry_id: str) -> ErasureReceipt:
    """Return what the record of changes says about an erasure; the same each time it is asked. Raises RecordInvalid."""
    row = performer_row(session, performer)
    events = session.exec(select(EventRow).where(col(EventRow.subject) == performer).order_by(col(EventRow.sequence)))
    details = [(event.kind, event.detail) for event in events]
    erased = [detail for kind, detail in details if kind == _KIND]
    if row.erased is None or not erased:
        raise RecordInvalid(f'{performer} has not been erased; "clearance performer erase {performer}" does it')
    said = erased[-1]
    templates = (d["template"] for kind, d in details if kind == _TEMPLATE_KIND and d["cause"] == "erasure")
    return ErasureReceipt(
        registry=registry_id,
        performer=performer,
        erased=row.erased,
        reason=said["reason"],
        law=clause(said["reason"]),
        operator=said["operator"],
        templates=tuple(templates),
        images=int(said["images"]),
        likenesses=int(said["likenesses"]),
        fields=FIELDS,
        kept_grants=tuple(session.exec(select(GrantRow.id).where(col(GrantRow.performer) == performer)).all()),
        kept_releases=tuple(session.exec(select(ReleaseRow.id).where(col(ReleaseRow.performer) == performer)).all()),
    )


def _clear(row: PerformerRow, now: datetime) -> None:
    row.stage_name = row.name_key = ""
    row.sealed_identity = b""
    for name in PERSONAL:
        setattr(row, name, None)
    row.unions = []
    row.erased, row.version = now, row.version + 1
