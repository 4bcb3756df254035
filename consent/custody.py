"""A performer's data key changed: made anew, handed to a holder, taken back, destroyed.

Keys lie in keys.db and what they seal in the registry's database, so no one transaction holds both. The order of
steps is such that a process killed between two of them leaves records that open, and the same call again finishes.
"""

from collections.abc import Mapping
from datetime import datetime

from consent import holders, intent, journal
from consent.database import Database
from consent.errors import HolderKeyMissing, PerformerErased, RecordInvalid
from consent.keystore import KeyStore
from consent.people import performer_row
from consent.sealed import seal_anew
from consent.stored import blob


def rotate(database: Database, keys: KeyStore, performer: str, now: datetime) -> int:
    """Return how many rows are sealed under a new data key of the performer; the old key is destroyed.

    Raises UnknownPerformer, PerformerErased, RecordInvalid for one whose key is held outside, TemplateUnreadable.
    """
    with database.reading() as session:
        if performer_row(session, performer).erased is not None:
            raise PerformerErased(performer)
    if performer in keys.held():
        raise RecordInvalid(
            f'the data key of {performer} is held outside; take it back first with "clearance performer release-hold"'
        )
    # 1. The new key beside the old one; 2. everything sealed anew in one transaction; 3. the old key goes.
    version = keys.add_version(performer)
    with database.writing() as session:
        rows = seal_anew(session, keys, performer)
        detail = {"version": str(version), "records": str(len(rows))}
        journal.append(session, "data-key-rotated", performer, detail, now, rows=rows)
    keys.drop_versions_before(performer, version)
    return len(rows)


def hold(database: Database, keys: KeyStore, performer: str, public: bytes, now: datetime) -> None:
    """Leave the performer's data key to the holder of a private key alone. Raises what rotate() does.

    The key is made anew first: copies of keys.db from before open nothing that is sealed from now on.
    """
    rotate(database, keys, performer, now)
    detail = {"holder": public.hex()}
    _noted(database, "key-held", performer, detail, now)
    with database.writing() as session:
        journal.append(session, "key-held", performer, detail, now)
        intent.clear(session, performer)
        session.flush()
        with keys.database.writing() as connection:
            version, data_key = _newest(keys, performer)
            held = holders.sealed_to(public, data_key, performer, version, keys.registry_id)
            connection.execute("INSERT INTO holder_key VALUES (?, ?, ?, ?)", (performer, version, public, held.wrapped))
            connection.execute("DELETE FROM data_key WHERE performer = ?", (performer,))


def release_hold(database: Database, keys: KeyStore, performer: str, now: datetime) -> None:
    """Take the performer's data key back, with the holder's private key that was lent.

    Raises UnknownPerformer, RecordInvalid for one that is not held, HolderKeyMissing.
    """
    with database.reading() as session:
        performer_row(session, performer)
    held = keys.held().get(performer)
    if held is None:
        raise RecordInvalid(f"the data key of {performer} is not held outside; nothing was changed")
    lent = keys.lent(held.public)
    if lent is None:
        raise HolderKeyMissing(performer)
    data_key = holders.opened(held, lent, keys.registry_id)
    detail = {"holder": held.public.hex()}
    _noted(database, "key-hold-released", performer, detail, now)
    with database.writing() as session:
        journal.append(session, "key-hold-released", performer, detail, now)
        intent.clear(session, performer)
        session.flush()
        with keys.database.writing() as connection:
            wrapped = keys.kek().wrap(data_key, performer, held.version)
            connection.execute("INSERT INTO data_key VALUES (?, ?, ?)", (performer, held.version, wrapped))
            connection.execute("DELETE FROM holder_key WHERE performer = ?", (performer,))


def _noted(database: Database, kind: str, performer: str, detail: Mapping[str, str], now: datetime) -> None:
    """Note what is about to be done with a key: a process killed after it and before its event is then found out."""
    with database.writing() as session:
        journal.append_all(session, (), now)
        intent.clear(session, performer)
        intent.note(session, kind, performer, detail, now)


def _newest(keys: KeyStore, performer: str) -> tuple[int, bytes]:
    with keys.database.reading() as connection:
        row = connection.execute(
            "SELECT version, wrapped FROM data_key WHERE performer = ? ORDER BY version DESC LIMIT 1", (performer,)
        ).fetchone()
    return row[0], keys.kek().unwrap(blob(row[1]), performer, row[0])
