"""How near opening the gallery comes to what decryption alone costs; printed as rows of a table.

The limit is AES-256-GCM on the same bytes and nothing else: each performer's wrapped data key, then the template, all
in memory, with the associated data made beforehand. Ours reads the database, checks the releases, and gives values.
"""

import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import insert

from consent.keys import seal
from consent.registry import Registry
from consent.tables import METADATA

ROWS, PAIRS = 100_000, 5
DAY = date(2026, 9, 30)
SHAPES = ((128, np.float32), (512, np.float16))
Limit = Callable[[], None]


def rows() -> Iterator[str]:
    """Yield the lines of the table: ours, the limit, and the ratio."""
    for dimension, kind in SHAPES:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder) / "home"
            with Registry.create(home, now=datetime(2026, 9, 1, tzinfo=UTC)) as registry:
                limit = _filled(registry, dimension * np.dtype(kind).itemsize)
            ours = partial(_unlocked, home)
            pairs = [(_seconds(ours), _seconds(limit)) for _ in range(PAIRS + 1)][1:]
        left, right = (statistics.median(pair[side] for pair in pairs) * 1000 for side in (0, 1))
        ratio = statistics.median(mine / theirs for mine, theirs in pairs)
        what = f"unlocking {ROWS // 1000}k templates of {dimension} {np.dtype(kind).name}, one per performer"
        yield f"| {what} | AES-GCM of the same bytes | {left:.3g} ms | {right:.3g} ms | {ratio:.2f} | at most 1.5 |"


def _unlocked(home: Path) -> None:
    with Registry.open(home) as registry:
        assert len(registry.biometrics.gallery("bench", on=DAY).vectors) == ROWS


def _filled(registry: Registry, vector_bytes: int) -> Limit:
    """Fill the registry, and return the work that is the limit."""
    keys, kek = registry._keys, registry._keys.kek()
    made = datetime(2026, 9, 1, tzinfo=UTC)
    performers, releases, templates, wrapped, sealed = [], [], [], [], []
    noise = np.random.default_rng(7)
    for number in range(ROWS):
        ref, release, template = (f"{letter}-{number:08d}" for letter in "PRT")
        data_key, vector = noise.bytes(32), noise.bytes(vector_bytes)
        key = kek.wrap(data_key, ref, 1)
        vector_sealed = seal(data_key, vector, f"clearance|{ref}|{template}|1".encode())
        wrapped.append((ref, 1, key))
        sealed.append((key, f"clearance|{ref}|key|1".encode(), vector_sealed, f"clearance|{ref}|{template}|1".encode()))
        performers.append(
            {"ref": ref, "stage_name": ref, "name_key": ref, "registered": made, "unions": [], "sealed_identity": b"",
             "version": 1}
        )  # fmt: skip
        releases.append(
            {"id": release, "performer": ref, "signed_on": made.date(), "jurisdiction": "US-IL", "purposes": ["x"],
             "keeps_images": False, "recorded": made, "version": 1}
        )  # fmt: skip
        templates.append(
            {"reference": template, "performer": ref, "release": release, "model_key": "bench", "version": 1,
             "image_sha256": "ab" * 32, "quality": "good", "sealed_vector": vector_sealed, "enrolled_on": made.date(),
             "recorded": made}
        )  # fmt: skip
    with registry._database.writing() as session:
        for name, content in (("performer", performers), ("release", releases), ("template", templates)):
            session.connection().execute(insert(METADATA.tables[name]), content)
    with keys.database.writing() as connection:
        connection.executemany("INSERT INTO data_key VALUES (?, ?, ?)", wrapped)
    outer = AESGCM(kek._key)

    def limit() -> None:
        opened = []
        for key, key_context, vector, context in sealed:
            data_key = outer.decrypt(key[:12], key[12:], key_context)
            opened.append(AESGCM(data_key).decrypt(vector[:12], vector[12:], context))
        assert len(opened) == ROWS

    return limit


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    print("| what | against | ours | other | ratio | aim |\n|---|---|---|---|---|---|")
    for line in rows():
        print(line)
