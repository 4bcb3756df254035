"""Every rendering of the fixed audit for both audiences, by the name of its snapshot.

`python -m tests.clearance.report.rendered` writes the snapshots anew; look at what `git diff` says of them.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clearance.report.document import document_of
from clearance.report.folder import crops_of
from clearance.report.formats import FORMATS
from clearance.report.html import page
from clearance.report.view import VIEWS, seen_by
from tests.clearance.report.fixed_audit import fixed_audit

if TYPE_CHECKING:
    from clearance.report.view import View

SNAPSHOTS: Final = Path(__file__).parent / "snapshots"
_SUFFIX: Final = {"text": "txt", "junit": "xml"}


def seen(view: View) -> dict[str, Any]:
    """Return the fixed audit's document for an audience."""
    audit = fixed_audit()
    return seen_by(view, document_of(audit), crops_of(audit))


def renderings() -> dict[str, str]:
    """Return the text of every snapshot by its name."""
    crops = {name: base64.b64encode(jpeg).decode("ascii") for name, jpeg in crops_of(fixed_audit()).items()}
    made = {}
    for view in VIEWS:
        document = seen(view)
        for form, written in FORMATS.items():
            made[f"{view}.{_SUFFIX.get(form, form)}"] = written(document)
        made[f"{view}.html"] = page(document, crops if view == "full" else {})
    return made


def main() -> None:
    SNAPSHOTS.mkdir(exist_ok=True)
    for name, text in renderings().items():
        (SNAPSHOTS / name).write_bytes(text.encode("utf-8"))


if __name__ == "__main__":
    main()
