"""Which labels an assertion of ours may bear. The engine checks none, and alters or breaks some in silence.

Standard: C2PA Technical Specification 2.2, section 6.2 (labels) and its list of standard assertions.
"""

from __future__ import annotations

import re

from provenance.errors import ManifestInvalid

CONSENT = "org.clearance.likeness-consent"
"""The label of our own assertion; its content is `provenance.consent_assertion`."""
NO_AUDIT = "org.clearance.no-audit"
"""The label that says: nobody judged this file before it was signed, and why."""

_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9][A-Za-z0-9_-]*)+")
_RESERVED = ("c2pa.", "cawg.", "stds.", "iptc.", "exif.")
_STANDARD = frozenset({"cawg.training-mining", "cawg.metadata", "c2pa.metadata", "c2pa.soft-binding"})


def checked(label: str) -> str:
    """Return label if an assertion may bear it, else raise ManifestInvalid with the reason."""
    if not _LABEL.fullmatch(label):
        raise ManifestInvalid(f"assertion label {label!r} is malformed; use the form org.example.name")
    if "__" in label or re.search(r"\.v[0-9]+$", label):
        # `__3` numbers repetitions and `.v2` versions: the engine would drop or misread them.
        raise ManifestInvalid(f"assertion label {label!r} ends in a number of its own; put the version in the data")
    if label.startswith(_RESERVED) and label not in _STANDARD:
        raise ManifestInvalid(f"assertion label {label!r} lies in a reserved namespace; use one of your own")
    return label


def base(label: str) -> str:
    """Return label without the `__n` that the engine appends to a repeated one."""
    return re.sub(r"__[0-9]+$", "", label)
