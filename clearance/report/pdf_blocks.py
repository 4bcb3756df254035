"""What the pages of the PDF are made of: blocks that the template sets and never reads as markup.

A stranger's text is made safe once, before any sentence is formed with it (`cleaned`).
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from clearance.clock import timecode
from clearance.report.provenance_text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Block: TypeAlias = dict[str, Any]
Cell: TypeAlias = "str | dict[str, Any]"
Section: TypeAlias = dict[str, Any]

# Unicode 9 (UAX #9): what stands in the isolate orders its own writing and turns nothing around it.
_ISOLATE: Final = ("\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}")
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})
# A word that no line could hold gets places to break; digests are set apart as code and stay whole.
_LONG_WORD: Final = re.compile(r"\S{25,}")
_PIECE: Final = 12


def cleaned(value: Any) -> Any:
    """Return a value of the record with every text printable, on one line, and kept from turning its neighbours."""
    if isinstance(value, dict):
        return {key: cleaned(item) for key, item in value.items()}
    if isinstance(value, list):
        return [cleaned(item) for item in value]
    if not isinstance(value, str):
        return value
    shown = printable(value)
    if any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in shown):
        return shown.join(_ISOLATE)
    return shown


def broken(text: str) -> str:
    """Return a text whose overlong words may break over lines."""

    def pieces(found: re.Match[str]) -> str:
        word = found[0]
        return "\N{ZERO WIDTH SPACE}".join(word[i : i + _PIECE] for i in range(0, len(word), _PIECE))

    return _LONG_WORD.sub(pieces, text)


def stated(value: Any) -> str:
    """Return a value as a person reads it; None is what nobody stated."""
    if value is None or value == []:
        return "not stated"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(stated, value))
    return str(value)


def spaced(code: str) -> str:
    """Return a code as words."""
    return code.replace("_", " ")


def times(intervals: Sequence[Sequence[float]]) -> str:
    """Return when somebody is on screen, by timecodes; a still picture has none."""
    return ", ".join(f"{timecode(start)} to {timecode(end)}" for start, end in intervals) or "still picture"


def text(words: str, *, soft: bool = False) -> Block:
    """Return a paragraph; a soft one stands back."""
    return {"kind": "text", "text": broken(words), "soft": soft}


def heading(words: str) -> Block:
    """Return a heading below a section's."""
    return {"kind": "heading", "text": broken(words)}


def items(lines: Iterable[str]) -> Block:
    """Return a list with bullets."""
    return {"kind": "items", "items": [broken(line) for line in lines]}


def pairs(rows: Iterable[tuple[str, Cell]]) -> Block:
    """Return labels with what they say."""
    return {"kind": "pairs", "rows": [[label, _cell(cell)] for label, cell in rows]}


def table(heads: Sequence[str], shares: Sequence[int], rows: Iterable[Sequence[Cell]]) -> Block:
    """Return a table whose head is repeated on every page; shares: how wide each column is beside the others."""
    return {
        "kind": "table",
        "heads": list(heads),
        "shares": list(shares),
        "rows": [[_cell(cell) for cell in row] for row in rows],
    }


def finding(title: str, why: str, tone: str, rows: Iterable[tuple[str, str]], crop: Cell) -> Block:
    """Return one finding in its frame. tone: the verdict whose colour it bears."""
    return {
        "kind": "finding",
        "title": broken(title),
        "why": broken(why),
        "tone": tone,
        "rows": [[label, broken(value)] for label, value in rows],
        "crop": crop,
    }


def tag(verdict: str) -> Cell:
    """Return a verdict as a coloured word."""
    return {"tag": verdict}


def code(digest: str) -> Cell:
    """Return a digest, set so that its digits can be compared."""
    return {"code": digest}


def picture(appearance: Mapping[str, Any], crops: Mapping[str, bytes]) -> Cell:
    """Return an appearance's crop with its alternative text, or nothing where the report shows no crops."""
    name = appearance.get("crop")
    if name not in crops:
        return ""
    when = times(appearance["intervals"])
    return {"crop": name, "alt": f"Face of appearance {appearance['id']}, {when}"}


def _cell(cell: Cell) -> Cell:
    return broken(cell) if isinstance(cell, str) else cell
