"""Films: the scan against insightface on every frame and against decoding alone, and its memory by length.

`python -m tests.bench.film` prints the lines; `tests.bench` may put them into its table. With `--hour` it prints one
line, the memory of an hour of film and how long its scan took; that takes ten minutes.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av

from clearance.demo import media
from tests.bench.measure import child, line

if TYPE_CHECKING:
    from collections.abc import Iterator

PAIRS = 3
SECONDS = 64
TAKE_SECONDS = 40
HD = (1920, 1080)
SHORT_LOOPS, LONG_LOOPS, HOUR_LOOPS = 2, 8, 56


def rows() -> Iterator[str]:
    """Yield the lines of a Markdown table: what, against, ours, other, ratio, aim."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        references = _references(work)
        shots, take, large = work / "shots.mp4", work / "take.mp4", work / "large.mp4"
        media.write_video(shots, _many_shots())
        media.write_video(take, [media.Shot(media.OBAMA_SPEAKING, (0.5, 0.3, 1.0), (0.5, 0.3, 0.6), TAKE_SECONDS)])
        yield from _against_every_frame(f"{SECONDS} s of 720p, 16 shots", shots, references, 20)
        yield from _against_every_frame(f"{TAKE_SECONDS} s of 720p, a single take", take, references, 10)
        _enlarged(shots, large)
        yield _against_decoding(large, references)
        yield _memory(work, large, references, LONG_LOOPS)


def hour() -> Iterator[str]:
    """Yield the one line that the table has of an hour of film."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        shots, large = work / "shots.mp4", work / "large.mp4"
        media.write_video(shots, _many_shots())
        _enlarged(shots, large)
        yield _memory(work, large, _references(work), HOUR_LOOPS)


def _against_every_frame(what: str, clip: Path, references: Path, aim: int) -> Iterator[str]:
    pairs = [(child("scan_every_frame", clip, references), child("scan_ours", clip, references)) for _ in range(PAIRS)]
    theirs, ours = (statistics.median(pair[side]["seconds"] for pair in pairs) for side in (0, 1))
    ratio = statistics.median(a["seconds"] / b["seconds"] for a, b in pairs)
    same = all(set(a["people"]) == set(b["people"]) for a, b in pairs)
    people = "the same people" if same else f"other people: {pairs[0][0]['people']} and {pairs[0][1]['people']}"
    peak = statistics.median(ours["peak_mb"] for _, ours in pairs)
    yield (
        f"| insightface on every frame of {what} | `scan` of it, {people} "
        f"| {theirs:.1f} s | {ours:.1f} s | {ratio:.1f} times | at least {aim} times |"
    )
    yield f"| peak memory of `scan`, {what} | | {peak:.0f} MB | | | below 600 MB |"


def _against_decoding(clip: Path, references: Path) -> str:
    pairs = [
        (child("scan_ours", clip, references)["seconds"], child("decode_only", clip)["seconds"]) for _ in range(PAIRS)
    ]
    return line(f"`scan` of {SECONDS} s of 1080p", "decoding it and nothing else", pairs, "s", 1, "at most 1.5")


def _memory(work: Path, clip: Path, references: Path, loops: int) -> str:
    peaks, seconds = [], 0.0
    for times in (SHORT_LOOPS, loops):
        looped(clip, work / "looped.mp4", times)
        measured = child("scan_ours", work / "looped.mp4", references)
        peaks.append(measured["peak_mb"])
        seconds = measured["seconds"]
    short, long = SHORT_LOOPS * SECONDS / 60, loops * SECONDS / 60
    return (
        f"| peak memory of `scan`, {long:.0f} minutes of 1080p ({seconds:.0f} s) | {short:.0f} minutes of it "
        f"| {peaks[1]:.0f} MB | {peaks[0]:.0f} MB | {peaks[1] / peaks[0]:.2f} | below 800 MB for an hour |"
    )


def _many_shots() -> list[media.Shot]:
    photographs = (media.COLLINS, media.OBAMA_SPEAKING, media.BIDEN, media.OBAMA_STANDING)
    moves = (
        ((0.5, 0.3, 1.0), (0.5, 0.25, 0.7)),
        ((0.3, 0.25, 0.7), (0.6, 0.3, 0.7)),
        ((0.5, 0.8, 0.8), (0.4, 0.3, 0.8)),
        ((0.5, 0.3, 0.8), (0.5, 0.35, 1.0)),
    )
    return [media.Shot(p, start, end, SECONDS / 16) for start, end in moves for p in photographs]


def _references(work: Path) -> Path:
    folder = work / "references"
    folder.mkdir()
    for name in (media.COLLINS, media.OBAMA_ENROLLED, media.BIDEN):
        media.portrait(name).save(folder / name, quality=92)
    return folder


def _enlarged(clip: Path, path: Path) -> None:
    """Write the clip at 1080p."""
    with av.open(str(clip)) as source, av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=media.FRAME_RATE, options={"crf": "20", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = *HD, "yuv420p"
        for number, frame in enumerate(source.decode(video=0)):
            larger = frame.reformat(width=HD[0], height=HD[1])
            larger.pts, larger.time_base = number, Fraction(1, media.FRAME_RATE)
            out.mux(stream.encode(larger))
        out.mux(stream.encode(None))


def looped(clip: Path, path: Path, times: int) -> None:
    """Write a clip several times over, packet by packet."""
    with av.open(str(path), "w") as out:
        stream = None
        for n in range(times):
            with av.open(str(clip)) as source:
                template = source.streams.video[0]
                if stream is None:
                    stream = out.add_stream_from_template(template)
                length = template.duration or 0
                for packet in source.demux(template):
                    if packet.pts is None or packet.dts is None:
                        continue
                    packet.pts, packet.dts, packet.stream = packet.pts + n * length, packet.dts + n * length, stream
                    out.mux(packet)


if __name__ == "__main__":
    for text in hour() if "--hour" in sys.argv[1:] else rows():
        print(text, flush=True)
