"""`python -m tests.bench.transfer`: 100,000 grants from a CSV file against plain inserts of the same rows in SQLite.

Processor time of both, because the machine may be shared; the backup and the check that follow are in seconds passed.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from consent.registry import Registry
from consent.table_file import csv_lines
from tests.bench.measure import line

GRANTS = 100_000
PERFORMERS = 1000
NOW = datetime(2026, 9, 30, tzinfo=UTC)
COLUMNS = ("performer", "signed_on", "scope.projects", "scope.territories", "scope.media", "scope.expires_on")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else GRANTS
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        with Registry.create(home, now=NOW) as registry:
            names = Path(folder) / "performers.csv"
            rows = ({"stage_name": f"Performer {number}"} for number in range(PERFORMERS))
            names.write_text("".join(csv_lines(["stage_name"], rows)))
            started = time.perf_counter()
            refs = registry.transfer.import_performers(names, now=NOW).references
            print(f"{PERFORMERS} performers: {time.perf_counter() - started:.2f} s")
            grants = Path(folder) / "grants.csv"
            grants.write_text("".join(csv_lines(COLUMNS, (_grant(refs, number) for number in range(count)))))
            started = time.process_time()
            done = registry.transfer.import_grants(grants, now=NOW)
            ours = time.process_time() - started
            assert not done.problems
            started = time.perf_counter()
            registry.upkeep.backup(Path(folder) / "b.zip", now=NOW)
            print(f"backup: {time.perf_counter() - started:.2f} s")
            started = time.perf_counter()
            assert registry.upkeep.check() == ()
            print(f"check: {time.perf_counter() - started:.2f} s")
        theirs = _plain_inserts(home / "registry.db", Path(folder) / "plain.db")
    what = f"import of {count:,} grants, judged and recorded"
    print(line(what, "plain inserts of the same rows", [(ours, theirs)], "s", 1, "a small multiple"))


def _grant(refs: list[str], number: int) -> dict[str, str]:
    cells = (refs[number % len(refs)], "2026-01-01", f"Project {number % 97}", "US; EU", "any", "2030-12-31")
    return dict(zip(COLUMNS, cells, strict=True))


def _plain_inserts(source: Path, target: Path) -> float:
    """Return how long the rows that the import made take to insert by executemany, in one transaction."""
    with closing(sqlite3.connect(source)) as made:
        tables = {
            table: (made.execute(f"SELECT * FROM {table}").fetchall(), sql)  # noqa: S608 - names of ours
            for table, sql in made.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
            if table in ("consent_grant", "grant_event", "event")
        }
    with closing(sqlite3.connect(target)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        for _, sql in tables.values():
            database.execute(sql)
        started = time.process_time()
        with database:
            for table, (rows, _) in tables.items():
                places = ", ".join("?" * len(rows[0]))
                database.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608 - names of ours
        return time.process_time() - started


if __name__ == "__main__":
    main()
