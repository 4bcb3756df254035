"""Overwrites what was deleted from the database where the database itself still keeps it.

SQLite (with secure_delete, set by `consent.database`): deleted content is zeroed in the file when the write-ahead
log is copied back, and the log is cut to nothing. PostgreSQL: the tables that held personal data are rewritten
without their dead rows. Neither reaches copies outside: backups, archives of a write-ahead log, replicas and disk
snapshots keep what they copied until they expire; there only the destroyed data key protects, and what was never
sealed (the stage name) stays readable.
"""

from typing import Any, Final

from sqlalchemy import Engine

from consent.errors import ErasureUnfinished

_PERSONAL: Final = ("performer", "template", "kinship", "foreign_id")


def scrub(engine: Engine) -> None:
    """Overwrite what was deleted before.

    Raises ErasureUnfinished while another process reads from the log of SQLite, or where the account may not rewrite a
    table of a server.
    """
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        assert driver is not None  # noqa: S101 -- an open connection has one
        # Outside any transaction, which SQLAlchemy would begin with its first statement.
        if engine.dialect.name == "postgresql":
            _rewrite(driver)
            return
        busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise ErasureUnfinished(
            "what was to be destroyed is gone, but another process keeps the write-ahead log open, where traces of it "
            "remain; run the same command again when that process has finished"
        )


def _rewrite(driver: Any) -> None:
    warnings: list[str] = []

    def warned(diagnostic: Any) -> None:
        # A table that the account may not rewrite is passed over with a warning, and no error.
        if diagnostic.severity_nonlocalized == "WARNING":
            warnings.append(str(diagnostic.sqlstate))

    before = driver.autocommit, driver.read_only
    driver.rollback()
    driver.autocommit, driver.read_only = True, False
    driver.add_notice_handler(warned)
    try:
        # A table of templates takes as long as it takes.
        driver.execute("SET statement_timeout = 0")
        for table in _PERSONAL:
            driver.execute(f"VACUUM (FULL) {table}")
    finally:
        driver.remove_notice_handler(warned)
        driver.execute("RESET statement_timeout")
        driver.autocommit, driver.read_only = before
    if warnings:
        raise ErasureUnfinished(
            "what was to be destroyed is gone, but the account may not rewrite the tables, in whose files traces of it "
            "remain; run the same command again with the account that owns them"
        )
