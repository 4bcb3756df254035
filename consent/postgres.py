"""A registry in a PostgreSQL database.

Readers see one state (REPEATABLE READ, READ ONLY). Writers queue behind an advisory lock that is taken first
thing in their transaction, so that positions in the record of changes follow each other without gaps; they
run at READ COMMITTED, whose statements see what the writer before has committed. Encryption of the
connection is the address's own (sslmode). No message repeats the address or what the server said about it.
Source: the PostgreSQL documentation, chapters 13 (concurrency) and Appendix A (error codes).
"""

from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from consent.errors import ConsentError, RegistryBusy, RegistryExists, RegistryFull, RegistryUnreachable
from consent.store import WAIT

# "clearan" in ASCII: one lock for the registry of a database, apart from other programs' locks.
_LOCK: Final = 0x636C656172616E
_STATEMENT_LIMIT_S: Final = 600
_CONNECT_LIMIT_S: Final = 10
_OPTIONS: Final = " ".join(
    f"-c {name}={value}"
    for name, value in (
        ("lock_timeout", int(WAIT.total_seconds() * 1000)),
        ("statement_timeout", _STATEMENT_LIMIT_S * 1000),
        # A writer that hangs while it holds the lock must not stop all others for ever.
        ("idle_in_transaction_session_timeout", _STATEMENT_LIMIT_S * 1000),
        ("timezone", "UTC"),
    )
)
# lock_not_available, query_canceled (a timeout), deadlock_detected, serialization_failure, too_many_connections.
_BUSY: Final = ("55P03", "57014", "40P01", "40001", "53300")
# disk_full, out_of_memory.
_NO_ROOM: Final = ("53100", "53200")
# connection exceptions, operator intervention, idle_in_transaction_session_timeout.
_GONE: Final = ("08", "57P", "25P03")
_FORBIDDEN: Final = "42501"
_READ_ONLY: Final = "25006"


class PostgresStore:
    """The database that an address names, in the schema its account finds first."""

    kind = "PostgreSQL"
    place = "the PostgreSQL database of this registry"

    def __init__(self, url: URL) -> None:
        try:
            import psycopg  # noqa: F401 - SQLAlchemy imports it later, where its absence would be a traceback
        except ImportError as error:
            raise RegistryUnreachable(
                "a registry in PostgreSQL needs a driver that is not installed; install clearance[postgres]"
            ) from error
        self._url = url

    def exists(self) -> bool:
        """Return whether the database holds tables, ours or others'. Raises RegistryUnreachable."""
        engine, _ = self.engines()
        try:
            with engine.connect() as connection:
                return bool(inspect(connection).get_table_names())
        except DBAPIError as error:
            raise self.refusal(error) or RegistryUnreachable(
                f"{self.place} cannot be used ({self.reason(error)}); ask who runs the server"
            ) from error
        finally:
            engine.dispose()

    def make(self) -> None:
        """Raise RegistryExists when the database holds tables: it is made by its own administrator, empty."""
        if self.exists():
            raise RegistryExists(f"{self.place} holds tables already; use it as it is, or name an empty database")

    def discard(self) -> None:
        """Do nothing: tables are made in the transaction that failed."""

    def require_whole(self) -> None:
        """Do nothing: the server looks after its own files."""

    def engines(self) -> tuple[Engine, Engine]:
        """Return the engines that read and that write; they share their connections."""
        stated = self._url.query.get("options", "")
        options = " ".join((_OPTIONS, *((stated,) if isinstance(stated, str) else stated))).strip()
        engine = create_engine(
            self._url.difference_update_query(("options",)),
            connect_args={"options": options, "connect_timeout": _CONNECT_LIMIT_S},
            # A server that was restarted since the last use is noticed before the work, not in the middle of it.
            pool_pre_ping=True,
            # Statements of migrations and loads repeat little, and a pooler between could not keep them.
            hide_parameters=True,
        )
        reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        writing = engine.execution_options(isolation_level="READ COMMITTED")
        event.listen(writing, "begin", _take_lock)
        return reading, writing

    def refusal(self, error: Exception) -> ConsentError | None:
        """Return what the code of an error means; the server's sentence could hold the address or a row."""
        if not isinstance(error, DBAPIError):
            return None
        code = getattr(error.orig, "sqlstate", None)
        if code is None or code.startswith(_GONE) or error.connection_invalidated:
            return RegistryUnreachable(
                f"{self.place} does not answer or refuses us; see that the server runs and that the address, the "
                "account and its password are right, then look whether the last change was kept before repeating it"
            )
        if code in _BUSY:
            return RegistryBusy(f"{self.place} is in use; try again when the other process has finished")
        if code in _NO_ROOM:
            return RegistryFull(
                f"the server has no room to write to {self.place}; the change was not kept; free some and repeat it"
            )
        if code in (_FORBIDDEN, _READ_ONLY):
            return RegistryUnreachable(
                f'the account may not do this in {self.place}; use one that may ("clearance registry roles")'
            )
        return None

    def reason(self, error: Exception) -> str:
        """Return the kind of the error and its code."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        code = getattr(cause, "sqlstate", None)
        return type(cause).__name__ if code is None else f"{type(cause).__name__}, code {code}"

    def size_bytes(self, connection: Connection) -> int:
        """Return the size of the whole database as the server counts it."""
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())

    def faults(self, connection: Connection) -> tuple[str, ...]:
        """Return constraints that were never checked, indexes that are not valid, and pages that failed."""
        found = [
            f"the constraint {name} was never checked; run ALTER TABLE {table} VALIDATE CONSTRAINT {name}"
            for table, name in connection.execute(
                text("SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE NOT convalidated")
            )
        ]
        found += [
            f"the index {name} is not valid; run REINDEX INDEX {name}"
            for name in connection.execute(
                text("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")
            ).scalars()
        ]
        failed = connection.execute(
            text("SELECT coalesce(sum(checksum_failures), 0) FROM pg_stat_database WHERE datname = current_database()")
        ).scalar_one()
        if failed:
            found.append(f"the server has counted {failed} pages whose checksum failed; restore from a backup")
        return tuple(found)

    def append_only(self, connection: Connection) -> frozenset[str]:
        """Return the tables whose trigger is there and switched on."""
        triggers = text(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%!_append!_only' ESCAPE '!' "
            "AND tgenabled IN ('O', 'A')"
        )
        return frozenset(connection.execute(triggers).scalars())

    def defer_references(self, connection: Connection) -> None:
        """Check foreign keys at the end of this transaction."""
        self._alter_references(connection, "DEFERRABLE INITIALLY DEFERRED")

    def settle(self, connection: Connection) -> None:
        """Check the deferred references and set each sequence behind the rows that were loaded."""
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        self._alter_references(connection, "NOT DEFERRABLE")
        numbered = connection.execute(
            text(
                "SELECT table_name, column_name FROM information_schema.columns "
                "WHERE table_schema = current_schema() AND column_default LIKE 'nextval(%'"
            )
        ).all()
        quote = connection.dialect.identifier_preparer.quote
        for table, column in numbered:
            # The names come from the catalogue and are quoted.
            last = f"SELECT max({quote(column)}) FROM {quote(table)}"  # noqa: S608
            connection.execute(
                text(f"SELECT setval(pg_get_serial_sequence(:table, :column), coalesce(({last}), 0) + 1, false)"),
                {"table": quote(table), "column": column},
            )

    def _alter_references(self, connection: Connection, how: str) -> None:
        quote = connection.dialect.identifier_preparer.quote
        inspector = inspect(connection)
        for table in inspector.get_table_names():
            for key in inspector.get_foreign_keys(table):
                connection.execute(text(f"ALTER TABLE {quote(table)} ALTER CONSTRAINT {quote(str(key['name']))} {how}"))


def _take_lock(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
