"""The grants as the registry offers them: recorded, moved on, and asked what they cover, each in one transaction."""

from datetime import date, datetime

from consent import accepted, grant_life, grants, people, performer_versions
from consent.answer import ConsentAnswer, Use
from consent.coverage import assess
from consent.database import Database
from consent.flags import Flag, flags_of
from consent.grant import EventKind, Grant, NewGrant


class GrantBook:
    """The part of the registry that keeps likeness consent."""

    _database: Database

    def record_grant(self, grant: NewGrant, now: datetime) -> Grant:
        """Return the grant as recorded, given from the day it was signed.

        Raises UnknownPerformer, or RecordInvalid when whoever signed could not: a minor, or a dead performer.
        """
        moment = accepted.instant(now)
        with self._database.writing() as session:
            return grant_life.record(session, grant, "given", moment)

    def request_grant(self, grant: NewGrant, now: datetime) -> Grant:
        """Return the grant as requested: on record, and covering nothing until it is given. Raises UnknownPerformer."""
        moment = accepted.instant(now)
        with self._database.writing() as session:
            return grant_life.record(session, grant, "requested", moment)

    def amend_grant(self, grant_id: str, terms: NewGrant, *, effective_on: date, now: datetime) -> Grant:
        """Return the grant with another version of its terms, in effect from that day; all versions are kept.

        Raises UnknownGrant, or RecordInvalid for a grant that was withdrawn or superseded.
        """
        moment = accepted.instant(now)
        with self._database.writing() as session:
            return grant_life.amend(session, grant_id, terms, effective_on=effective_on, now=moment)

    def record_grant_event(
        self, grant_id: str, kind: EventKind, *, on: date, now: datetime, reason: str | None = None
    ) -> Grant:
        """Return the grant with one more step in its life; reason is a code such as strike.

        Raises UnknownGrant, or RecordInvalid when the step cannot follow the last one.
        """
        moment = accepted.instant(now)
        with self._database.writing() as session:
            return grant_life.add_event(session, grant_id, kind, on=on, now=moment, reason=reason)

    def supersede_grant(self, old: str, new: str, *, now: datetime, on: date | None = None) -> Grant:
        """Return the old grant, whose place the new one takes from that day or from its own.

        Raises UnknownGrant, or RecordInvalid when the two cannot follow one another.
        """
        moment = accepted.instant(now)
        with self._database.writing() as session:
            return grant_life.supersede(session, old, new, on=on, now=moment)

    def grants(self, performer: str | None = None, *, known_at: datetime | None = None) -> tuple[Grant, ...]:
        """Return the grants of one performer, or all, by day of signature. Raises UnknownPerformer.

        known_at: as they were known at that moment.
        """
        moment = None if known_at is None else accepted.instant(known_at)
        with self._database.reading() as session:
            return grants.grants(session, performer, known_at=moment)

    def grant(self, grant_id: str, *, known_at: datetime | None = None) -> Grant:
        """Return one grant, as it was known at that moment. Raises UnknownGrant."""
        moment = None if known_at is None else accepted.instant(known_at)
        with self._database.reading() as session:
            return grants.grant(session, grant_id, known_at=moment)

    def grant_flags(self, grant_id: str, *, on: date, known_at: datetime | None = None) -> tuple[Flag, ...]:
        """Return what is remarkable about a grant among the performer's grants on that day. Raises UnknownGrant.

        known_at: with the grants that had been recorded by that moment, as they stood then.
        """
        moment = None if known_at is None else accepted.instant(known_at)
        with self._database.reading() as session:
            grant = grants.grant(session, grant_id, known_at=moment)
            return flags_of(grant, grants.grants(session, grant.performer, known_at=moment), on)

    def check(self, performer: str, use: Use, *, known_at: datetime | None = None) -> ConsentAnswer:
        """Return what the performer's grants say about the use, as known at a moment. Raises UnknownPerformer.

        What was recorded after known_at is not seen: a grant, an amendment, a withdrawal, a death.
        """
        moment = None if known_at is None else accepted.instant(known_at)
        with self._database.reading() as session:
            # The row is held on to, so that the session does not read it again.
            row = people.performer_row(session, performer)
            known = performer_versions.known(session, row, moment)
            of_performer = grants.grants(session, performer, known_at=moment)
        return assess(performer, of_performer, use, performer=known, known_at=moment)
