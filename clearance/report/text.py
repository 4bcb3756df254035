"""An audit as lines for a terminal: the verdict of each file, and every finding that is not a pass with its cure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clearance.report.provenance_text import printable
from clearance.report.sentences import appearance_line, waiver_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator


def lines_of(document: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of an audit document (see `clearance.report.document`), none of which drives a terminal."""
    yield from map(printable, _lines(document))


def _lines(document: dict[str, Any]) -> Iterator[str]:
    for asset in document["assets"]:
        yield f"{asset['verdict'].upper():8}{asset['path']}"
        if asset["problem"]:
            yield f"        {asset['problem']}"
        for appearance in asset["appearances"]:
            yield f"        {appearance_line(appearance)}"
        for finding in asset["findings"]:
            if finding["outcome"] in ("fail", "unknown", "waived"):
                yield from _finding(finding)
    counts = [a["verdict"] for a in document["assets"]]
    tally = ", ".join(f"{counts.count(v)} {v}" for v in dict.fromkeys(sorted(counts)))
    yield f"{document['verdict'].upper():8}{len(counts)} file{'s' * (len(counts) != 1)}: {tally}"


def _finding(finding: dict[str, Any]) -> Iterator[str]:
    outcome = {"unknown": "cannot tell", "waived": "waived"}.get(finding["outcome"], finding["severity"])
    yield f"        {finding['rule']} ({outcome}) {finding['why']}"
    for other in finding["also"]:
        citation = other["citation"]
        yield f"             also: {other['rule']} of {other['pack']}, {citation['instrument']}, {citation['section']}"
    if finding["waived"]:
        yield f"             waived: {waiver_sentence(finding['waived'])}"
    else:
        yield f"             cure: {finding['remedy']}"
