"""An audit document as CSV (RFC 4180), one row for each finding, safe to open in a spreadsheet.

A cell that a spreadsheet would take for a formula has an apostrophe in front (OWASP, CSV injection), and none holds a
line break or a character that cannot be seen. A file without findings has a row of its own, so that none is missing.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any, Final

from clearance.clock import timecode
from clearance.report.provenance_text import printable
from clearance.report.sentences import reason, waiver_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS: Final = (
    *("file", "sha256", "file_verdict", "file_reason", "pack", "rule", "title", "severity", "outcome"),
    *("subject_kind", "subject", "times", "why", "missing", "instrument", "section", "address", "also_asked_by"),
    *("remedy", "waived"),
)
# Spreadsheets of the East take the wide forms of these signs for a formula too, and some skip blanks before them.
_FORMULA: Final = re.compile(r"\s*[=+\-@＝＋－＠]")


def csv_text(document: dict[str, Any]) -> str:
    """Return the findings of an audit document as CSV; lines end in CR LF."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writeheader()
    for asset in document["assets"]:
        about = {
            "file": asset["path"],
            "sha256": asset["sha256"] or "",
            "file_verdict": asset["verdict"],
            "file_reason": reason(asset),
        }
        for row in _rows(asset):
            writer.writerow({name: neutral(value) for name, value in (about | row).items()})
    return out.getvalue()


def neutral(text: str) -> str:
    """Return a text as a cell that no spreadsheet computes, on one line."""
    shown = printable(text)
    return f"'{shown}" if _FORMULA.match(shown) else shown


def _rows(asset: dict[str, Any]) -> Iterator[dict[str, str]]:
    for f in asset["findings"]:
        cited, where = f["citation"], f["where"] or {"intervals": ()}
        yield {
            **{name: f[name] for name in ("pack", "rule", "title", "severity", "outcome", "why", "remedy")},
            "subject_kind": f["subject"]["kind"],
            "subject": f["subject"]["id"],
            "times": "; ".join(f"{timecode(start)} to {timecode(end)}" for start, end in where["intervals"]),
            "missing": "; ".join(f["missing"]),
            **{name: cited[name] or "" for name in ("instrument", "section", "address")},
            "also_asked_by": "; ".join(f"{other['pack']}.{other['rule']}" for other in f["also"]),
            "waived": waiver_sentence(f["waived"]) if f["waived"] else "",
        }
    if not asset["findings"]:
        yield {}
