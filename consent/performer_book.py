"""The performers as the registry offers them: added, updated, related, and shown, each in one transaction."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Unpack

from consent import accepted, journal, kinship, people, performer_versions
from consent.database import Database
from consent.keystore import KeyStore
from consent.performer_facts import PerformerFacts, names_somebody, with_facts, with_names
from consent.references import new_reference
from consent.values import Identity, KinshipKind, Performer


class PerformerBook:
    """The part of the registry that keeps who the performers are."""

    _database: Database
    _keys: KeyStore

    def add_performer(
        self, stage_name: str, *, now: datetime, namesake: bool = False, **facts: Unpack[PerformerFacts]
    ) -> Performer:
        """Return the performer as registered; legal names and contacts are kept sealed.

        facts: see `performer_facts.PerformerFacts`. Raises DuplicatePerformer for a stage name in use
        (unless namesake says that this is another person), RecordInvalid.
        """
        moment = accepted.instant(now)
        name = accepted.name(stage_name, "the stage name")
        blank = Performer(ref=new_reference("P"), stage_name=name, registered=moment)
        performer = with_facts(blank, facts, moment.date())
        plain = people.sealed_form(with_names(Identity(), facts))
        with self._database.writing() as session:
            people.refuse_known_name(session, performer.stage_name, namesake=namesake)
            # The key is on disk before anything sealed with it: a crash leaves an unused key, never a
            # record that no key opens.
            self._keys.add(performer.ref)
            sealed = self._keys.seal(performer.ref, people.IDENTITY, plain)
            row, ids = people.add_performer(session, performer, sealed)
            version = performer_versions.keep(session, row, moment)
            journal.append(session, "performer-added", performer.ref, {}, moment, rows=(row, *ids, version))
        return performer

    def update_performer(self, ref: str, *, now: datetime, **facts: Unpack[PerformerFacts]) -> Performer:
        """Return the performer with the facts stated; what is left out stays, and None takes a fact back.

        What was known before stays on record as a version. Raises UnknownPerformer, RecordInvalid.
        """
        moment = accepted.instant(now)
        with self._database.writing() as session:
            before = people.performer(session, ref)
            after = with_facts(before, facts, moment.date())
            row = people.living_row(session, ref)
            performer_versions.keep_first(session, row)
            people.write_facts(row, after)
            if names_somebody(facts):
                opened = people.identity_of(self._keys.unseal(ref, people.IDENTITY, row.sealed_identity))
                plain = people.sealed_form(with_names(opened, facts))
                row.sealed_identity = self._keys.seal(ref, people.IDENTITY, plain)
            row.version += 1
            written, gone = people.write_foreign_ids(session, after, moment)
            version = performer_versions.keep(session, row, moment)
            detail = {"version": str(row.version)}
            rows = (row, *written, version)
            journal.append(session, "performer-updated", ref, detail, moment, rows=rows, gone=gone)
        return after

    def performer(self, ref: str, *, known_at: datetime | None = None) -> Performer:
        """Return one performer, as known at a moment. Raises UnknownPerformer.

        Name, representative, domicile, unions and identifiers are always the present ones.
        """
        moment = None if known_at is None else accepted.instant(known_at)
        with self._database.reading() as session:
            current = people.performer(session, ref)
            known = performer_versions.known(session, people.performer_row(session, ref), moment)
        return current if known is None else replace(known, foreign_ids=current.foreign_ids)

    def performers(self) -> tuple[Performer, ...]:
        """Return all performers, by stage name."""
        with self._database.reading() as session:
            return people.performers(session)

    def identity(self, performer: str) -> Identity:
        """Return the sealed names and contacts of a performer.

        Raises UnknownPerformer, PerformerErased, TemplateUnreadable, HolderKeyMissing.
        """
        with self._database.reading() as session:
            row = people.living_row(session, performer)
            return people.identity_of(self._keys.unseal(performer, people.IDENTITY, row.sealed_identity))

    def open_identity(self, performer: str, *, operator: str, now: datetime) -> Identity:
        """Return the sealed names and contacts; that they were opened, and by whom, is recorded first.

        Raises UnknownPerformer, PerformerErased, TemplateUnreadable, RecordInvalid for an operator who is no
        account name.
        """
        moment = accepted.instant(now)
        with self._database.writing() as session:
            row = people.living_row(session, performer)
            journal.append(session, "identity-opened", performer, {"operator": operator}, moment)
            return people.identity_of(self._keys.unseal(performer, people.IDENTITY, row.sealed_identity))

    def mark_relatives(self, performer: str, other: str, kind: KinshipKind, *, now: datetime) -> None:
        """Record that two performers look alike, so that a match of either goes to a person.

        Raises UnknownPerformer, RecordInvalid.
        """
        moment = accepted.instant(now)
        with self._database.writing() as session:
            row = kinship.mark(session, performer, other, kind, moment)
            detail = {"other": other, "kind": kind}
            journal.append(session, "relatives-marked", performer, detail, moment, rows=(row,))

    def relatives(self) -> Mapping[str, frozenset[str]]:
        """Return, for each performer marked so, all others that look alike."""
        with self._database.reading() as session:
            return kinship.relatives(session)
