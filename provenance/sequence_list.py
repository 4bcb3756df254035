"""The ordered list of a frame sequence: one manifest over it binds every frame, its name and its place.

{"schema": "clearance.sequence/1", "sha256": …, "files": [{"name": …, "sha256": …}, …]}: names without folders, in
the order of the frames. The sum over all is SHA-256 of the lines "<sha256>  <name>\\n", as sha256sum prints them.
The manifest signs the bytes of this list as application/octet-stream.
Standard: FIPS 180-4 for SHA-256; C2PA has no binding for a folder of stills.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from provenance.digests import sha256_of
from provenance.json_shapes import Json, mapping, sequence, text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SCHEMA = "clearance.sequence/1"


def list_of(files: Sequence[Path]) -> bytes:
    """Return the list of files, in their order. Reads every file. Raises SourceMissing or SourceUnreadable."""
    entries = [(file.name, sha256_of(file)) for file in files]
    document = {
        "schema": SCHEMA,
        "sha256": _sum(entries),
        "files": [{"name": name, "sha256": digest} for name, digest in entries],
    }
    return (json.dumps(document, indent=1) + "\n").encode()


def sum_of(content: bytes) -> str | None:
    """Return the sum that a list states over all its files, or None where it is no list or its sum is wrong."""
    entries = _entries(content)
    return None if entries is None else _sum(entries)


def check_list(content: bytes, files: Sequence[Path]) -> str | None:
    """Return what is wrong with files under a list, in words, or None if they are those, in that order.

    The list may be anybody's bytes. Reads every file until the first that differs. Raises SourceMissing or
    SourceUnreadable.
    """
    entries = _entries(content)
    if entries is None:
        return "the list of the sequence is damaged; ask for the files again"
    listed, present = [name for name, _ in entries], [file.name for file in files]
    lost, added = sorted(set(listed) - set(present)), sorted(set(present) - set(listed))
    if lost or added:
        said = [f"{_shown(names)} {word}" for names, word in ((lost, "missing"), (added, "not in the list")) if names]
        return f"the sequence is not what was signed: {'; '.join(said)}"
    if listed != present:
        return "the sequence is not what was signed: its files are in another order"
    for file, (name, digest) in zip(files, entries, strict=True):
        if sha256_of(file) != digest:
            return f"the sequence is not what was signed: the content of {_shown([name])} is another"
    return None


def _entries(content: bytes) -> list[tuple[str, str]] | None:
    try:
        document: Json = json.loads(content)
    except (ValueError, RecursionError):
        return None
    found = mapping(document)
    entries = []
    for entry in map(mapping, sequence(found.get("files"))):
        name, digest = text(entry.get("name")), text(entry.get("sha256"))
        if name is None or digest is None:
            return None
        entries.append((name, digest))
    try:
        whole = bool(entries) and found.get("schema") == SCHEMA and found.get("sha256") == _sum(entries)
    except UnicodeEncodeError:
        return None
    return entries if whole else None


def _sum(entries: Sequence[tuple[str, str]]) -> str:
    lines = "".join(f"{digest}  {name}\n" for name, digest in entries)
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


def _shown(names: Sequence[str]) -> str:
    # A list is a stranger's text: its names are shown without control characters and bounded.
    first = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in names[0][:80])
    return first if len(names) == 1 else f"{first} and {len(names) - 1} more"
