"""How near opening the gallery comes to what decryption alone costs; printed as rows of a table.

Two limits, both AES-256-GCM and nothing else, with all bytes in memory and the associated data made beforehand. The
honest one is each performer's wrapped data key and then the template, which nobody can do without; the other is the
templates alone, their keys ready. Ours opens the registry, reads both databases, checks the releases, gives one block
of vectors, and writes the event. Processor time, because the machine may be shared.
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
LIMITS = ("AES-GCM of keys and templates", "AES-GCM of the templates alone")


def rows() -> Iterator[str]:
    """Yield the lines of the table: ours, the limit, and the ratio."""
    for dimension, kind in SHAPES:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder) / "home"
            with Registry.create(home, now=datetime(2026, 9, 1, tzinfo=UTC)) as registry:
                limits = _filled(registry, dimension * np.dtype(kind).itemsize)
            works = (partial(_unlocked, home), *limits)
            turns = [[_seconds(work) for work in works] for _ in range(PAIRS + 1)][1:]
        what = f"unlocking {ROWS // 1000}k templates of {dimension} {np.dtype(kind).name}, one per performer"
        for side, (against, aim) in enumerate(zip(LIMITS, ("at most 1.5", ""), strict=True), start=1):
            left, right = (statistics.median(turn[at] for turn in turns) * 1000 for at in (0, side))
            ratio = statistics.median(turn[0] / turn[side] for turn in turns)
            yield f"| {what} | {against} | {left:.3g} ms | {right:.3g} ms | {ratio:.2f} | {aim} |"


def _unlocked(home: Path) -> None:
    with Registry.open(home) as registry:
        assert len(registry.biometrics.gallery("bench", on=DAY).lengths) == ROWS


def _filled(registry: Registry, vector_bytes: int) -> tuple[Limit, Limit]:
    """Fill the registry, and return the work of the two limits."""
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
    ready = [AESGCM(outer.decrypt(key[:12], key[12:], context)) for key, context, _, _ in sealed]

    def limit() -> None:
        opened = []
        for key, key_context, vector, context in sealed:
            data_key = outer.decrypt(key[:12], key[12:], key_context)
            opened.append(AESGCM(data_key).decrypt(vector[:12], vector[12:], context))
        assert len(opened) == ROWS

    def templates_alone() -> None:
        opened = [
            cipher.decrypt(vector[:12], vector[12:], context)
            for cipher, (_, _, vector, context) in zip(ready, sealed, strict=True)
        ]
        assert len(opened) == ROWS

    return limit, templates_alone


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    print("| what | against | ours | other | ratio | aim |\n|---|---|---|---|---|---|")
    for line in rows():
        print(line)
