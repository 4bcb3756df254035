"""The ledger: how long the record of changes is, signed; and proofs of what it holds for those who trust nobody.

Reached as `Registry.ledger`. A checkpoint signs the root over all events and the root of a map from performers to
their grants in force that day. Keep the latest checkpoint outside: a log that was rewritten does not continue it.
"""

import hmac
from datetime import datetime
from typing import Final

from sqlalchemy import String, cast, or_
from sqlmodel import Session, col, select

from consent import accepted, journal, ledger_key, ledger_tree
from consent.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from consent.database import Database
from consent.errors import RecordInvalid, RegistryUnreadable
from consent.grants import grants_in_force
from consent.keystore import KeyStore
from consent.ledger_check import LedgerProblem, problems
from consent.ledger_keys import REGISTRY
from consent.merkle import consistency_spans, inclusion_spans
from consent.merkle_map import NONCE_BYTES, MerkleMap, leaf_of, place_of
from consent.people import performer_row
from consent.proofs import ConsistencyProof, InclusionProof, StandingProof
from consent.tables import CheckpointRow, EventRow
from consent.values import RegistryEvent

_NONCES: Final = "ledger map nonces 1"


class Ledger:
    """The log of one open registry."""

    def __init__(self, database: Database, keys: KeyStore) -> None:
        self._database = database
        self._keys = keys
        # The map of the state last asked for: an audit asks for its checkpoint and for several proofs.
        self._map: tuple[tuple[int, str], MerkleMap] | None = None

    @property
    def verifier_key(self) -> str:
        """The public key that checkpoints verify with, in one line."""
        with self._database.reading() as session:
            key = ledger_key.verifier_key(session)
        if key is None:
            raise RegistryUnreadable(
                'this registry has no ledger key yet; "clearance ledger checkpoint" makes it, as does any change'
            )
        return key

    def size(self) -> int:
        """Return how many events the log holds."""
        with self._database.reading() as session:
            return ledger_tree.size_of(session)

    def latest_checkpoint(self) -> str | None:
        """Return the checkpoint made last, as a signed note; None before the first."""
        with self._database.reading() as session:
            row = _latest(session)
            return None if row is None else row.note

    def checkpoint(self, now: datetime) -> str:
        """Return a checkpoint over all events, as a signed note; a new one when the log grew or the day changed.

        A checkpoint is kept, and is no event itself.
        """
        moment = accepted.instant(now)
        with self._database.writing() as session:
            return self._checkpoint(session, moment)

    def prove(self, event: int, now: datetime) -> InclusionProof:
        """Return the proof that an event is in the log. event: its number. Raises RecordInvalid when there is none."""
        moment = accepted.instant(now)
        with self._database.writing() as session:
            row = session.get(EventRow, event) if 0 < event < 2**31 else None
            if row is None:
                raise RecordInvalid(f'there is no event {event}; "clearance ledger list" shows the latest')
            note = self._checkpoint(session, moment)
            size = self._opened(session, note).size
            path = ledger_tree.path(session, inclusion_spans(row.position, size))
            return InclusionProof(row.position, row.leaf, path, note)

    def consistency(self, earlier: str, now: datetime) -> ConsistencyProof:
        """Return the proof that the log continues an earlier checkpoint of it.

        Raises CheckpointInvalid for a checkpoint that we did not sign, and RecordInvalid for one that is longer than
        the log: events were removed.
        """
        moment = accepted.instant(now)
        with self._database.writing() as session:
            old = self._opened(session, earlier)
            note = self._checkpoint(session, moment)
            size = self._opened(session, note).size
            if old.size > size:
                raise RecordInvalid(
                    f"the checkpoint is over {old.size} events and the log holds {size}: events were removed; "
                    "restore the registry from its backup"
                )
            return ConsistencyProof(earlier, ledger_tree.path(session, consistency_spans(old.size, size)), note)

    def standing(self, performer: str, now: datetime) -> StandingProof:
        """Return the proof of which grants a performer has in force today, or that there are none.

        Raises UnknownPerformer; that somebody is not registered is proved to nobody.
        """
        moment = accepted.instant(now)
        with self._database.writing() as session:
            performer_row(session, performer)
            note = self._checkpoint(session, moment)
            state = self._opened(session, note)
            path = self._map_of(session, state.made, state.size).path(place_of(performer))
            grants = grants_in_force(session, state.made.date(), performer).get(performer, ())
            return StandingProof(grants, self._nonce(performer) if grants else b"", path, note)

    def sequence_of(self, kind: str, reference: str, *, subject: str | None = None) -> int:
        """Return the number of the newest event of a kind whose subject or detail names the reference.

        subject: whom the event is about, where that is known; then no more of the log is read than what is about it.
        Raises RecordInvalid when there is none.
        """
        with self._database.reading() as session:
            # The database looks for the text, so that a long log is not read row by row; the values are then compared.
            named = cast(col(EventRow.detail), String).contains(reference, autoescape=True)
            query = select(EventRow).where(col(EventRow.kind) == kind, or_(col(EventRow.subject) == reference, named))
            if subject is not None:
                query = query.where(col(EventRow.subject) == subject)
            for row in session.exec(query.order_by(col(EventRow.position).desc())):
                if row.sequence is not None and reference in (row.subject, *row.detail.values()):
                    return row.sequence
        raise RecordInvalid(f'no event of kind {kind} names {reference}; "clearance ledger list" shows the latest')

    def events(self, limit: int, performer: str | None = None) -> tuple[RegistryEvent, ...]:
        """Return the latest events, newest first; those about one performer when it is named."""
        with self._database.reading() as session:
            if performer is not None:
                performer_row(session, performer)
            return journal.latest(session, limit, performer)

    def verify(self) -> tuple[LedgerProblem, ...]:
        """Return every fault found: events, tree, checkpoints, and each row compared with what its event wrote."""
        with self._database.reading() as session:
            found = problems(session, self._keys)
            last = _latest(session)
            if not found and last is not None and last.size == ledger_tree.size_of(session):
                state, self._map = self._opened(session, last.note), None
                if self._map_of(session, state.made, state.size).root != state.map_root:
                    found = (
                        LedgerProblem(f"the grants in force are not those that checkpoint {last.sequence} signed"),
                    )
        return found

    def _checkpoint(self, session: Session, now: datetime) -> str:
        last, size = _latest(session), ledger_tree.size_of(session)
        if last is not None and last.size == size and last.made.date() == now.date():
            return last.note
        # An older registry has no signing key before its first change; making the key is one.
        journal.append_all(session, (), now)
        size = ledger_tree.size_of(session)
        origin, key = ledger_key.signer(session, self._keys)
        root, members = ledger_tree.root_at(session, size), self._map_of(session, now, size)
        note = sign_checkpoint(Checkpoint(origin, size, root, members.root, now), key)
        session.add(CheckpointRow(size=size, note=note, made=now))
        session.flush()
        return note

    def _map_of(self, session: Session, moment: datetime, size: int) -> MerkleMap:
        state = (size, moment.date().isoformat())
        if self._map is None or self._map[0] != state:
            held = grants_in_force(session, moment.date())
            leaves = {place_of(ref): leaf_of(ref, self._nonce(ref), grants) for ref, grants in held.items()}
            if len(leaves) != len(held):
                raise RegistryUnreadable("two performers share a place of the map; register one of them anew")
            self._map = (state, MerkleMap(leaves))
        return self._map[1]

    def _nonce(self, performer: str) -> bytes:
        return hmac.digest(self._keys.derived(REGISTRY, _NONCES), performer.encode(), "sha256")[:NONCE_BYTES]

    def _opened(self, session: Session, note: str) -> Checkpoint:
        return open_checkpoint(note, ledger_key.verifier_key(session) or "")


def _latest(session: Session) -> CheckpointRow | None:
    return session.exec(select(CheckpointRow).order_by(col(CheckpointRow.sequence).desc()).limit(1)).first()
