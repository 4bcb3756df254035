"""Every form that an audit document is printed in, by the name that --format takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from clearance.report.findings_csv import csv_text
from clearance.report.junit import junit_text
from clearance.report.sarif import sarif_text
from clearance.report.text import lines_of

if TYPE_CHECKING:
    from collections.abc import Callable


def text(document: dict[str, Any]) -> str:
    """Return the document in words for a terminal."""
    return "".join(f"{line}\n" for line in lines_of(document))


def json_text(document: dict[str, Any]) -> str:
    """Return the document itself, the record."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def json_lines(document: dict[str, Any]) -> str:
    """Return one line of JSON for each file."""
    assets = ({"schema": "clearance.asset/1", **asset} for asset in document["assets"])
    return "".join(json.dumps(asset, ensure_ascii=False) + "\n" for asset in assets)


FORMATS: Final[dict[str, Callable[[dict[str, Any]], str]]] = {
    "text": text,
    "json": json_text,
    "jsonl": json_lines,
    "sarif": sarif_text,
    "junit": junit_text,
    "csv": csv_text,
}
