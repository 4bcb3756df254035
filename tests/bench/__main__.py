"""`python -m tests.bench`: a table of ratios, each the median of pairs that ran in turn."""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import chain

from tests.bench import (
    film,
    policies,
    provenance_read,
    provenance_sign,
    report_pdf,
    search,
    templates,
    unlock,
)
from tests.bench.measure import line

SHORT_PAIRS = 9


def main() -> None:
    print("| what | against | ours | other | ratio | aim |\n|---|---|---|---|---|---|", flush=True)
    print(startup(), flush=True)
    rows = (
        *(provenance_read.rows, provenance_sign.rows),
        *(film.rows, templates.rows, search.rows, unlock.rows, policies.rows, report_pdf.rows),
    )
    for text in chain.from_iterable(each() for each in rows):
        print(text, flush=True)


def startup() -> str:
    """`clearance --help` against a Python that does nothing."""
    ours = [sys.executable, "-m", "clearance", "--help"]
    other = [sys.executable, "-c", "pass"]
    pairs = [(_wall(ours), _wall(other)) for _ in range(SHORT_PAIRS + 1)][1:]
    return line("`clearance --help`", "`python -c pass`", pairs, "ms", 1000, "start without a heavy library")


def _wall(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
