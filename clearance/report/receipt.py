"""A receipt for people: one self-contained page, or one archival PDF, of the same words."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_DIGEST: Final = re.compile("[0-9a-f]{64}")


def rendered(paper: Mapping[str, Any], form: str, *, issued: datetime) -> bytes:
    """Return the file of a paper in a form, "html" or "pdf". Raises PaperUnprintable."""
    return receipt_pdf(paper, issued=issued) if form == "pdf" else receipt_page(paper).encode()


def receipt_page(paper: Mapping[str, Any]) -> str:
    """Return the page (HTML) of a paper: no script, nothing fetched, every text escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("clearance.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.tests["digest"] = lambda text: _DIGEST.fullmatch(text) is not None
    return environment.get_template("receipt.html.j2").render(paper=paper)


def receipt_pdf(paper: Mapping[str, Any], *, issued: datetime) -> bytes:
    """Return the PDF (PDF/A-2a, PDF/UA-1) of a paper, dated as the receipt. Raises PaperUnprintable."""
    from clearance.report.typst_pdf import render_pdf

    template = files("clearance.report").joinpath("templates/receipt.typ").read_text(encoding="utf-8")
    return render_pdf(template, paper, timestamp=issued)
