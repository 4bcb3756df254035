"""Where a registry is kept: the one interface to the two databases it may lie in.

A store knows everything in which SQLite and PostgreSQL differ; `consent.database` knows nothing of it.
"""

from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError

from consent.errors import ConsentError, RegistryUnreadable

# How long a writer queues behind others before it gives up.
WAIT: Final = timedelta(seconds=30)


class Store(Protocol):
    """One database, empty or not, and what is particular to its kind."""

    kind: str
    """SQLite or PostgreSQL."""
    place: str
    """Which database it is, for a message: never its address, which may hold a password."""

    def exists(self) -> bool:
        """Return whether there is something at the place, a registry or not. Raises RegistryUnreachable."""
        ...

    def make(self) -> None:
        """Make the place ready for an empty database. Raises RegistryExists, OSError."""
        ...

    def discard(self) -> None:
        """Remove what make() made and nothing was kept in."""
        ...

    def require_whole(self) -> None:
        """Raise RegistryUnreadable when the database is seen to be damaged before it is opened."""
        ...

    def engines(self) -> tuple[Engine, Engine]:
        """Return an engine whose transactions see one state and one whose transactions queue for the write lock."""
        ...

    def refusal(self, error: Exception) -> ConsentError | None:
        """Return what an error of the driver means, or None when it says no more than that something is broken."""
        ...

    def reason(self, error: Exception) -> str:
        """Return the kind of an error in words that hold nothing of a row's content or of the address."""
        ...

    def size_bytes(self, connection: Connection) -> int:
        """Return how much room the database takes."""
        ...

    def faults(self, connection: Connection) -> tuple[str, ...]:
        """Return what the database itself finds broken, as sentences; it looks at every page it can."""
        ...

    def append_only(self, connection: Connection) -> frozenset[str]:
        """Return the tables whose rows the database refuses to change or remove."""
        ...

    def defer_references(self, connection: Connection) -> None:
        """Let foreign keys be checked at the end of this transaction, so that rows may come in any order."""
        ...

    def settle(self, connection: Connection) -> None:
        """Check the deferred references, and let numbering go on behind the rows that were loaded."""
        ...


def store_at(home: Path, url: str | None) -> Store:
    """Return the store that an address names: sqlite:/// or postgresql://, else registry.db in the home.

    Raises RegistryUnreadable for any other address, RegistryUnreachable when the driver is not installed.
    """
    from consent.sqlite_store import SqliteStore

    if url is None:
        return SqliteStore(home / "registry.db")
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        address = None
    kind = None if address is None else address.get_backend_name()
    if address is not None and kind == "sqlite" and address.database not in (None, "", ":memory:"):
        return SqliteStore(Path(str(address.database)))
    if address is not None and kind == "postgresql" and address.get_driver_name() in ("psycopg", "psycopg2"):
        from consent.postgres import PostgresStore

        # A plain postgresql:// means psycopg2 to SQLAlchemy; ours is psycopg 3.
        return PostgresStore(address.set(drivername="postgresql+psycopg"))
    # The address is not repeated: it may hold a password.
    raise RegistryUnreadable(
        "the database address cannot be used; give one of the form sqlite:////folder/registry.db or "
        "postgresql://account@server/database"
    )
