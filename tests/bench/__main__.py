"""`python -m tests.bench`: a table of ratios, each the median of pairs that ran in turn."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from tests.bench import film, policies, provenance_sign, report_pdf, search, templates, unlock
from tests.bench.measure import child, line

SHORT_PAIRS = 9
VERIFY_MB = 100


def main() -> None:
    print("| what | against | ours | other | ratio | aim |\n|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        print(startup(), flush=True)
        print(verification(work), flush=True)
    rows = (provenance_sign.rows, film.rows, templates.rows, search.rows, unlock.rows, policies.rows, report_pdf.rows)
    for text in chain.from_iterable(each() for each in rows):
        print(text, flush=True)


def startup() -> str:
    """`clearance --help` against a Python that does nothing."""
    ours = [sys.executable, "-m", "clearance", "--help"]
    other = [sys.executable, "-c", "pass"]
    pairs = [(_wall(ours), _wall(other)) for _ in range(SHORT_PAIRS + 1)][1:]
    return line("`clearance --help`", "`python -c pass`", pairs, "ms", 1000, "start without a heavy library")


def verification(work: Path) -> str:
    """`verify` of a 100 MB MP4 against its SHA-256."""
    signed, root = signed_film(work)
    pairs = []
    for _ in range(SHORT_PAIRS):
        ours, other = child("verify_ours", signed, root), child("hash_only", signed)
        assert ours["verdict"] == "warn", ours
        pairs.append((ours["seconds"], other["seconds"]))
    size = signed.stat().st_size / 1e6
    return line(f"`verify` of an MP4 of {size:.0f} MB", "SHA-256 of it", pairs, "ms", 1000, "a small multiple")


def signed_film(work: Path) -> tuple[Path, Path]:
    """Return a signed MP4 of about 100 MB and the root it verifies under."""
    import av
    import numpy as np

    from provenance.identity import create_development_identity
    from provenance.sign import sign
    from provenance.trust import load

    unsigned, signed = work / "unsigned.mp4", work / "signed.mp4"
    noise = np.random.default_rng(7)
    with av.open(str(unsigned), "w") as container:
        # Noise does not compress: few frames make many megabytes.
        stream = container.add_stream("mpeg4", rate=25, options={"qscale": "1"})
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        written = 0
        while written < VERIFY_MB * 1e6:
            picture = noise.integers(0, 256, (720, 1280, 3), dtype=np.uint8)
            packets = stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24"))
            written += sum(packet.size for packet in packets)
            container.mux(packets)
        container.mux(stream.encode(None))
    now = datetime.now(UTC)
    identity = create_development_identity(work / "identity", now=now)
    root = work / "identity" / "root.pem"
    sign(unsigned, signed, identity=identity, trust=load(root), source_type="digitalCreation", now=now)
    return signed, root


def _wall(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
