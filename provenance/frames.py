"""Frame sequences (`shot.%04d.exr`): which files are meant, and whether they are what the signed list says.

The manifest `shot.####.exr.c2pa` signs the list `shot.####.exr.sha256.json`, and the list names every frame with its
digest in order: a frame that is missing, changed, added or moved does not match it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from provenance import sequence_list, sidecar
from provenance.errors import SourceMissing
from provenance.reading import Answer
from provenance.remarks import in_order, remark

if TYPE_CHECKING:
    from pathlib import Path

    from provenance.reading import ProvenanceReading

_PLACE = re.compile(r"%(?:0([1-9]))?d")
_MOST_LIST_BYTES = 64 << 20


def is_pattern(path: Path) -> bool:
    """Return whether a path names numbered files by one place for the number, and is no file itself."""
    return len(_PLACE.findall(path.name)) == 1 and not path.exists()


def of(pattern: Path) -> tuple[Path, ...]:
    """Return the files that a pattern names, by their numbers. Raises SourceMissing if there are none."""
    place = _PLACE.search(pattern.name)
    assert place is not None  # noqa: S101 -- asked of patterns alone
    before, after = pattern.name[: place.start()], pattern.name[place.end() :]
    numbered = re.compile(re.escape(before) + rf"(\d{{{place[1] or 1},}})" + re.escape(after))
    try:
        entries = [(m, entry) for entry in pattern.parent.iterdir() if (m := numbered.fullmatch(entry.name))]
    except OSError as error:
        raise SourceMissing(f"there is no folder {str(pattern.parent)!r}; check the path") from error
    files = [(int(m[1]), entry.name, entry) for m, entry in entries if entry.is_file()]
    if not files:
        raise SourceMissing(f"no file matches {pattern.name!r}; check the pattern")
    return tuple(entry for _, _, entry in sorted(files))


def compared(reading: ProvenanceReading, pattern: Path) -> ProvenanceReading:
    """Return the reading of a sequence, given the reading of its list: valid only if every frame is as listed.

    Raises OSError for a frame that cannot be read. Cost: one reading of every frame.
    """
    if reading.integrity.value != "valid":
        return reading
    files = of(pattern)
    with sidecar.list_path(pattern).open("rb") as stream:
        problem = sequence_list.check_list(stream.read(_MOST_LIST_BYTES), files)
    if problem is None:
        checked = remark("sequence.checked", f"{len(files)} frames")
        return replace(
            reading,
            integrity=Answer("valid", f"the signature holds and all {len(files)} frames are what was signed"),
            remarks=in_order((*reading.remarks, checked)),
        )
    broken = Answer("untrusted", "what the signer signed is no longer intact")
    trust = broken if reading.trust.value == "trusted" else reading.trust
    return replace(reading, integrity=Answer("invalid", problem), trust=trust, trust_list=None)
