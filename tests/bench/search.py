"""How near the exact search comes to what the memory and the processor allow; printed as rows of a table.

At batch 1 the limit is reading the matrix of templates once; at batch 64 it is the bare matrix product of as many
rows as stay in the cache, with no selection. Both sides run in turn, and the median of the ratios counts.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from detectors.gallery import Gallery, search
from detectors.values import Template, Vector

ROWS, DIMENSION, BATCH = 1_000_000, 128, 64
PAIRS = 7
_BLOCK = 8192
_THREADS = 2


def rows() -> Iterator[str]:
    """Yield the lines of the table: ours, the limit, and the ratio."""
    gallery = Gallery(tuple(f"p{n:07}" for n in range(ROWS)), unit_rows(ROWS), "bench")
    probes = [Template(vector, "bench") for vector in unit_rows(BATCH)]
    batch = np.stack([probe.vector for probe in probes])
    size = f"{ROWS / 1e6:.0f}M x {DIMENSION}"
    yield _row(
        f"search of {size}, one probe",
        "reading the matrix once",
        lambda: search(probes[:1], gallery),
        lambda: streamed(gallery.vectors),
        "at most 1.3",
    )
    yield _row(
        f"search of {size}, {BATCH} probes",
        "the bare matrix product",
        lambda: search(probes, gallery),
        lambda: multiplied(gallery.vectors, batch),
        "near 1",
    )


def unit_rows(count: int) -> Vector:
    """Return random unit vectors, (count, DIMENSION) float32."""
    vectors = np.random.default_rng(count).standard_normal((count, DIMENSION), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def streamed(vectors: Vector) -> float:
    """Read every number once, on as many threads as the search uses."""
    flat = vectors.reshape(-1)
    parts = [flat[n * len(flat) // _THREADS : (n + 1) * len(flat) // _THREADS] for n in range(_THREADS)]
    with ThreadPoolExecutor(_THREADS) as pool:
        return max(float(value) for value in pool.map(np.max, parts))


def multiplied(vectors: Vector, batch: Vector) -> None:
    """Multiply every block of rows with the batch into one preallocated place."""
    out = np.empty((len(batch), _BLOCK), dtype=np.float32)
    for start in range(0, len(vectors), _BLOCK):
        block = vectors[start : start + _BLOCK]
        np.dot(batch, block.T, out=out[:, : len(block)] if len(block) == _BLOCK else None)


def _row(what: str, limit: str, ours: Callable[[], object], other: Callable[[], object], aim: str) -> str:
    pairs = [(_seconds(ours), _seconds(other)) for _ in range(PAIRS + 1)][1:]
    left, right = (statistics.median(pair[side] for pair in pairs) * 1000 for side in (0, 1))
    ratio = statistics.median(mine / theirs for mine, theirs in pairs)
    return f"| {what} | {limit} | {left:.3g} ms | {right:.3g} ms | {ratio:.2f} | {aim} |"


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    print("| what | against | ours | other | ratio | aim |\n|---|---|---|---|---|---|")
    for line in rows():
        print(line)
