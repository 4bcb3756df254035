"""The audit report as PDF: the fourteen sections of a supplier's report, archival, accessible, set from the record.

The same record gives the same bytes. The record is the authority; the PDF states its digest.
Standards: PDF/A-2a (ISO 19005-2), PDF/UA-1 (ISO 14289-1).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from clearance import clock
from clearance.report.pdf_blocks import cleaned
from clearance.report.pdf_frame import cover, handling, limits, log, tools, verdicts
from clearance.report.pdf_people import assets, evidence, register, synthetic
from clearance.report.pdf_rules import attestations, provenance, rules, waivers
from clearance.report.typst_pdf import render_pdf
from clearance.report.wording import MEANING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Beyond so many files the contents name the sections alone, or they would fill pages themselves.
_MOST_FILES_IN_CONTENTS: Final = 6


@dataclass(frozen=True, slots=True)
class Seal:
    """What binds the paper to the record: the SHA-256 of report.json, and whose signature it will bear, if any."""

    record_sha256: str
    signatory: str | None = None


def report_pdf(document: Mapping[str, Any], crops: Mapping[str, bytes], *, seal: Seal) -> bytes:
    """Return the PDF of an audit document, dated as the document.

    crops: JPEG by the name that the document gives each appearance's crop; one that is missing is left out.
    Raises PaperUnprintable naming the text for which no font has the letters.
    """
    template = files("clearance.report").joinpath("templates/report.typ").read_text(encoding="utf-8")
    created = clock.parse(document["created"])
    return render_pdf(template, paper_of(document, crops, seal), timestamp=created, pictures=crops)


def paper_of(document: Mapping[str, Any], crops: Mapping[str, bytes], seal: Seal) -> dict[str, Any]:
    """Return what the template prints: a title, and the sections as blocks."""
    # The checkpoint is lines of our own, which the log prints one by one.
    audit = cleaned(dict(document)) | {"registry": document["registry"]}
    production = audit["declaration"]["production"]
    return {
        "title": f"Clearance report: {production['title']}",
        "author": audit["declaration"]["supplier"],
        "subtitle": f"Project {production['project']}, supplied by {audit['declaration']['supplier']}"
        + (f" for {production['client']}" if production["client"] else ""),
        "footer": f"{audit['tool']}, {audit['created']}, record {seal.record_sha256[:16]}",
        "verdict": audit["verdict"],
        "meaning": MEANING[audit["verdict"]],
        "depth": 2 if len(audit["assets"]) <= _MOST_FILES_IN_CONTENTS else 1,
        "sections": [
            cover(audit, seal.record_sha256, cleaned(seal.signatory)),
            verdicts(audit),
            assets(audit),
            register(audit),
            evidence(audit, crops),
            synthetic(audit),
            provenance(audit),
            rules(audit, crops),
            attestations(audit),
            waivers(audit),
            tools(audit),
            handling(audit),
            limits(audit),
            log(audit),
        ],
    }
