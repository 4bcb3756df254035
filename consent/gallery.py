"""Face templates in the database, sealed under their performer's key: enrolled, opened, counted.

A template rests on a biometric release in force, at enrolment and again each time it is read (BIPA
15(b), GDPR 9(2)(a)). Vectors are opaque bytes: only the model that made them can compare them.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, func, select

from consent import accepted, driver_rows
from consent.errors import PerformerErased, RecordInvalid
from consent.keystore import KeyStore
from consent.people import performer_row, release_for_enrolment, releases
from consent.references import new_reference
from consent.sealed import image_record
from consent.tables import ReleaseRow, TemplateRow
from consent.values import KeptImage, NewTemplate, OpenedGallery


def enrol(
    session: Session,
    keys: KeyStore,
    performer: str,
    templates: Sequence[NewTemplate],
    *,
    purpose: str | None,
    on: date,
    now: datetime,
) -> tuple[TemplateRow, ...]:
    """Return the rows of the templates added.

    Raises UnknownPerformer, PerformerErased, ReleaseMissing without a release in force on that day that covers the
    purpose, RecordInvalid, HolderKeyMissing.
    """
    if performer_row(session, performer).erased is not None:
        raise PerformerErased(performer)
    release = release_for_enrolment(session, performer, on, purpose)
    rows = []
    for position, template in enumerate(templates, start=1):
        reference = new_reference("T")
        if not template.vector or not template.model_key:
            raise RecordInvalid(
                f"template {position} of {len(templates)} for {performer} has no vector or no model; "
                "nothing was enrolled; make the template again"
            )
        if template.image is not None and not release.keeps_images:
            raise RecordInvalid(
                f"the release {release.id} of {performer} does not allow reference pictures to be kept; "
                "nothing was enrolled; enrol without keeping them, or record a release that allows it"
            )
        row = TemplateRow(
            reference=reference,
            performer=performer,
            release=release.id,
            model_key=template.model_key,
            image_sha256=accepted.sha256(template.image_sha256, f"the image of template {position}"),
            quality=template.quality,
            sealed_vector=keys.seal(performer, reference, template.vector),
            sealed_image=None
            if template.image is None
            else keys.seal(performer, image_record(reference), template.image),
            enrolled_on=on,
            recorded=now,
        )
        session.add(row)
        rows.append(row)
    session.flush()
    return tuple(rows)


def opened(session: Session, keys: KeyStore, model_key: str, *, on: date) -> OpenedGallery:
    """Return the templates of one model that may be searched on that day, and whose could not be opened.

    Raises TemplateUnreadable when one of them does not open. Plain rows, no objects of the mapper and no sorting: a
    gallery of 100,000 is opened at the start of every search. The order is that of the database. Each batch is opened
    while it is in the processor's cache, and what was sealed is let go.
    """
    allowed, withdrawn = _releases_on(session, on)
    locked, unseal = keys.locked(), keys.columns_opener()
    not_searched: set[str] = set()
    performers, references, lengths, block = list[str](), list[str](), list[int](), bytearray()
    query = select_columns(
        col(TemplateRow.performer), col(TemplateRow.reference), col(TemplateRow.release), col(TemplateRow.sealed_vector)
    ).where(col(TemplateRow.model_key) == model_key)
    # A release that expired may have been renewed; one that was withdrawn takes its templates with it.
    for batch in driver_rows.batches(session, query):
        rows = [row for row in batch if row[0] in allowed and row[2] not in withdrawn]
        if locked:
            not_searched.update(row[0] for row in rows if row[0] in locked)
            rows = [row for row in rows if row[0] not in locked]
        if not rows:
            continue
        of_performers, of_references, _, sealed = zip(*rows, strict=True)
        vectors = unseal(of_performers, of_references, sealed)
        performers += of_performers
        references += of_references
        lengths += map(len, vectors)
        block += b"".join(vectors)
    return OpenedGallery(
        model_key,
        tuple(references),
        tuple(performers),
        memoryview(block).toreadonly(),
        tuple(lengths),
        tuple(sorted(not_searched)),
    )


def _releases_on(session: Session, on: date) -> tuple[frozenset[str], frozenset[str]]:
    """Return the performers with a release in force on that day, and the releases that are withdrawn by then."""
    withdrawn_on, expires_on = col(ReleaseRow.withdrawn_on), col(ReleaseRow.expires_on)
    purpose_ended_on = col(ReleaseRow.purpose_ended_on)
    # In one text: no reference holds a space, and a hundred thousand rows would cost as much as their decryption.
    in_force = select_columns(func.aggregate_strings(col(ReleaseRow.performer), " ")).where(
        col(ReleaseRow.signed_on) <= on,
        or_(expires_on.is_(None), expires_on >= on),
        or_(withdrawn_on.is_(None), withdrawn_on > on),
        or_(purpose_ended_on.is_(None), purpose_ended_on >= on),
    )
    withdrawn = select_columns(col(ReleaseRow.id)).where(withdrawn_on <= on)
    connection = session.connection()
    performers = connection.execute(in_force).scalar_one() or ""
    return frozenset(performers.split()), frozenset(connection.execute(withdrawn).scalars().all())


def kept_images(session: Session, keys: KeyStore, *, without: str, on: date) -> tuple[KeptImage, ...]:
    """Return the pictures that were kept and of which the model `without` has no template, each once.

    Only of performers whose release is in force on that day and allows it, and whose key is at hand. Raises
    TemplateUnreadable.
    """
    every = releases(session)
    allowed = {release.performer for release in every if release.in_force(on) and release.keeps_images}
    withdrawn = {release.id for release in every if release.withdrawn_on is not None and release.withdrawn_on <= on}
    rows = session.exec(select(TemplateRow).order_by(col(TemplateRow.reference))).all()
    done = {(row.performer, row.image_sha256) for row in rows if row.model_key == without}
    unseal, found = keys.opener(), dict[tuple[str, str], KeptImage]()
    allowed -= keys.locked()
    for row in rows:
        key = (row.performer, row.image_sha256)
        if row.sealed_image is None or row.performer not in allowed or row.release in withdrawn:
            continue
        if key not in done and key not in found:
            found[key] = KeptImage(*key, unseal(row.performer, image_record(row.reference), row.sealed_image))
    return tuple(found.values())


def template_count(session: Session, performer: str) -> int:
    """Return how many templates of the performer are kept, over all models."""
    query = select(func.count()).select_from(TemplateRow).where(col(TemplateRow.performer) == performer)
    return session.exec(query).one()
