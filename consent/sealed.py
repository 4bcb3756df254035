"""Every column that holds something sealed under a performer's key, and the name that it is bound to.

Whoever adds such a column adds it here: a rotation of the performer's key seals each of them anew, and what it does
not know would be lost with the old key.
"""

from collections.abc import Iterator, Sequence

from sqlmodel import Session, SQLModel, col, select

from consent.keystore import KeyStore
from consent.people import IDENTITY
from consent.tables import PerformerRow, TemplateRow


def image_record(reference: str) -> str:
    """Return the name that a sealed picture is bound to: with its template's, one could stand in for the other."""
    return f"{reference}/image"


def sealed_columns(session: Session, performer: str) -> Iterator[tuple[PerformerRow | TemplateRow, str, str]]:
    """Yield row, column and bound name of everything that is sealed under the performer's key."""
    for person in session.exec(select(PerformerRow).where(col(PerformerRow.ref) == performer)):
        if person.sealed_identity:
            yield person, "sealed_identity", IDENTITY
    for template in session.exec(select(TemplateRow).where(col(TemplateRow.performer) == performer)):
        yield template, "sealed_vector", template.reference
        if template.sealed_image is not None:
            yield template, "sealed_image", image_record(template.reference)


def seal_anew(session: Session, keys: KeyStore, performer: str) -> Sequence[SQLModel]:
    """Return the rows whose sealed columns are now sealed under the performer's newest key.

    Raises TemplateUnreadable, and then nothing may be committed.
    """
    changed: dict[int, PerformerRow | TemplateRow] = {}
    opened = keys.opener()
    for row, column, name in list(sealed_columns(session, performer)):
        setattr(row, column, keys.seal(performer, name, opened(performer, name, getattr(row, column))))
        changed[id(row)] = row
    for row in changed.values():
        row.version += 1
    session.flush()
    return tuple(changed.values())
