"""Texts that look like something else: letters of another script in an id, marks that reorder a line, look-alike ids.

After Unicode Technical Standard 39 (confusables, mixed scripts) and Trojan Source (CVE-2021-42574). Ids are plain
ASCII by their pattern; what stands here says which letter is foreign, and which shipped id an own one resembles.
"""

from __future__ import annotations

import re
import unicodedata

# Bidirectional controls and characters without width: what a person reads is not what the machine reads.
_STEERING = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u00ad\U000e0000-\U000e007f]")
# ASCII characters that one may be taken for the other, to the one that stands for them all.
_SAME = str.maketrans({"0": "O", "1": "I", "L": "I", "5": "S", "8": "B", "2": "Z", "-": "", "_": ""})


def foreign_letter(text: str) -> str | None:
    """Return what is foreign in a text that ought to be plain ASCII, in words; None when nothing is."""
    for place, char in enumerate(text[:200], start=1):
        if not char.isascii():
            name = unicodedata.name(char, f"U+{ord(char):04X}")
            return f"character {place} is {name}, not a letter of the Latin alphabet; type the id again"
    return None


def steering_mark(text: str) -> tuple[int, str] | None:
    """Return (offset, name) of the first character that reorders or hides text; None when there is none."""
    found = _STEERING.search(text)
    if not found:
        return None
    return found.start(), unicodedata.name(found[0], f"U+{ord(found[0]):04X}")


def skeleton(pack_id: str) -> str:
    """Return what an id looks like: equal for two ids that a reader may take for one another."""
    return pack_id.upper().translate(_SAME)
