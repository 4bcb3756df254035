"""Face templates in the database, sealed under their performer's key: enrolled, opened, counted.

A template rests on a biometric release in force, at enrolment and again each time it is read (BIPA
15(b), GDPR 9(2)(a)). Vectors are opaque bytes: only the model that made them can compare them.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session, col, func, select

from consent import accepted
from consent.errors import RecordInvalid
from consent.keystore import KeyStore
from consent.people import release_in_force, releases
from consent.references import new_reference
from consent.tables import TemplateRow
from consent.values import KeptImage, NewTemplate, StoredTemplate


def enrol(
    session: Session,
    keys: KeyStore,
    performer: str,
    templates: Sequence[NewTemplate],
    *,
    on: date,
    now: datetime,
) -> tuple[TemplateRow, ...]:
    """Return the rows of the templates added.

    Raises UnknownPerformer, ReleaseMissing without a release in force on that day, RecordInvalid.
    """
    release = release_in_force(session, performer, on)
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
    return tuple(rows)


def templates(session: Session, keys: KeyStore, model_key: str, *, on: date) -> tuple[StoredTemplate, ...]:
    """Return the templates of one model whose performers have a release in force on that day.

    Raises TemplateUnreadable when one of them does not open.
    """
    allowed = {release.performer for release in releases(session) if release.in_force(on)}
    query = select(TemplateRow).where(col(TemplateRow.model_key) == model_key).order_by(col(TemplateRow.reference))
    return tuple(
        StoredTemplate(
            row.reference,
            row.performer,
            keys.unseal(row.performer, row.reference, row.sealed_vector),
            row.model_key,
        )
        for row in session.exec(query)
        if row.performer in allowed
    )


def kept_images(session: Session, keys: KeyStore, *, without: str, on: date) -> tuple[KeptImage, ...]:
    """Return the pictures that were kept and of which the model `without` has no template, each once.

    Only of performers whose release is in force on that day and allows it. Raises TemplateUnreadable.
    """
    allowed = {release.performer for release in releases(session) if release.in_force(on) and release.keeps_images}
    rows = session.exec(select(TemplateRow).order_by(col(TemplateRow.reference))).all()
    done = {(row.performer, row.image_sha256) for row in rows if row.model_key == without}
    found: dict[tuple[str, str], KeptImage] = {}
    for row in rows:
        key = (row.performer, row.image_sha256)
        if row.sealed_image is not None and row.performer in allowed and key not in done and key not in found:
            image = keys.unseal(row.performer, image_record(row.reference), row.sealed_image)
            found[key] = KeptImage(*key, image)
    return tuple(found.values())


def image_record(reference: str) -> str:
    """Return the name that a sealed picture is bound to: with its template's, one could stand in for the other."""
    return f"{reference}/image"


def template_count(session: Session, performer: str) -> int:
    """Return how many templates of the performer are kept, over all models."""
    query = select(func.count()).select_from(TemplateRow).where(col(TemplateRow.performer) == performer)
    return session.exec(query).one()
