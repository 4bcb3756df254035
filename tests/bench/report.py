"""`python -m tests.bench.report`: what the renderings of a large audit take, printed as rows of a table.

The audit is the fixed one of the tests with its film repeated until it has 1,400 findings that stand in the way, each
film with its crops; the other side is the record itself, written as JSON.
"""

from __future__ import annotations

import base64
import json
import statistics
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from clearance.report.folder import crops_of
from clearance.report.formats import FORMATS
from clearance.report.html import page
from tests.clearance.report.fixed_audit import fixed_audit
from tests.clearance.report.rendered import seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RUNS = 7
FINDINGS = 1_400
FILES = 40


def large() -> dict[str, Any]:
    """Return a document of 40 films with 1,400 findings between them."""
    document = seen("full")
    film = document["assets"][0]
    standing = [f for f in film["findings"] if f["outcome"] in ("fail", "unknown")]
    each = FINDINGS // FILES
    film = film | {"findings": [standing[number % len(standing)] for number in range(each)]}
    return document | {"assets": [film] * FILES}


def rows() -> Iterator[str]:
    """Yield the lines of the table."""
    document = large()
    crops = {name: base64.b64encode(jpeg).decode("ascii") for name, jpeg in crops_of(fixed_audit()).items()}
    base = _median(lambda: json.dumps(document, indent=2, ensure_ascii=False))
    renderings: dict[str, Callable[[], str]] = {"HTML": lambda: page(document, crops)}
    renderings |= {form: partial(FORMATS[form], document) for form in ("sarif", "junit", "csv")}
    for name, rendering in renderings.items():
        took = _median(rendering)
        aim = "below 500 ms" if name == "HTML" else ""
        what = f"report of {FINDINGS} findings as {name}"
        yield f"| {what} | the record as JSON | {took:.3g} ms | {base:.3g} ms | {took / base:.2f} | {aim} |"


def _median(work: Callable[[], object]) -> float:
    """Return the median time in milliseconds."""
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def main() -> None:
    print("| what | against | ours | other | ratio | aim |\n|---|---|---|---|---|---|")
    for text in rows():
        print(text, flush=True)


if __name__ == "__main__":
    main()
