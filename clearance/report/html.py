"""An audit as one self-contained page for people: no script, no network, every string escaped, prints well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from clearance.clock import timecode
from clearance.report.provenance_text import printable
from clearance.report.sections import gathered, length_s
from clearance.report.sentences import coverage_sentence, probability, reason, short_name, waiver_sentence
from clearance.report.wording import ANSWERS, DECISION, KINDS, MEANING, SEARCH, SEVERITY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def _shown(value: Any) -> Any:
    """Return a value for the page: a stranger's text without characters that turn writing around or cannot be seen."""
    # Markup is our own; line breaks mean nothing to a browser.
    return value if type(value) is not str or value.isprintable() else printable(value)


def _listed(values: Sequence[str] | None) -> str:
    return ", ".join(values or ())


def _words(name: str) -> str:
    return name.replace("_", " ")


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
        "length_s": length_s,
        "listed": _listed,
        "words": _words,
        "timecode": timecode,
        "short_name": short_name,
        "reason": reason,
        "coverage": coverage_sentence,
        "probability": probability,
        "waiver": waiver_sentence,
    }
    return environment.get_template("report.html.j2").render(
        **gathered(document),
        audit=document,
        verdicts=tuple(reversed(MEANING)),
        crops=crops,
        meaning=MEANING,
        severity=SEVERITY,
        decision=DECISION,
        kinds=KINDS,
        answers=ANSWERS,
        search=SEARCH,
    )
