"""Every key of a key database wrapped anew, in the caller's transaction: after a rotation, a move, or an upgrade."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from consent.errors import KeyRefused
from consent.kek import Kek, data_key_context
from consent.key_database import VERSION, KeyDatabase
from consent.keys import KeyProvider
from consent.ledger_keys import REGISTRY, owner_of
from consent.stored import blob


def rewrapped(connection: sqlite3.Connection, path: Path, unwrap: Callable[[bytes, str, int], bytes], new: Kek) -> int:
    """Return how many performers' keys were wrapped under new. unwrap opens the old ones. Raises KeyRefused."""
    count = 0
    try:
        for performer, version, wrapped in connection.execute("SELECT * FROM data_key").fetchall():
            again = new.wrap(unwrap(blob(wrapped), performer, version), performer, version)
            connection.execute(
                "UPDATE data_key SET wrapped = ? WHERE performer = ? AND version = ?", (again, performer, version)
            )
            count += performer != REGISTRY
        for purpose, wrapped in connection.execute("SELECT * FROM signing_key").fetchall():
            again = new.wrap(unwrap(blob(wrapped), f"signing/{purpose}", 1), f"signing/{purpose}", 1)
            connection.execute("UPDATE signing_key SET wrapped = ? WHERE purpose = ?", (again, purpose))
        for name, wrapped in connection.execute("SELECT * FROM ledger_key").fetchall():
            again = new.wrap(unwrap(blob(wrapped), owner_of(name), 1), owner_of(name), 1)
            connection.execute("UPDATE ledger_key SET wrapped = ? WHERE name = ?", (again, name))
    except (TypeError, ValueError) as error:
        raise KeyRefused(f"a key in {path} does not open; nothing was changed; restore it from its backup") from error
    return count


def upgrade(database: KeyDatabase, provider: KeyProvider, registry_id: str) -> None:
    """Put a key-encryption key between the key file and the data keys of a first version, all in one transaction."""
    new = Kek.new()

    def unwrap(wrapped: bytes, owner: str, version: int) -> bytes:
        return provider.unwrap(wrapped, data_key_context(owner, version))

    with database.writing() as connection:
        if database.version(connection) == VERSION:
            return
        database.upgrade(connection, registry_id, new.sealed_by(provider, registry_id))
        rewrapped(connection, database.path, unwrap, new)
        names = [row[0] for row in connection.execute("SELECT performer FROM data_key").fetchall()]
        registry = (REGISTRY, 1, new.wrap(KeyDatabase.fresh(), REGISTRY, 1))
        ledger = [(name, new.wrap(KeyDatabase.fresh(), owner_of(name), 1)) for name in (*names, REGISTRY)]
        connection.execute("INSERT INTO data_key VALUES (?, ?, ?)", registry)
        connection.executemany("INSERT INTO ledger_key VALUES (?, ?)", ledger)
