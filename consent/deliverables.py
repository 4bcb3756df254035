"""Deliverables and the consents they rest on: recorded by audits and signings, asked for when a consent changes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from consent import accepted, grants, journal, people, performer_versions
from consent.answer import ConsentAnswer, Outcome
from consent.coverage import assess
from consent.database import Database
from consent.errors import RecordInvalid
from consent.grant import Grant
from consent.references import is_reference
from consent.reliance import Reliance, RelianceKind, RestingDeliverable, use_of, use_record
from consent.rows import release_of
from consent.stored import optional_text, text, word
from consent.tables import ReleaseRow, RelianceRow
from consent.values import BiometricRelease, Performer


class Deliverables:
    """What was audited or signed; a door of the registry."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record_audit(
        self,
        asset_sha256: str,
        *,
        verdict: str,
        detail: Mapping[str, str],
        reliances: Sequence[Reliance],
        now: datetime,
    ) -> None:
        """Record that an asset was audited, and what its verdict rested on, in one transaction.

        detail goes into the record of changes with the verdict. Raises UnknownPerformer, RecordInvalid.
        """
        moment = accepted.instant(now)
        with self._database.writing() as session:
            rows = [_add(session, "audit", asset_sha256, verdict, each, moment) for each in reliances]
            session.flush()
            journal.append(session, "audit", asset_sha256, {"verdict": verdict, **detail}, moment, rows=rows)

    def record_signing(
        self,
        signed_sha256: str,
        *,
        verdict: str,
        reliances: Sequence[tuple[Reliance, Mapping[str, str]]],
        now: datetime,
    ) -> None:
        """Record that a file was signed, and what that rested on, each with its detail, in one transaction.

        Raises UnknownPerformer, RecordInvalid.
        """
        moment = accepted.instant(now)
        with self._database.writing() as session:
            for reliance, detail in reliances:
                row = _add(session, "signed", signed_sha256, verdict, reliance, moment)
                session.flush()
                journal.append(session, "signed", signed_sha256, detail, moment, rows=(row,))

    def resting_on(self, reference: str, *, on: date) -> tuple[RestingDeliverable, ...]:
        """Return the deliverables that rest on a grant, a release or a performer, the latest first.

        Of several audits of one file for one consent the last counts. on: the day from which the same use is
        judged anew. Raises UnknownPerformer, UnknownGrant, RecordInvalid for another reference.
        """
        with self._database.reading() as session:
            performer = _performer(session, reference)
            known = performer_versions.known(session, people.performer_row(session, performer), None)
            agreed = grants.grants(session, performer)
            releases = {release.id: release for release in people.releases(session, performer)}
            rows = session.exec(
                select(RelianceRow).where(_column(reference) == reference).order_by(col(RelianceRow.sequence).desc())
            )
            last: dict[tuple[str, ...], RestingDeliverable] = {}
            for row in rows:
                key = (row.kind, row.asset_sha256, row.grant or row.release or "")
                if key not in last:
                    last[key] = _resting(row, known, agreed, releases, on)
        return tuple(last.values())


def _add(
    session: Session, kind: RelianceKind, asset_sha256: str, verdict: str, reliance: Reliance, now: datetime
) -> RelianceRow:
    people.performer_row(session, reliance.performer)
    row = RelianceRow(
        kind=kind,
        asset_sha256=accepted.sha256(asset_sha256, "the digest of the asset"),
        performer=reliance.performer,
        grant=reliance.grant,
        grant_version=reliance.grant_version,
        release=reliance.release,
        use=use_record(reliance.use),
        outcome=reliance.outcome,
        verdict=verdict,
        recorded=now,
    )
    session.add(row)
    return row


def _column(reference: str) -> Any:
    columns = {"P": RelianceRow.performer, "G": RelianceRow.grant, "R": RelianceRow.release}
    return col(columns[reference[0]])


def _performer(session: Session, reference: str) -> str:
    """Return whose consent the reference is of."""
    if is_reference("G", reference):
        return grants.grant(session, reference).performer
    if is_reference("R", reference):
        row = session.get(ReleaseRow, reference)
        if row is None:
            raise RecordInvalid(
                f'no release {reference!r} is recorded; see "clearance performer show" for those that are'
            )
        return release_of(row).performer
    return people.performer_row(session, reference).ref


def _resting(
    row: RelianceRow,
    performer: Performer | None,
    agreed: Sequence[Grant],
    releases: Mapping[str, BiometricRelease],
    on: date,
) -> RestingDeliverable:
    reliance = Reliance(
        performer=row.performer,
        use=use_of(row.use),
        outcome=word(text(row.outcome), Outcome),
        grant=optional_text(row.grant),
        grant_version=row.grant_version,
        release=optional_text(row.release),
    )
    later = max(on, reliance.use.date)
    if reliance.release is not None:
        judged = [_released(releases[reliance.release], day) for day in (reliance.use.date, later)]
    else:
        uses = (reliance.use, replace(reliance.use, date=later))
        judged = [_agreed(assess(row.performer, agreed, use, performer=performer)) for use in uses]
    (then, why_then), (afterwards, why_afterwards) = judged
    return RestingDeliverable(
        asset_sha256=text(row.asset_sha256),
        recorded=row.recorded,
        verdict=text(row.verdict),
        signed=row.kind == "signed",
        reliance=reliance,
        on_use_date=then,
        from_then_on=afterwards,
        why=why_then or why_afterwards,
    )


def _agreed(answer: ConsentAnswer) -> tuple[Outcome, str | None]:
    if answer.best is None:
        return "not_covered", "No grant is on record."
    against = [d for d in answer.best.dimensions if d.outcome == answer.outcome]
    return answer.outcome, None if answer.outcome == "covered" else f"{answer.best.grant.id}: {against[0].why}"


def _released(release: BiometricRelease, day: date) -> tuple[Outcome, str | None]:
    if release.in_force(day):
        return "covered", None
    return "not_covered", f"{release.id}: the release is not in force on {day}."
