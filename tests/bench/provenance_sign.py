"""Signing of MP4s of 100 MB and 1 GB against their SHA-256, the engine's share told apart, and the memory it takes."""

from __future__ import annotations

import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.measure import child, line

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = ((100, 5), (1_000, 3))
"""Megabytes, and how many pairs are run."""
_CHUNK = 4 << 20


def rows() -> Iterator[str]:
    """Yield the lines of the table."""
    from provenance.identity import create_development_identity

    # Memory-backed where there is such a folder: the disk's speed is not the question.
    memory = Path("/dev/shm")  # noqa: S108 -- a folder of one's own is made in it
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        work = Path(folder)
        create_development_identity(work / "identity", now=datetime.now(UTC))
        for megabytes, pairs in SIZES:
            source = film_of(work / "film.mp4", megabytes)
            yield from _of_one_size(source, work, megabytes, pairs)


def _of_one_size(source: Path, work: Path, megabytes: int, pairs: int) -> Iterator[str]:
    what = {
        "sign_whole": (f"`sign` of an MP4 of {megabytes} MB, read again before it appears", "at most 4"),
        "sign_engine": (f"of that, c2pa binding and copying {megabytes} MB", "told apart"),
        "sign_sidecar": (f"a manifest beside an MP4 of {megabytes} MB", "at most 4"),
    }
    peaks = {}
    for name, (words, aim) in what.items():
        measured = []
        for _ in range(pairs):
            ours, other = child(name, source, work), child("hash_only", source)
            measured.append((ours["seconds"], other["seconds"]))
            peaks[name] = ours["peak_mb"]
        yield line(words, "SHA-256 of it", measured, "ms", 1000, aim)
    yield f"| peak memory of `sign`, {megabytes} MB | | {peaks['sign_whole']:.0f} MB | | | below 700 MB |"


def film_of(path: Path, megabytes: int) -> Path:
    """Return path, written as an MP4 of a size: a small film and one more box of media data that nothing compresses."""
    from tests.provenance import films

    size = megabytes * 1_000_000
    with path.open("wb") as stream:
        stream.write(films.made("MP4 (H.264)"))
        # ISO/IEC 14496-12, 4.2: size 1 says that the size follows in 64 bits.
        stream.write((1).to_bytes(4, "big") + b"mdat" + (size + 16).to_bytes(8, "big"))
        for start in range(0, size, _CHUNK):
            stream.write(os.urandom(min(_CHUNK, size - start)))
    return path


def measured_signing(source: Path, work: Path, *, sidecar: bool) -> dict[str, Any]:
    """Sign as the product does, with a development identity in work."""
    from provenance import identity, trust
    from provenance.sign import sign

    destination = work / ("signed.c2pa" if sidecar else "signed.mp4")
    me, profile = identity.load_identity(work / "identity"), trust.load(work / "identity" / "root.pem")
    started = time.perf_counter()
    receipt = sign(
        source,
        destination,
        identity=me,
        trust=profile,
        source_type="compositeSynthetic",
        now=datetime.now(UTC),
        sidecar=sidecar,
    )
    seconds = time.perf_counter() - started
    destination.unlink()
    assert receipt.trust.value == "trusted", receipt
    return {"seconds": seconds}


def measured_engine(source: Path, work: Path) -> dict[str, Any]:
    """Bind and copy with the engine alone: no digest for the receipt, nothing read again."""
    from provenance import identity, trust
    from provenance.history import History
    from provenance.manifest import Agent, definition
    from provenance.signing_engine import seal

    me, profile = identity.load_identity(work / "identity"), trust.load(work / "identity" / "root.pem")
    manifest = definition(
        source_type="compositeSynthetic",
        agent=None,
        edits=(),
        consent=None,
        extra=(),
        generator=Agent("bench"),
        history=History(None, (), frozenset()),
        all_actions_included=False,
        now=datetime.now(UTC),
    )
    destination = work / "sealed.mp4"
    started = time.perf_counter()
    with source.open("rb") as original, destination.open("w+b") as copy:
        seal(manifest, original, copy, media_type="video/mp4", identity=me, trust=profile)
    seconds = time.perf_counter() - started
    destination.unlink()
    return {"seconds": seconds}
