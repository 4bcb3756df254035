"""An audit as one self-contained page for people: no script, no network, every string escaped, prints well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from clearance.clock import timecode
from clearance.report.provenance_text import printable
from clearance.report.sections import gathered, length_s
from clearance.report.sentences import coverage_sentence, probability, reason, short_name, waiver_sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MEANING: Final = {
    "pass": "Every rule that applies was met.",
    "warn": "Nothing stands in the way; the warnings below deserve a look.",
    "review": "Held: a person must decide, or something could not be assessed.",
    "block": "Blocked: at least one rule that may not be broken was broken.",
    "invalid": "The evidence itself does not hold: a file or its manifest was altered, is damaged or cannot be read.",
}
_SEVERITY: Final = {
    "block": "not met, which blocks the file",
    "review": "not met, which holds the file for a person",
    "warn": "not met, a warning",
    "info": "for information",
}
_DECISION: Final = {
    "match": "Recognised",
    "review": "Perhaps recognised, a person must look",
    "no_match": "Nobody who is enrolled",
    "not_assessable": "Too poor to say",
}
_KINDS: Final = {
    "EBDR": "employment-based digital replica",
    "ICDR": "independently created digital replica",
    "BADR": "background actor digital replica",
    "DA": "digital alteration",
    "SP": "synthetic performer",
}
_SEARCH: Final = {
    "registry": "all enrolled performers",
    "declared": "declared performers only",
    "detect": "nobody: faces were found and not compared",
}
_ANSWERS: Final = (
    ("integrity", "Integrity: do the bytes match?"),
    ("trust", "Trust: is the signer on a list?"),
    ("identity", "Identity: is the organisation proven?"),
    ("time", "Time: is the signing time proven?"),
    ("revocation", "Revocation: is the certificate still good?"),
)


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
        verdicts=tuple(reversed(_MEANING)),
        crops=crops,
        meaning=_MEANING,
        severity=_SEVERITY,
        decision=_DECISION,
        kinds=_KINDS,
        answers=_ANSWERS,
        search=_SEARCH,
    )
