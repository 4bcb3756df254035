"""The key with which the registry signs its receipts: made once, kept sealed in the database.

The private half opens only with the registry's own entry of the key store, so that whoever copies the
database alone can sign nothing. The public half is readable without any key.
"""

from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import Session, col, select

from consent import journal
from consent.issuer_public import IssuerKey
from consent.keystore import KeyStore
from consent.ledger_keys import REGISTRY
from consent.tables import IssuerKeyRow

PURPOSE: Final = "receipts"


def make_key(session: Session, keys: KeyStore, now: datetime) -> IssuerKey:
    """Return the public key, made with its private half on the first call. Needs a writing session."""
    known = public_key(session)
    if known is not None:
        return known
    keys.ensure_ledger_keys(())
    private = Ed25519PrivateKey.generate()
    row = IssuerKeyRow(
        purpose=PURPOSE,
        public=private.public_key().public_bytes_raw(),
        sealed_private=keys.seal(REGISTRY, PURPOSE, private.private_bytes_raw()),
        recorded=now,
    )
    session.add(row)
    session.flush()
    made = IssuerKey(row.public)
    journal.append(session, "issuer-key-made", PURPOSE, {"key": made.kid}, now, rows=[row])
    return made


def public_key(session: Session) -> IssuerKey | None:
    """Return the public key, or None while the registry has issued nothing."""
    # The public column alone: a role that shows receipts sees no other.
    public = session.exec(select(IssuerKeyRow.public).where(col(IssuerKeyRow.purpose) == PURPOSE)).first()
    return None if public is None else IssuerKey(public)


def private_key(session: Session, keys: KeyStore) -> Ed25519PrivateKey:
    """Return the private key, opened. Raises TemplateUnreadable when it does not open."""
    row = session.get_one(IssuerKeyRow, PURPOSE)
    return Ed25519PrivateKey.from_private_bytes(keys.unseal(REGISTRY, PURPOSE, row.sealed_private))
