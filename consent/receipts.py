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
from consent.errors import UnknownReceipt
from consent.issuer_public import IssuerKey
from consent.keystore import KeyStore
from consent.people import performer_row
from consent.proofs import InclusionProof
from consent.receipt import Kind, Receipt, content_digest, grant_claims, release_claims, signed_digest, visible_claims
from consent.receipt_proof import RECORDED
from consent.references import is_reference, new_reference
from consent.rows import receipt_of, release_of
from consent.tables import ReceiptRow, ReleaseRow


class Log(Protocol):
    """The ledger, as far as receipts need it (`consent.ledger.Ledger`)."""

    def sequence_of(self, kind: str, reference: str) -> int:
        """Return the number of the event of a kind that names the reference."""

    def prove(self, event: int, now: datetime) -> InclusionProof:
        """Return the proof that the event is in the log."""


class Receipts:
    """Issues and finds receipts. Without a ledger they carry no proof of inclusion, and say so."""

    def __init__(self, database: Database, keys: KeyStore, ledger: Log | None = None) -> None:
        self._database = database
        self._keys = keys
        self._ledger = ledger

    def issue(self, record: str, now: datetime, *, holder: Mapping[str, Any] | None = None) -> Receipt:
        """Return the receipt of a grant or a biometric release as it now stands.

        record: the id of either. holder: the public P-256 JWK that a presentation is bound to. The one
        already issued is returned where nothing has changed since. Raises UnknownGrant, UnknownReceipt for
        a release that is none, ReceiptUnusable for another key.
        """
        from consent import selective

        moment = accepted.instant(now)
        bound_to = None if holder is None else selective.holder_jwk(holder)
        with self._database.reading() as session:
            kind, performer, claims = _claims(session, record)
            content = content_digest(claims, bound_to)
            known = _newest(session, record)
            if known is not None and known.content == content:
                return receipt_of(known)
        # Before the transaction below: a proof may need a new checkpoint, which is a transaction of its own.
        proof = self._proof(kind, record, moment)
        with self._database.writing() as session:
            public = issuer_key.make_key(session, self._keys, moment)
            known = _newest(session, record)
            version = 1 if known is None else known.version + 1
            receipt_id = new_reference("C") if known is None else known.id
            visible = visible_claims(
                issuer=f"urn:uuid:{self._database.registry_id()}",
                receipt=receipt_id,
                version=version,
                kind=kind,
                record=record,
                performer=performer,
                now=moment,
                proof=proof,
            )
            private = issuer_key.private_key(session, self._keys)
            row = ReceiptRow(
                id=receipt_id,
                version=version,
                record=record,
                performer=performer,
                kind=kind,
                content=content,
                text=selective.issue(visible, claims, private, kid=public.kid, holder=bound_to),
                recorded=moment,
            )
            session.add(row)
            session.flush()
            detail = {"receipt": receipt_id, "version": str(version), kind: record, "sha256": signed_digest(row.text)}
            journal.append(session, "receipt-issued", performer, detail, moment, rows=[row])
            return receipt_of(row)

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

    def _proof(self, kind: Kind, record: str, now: datetime) -> Mapping[str, Any] | None:
        if self._ledger is None:
            return None
        return self._ledger.prove(self._ledger.sequence_of(RECORDED[kind], record), now).to_document()


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


def _newest(session: Session, record: str) -> ReceiptRow | None:
    query = select(ReceiptRow).where(col(ReceiptRow.record) == record).order_by(col(ReceiptRow.version).desc())
    return session.exec(query).first()
