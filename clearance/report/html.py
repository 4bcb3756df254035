"""An audit as one self-contained page for people: no script, no network, every string escaped, prints well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from clearance.clock import timecode
from clearance.report.provenance_text import printable
from clearance.report.sentences import coverage_sentence, probability, reason, short_name, waiver_sentence
from clearance.report.wording import ANSWERS, DECISION, KINDS, MEANING, SEARCH, SEVERITY

if TYPE_CHECKING:
    from collections.abc import Mapping


def _shown(value: Any) -> Any:
    """Return a value for the page: a stranger's text without characters that turn writing around or cannot be seen."""
    # Markup is our own; line breaks mean nothing to a browser.
    return printable(value) if type(value) is str else value


def page(document: Mapping[str, Any], crops: Mapping[str, str]) -> str:
    """Return the page of an audit document.

    crops: base64 JPEG by the name that the document gives each appearance's crop.
    """
    environment = Environment(
        loader=PackageLoader("clearance.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        finalize=_shown,
    )
    environment.filters |= {
        "timecode": timecode,
        "short_name": short_name,
        "reason": reason,
        "coverage": coverage_sentence,
        "probability": probability,
        "waiver": waiver_sentence,
    }
    return environment.get_template("report.html.j2").render(
        audit=document,
        crops=crops,
        meaning=MEANING,
        severity=SEVERITY,
        decision=DECISION,
        kinds=KINDS,
        answers=ANSWERS,
        search=SEARCH,
    )
