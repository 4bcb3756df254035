"""Performers and their biometric releases in the database: added, found, listed.

Every function works inside the session it is given; the transaction is the caller's.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Final

from sqlmodel import Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from consent import accepted
from consent.coverage import same_name
from consent.errors import DuplicatePerformer, PerformerErased, RecordInvalid, ReleaseMissing, UnknownPerformer
from consent.references import is_reference, new_reference
from consent.rows import performer_of, release_of
from consent.tables import ForeignIdRow, PerformerRow, ReleaseRow
from consent.values import BiometricRelease, Identity, Performer

# The record name that a sealed identity is bound to.
IDENTITY = "identity"
_FACTS: Final = (
    *("minor", "minor_until", "guardian_authority", "deceased_on", "domicile_at_death", "domicile", "birth_years"),
    *("estate_role", "estate_authority", "estate_survivorship", "represented_by"),
)


def sealed_form(identity: Identity) -> bytes:
    """Return the bytes of an identity that are sealed."""
    return json.dumps(asdict(identity)).encode()


def identity_of(plain: bytes) -> Identity:
    """Return the identity of opened bytes."""
    return Identity(**json.loads(plain))


def refuse_known_name(session: Session, stage_name: str, *, namesake: bool) -> None:
    """Raise DuplicatePerformer for a stage name in use, unless namesake says that it is another person."""
    query = select(PerformerRow).where(col(PerformerRow.name_key) == same_name(stage_name))
    known = session.exec(query).first()
    if known is not None and not namesake:
        raise DuplicatePerformer(stage_name, known.ref)


def add_performer(
    session: Session, performer: Performer, sealed_identity: bytes
) -> tuple[PerformerRow, Sequence[SQLModel]]:
    """Return the row of a performer, added, and those of the identifiers.

    Raises RecordInvalid for an identifier of somebody else.
    """
    row = PerformerRow(
        ref=performer.ref,
        stage_name=performer.stage_name,
        name_key=same_name(performer.stage_name),
        registered=performer.registered,
        unions=[],
        sealed_identity=sealed_identity,
    )
    write_facts(row, performer)
    session.add(row)
    session.flush()
    ids, _ = write_foreign_ids(session, performer, performer.registered)
    return row, ids


def write_facts(row: PerformerRow, performer: Performer) -> None:
    """Put into a row what the performer's value says, but for the reference, the name and the identifiers."""
    for name in _FACTS:
        setattr(row, name, getattr(performer, name))
    row.unions = list(performer.unions)


def write_foreign_ids(
    session: Session, performer: Performer, now: datetime
) -> tuple[Sequence[SQLModel], Sequence[SQLModel]]:
    """Return the rows of identifiers written and those removed. Raises RecordInvalid for one of somebody else."""
    kept = {(row.scheme, row.value): row for row in session.exec(_foreign_ids(performer.ref))}
    gone = [row for key, row in kept.items() if key not in performer.foreign_ids]
    for row in gone:
        session.delete(row)
    written = []
    for scheme, value in performer.foreign_ids:
        if (scheme, value) in kept:
            continue
        other = session.get(ForeignIdRow, (scheme, value))
        if other is not None:
            raise RecordInvalid(
                f"the {scheme} identifier is {other.performer}'s already; use that performer, or correct the identifier"
            )
        written.append(ForeignIdRow(scheme=scheme, value=value, performer=performer.ref, recorded=now))
    session.add_all(written)
    session.flush()
    return written, gone


def performer_row(session: Session, ref: str) -> PerformerRow:
    """Return the row of a performer. Raises UnknownPerformer."""
    row = session.get(PerformerRow, ref) if is_reference("P", ref) else None
    if row is None:
        raise UnknownPerformer(ref)
    return row


def living_row(session: Session, ref: str) -> PerformerRow:
    """Return the row of a performer whose personal data are there. Raises UnknownPerformer, PerformerErased."""
    row = performer_row(session, ref)
    if row.erased is not None:
        raise PerformerErased(ref)
    return row


def performer(session: Session, ref: str) -> Performer:
    """Return a performer with the identifiers of others. Raises UnknownPerformer."""
    return performer_of(performer_row(session, ref), session.exec(_foreign_ids(ref)))


def performers(session: Session) -> tuple[Performer, ...]:
    """Return all performers, by stage name."""
    rows = session.exec(select(PerformerRow).order_by(col(PerformerRow.name_key), col(PerformerRow.ref)))
    ids: dict[str, list[ForeignIdRow]] = {}
    for found in session.exec(select(ForeignIdRow)):
        ids.setdefault(found.performer, []).append(found)
    return tuple(performer_of(row, ids.get(row.ref, ())) for row in rows)


def _foreign_ids(ref: str) -> SelectOfScalar[ForeignIdRow]:
    return select(ForeignIdRow).where(col(ForeignIdRow.performer) == ref)


def add_release(session: Session, release: BiometricRelease, now: datetime) -> ReleaseRow:
    """Return the row of a biometric release, added. Raises UnknownPerformer."""
    performer_row(session, release.performer)
    row = ReleaseRow(
        id=release.id,
        performer=release.performer,
        signed_on=release.signed_on,
        expires_on=release.expires_on,
        jurisdiction=release.jurisdiction,
        purposes=list(release.purposes),
        evidence_sha256=release.evidence_sha256,
        withdrawn_on=release.withdrawn_on,
        keeps_images=release.keeps_images,
        recorded=now,
    )
    session.add(row)
    session.flush()
    return row


def new_release(
    *,
    performer: str,
    signed_on: date,
    expires_on: date | None,
    jurisdiction: str | None,
    purposes: Sequence[str],
    evidence_sha256: str | None,
    keeps_images: bool,
) -> BiometricRelease:
    """Return the release to be added. Raises RecordInvalid."""
    if expires_on is not None and expires_on < signed_on:
        raise RecordInvalid(
            f"the release expires on {expires_on}, before its signature on {signed_on}; correct one of them"
        )
    return BiometricRelease(
        id=new_reference("R"),
        performer=performer,
        signed_on=signed_on,
        expires_on=expires_on,
        jurisdiction=None if jurisdiction is None else accepted.place(jurisdiction, "the jurisdiction"),
        purposes=tuple(accepted.name(purpose, "a purpose of the release") for purpose in purposes),
        evidence_sha256=(
            None if evidence_sha256 is None else accepted.sha256(evidence_sha256, "the evidence of the release")
        ),
        keeps_images=keeps_images,
    )


def releases(session: Session, performer: str | None = None) -> tuple[BiometricRelease, ...]:
    """Return the releases of one performer, or of all, by day of signature."""
    query = select(ReleaseRow).order_by(col(ReleaseRow.signed_on), col(ReleaseRow.id))
    if performer is not None:
        performer_row(session, performer)
        query = query.where(col(ReleaseRow.performer) == performer)
    return tuple(release_of(row) for row in session.exec(query))


def release_row(session: Session, performer: str, release: str) -> ReleaseRow:
    """Return the row of a performer's release. Raises UnknownPerformer, RecordInvalid for one that is not theirs."""
    performer_row(session, performer)
    row = session.get(ReleaseRow, release) if is_reference("R", release) else None
    if row is None or row.performer != performer:
        raise RecordInvalid(
            f'{performer} has no biometric release {release!r}; see "clearance performer show {performer}"'
        )
    return row


def release_for_enrolment(session: Session, performer: str, on: date, purpose: str | None) -> BiometricRelease:
    """Return the release that allows an enrolment on that day, the latest signed.

    It is in force, names the law it is made under, and its purposes, among them this one where one is given (BIPA
    15(b)(2): the specific purpose and length of term, in writing). Raises ReleaseMissing saying what is lacking.
    """
    in_force = [release for release in releases(session, performer) if release.in_force(on)]
    lacking = [f"{performer} has no biometric release in force on {on}"]
    for release in reversed(in_force):
        if release.jurisdiction is None:
            lacking.append(f"the release {release.id} names no jurisdiction")
        elif not release.purposes:
            lacking.append(f"the release {release.id} names no purpose")
        elif purpose is not None and purpose not in release.purposes:
            lacking.append(f"the release {release.id} does not cover the purpose {purpose!r}")
        else:
            return release
    raise ReleaseMissing(
        f"{'; '.join(lacking[1:] or lacking)}; nothing was enrolled; record the signed release that covers it first"
    )
