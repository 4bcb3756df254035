"""How long an auditor's walk takes, and whether it finds every altered byte; `python -m tests.bench.bundle DEMO`.

DEMO: a folder that `clearance demo` made. Alters 5,000 bytes one at a time, spread over every member and over the
archive's own directory, and names those that were not found.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from zipfile import ZipFile

from clearance.bundle.verify import Asked, verify_bundle
from clearance.clock import now
from provenance.trust import load

FLIPS = 5000


def places(bundle: Path, chance: random.Random) -> list[int]:
    """Return where to alter a byte: the same share of each member, and of what lies between and behind them."""
    with ZipFile(bundle) as archive:
        starts = [info.header_offset for info in archive.infolist()]
    spans = list(zip(starts, [*starts[1:], bundle.stat().st_size], strict=True))
    each = FLIPS // len(spans) + 1
    return [chance.randrange(*span) for span in spans for _ in range(each)]


def main(demo: Path) -> None:
    bundle, trust = demo / "bundle.zip", load(demo / "home" / "identity" / "root.pem")
    asked = Asked(trust, now())
    started = time.perf_counter()
    found = verify_bundle(bundle, asked)
    print(f"{found.verdict}: {time.perf_counter() - started:.2f} s without media, {bundle.stat().st_size} bytes")
    whole, chance, missed = bundle.read_bytes(), random.Random(1), 0
    started, chosen = time.perf_counter(), places(bundle, chance)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "altered.zip"
        for place in chosen:
            altered = bytearray(whole)
            altered[place] ^= 1 << chance.randrange(8)
            file.write_bytes(altered)
            if verify_bundle(file, asked).verdict.exit_code != 4:
                missed += 1
                print(f"not found: byte {place}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(chosen)} bytes altered, {missed} not found, {time.perf_counter() - started:.0f} s, peak {peak:.0f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
