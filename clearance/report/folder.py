"""A report on disk: the record, its renderings and the crops they show, signed if wished; all of it or nothing."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any, Final

from clearance.errors import DestinationExists, PaperUnprintable
from clearance.folders import is_taken, made_whole
from clearance.report.document import crop_name, document_of
from clearance.report.formats import FORMATS
from clearance.report.html import page
from clearance.report.pdf import Seal, report_pdf
from clearance.report.signed_record import signed_record
from clearance.report.view import seen_by

if TYPE_CHECKING:
    from pathlib import Path

    from clearance.audit import Audit
    from clearance.report.signatory import Signatory
    from clearance.report.view import View

JSON_NAME: Final = "report.json"
HTML_NAME: Final = "report.html"
PDF_NAME: Final = "report.pdf"
ENVELOPE_NAME: Final = "report.dsse.json"
CHAIN_NAME: Final = "report.chain.pem"
# The names of the renderings beside the record, by format.
RENDERINGS: Final = {"json": JSON_NAME, "csv": "findings.csv", "sarif": "report.sarif", "junit": "junit.xml"}


def check_destination(folder: Path) -> None:
    """Raise DestinationExists unless the folder is missing or empty: a report never mixes with another."""
    if is_taken(folder):
        raise DestinationExists(folder)


def write_report(
    audit: Audit, folder: Path, *, view: View = "full", pdf: bool = True, signatory: Signatory | None = None
) -> tuple[str, ...]:
    """Write the report of an audit into a new folder; a failure leaves nothing behind.

    Returns what is missing from it and why, in sentences: a PDF for whose text no font has the letters. view: for
    whom; the auditor's has no crops, in the folder or on any page. signatory: signs the PDF and then, in
    report.dsse.json, every file of the report; None for a report without signature.
    """
    crops = crops_of(audit)
    document = seen_by(view, document_of(audit), crops)
    return write_document(document, crops if view == "full" else {}, folder, pdf=pdf, signatory=signatory)


def write_document(
    document: dict[str, Any],
    shown: dict[str, bytes],
    folder: Path,
    *,
    pdf: bool = True,
    signatory: Signatory | None = None,
) -> tuple[str, ...]:
    """Write an audit document with all its renderings, as `write_report` does. shown: the crops, by their names."""
    check_destination(folder)
    encoded = {name: base64.b64encode(jpeg).decode("ascii") for name, jpeg in shown.items()}
    with made_whole(folder, mode=0o755) as building:
        if "view" not in document:
            (building / "crops").mkdir()
        for name, jpeg in shown.items():
            (building / name).write_bytes(jpeg)
        for form, name in RENDERINGS.items():
            # CSV brings its own line ends.
            (building / name).write_text(FORMATS[form](document), encoding="utf-8", newline="")
        (building / HTML_NAME).write_text(page(document, encoded), encoding="utf-8")
        missing = _write_pdf(building, document, shown, signatory) if pdf else ()
        if signatory is not None:
            _sign(building, document, signatory)
    return missing


def _write_pdf(
    building: Path, document: dict[str, Any], crops: dict[str, bytes], signatory: Signatory | None
) -> tuple[str, ...]:
    record = _sha256(building / JSON_NAME)
    try:
        made = report_pdf(document, crops, seal=Seal(record, signatory.name if signatory else None))
    except PaperUnprintable as error:
        return (f"{PDF_NAME} was not written: {error}",)
    if signatory is not None:
        from clearance.report.pades import signed_pdf

        made = signed_pdf(made, signatory, reason=f"Rendering of the record with the SHA-256 {record}")
    (building / PDF_NAME).write_bytes(made)
    return ()


def _sign(building: Path, document: dict[str, Any], signatory: Signatory) -> None:
    """Sign what lies in the folder, whatever it is: nothing of a report stays outside its signature."""
    (building / CHAIN_NAME).write_bytes(signatory.chain_pem)
    files = {p.relative_to(building).as_posix(): _sha256(p) for p in building.rglob("*") if p.is_file()}
    (building / ENVELOPE_NAME).write_text(signed_record(document, files, signatory), encoding="utf-8")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def crops_of(audit: Audit) -> dict[str, bytes]:
    """Return the JPEG of every appearance by the name that the document gives it."""
    return {
        crop_name(asset, appearance.id): appearance.crop_jpeg
        for asset in audit.assets
        if asset.scan
        for appearance in asset.scan.appearances
    }
