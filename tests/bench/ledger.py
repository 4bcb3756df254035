"""What the ledger costs: changes a second, one proof among a million events, the map of 100,000 performers.

`python -m tests.bench.ledger` prints rows of a table; the other side of each is the aim.
"""

import hashlib
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session, insert

from consent import ledger_tree
from consent.journal import Change, append_all
from consent.merkle import folded, inclusion_spans, node_hash, number_of, perfect, verify_inclusion
from consent.merkle_map import MerkleMap, leaf_of, place_of, verify_path
from consent.registry import Registry
from consent.tables import LedgerNodeRow

DURABLE, BATCHED, EVENTS, PERFORMERS = 500, 20_000, 1_000_000, 100_000
PROOFS = 200
_NOW = datetime(2026, 9, 30, tzinfo=UTC)


def rows() -> Iterator[str]:
    """Yield the lines of the table."""
    with tempfile.TemporaryDirectory() as folder:
        with Registry.create(Path(folder) / "home", now=_NOW) as registry:
            yield _rate("changes, each its own durable transaction", DURABLE, durable(registry), "at least 200/s")
            yield _rate("changes, written together", BATCHED, batched(registry), "at least 10,000/s")
            started = time.perf_counter()
            assert registry.ledger.verify() == ()
            yield _rate("events verified with their rows", registry.ledger.size(), time.perf_counter() - started, "")
        with Registry.create(Path(folder) / "million", now=_NOW) as registry:
            yield f"| proof of one among {EVENTS / 1e6:.0f}M events | {proof(registry) * 1000:.2f} ms | below 2 ms |"
    build, prove = sparse_map()
    yield f"| map of {PERFORMERS:,} performers, built | {build:.2f} s | |"
    yield f"| proof of standing out of it, made and verified | {prove * 1000:.2f} ms | |"


def durable(registry: Registry) -> float:
    """Return the seconds for changes of one transaction each."""
    started = time.perf_counter()
    for number in range(DURABLE):
        registry.record_event("search", "ab" * 32, {"number": str(number)}, _NOW)
    return time.perf_counter() - started


def batched(registry: Registry) -> float:
    """Return the seconds for changes written in one transaction."""
    changes = [Change("search", "ab" * 32, {"number": str(number)}) for number in range(BATCHED)]
    started = time.perf_counter()
    with registry._database.writing() as session:
        append_all(session, changes, _NOW)
    return time.perf_counter() - started


def proof(registry: Registry) -> float:
    """Return the median seconds of proving and verifying one event of a large log."""
    with registry._database.writing() as session:
        root = fill(session)
    times = []
    with registry._database.reading() as session:
        for number in range(PROOFS):
            index = number * 4999 % EVENTS
            started = time.perf_counter()
            path = ledger_tree.path(session, inclusion_spans(index, EVENTS))
            verify_inclusion(_leaf(index), index, EVENTS, path, root)
            times.append(time.perf_counter() - started)
    return statistics.median(times)


def fill(session: Session) -> bytes:
    """Put the nodes of a large log beyond the first into the table, and return the root."""
    session.connection().exec_driver_sql("DROP TRIGGER ledger_node_no_delete")
    session.connection().exec_driver_sql("DELETE FROM ledger_node")
    levels = [[_leaf(index) for index in range(EVENTS)]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[n], below[n + 1]) for n in range(0, len(below) - 1, 2)])
    for level, hashes in enumerate(levels):
        nodes = [{"number": number_of((level, place)), "hash": value} for place, value in enumerate(hashes)]
        session.connection().execute(insert(LedgerNodeRow), nodes)
    return folded([levels[level][place] for level, place in perfect((0, EVENTS))])


def sparse_map() -> tuple[float, float]:
    """Return the seconds of building the map, and the median of proving and verifying one standing."""
    held = {f"P-{number:08}": (f"G-{number:08}",) for number in range(PERFORMERS)}
    started = time.perf_counter()
    built = MerkleMap({place_of(ref): leaf_of(ref, b"n" * 16, grants) for ref, grants in held.items()})
    build = time.perf_counter() - started
    times = []
    for number in range(PROOFS):
        place = place_of(f"P-absent{number}")
        started = time.perf_counter()
        verify_path(None, place, built.path(place), built.root)
        times.append(time.perf_counter() - started)
    return build, statistics.median(times)


def _leaf(index: int) -> bytes:
    return hashlib.sha256(b"%d" % index).digest()


def _rate(what: str, count: int, seconds: float, aim: str) -> str:
    return f"| {what} | {count / seconds:,.0f}/s | {aim} |"


if __name__ == "__main__":
    print("| what | ours | aim |\n|---|---|---|")
    for line in rows():
        print(line, flush=True)
