"""The words that the renderings of an audit share for the codes of the record."""

from __future__ import annotations

from typing import Final

MEANING: Final = {
    "pass": "Every rule that applies was met.",
    "warn": "Nothing stands in the way; the warnings below deserve a look.",
    "review": "Held: a person must decide, or something could not be assessed.",
    "block": "Blocked: at least one rule that may not be broken was broken.",
    "invalid": "The evidence itself does not hold: a file or its manifest was altered, is damaged or cannot be read.",
}
SEVERITY: Final = {
    "block": "not met, which blocks the file",
    "review": "not met, which holds the file for a person",
    "warn": "not met, a warning",
    "info": "for information",
}
DECISION: Final = {
    "match": "Recognised",
    "review": "Perhaps recognised, a person must look",
    "no_match": "Nobody who is enrolled",
    "not_assessable": "Too poor to say",
}
KINDS: Final = {
    "EBDR": "employment-based digital replica",
    "ICDR": "independently created digital replica",
    "BADR": "background actor digital replica",
    "DA": "digital alteration",
    "SP": "synthetic performer",
}
SEARCH: Final = {
    "registry": "all enrolled performers",
    "declared": "declared performers only",
    "detect": "nobody: faces were found and not compared",
}
ANSWERS: Final = (
    ("integrity", "Integrity: do the bytes match?"),
    ("trust", "Trust: is the signer on a list?"),
    ("identity", "Identity: is the organisation proven?"),
    ("time", "Time: is the signing time proven?"),
    ("revocation", "Revocation: is the certificate still good?"),
)
