"""Performers and their biometric releases in the database: added, found, listed.

Every function works inside the session it is given; the transaction is the caller's.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session, col, select

from consent import accepted
from consent.coverage import same_name
from consent.errors import DuplicatePerformer, RecordInvalid, ReleaseMissing, UnknownPerformer
from consent.references import is_reference, new_reference
from consent.rows import performer_of, release_of
from consent.tables import PerformerRow, ReleaseRow
from consent.values import BiometricRelease, Identity, Performer

# The record name that a sealed identity is bound to.
IDENTITY = "identity"


def sealed_form(identity: Identity) -> bytes:
    """Return the bytes of an identity that are sealed."""
    return json.dumps({"legal_name": identity.legal_name, "contact": identity.contact}).encode()


def identity_of(plain: bytes) -> Identity:
    """Return the identity of opened bytes."""
    return Identity(**json.loads(plain))


def new_performer(
    *,
    ref: str,
    stage_name: str,
    minor: bool | None,
    deceased_on: date | None,
    domicile: str | None,
    unions: Sequence[str],
    represented_by: str | None,
    now: datetime,
) -> Performer:
    """Return the performer to be added. Raises RecordInvalid for a name or a place that is none."""
    return Performer(
        ref=ref,
        stage_name=accepted.name(stage_name, "the stage name"),
        registered=accepted.instant(now),
        minor=minor,
        deceased_on=deceased_on,
        domicile=None if domicile is None else accepted.place(domicile, "the domicile"),
        unions=tuple(accepted.name(union, "the name of a union") for union in unions),
        represented_by=None if represented_by is None else accepted.name(represented_by, "the representative"),
    )


def refuse_known_name(session: Session, stage_name: str, *, namesake: bool) -> None:
    """Raise DuplicatePerformer for a stage name in use, unless namesake says that it is another person."""
    query = select(PerformerRow).where(col(PerformerRow.name_key) == same_name(stage_name))
    known = session.exec(query).first()
    if known is not None and not namesake:
        raise DuplicatePerformer(stage_name, known.ref)


def add_performer(session: Session, performer: Performer, sealed_identity: bytes) -> None:
    """Add a performer."""
    session.add(
        PerformerRow(
            ref=performer.ref,
            stage_name=performer.stage_name,
            name_key=same_name(performer.stage_name),
            registered=performer.registered,
            minor=performer.minor,
            deceased_on=performer.deceased_on,
            domicile=performer.domicile,
            unions=list(performer.unions),
            represented_by=performer.represented_by,
            sealed_identity=sealed_identity,
        )
    )


def performer_row(session: Session, ref: str) -> PerformerRow:
    """Return the row of a performer. Raises UnknownPerformer."""
    row = session.get(PerformerRow, ref) if is_reference("P", ref) else None
    if row is None:
        raise UnknownPerformer(ref)
    return row


def performers(session: Session) -> tuple[Performer, ...]:
    """Return all performers, by stage name."""
    rows = session.exec(select(PerformerRow).order_by(col(PerformerRow.name_key), col(PerformerRow.ref)))
    return tuple(performer_of(row) for row in rows)


def add_release(session: Session, release: BiometricRelease, now: datetime) -> None:
    """Add a biometric release. Raises UnknownPerformer."""
    performer_row(session, release.performer)
    session.add(
        ReleaseRow(
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
    )
    session.flush()


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
