"""PDF by Typst: an archival, accessible document from a template and data. The one file that imports typst.

The same input gives the same bytes: the time is passed in, and only fonts that ship with our libraries are used
(Typst's own, and DejaVu Sans out of matplotlib's wheel for Arabic, Armenian, Georgian and more). Nothing is fetched.
"""

from __future__ import annotations

import json
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clearance.errors import PaperUnprintable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from typst import PDFStandard

# PDF/A-2a (ISO 19005-2) keeps; PDF/UA-1 (ISO 14289-1) can be read aloud.
ARCHIVAL: Final[tuple[PDFStandard, ...]] = ("a-2a", "ua-1")
# No other font stands in: matplotlib's wheel also holds Last Resort, whose boxes would pass for letters.
_FONTS: Final = '#set text(font: ("Libertinus Serif", "DejaVu Sans"), fallback: false)\n'
_MAIN: Final = "main.typ"


def render_pdf(
    template: str,
    data: Mapping[str, Any],
    *,
    timestamp: datetime,
    standards: Sequence[PDFStandard] = ARCHIVAL,
    pictures: Mapping[str, bytes] | None = None,
) -> bytes:
    """Return the PDF of a template, whose text reads the data with json(bytes(sys.inputs.data)).

    timestamp: the creation time that the document states. pictures: what the template may show, by the path from its
    root. Raises PaperUnprintable, naming the text for which no font has the letters, or what else Typst refuses.
    """
    import typst

    dejavu = _dejavu_folder()
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[] if dejavu is None else [str(dejavu)])
    # Nothing else on disk can be reached. Typst 0.15 takes files from memory as well, but only those that are text.
    with tempfile.TemporaryDirectory() as root:
        main = Path(root, _MAIN)
        main.write_text(_FONTS + template, encoding="utf-8")
        for name, content in (pictures or {}).items():
            place = Path(root, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        try:
            return typst.compile(
                str(main),
                format="pdf",
                root=root,
                font_paths=fonts,
                sys_inputs={"data": json.dumps(dict(data), ensure_ascii=False)},
                pdf_standards=[*standards],
                # Whole seconds: Typst takes no others.
                timestamp=int(timestamp.timestamp()),
            )
        except typst.TypstError as error:
            raise PaperUnprintable(
                f"no PDF can be made of this: {error.message}. Where letters are missing, make the HTML instead "
                "and print it from a browser"
            ) from error


def _dejavu_folder() -> Path | None:
    # Found, not imported: matplotlib itself takes a third of a second.
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
