"""Overwrites what was deleted from the database where the database itself still keeps it.

SQLite (with secure_delete, set by `consent.database`): deleted content is zeroed in the file when the write-ahead
log is copied back, and the log is cut to nothing. PostgreSQL: the tables that held personal data are rewritten
without their dead rows. Neither reaches copies outside: backups, archives of a write-ahead log, replicas and disk
snapshots keep what they copied until they expire; there only the destroyed data key protects, and what was never
sealed (the stage name) stays readable.
"""

from sqlalchemy import Engine

from consent.errors import ErasureUnfinished

_PERSONAL = ("performer", "template", "kinship", "foreign_id")


def scrub(engine: Engine) -> None:
    """Overwrite what was deleted before. Raises ErasureUnfinished while another process reads from the log."""
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        if engine.dialect.name == "postgresql":
            for table in _PERSONAL:
                connection.exec_driver_sql(f"VACUUM (FULL) {table}")
            return
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101 -- an open connection has one
        # Outside any transaction, which the listener of the engine would begin.
        busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise ErasureUnfinished(
            "what was to be destroyed is gone, but another process keeps the write-ahead log open, where traces of it "
            "remain; run the same command again when that process has finished"
        )
