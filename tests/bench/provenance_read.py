"""Verification: large films against their SHA-256, the memory it takes, and many small files through the pool.

`python -m tests.bench.provenance_read` prints these lines alone.
"""

from __future__ import annotations

import io
import statistics
import tempfile
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from PIL import Image

from provenance.identity import create_development_identity
from provenance.sign import sign
from provenance.trust import load
from tests.bench.measure import child, line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.identity import SigningIdentity

FILMS_MB = (100, 1000)
PAIRS = 5
SMALL_FILES = 2000
_PACKET_BYTES = 1_000_000


def rows() -> Iterator[str]:
    """Yield the lines of a Markdown table: what, against, ours, other, ratio, aim."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        identity = create_development_identity(work / "identity", now=datetime.now(UTC))
        root = work / "identity" / "root.pem"
        for megabytes in FILMS_MB:
            film = _film(work, megabytes, identity, root)
            yield from _against_hash(film, root)
            film.unlink()
        stills = _stills(work / "stills", identity, root)
        yield from _pool(stills, root)


def _against_hash(film: Path, root: Path) -> Iterator[str]:
    pairs, peaks = [], []
    for _ in range(PAIRS):
        ours, other = child("verify_ours", film, root), child("hash_only", film)
        assert ours["verdict"] == "warn", ours
        pairs.append((ours["seconds"], other["seconds"]))
        peaks.append(ours["peak_mb"] + ours["reader_mb"])
    megabytes = film.stat().st_size / 1e6
    yield line(f"`verify` of an MP4 of {megabytes:.0f} MB", "SHA-256 of it", pairs, "ms", 1000, "at most 1.5")
    peak = statistics.median(peaks)
    yield f"| peak memory of `verify` and its reader, MP4 of {megabytes:.0f} MB | | {peak:.0f} MB | | | below 700 MB |"


def _pool(stills: Path, root: Path) -> Iterator[str]:
    pairs = [
        (child("verify_folder", stills, root)["seconds"], child("read_one_by_one", stills, root)["seconds"])
        for _ in range(3)
    ]
    yield line(f"`verify` of {SMALL_FILES} small JPEGs", "reading them one by one", pairs, "s", 1, "at most 1")


def _film(work: Path, megabytes: int, identity: SigningIdentity, root: Path) -> Path:
    """Write a signed film of that size: three real frames, then packets of noise that nobody decodes."""
    unsigned, signed = work / "unsigned.mp4", work / f"{megabytes}.mp4"
    noise = np.random.default_rng(7)
    with av.open(str(unsigned), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(3):
            picture = np.zeros((48, 64, 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
        for number in range(megabytes * 1_000_000 // _PACKET_BYTES):
            packet = av.Packet(noise.integers(0, 256, _PACKET_BYTES, dtype=np.uint8).tobytes())
            packet.stream = stream
            packet.time_base = stream.time_base or Fraction(1, 12800)
            packet.pts = packet.dts = (3 + number) * 512
            container.mux(packet)
    now = datetime.now(UTC)
    sign(unsigned, signed, identity=identity, trust=load(root), source_type="digitalCreation", now=now)
    unsigned.unlink()
    return signed


def _stills(folder: Path, identity: SigningIdentity, root: Path) -> Path:
    folder.mkdir()
    plain = folder.with_suffix(".jpg")
    out = io.BytesIO()
    Image.effect_noise((640, 480), 40).save(out, "JPEG", quality=80)
    plain.write_bytes(out.getvalue())
    signed = folder / "0.jpg"
    now = datetime.now(UTC)
    sign(plain, signed, identity=identity, trust=load(root), source_type="digitalCreation", now=now)
    content = signed.read_bytes()
    for number in range(1, SMALL_FILES):
        (folder / f"{number}.jpg").write_bytes(content)
    return folder


if __name__ == "__main__":
    for text in rows():
        print(text, flush=True)
