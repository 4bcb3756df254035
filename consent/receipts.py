"""The receipts of the registry: issued for a grant or a release, kept, found. Reached as Registry.receipts.

A receipt is issued once for each state of its record: asking again gives the same one, and after a change
a new version under the same id. Reading receipts needs no key; issuing opens the issuer's.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlmodel import Session, col, select

from consent import accepted, grants, issuer_key, journal
from consent.database import Database
from consent.errors import RecordInvalid, UnknownReceipt
from consent.issuer_public import IssuerKey
from consent.keystore import KeyStore
from consent.people import performer_row
from consent.proofs import InclusionProof
from consent.receipt import Kind, Receipt, content_digest, grant_claims, release_claims, signed_digest, visible_claims
from consent.receipt_proof import RECORDED
from consent.references import is_reference, new_reference
from consent.rows import receipt_of, release_of
from consent.sd_jwt_form import parts_of
from consent.tables import ReceiptRow, ReleaseRow


class Log(Protocol):
    """The ledger, as far as receipts need it (`consent.ledger.Ledger`)."""

    def sequence_of(self, kind: str, reference: str, *, subject: str | None = None) -> int:
        """Return the number of the event of a kind that names the reference, about a subject where it is given."""

    def prove(self, event: int, now: datetime) -> InclusionProof:
        """Return the proof that the event is in the log."""


class Receipts:
    """Issues and finds receipts. Without a ledger they carry no proof of inclusion, and say so."""

    def __init__(self, database: Database, keys: KeyStore, ledger: Log | None = None) -> None:
        self._database = database
        self._keys = keys
        self._ledger = ledger

    def issue(
        self, record: str, now: datetime, *, holder: Mapping[str, Any] | None = None, proven: bool = True
    ) -> Receipt:
        """Return the receipt of a grant or a biometric release as it now stands.

        record: the id of either. holder: the public P-256 JWK that presentations are bound to; None keeps the
        one bound before, if any. The receipt already issued is returned where nothing has changed since.
        proven: with the ledger's proof, which may need a new checkpoint; without, one that has none will do.
        Raises UnknownGrant, UnknownReceipt for a release that is none, ReceiptUnusable for another key.
        """
        from consent import selective

        moment = accepted.instant(now)
        given = None if holder is None else selective.holder_jwk(holder)
        with self._database.reading() as session:
            kind, performer, claims = _claims(session, record)
            known = _newest(session, record)
        signed = {} if known is None else parts_of(known.text).payload
        bound_to = given or signed.get("cnf", {}).get("jwk")
        content = content_digest(claims, bound_to)
        if known is not None and known.content != content:
            known = None
        if known is not None and (not proven or "ledger" in signed):
            return receipt_of(known)
        # Before the transaction below: a new checkpoint is a transaction of its own.
        proof = self._proof(kind, record, performer, moment) if proven else None
        if known is not None and proof is None:
            return receipt_of(known)
        with self._database.writing() as session:
            row = _new_row(session, record, kind, performer, content, moment)
            visible = visible_claims(
                issuer=f"urn:uuid:{self._database.registry_id()}",
                receipt=row.id,
                version=row.version,
                kind=kind,
                record=record,
                performer=performer,
                now=moment,
                proof=proof,
            )
            public = issuer_key.make_key(session, self._keys, moment)
            private = issuer_key.private_key(session, self._keys)
            row.text = selective.issue(visible, claims, private, kid=public.kid, holder=bound_to)
            session.add(row)
            session.flush()
            detail = {"receipt": row.id, "version": str(row.version), kind: record, "sha256": signed_digest(row.text)}
            journal.append(session, "receipt-issued", performer, detail, moment, rows=[row])
            return receipt_of(row)

    def renewed(self, receipt_id: str, now: datetime) -> Receipt:
        """Return a receipt as its record now stands, with the ledger's proof. Raises UnknownReceipt."""
        return self.issue(self.receipt(receipt_id).record, now)

    def receipt(self, receipt_id: str, version: int | None = None) -> Receipt:
        """Return a receipt, in its newest version or another. Raises UnknownReceipt."""
        query = select(ReceiptRow).where(col(ReceiptRow.id) == receipt_id).order_by(col(ReceiptRow.version).desc())
        if version is not None:
            query = query.where(col(ReceiptRow.version) == version)
        with self._database.reading() as session:
            row = session.exec(query).first()
            if row is None:
                raise UnknownReceipt(receipt_id)
            return receipt_of(row)

    def receipts(self, performer: str | None = None) -> tuple[Receipt, ...]:
        """Return every version of the receipts of one performer, or of all. Raises UnknownPerformer."""
        query = select(ReceiptRow).order_by(col(ReceiptRow.recorded), col(ReceiptRow.id), col(ReceiptRow.version))
        with self._database.reading() as session:
            if performer is not None:
                performer_row(session, performer)
                query = query.where(col(ReceiptRow.performer) == performer)
            return tuple(receipt_of(row) for row in session.exec(query))

    def issuer_key(self, now: datetime) -> IssuerKey:
        """Return the public key that checks the receipts, made on the first call."""
        with self._database.reading() as session:
            known = issuer_key.public_key(session)
        if known is not None:
            return known
        with self._database.writing() as session:
            return issuer_key.make_key(session, self._keys, accepted.instant(now))

    def _proof(self, kind: Kind, record: str, performer: str, now: datetime) -> Mapping[str, Any] | None:
        if self._ledger is None:
            return None
        try:
            event = self._ledger.sequence_of(RECORDED[kind], record, subject=performer)
        except RecordInvalid:
            # Another event brought the record in, such as an import; the receipt then says that it has no proof.
            return None
        return self._ledger.prove(event, now).to_document()


def _claims(session: Session, record: str) -> tuple[Kind, str, dict[str, Any]]:
    """Return the kind of a record, its performer and what a receipt says about it."""
    if is_reference("R", record):
        row = session.get(ReleaseRow, record)
        if row is None:
            raise UnknownReceipt(record)
        release = release_of(row)
        return "release", release.performer, release_claims(release)
    grant = grants.grant(session, record)
    return "grant", grant.performer, grant_claims(grant)


def _new_row(session: Session, record: str, kind: Kind, performer: str, content: str, now: datetime) -> ReceiptRow:
    """Return the row of the next version of a record's receipt, not signed yet."""
    last = _newest(session, record)
    return ReceiptRow(
        id=new_reference("C") if last is None else last.id,
        version=1 if last is None else last.version + 1,
        record=record,
        performer=performer,
        kind=kind,
        content=content,
        text="",
        recorded=now,
    )


def _newest(session: Session, record: str) -> ReceiptRow | None:
    query = select(ReceiptRow).where(col(ReceiptRow.record) == record).order_by(col(ReceiptRow.version).desc())
    return session.exec(query).first()
