"""A report on disk: report.json, report.html and the crops they show, written whole or not at all."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final

from clearance.errors import DestinationExists
from clearance.folders import is_taken, made_whole
from clearance.report.document import crop_name, document_of
from clearance.report.html import page

if TYPE_CHECKING:
    from pathlib import Path

    from clearance.audit import Audit

JSON_NAME: Final = "report.json"
HTML_NAME: Final = "report.html"


def check_destination(folder: Path) -> None:
    """Raise DestinationExists unless the folder is missing or empty: a report never mixes with another."""
    if is_taken(folder):
        raise DestinationExists(folder)


def write_report(audit: Audit, folder: Path) -> None:
    """Write the report of an audit into a new folder; a failure leaves nothing behind."""
    check_destination(folder)
    document, crops = document_of(audit), _crops(audit)
    encoded = {name: base64.b64encode(jpeg).decode("ascii") for name, jpeg in crops.items()}
    with made_whole(folder, mode=0o755) as building:
        (building / "crops").mkdir()
        for name, jpeg in crops.items():
            (building / name).write_bytes(jpeg)
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        (building / JSON_NAME).write_text(text, encoding="utf-8")
        (building / HTML_NAME).write_text(page(document, encoded), encoding="utf-8")


def _crops(audit: Audit) -> dict[str, bytes]:
    return {
        crop_name(asset, appearance.id): appearance.crop_jpeg
        for asset in audit.assets
        if asset.scan
        for appearance in asset.scan.appearances
    }
