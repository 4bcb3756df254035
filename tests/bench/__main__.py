"""`python -m tests.bench`: a table of ratios, each the median of pairs that ran in turn."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clearance.demo import media

PAIRS = 3
SHORT_PAIRS = 9
CLIP_SECONDS = 64
VERIFY_MB = 100


def main() -> None:
    print("| what | against | ours | other | ratio | aim |\n|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        startup()
        verification(work)
        scanning(work)


def startup() -> None:
    """`clearance --help` against a Python that does nothing."""
    ours = [sys.executable, "-m", "clearance", "--help"]
    other = [sys.executable, "-c", "pass"]
    pairs = [(_wall(ours), _wall(other)) for _ in range(SHORT_PAIRS + 1)][1:]
    row("`clearance --help`", "`python -c pass`", pairs, "ms", 1000, "start without a heavy library")


def verification(work: Path) -> None:
    """`verify` of a 100 MB MP4 against its SHA-256."""
    signed, root = signed_film(work)
    pairs = []
    for _ in range(SHORT_PAIRS):
        ours, other = child("verify_ours", signed, root), child("hash_only", signed)
        assert ours["verdict"] == "warn", ours
        pairs.append((ours["seconds"], other["seconds"]))
    size = signed.stat().st_size / 1e6
    row(f"`verify` of an MP4 of {size:.0f} MB", "SHA-256 of it", pairs, "ms", 1000, "a small multiple")


def scanning(work: Path) -> None:
    """`scan` of a 720p clip of a minute against insightface on every frame, and against decoding alone."""
    clip, references = clip_of_a_minute(work)
    against: dict[str, list[tuple[float, float]]] = {"scan_every_frame": [], "decode_only": []}
    peaks, people = [], set()
    for _ in range(PAIRS):
        for other, pairs in against.items():
            ours, theirs = child("scan_ours", clip, references), child(other, clip, *_references(other, references))
            pairs.append((ours["seconds"], theirs["seconds"]))
            peaks.append(ours["peak_mb"])
            people.add((tuple(ours["people"]), tuple(theirs.get("people", ours["people"]))))
    ours_first = [(theirs, ours) for ours, theirs in against["scan_every_frame"]]
    print(
        f"| insightface `FaceAnalysis.get` on every frame of {CLIP_SECONDS} s of 720p | `scan` of it "
        f"| {statistics.median(t for t, _ in ours_first):.1f} s | {statistics.median(o for _, o in ours_first):.1f} s "
        f"| {statistics.median(t / o for t, o in ours_first):.1f} times | at least 10 times |"
    )
    row("`scan` of it", "decoding it and nothing else", against["decode_only"], "s", 1, "near 1 is the limit")
    print(f"| peak memory of `scan` | | {statistics.median(peaks):.0f} MB | | | below 600 MB |")
    same = all(ours == theirs for ours, theirs in people)
    named = ", ".join(sorted({name for ours, _ in people for name in ours}))
    print(f"| people recognised | insightface's loop | {named} | | {'the same' if same else people} | the same |")


def row(what: str, other: str, pairs: list[tuple[float, float]], unit: str, scale: int, aim: str) -> None:
    """Print one line of the table: medians of both sides and the median of the ratios pair by pair."""
    left, right = (statistics.median(pair[side] for pair in pairs) * scale for side in (0, 1))
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    print(f"| {what} | {other} | {left:.3g} {unit} | {right:.3g} {unit} | {ratio:.2f} | {aim} |", flush=True)


def child(name: str, *arguments: Path) -> dict[str, Any]:
    """Return what one workload measured in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.child", name, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def clip_of_a_minute(work: Path) -> tuple[Path, Path]:
    """Return a 720p film with sixteen shots of four seconds, and the folder of the three people's references."""
    photographs = (media.COLLINS, media.OBAMA_SPEAKING, media.BIDEN, media.OBAMA_STANDING)
    moves = (
        ((0.5, 0.3, 1.0), (0.5, 0.25, 0.7)),
        ((0.3, 0.25, 0.7), (0.6, 0.3, 0.7)),
        ((0.5, 0.8, 0.8), (0.4, 0.3, 0.8)),
        ((0.5, 0.3, 0.8), (0.5, 0.35, 1.0)),
    )
    shots = [media.Shot(p, start, end, CLIP_SECONDS / 16) for start, end in moves for p in photographs]
    clip, references = work / "clip.mp4", work / "references"
    media.write_video(clip, shots)
    references.mkdir()
    for name in (media.COLLINS, media.OBAMA_ENROLLED, media.BIDEN):
        media.portrait(name).save(references / name, quality=92)
    return clip, references


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


def _references(workload: str, references: Path) -> tuple[Path, ...]:
    return (references,) if workload == "scan_every_frame" else ()


def _wall(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
