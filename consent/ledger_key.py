"""The key that signs checkpoints: made with the registry, its private half sealed under the registry's own key."""

from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import Session, SQLModel, col, select

from consent.checkpoint import verifier_key_of
from consent.errors import RegistryUnreadable
from consent.keystore import KeyStore
from consent.ledger_keys import REGISTRY
from consent.tables import LedgerKeyRow, RegistryRow

# Where checkpoints of a registry say that they come from; the registry's id follows.
_ORIGIN: Final = "clearance/registry/"


def make(session: Session, keys: KeyStore, registry_id: str, now: datetime) -> LedgerKeyRow:
    """Return the row of a new signing key, added."""
    private = Ed25519PrivateKey.generate()
    verifier_key = verifier_key_of(_ORIGIN + registry_id, private.public_key())
    sealed = keys.seal(REGISTRY, verifier_key, private.private_bytes_raw())
    row = LedgerKeyRow(verifier_key=verifier_key, sealed_private=sealed, made=now)
    session.add(row)
    session.flush()
    return row


def first_rows(session: Session, keys: KeyStore, registry_id: str, now: datetime) -> tuple[SQLModel, ...]:
    """Return the rows that a new registry begins with: its identity, and the signing key, which is made here."""
    return session.get_one(RegistryRow, registry_id), make(session, keys, registry_id, now)


def verifier_key(session: Session) -> str | None:
    """Return the verifier key string of the newest key, or None before the first change of an older registry."""
    # The public column alone: a role that shows receipts sees no other.
    return session.exec(select(LedgerKeyRow.verifier_key).order_by(col(LedgerKeyRow.made).desc()).limit(1)).first()


def verifier_keys(session: Session) -> tuple[str, ...]:
    """Return the verifier key strings of every key there has been."""
    return tuple(session.exec(select(LedgerKeyRow.verifier_key)))


def signer(session: Session, keys: KeyStore) -> tuple[str, Ed25519PrivateKey]:
    """Return the origin that is signed for, and the key. Raises RegistryUnreadable or TemplateUnreadable."""
    row = _newest(session)
    if row is None:
        raise RegistryUnreadable("the ledger has no signing key; restore the database from its backup")
    raw = keys.unseal(REGISTRY, row.verifier_key, row.sealed_private)
    return row.verifier_key.partition("+")[0], Ed25519PrivateKey.from_private_bytes(raw)


def _newest(session: Session) -> LedgerKeyRow | None:
    return session.exec(select(LedgerKeyRow).order_by(col(LedgerKeyRow.made).desc()).limit(1)).first()
