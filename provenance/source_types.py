"""The IPTC digital source types, and what a term means for a claim about how media came to be.

Standard: IPTC NewsCodes "Digital Source Type" (2024-10-23), C2PA 2.x for the term `empty`.
"""

from __future__ import annotations

IPTC_BASE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
C2PA_BASE = "http://c2pa.org/digitalsourcetype/"

CURRENT = frozenset(
    {
        "algorithmicMedia",
        "algorithmicallyEnhanced",
        "composite",
        "compositeCapture",
        "compositeSynthetic",
        "compositeWithTrainedAlgorithmicMedia",
        "computationalCapture",
        "dataDrivenMedia",
        "digitalCapture",
        "digitalCreation",
        "humanEdits",
        "negativeFilm",
        "positiveFilm",
        "print",
        "screenCapture",
        "trainedAlgorithmicMedia",
        "virtualRecording",
    }
)
RETIRED = frozenset({"digitalArt", "minorHumanEdits", "softwareImage"})

CAPTURE = frozenset(
    {
        "compositeCapture",
        "computationalCapture",
        "digitalCapture",
        "negativeFilm",
        "positiveFilm",
        "print",
        "screenCapture",
    }
)
"""Terms that say: what is seen was in front of a camera, scanner or screen. A replica contradicts them."""

GENERATED = frozenset({"compositeSynthetic", "compositeWithTrainedAlgorithmicMedia", "trainedAlgorithmicMedia"})
"""Terms that admit media made, wholly or in part, by a trained model."""


def short(value: str) -> str:
    """Return the short IPTC term that value names, or value itself if it is not an address of that list."""
    plain = "http://" + value.removeprefix("https://") if value.startswith("https://") else value
    if plain.startswith(IPTC_BASE):
        return plain.removeprefix(IPTC_BASE).rstrip("/")
    return C2PA_BASE + "empty" if plain == C2PA_BASE + "empty" else value


def uri(value: str) -> str:
    """Return the full address of a current or retired term, normalised; anything else comes back."""
    term = short(value)
    return IPTC_BASE + term if term in CURRENT | RETIRED else term


def status(value: str | None) -> str:
    """Return current, retired, unknown or absent for a stated source type.

    C2PA's `empty` states that nothing is known, and so is unknown.
    """
    if value is None:
        return "absent"
    term = short(value)
    if term in CURRENT:
        return "current"
    return "retired" if term in RETIRED else "unknown"
