"""How fast the registry answers when it is large: a million grants of a hundred thousand performers, on SQLite.

The registry is filled by bulk inserts, as no user does it; everything that is measured goes through the
registry's own door. Where there is a peer, it is the bare query that any answer needs at least.
"""

import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

from consent.answer import Use
from consent.grant import ANY, NewGrant, Scope
from consent.grant_record import record_of
from consent.grants import grants_in_force
from consent.registry import Registry

PERFORMERS, GRANTS = 100_000, 1_000_000
ASKED = 200
NOW = datetime(2026, 9, 30, tzinfo=UTC)
DAY = date(2026, 9, 20)
# Stands in a document where the performer's reference goes.
PLACE = "P-PLACE"


def rows(performers: int = PERFORMERS, grants: int = GRANTS) -> Iterator[str]:
    """Yield the lines of the table."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        with Registry.create(home, now=NOW) as registry:
            started = time.perf_counter()
            _fill(home, performers, grants)
            filled = time.perf_counter() - started
            size = f"{grants:,} grants of {performers:,} performers"
            yield f"| filling {size} | | {filled:.0f} s | {_megabytes(home):.0f} MB | | |"
            yield from _questions(registry, home, performers)
            yield _changes(registry, performers)


def _questions(registry: Registry, home: Path, performers: int) -> Iterator[str]:
    chosen = [_performer(n) for n in random.Random(1).sample(range(performers), min(ASKED, performers))]
    use = Use(date=DAY, project="Project 3", territories=("DE",), media=("streaming",))
    asked: dict[str, Callable[[str], object]] = {
        "`check`": lambda ref: registry.check(ref, use),
        "`check` as known at a moment": lambda ref: registry.check(ref, use, known_at=NOW),
        "`grants` of one performer": registry.grants,
    }
    with closing(sqlite3.connect(home / "registry.db")) as bare:
        query = 'SELECT * FROM consent_grant g JOIN grant_event e ON e."grant" = g.id WHERE g.performer = ?'
        other = _median(chosen, lambda ref: bare.execute(query, (ref,)).fetchall())
        for what, ask in asked.items():
            ours = _median(chosen, ask)
            yield f"| {what} | the bare join | {ours:.2f} ms | {other:.2f} ms | {ours / other:.1f} | below 5 ms |"
    with registry._database.reading() as session:
        one = _median(chosen, lambda ref: grants_in_force(session, DAY, ref))
        yield f"| grants in force of one performer | | {one:.2f} ms | | | |"
        started = time.perf_counter()
        found = grants_in_force(session, DAY)
        everybody = time.perf_counter() - started
    yield f"| grants in force of all {len(found):,} performers | | {everybody:.1f} s | | | |"


def _changes(registry: Registry, performers: int) -> str:
    chosen = [_performer(n) for n in random.Random(2).sample(range(performers), min(20, performers))]
    spent = _median(chosen, lambda ref: registry.record_grant(_grant(ref, 3), NOW))
    return f"| recording one grant more | | {spent:.1f} ms | | | |"


def _fill(home: Path, performers: int, grants: int) -> None:
    moment, day = f"{NOW:%Y-%m-%d} 00:00:00.000000", "2026-01-01"
    documents = [json.dumps(record_of(_grant(PLACE, n))) for n in range(10)]
    with closing(sqlite3.connect(home / "registry.db")) as database, database:
        database.execute("PRAGMA synchronous = OFF")
        database.executemany(
            "INSERT INTO performer (ref, stage_name, name_key, registered, unions, sealed_identity, version) "
            "VALUES (?, ?, ?, ?, '[]', x'00', 1)",
            ((_performer(n), f"Stage {n}", f"stage {n}", moment) for n in range(performers)),
        )
        database.executemany(
            "INSERT INTO consent_grant (id, performer, signed_on, record, recorded, version) VALUES (?, ?, ?, ?, ?, 1)",
            (
                (
                    f"G-{n:08d}",
                    _performer(n % performers),
                    day,
                    documents[n // performers % 10].replace(PLACE, _performer(n % performers)),
                    moment,
                )
                for n in range(grants)
            ),
        )
        database.executemany(
            """INSERT INTO grant_event ("grant", kind, "on", recorded) VALUES (?, 'given', ?, ?)""",
            ((f"G-{n:08d}", day, moment) for n in range(grants)),
        )


def _grant(performer: str, n: int) -> NewGrant:
    scope = Scope(
        projects=(f"Project {n}",),
        characters=ANY,
        scenes=ANY,
        description="Face placed on a stunt double in the storm sequence.",
        use_categories=("feature film",),
        media=("theatrical", "streaming"),
        territories=("EU", "US"),
        expires_on=date(2030, 12, 31),
        replica_kinds=("EBDR",),
        modalities=("face",),
    )
    return NewGrant(performer=performer, signed_on=date(2026, 1, 1), scope=scope, survivorship="survives")


def _performer(n: int) -> str:
    return f"P-{n:08d}"


def _median(chosen: list[str], ask: Callable[[str], object]) -> float:
    """Return the median time of one question, in milliseconds, after some that warm up."""
    for ref in chosen[:5]:
        ask(ref)
    spent = []
    for ref in chosen[5:]:
        started = time.perf_counter()
        ask(ref)
        spent.append(time.perf_counter() - started)
    return statistics.median(spent) * 1000


def _megabytes(home: Path) -> float:
    return sum(path.stat().st_size for path in home.rglob("*.db*")) / 1e6


if __name__ == "__main__":
    print("| what | against | ours | other | ratio | aim |\n|---|---|---|---|---|---|")
    for line in rows(*(int(argument) for argument in sys.argv[1:3])):
        print(line, flush=True)
