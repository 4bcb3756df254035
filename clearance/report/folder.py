"""A report on disk: the record, its renderings and the crops they show, written whole or not at all."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from clearance.errors import DestinationExists
from clearance.folders import is_taken, made_whole
from clearance.report.document import crop_name, document_of
from clearance.report.formats import FORMATS
from clearance.report.html import page
from clearance.report.view import seen_by

if TYPE_CHECKING:
    from pathlib import Path

    from clearance.audit import Audit
    from clearance.report.view import View

JSON_NAME: Final = "report.json"
HTML_NAME: Final = "report.html"
# The names of the renderings beside the record, by format.
RENDERINGS: Final = {"json": JSON_NAME, "csv": "findings.csv", "sarif": "report.sarif", "junit": "junit.xml"}


def check_destination(folder: Path) -> None:
    """Raise DestinationExists unless the folder is missing or empty: a report never mixes with another."""
    if is_taken(folder):
        raise DestinationExists(folder)


def write_report(audit: Audit, folder: Path, *, view: View = "full") -> None:
    """Write the report of an audit into a new folder; a failure leaves nothing behind.

    view: for whom; the auditor's has no crops, in the folder or in the page.
    """
    check_destination(folder)
    crops = crops_of(audit)
    document = seen_by(view, document_of(audit), crops)
    shown = crops if view == "full" else {}
    encoded = {name: base64.b64encode(jpeg).decode("ascii") for name, jpeg in shown.items()}
    with made_whole(folder, mode=0o755) as building:
        if view == "full":
            (building / "crops").mkdir()
        for name, jpeg in shown.items():
            (building / name).write_bytes(jpeg)
        for form, name in RENDERINGS.items():
            # CSV brings its own line ends.
            (building / name).write_text(FORMATS[form](document), encoding="utf-8", newline="")
        (building / HTML_NAME).write_text(page(document, encoded), encoding="utf-8")


def crops_of(audit: Audit) -> dict[str, bytes]:
    """Return the JPEG of every appearance by the name that the document gives it."""
    return {
        crop_name(asset, appearance.id): appearance.crop_jpeg
        for asset in audit.assets
        if asset.scan
        for appearance in asset.scan.appearances
    }
