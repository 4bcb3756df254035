"""A manifest kept beside its file: what it is called, and where it is found again.

`shot.exr` has `shot.exr.c2pa`. Numbered files named by a pattern (`shot.%04d.exr`) share one: `shot.####.exr.c2pa`
signs the list `shot.####.exr.sha256.json`, see `sequence_list`.
Standard: C2PA Technical Specification 2.x, section 11.4 (external manifests), media type application/c2pa.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provenance.errors import SourceUnreadable
from provenance.formats import SIGNABLE

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX = ".c2pa"
LIST_SUFFIX = ".sha256.json"
_CONVERSION = re.compile(r"%(?:0(\d{1,2}))?d")
# The engine reads no larger manifest either (see `engine`), and a file of that name may be anything.
_MOST_BYTES = 32 << 20


def is_embeddable(media_type: str | None) -> bool:
    """Return whether a file of this type carries its manifest inside; else it is kept beside it."""
    return media_type in SIGNABLE


def sidecar_path(media: Path) -> Path:
    """Return where the manifest of a file, or of a pattern of numbered files, is kept."""
    return media.with_name(_plain(media.name) + SUFFIX)


def list_path(pattern: Path) -> Path:
    """Return where the list of the numbered files that a pattern names is kept."""
    return pattern.with_name(_plain(pattern.name) + LIST_SUFFIX)


def find_sidecar(media: Path) -> Path | None:
    """Return the manifest beside a file or a pattern, or None. Only a regular file counts."""
    found = sidecar_path(media)
    return found if found.is_file() else None


def content(sidecar: Path) -> bytes:
    """Return the bytes of a manifest kept apart. Raises SourceUnreadable, also where it is too large for one."""
    try:
        with sidecar.open("rb") as stream:
            found = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        raise SourceUnreadable(f"{sidecar.name} cannot be read ({error.strerror}); check its permissions") from error
    if len(found) > _MOST_BYTES:
        raise SourceUnreadable(f"{sidecar.name} is larger than {_MOST_BYTES >> 20} MiB; it is no manifest of ours")
    return found


def _plain(name: str) -> str:
    """Return a name with the number of a pattern written as #, once for each digit; of a list, its pattern's."""
    if "#" in name and name.endswith(LIST_SUFFIX):
        # Signing a sequence again must find the manifest over its list, or the history would be lost.
        return name.removesuffix(LIST_SUFFIX)
    return _CONVERSION.sub(lambda conversion: "#" * int(conversion[1] or 1), name, count=1)
