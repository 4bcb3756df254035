"""What may be done with faces on record: search them, hold their key, destroy them when their time has come.

A door of `registry.Registry`. Every opening of the gallery and every destruction is in the record of changes, with its
purpose and who asked, by ids alone.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from sqlmodel import Session, col, func, select

from consent import accepted, custody, erasure, gallery, holders, journal
from consent.database import Database
from consent.errors import RecordInvalid
from consent.keystore import KeyStore
from consent.people import performer_row, release_for_enrolment, release_row, releases
from consent.retention import Due, due_of_template
from consent.tables import EventRow, TemplateRow
from consent.values import KeptImage, OpenedGallery

UNNAMED: Final = "unnamed"
UNSTATED: Final = "unstated"
# What a performer, or somebody on their behalf, did with us: from the last of it some laws count.
_INTERACTIONS: Final = ("performer-added", "release-recorded", "enrolled", "grant-recorded")


@dataclass(frozen=True, slots=True)
class Retained:
    """Templates of one performer that rest on one release, and until when they may be kept."""

    performer: str
    release: str
    templates: int
    images: int
    due: Due


@dataclass(frozen=True, slots=True)
class Dealings:
    """Since when faces of a performer are on record, and the last day on which the performer dealt with us.

    captured: the first enrolment of the templates that are still kept, None where there are none.
    """

    captured: date | None
    last_interaction: date


class Biometrics:
    """See the module's docstring."""

    def __init__(self, database: Database, keys: KeyStore) -> None:
        self._database = database
        self._keys = keys

    def gallery(
        self, model_key: str, *, on: date, purpose: str = UNSTATED, operator: str = UNNAMED, now: datetime | None = None
    ) -> OpenedGallery:
        """Return the templates of a model that may be searched on that day, and whose stayed closed.

        now: when it was asked, by default the beginning of the day `on`. Raises TemplateUnreadable when one does not
        open. Side effect: an event; without it nothing is handed out.
        """
        with self._database.reading() as session:
            opened = gallery.opened(session, self._keys, model_key, on=on)
        counts = {"templates": len(opened.references), "not-searched": len(opened.not_searched)}
        self._record("gallery-opened", model_key, counts, on, purpose, operator, now)
        return opened

    def kept_images(
        self, *, without: str, on: date, purpose: str = UNSTATED, operator: str = UNNAMED, now: datetime | None = None
    ) -> tuple[KeptImage, ...]:
        """Return the kept reference pictures of which a model has no template yet, of releases that allow it.

        without: the model's key. Raises TemplateUnreadable. Side effect: an event.
        """
        with self._database.reading() as session:
            images = gallery.kept_images(session, self._keys, without=without, on=on)
        self._record("images-opened", without, {"images": len(images)}, on, purpose, operator, now)
        return images

    def require_release(self, performer: str, *, on: date, purpose: str) -> None:
        """Raise ReleaseMissing, saying what lacks, unless a release allows an enrolment on that day."""
        with self._database.reading() as session:
            release_for_enrolment(session, performer, on, purpose)

    def holders(self) -> dict[str, str]:
        """Return the public key, in hexadecimal, of the holder of each performer's data key that is held outside."""
        return {performer: held.public.hex() for performer, held in self._keys.held().items()}

    def rotate(self, performer: str, now: datetime) -> int:
        """Return how many records are sealed under a new data key; see `custody.rotate`."""
        return custody.rotate(self._database, self._keys, performer, accepted.instant(now))

    def hold(self, performer: str, public_key_pem: bytes, now: datetime) -> None:
        """Leave the performer's data key to whoever has the private key. Raises HolderKeyInvalid, RecordInvalid."""
        public = holders.public_key(public_key_pem)
        custody.hold(self._database, self._keys, performer, public, accepted.instant(now))

    def release_hold(self, performer: str, now: datetime) -> None:
        """Take the key back, with the private key that the registry was opened with; see `custody.release_hold`."""
        custody.release_hold(self._database, self._keys, performer, accepted.instant(now))

    def withdraw(self, performer: str, release: str, *, on: date, now: datetime) -> None:
        """Record that a biometric release was withdrawn: from that day its templates are not searched, and due.

        Raises UnknownPerformer, RecordInvalid for a release that is not the performer's, withdrawn already, or signed
        later.
        """
        self._end(performer, release, "withdrawn_on", "release-withdrawn", on, now)

    def end_purpose(self, performer: str, release: str, *, on: date, now: datetime) -> None:
        """Record the last day of what a release's templates were for. Raises as withdraw() does."""
        self._end(performer, release, "purpose_ended_on", "purpose-ended", on, now)

    def retention(self) -> tuple[Retained, ...]:
        """Return until when the templates of each performer and release may be kept, the earliest first."""
        with self._database.reading() as session:
            return _schedule(session)

    def dealings(self, performer: str) -> Dealings:
        """Return the days from which terms count. Raises UnknownPerformer."""
        with self._database.reading() as session:
            performer_row(session, performer)
            captured = session.exec(
                select(func.min(TemplateRow.enrolled_on)).where(col(TemplateRow.performer) == performer)
            ).one()
            return Dealings(captured, _last_interactions(session, performer)[performer].date())

    def destroy_due(self, *, on: date, now: datetime, operator: str = UNNAMED) -> tuple[Retained, ...]:
        """Return the templates and pictures that were due on that day; they are destroyed, each with its event.

        Grants stay. The performer's data key is made anew, so that copies of the database open them no more. Raises
        ErasureUnfinished when traces wait for another process.
        """
        moment = accepted.instant(now)
        with self._database.writing() as session:
            reached = tuple(each for each in _schedule(session) if each.due.reached(on))
            for each in reached:
                cause = {"release": each.release, "templates": str(each.templates), "operator": operator}
                erasure.destroy_templates(session, each.performer, "retention", moment, release=each.release)
                journal.append(session, "retention-applied", each.performer, cause, moment)
        held = self._keys.held()
        for performer in sorted({each.performer for each in reached} - set(held)):
            custody.rotate(self._database, self._keys, performer, moment)
        if reached:
            self._database.scrub()
        return reached

    def erase(self, performer: str, *, reason: str, now: datetime, operator: str = UNNAMED) -> dict[str, Any]:
        """Return the signed receipt of an erasure; see `consent.erasure` for what is destroyed and what is kept.

        Called again, it finishes what was interrupted and gives the receipt again. Raises UnknownPerformer,
        RecordInvalid for an unknown reason, ErasureUnfinished when traces wait for another process.
        """
        moment = accepted.instant(now)
        with self._database.writing() as session:
            erasure.erase(session, performer, reason=reason, operator=operator, now=moment)
        # Rows first: a key without rows hurts nobody, rows without their key would close the whole gallery.
        self._keys.destroy(performer)
        self._database.scrub()
        return self.erasure_receipt(performer)

    def erasure_receipt(self, performer: str) -> dict[str, Any]:
        """Return the signed receipt of an erasure that was done. Raises UnknownPerformer, RecordInvalid."""
        with self._database.reading() as session:
            receipt = erasure.receipt(session, performer, self._keys.registry_id)
        return receipt.signed(self._keys.signing_key("erasure"))

    def _end(self, performer: str, release: str, column: str, kind: str, on: date, now: datetime) -> None:
        moment = accepted.instant(now)
        with self._database.writing() as session:
            row = release_row(session, performer, release)
            ended: date | None = getattr(row, column)
            if ended is not None:
                raise RecordInvalid(f"the release {release} has that end already, on {ended}; nothing was changed")
            if on < row.signed_on:
                raise RecordInvalid(f"the release {release} was signed on {row.signed_on}, after {on}; correct the day")
            setattr(row, column, on)
            row.version += 1
            session.flush()
            journal.append(session, kind, performer, {"release": release, "on": on.isoformat()}, moment, rows=[row])

    def _record(
        self,
        kind: str,
        model_key: str,
        counts: dict[str, int],
        on: date,
        purpose: str,
        operator: str,
        now: datetime | None,
    ) -> None:
        moment = datetime.combine(on, time(), UTC) if now is None else accepted.instant(now)
        detail = {"purpose": purpose, "operator": operator, **{name: str(count) for name, count in counts.items()}}
        with self._database.writing() as session:
            journal.append(session, kind, model_key, detail, moment)


def _schedule(session: Session) -> tuple[Retained, ...]:
    by_performer: dict[str, list[Any]] = {}
    for release in releases(session):
        by_performer.setdefault(release.performer, []).append(release)
    interactions = _last_interactions(session)
    counted = session.exec(
        select(TemplateRow.performer, TemplateRow.release, func.count(), func.count(col(TemplateRow.sealed_image)))
        .group_by(col(TemplateRow.performer), col(TemplateRow.release))
        .order_by(col(TemplateRow.performer), col(TemplateRow.release))
    ).all()
    found = [
        Retained(
            performer,
            release,
            templates,
            images,
            due_of_template(release, by_performer[performer], interactions[performer].date()),
        )
        for performer, release, templates, images in counted
    ]
    return tuple(sorted(found, key=lambda each: each.due.on or date.max))


def _last_interactions(session: Session, performer: str | None = None) -> dict[str, datetime]:
    query = select(EventRow.subject, func.max(EventRow.recorded)).where(col(EventRow.kind).in_(_INTERACTIONS))
    if performer is not None:
        query = query.where(col(EventRow.subject) == performer)
    return dict(session.exec(query.group_by(col(EventRow.subject))).all())
