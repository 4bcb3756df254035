"""The bundle as a zip in one canonical form: the same members give the same bytes, and no other bytes are read.

Members are stored, not compressed: nothing can unpack to more than it is, and no release of a compression library
changes the file. Reading writes what it found once more and compares, so that not even a field of the zip's own
directory can be altered unseen. Source: APPNOTE.TXT 6.3 (zip).
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from clearance.errors import BundleInvalid, ConfigurationError
from policies.located_yaml import printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LIST: Final = "bundle.json"
ENVELOPE: Final = "bundle.dsse.json"
# The report of a thousand findings with its crops is some 20 MB; media stays outside.
LIMIT_BYTES: Final = 256 * 2**20
MEMBER_LIMIT: Final = 5000
# The earliest time that a zip can state.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = (stat.S_IFREG | 0o644) << 16
_UNIX: Final = 3
_PART: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_NAME: Final = re.compile(rf"{_PART}(/{_PART}){{0,3}}")
_MAGIC: Final = b"PK\x03\x04"
_ENCRYPTED: Final = 1
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


def is_bundle(path: Path) -> bool:
    """Return whether a file is meant as a bundle: by its name, or because a bundle's first member stands first."""
    if path.suffix.lower() == ".zip":
        return True
    # Opening a pipe would wait for whoever writes into it.
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            head = file.read(30 + len(LIST))
    except OSError:
        return False
    return head.startswith(_MAGIC) and head[30:] == LIST.encode()


def is_name(name: str) -> bool:
    """Return whether a member may be called that: plain letters, no hidden part, no way out of a folder."""
    return _NAME.fullmatch(name) is not None


def written(members: Mapping[str, bytes]) -> bytes:
    """Return the zip of the members: the list first, its signature second, the rest by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members, key=_place):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr, info.create_system = _MODE, _UNIX
            archive.writestr(info, members[name])
    return out.getvalue()


def read(path: Path) -> dict[str, bytes]:
    """Return the members of a bundle of which nothing is trusted, by name.

    Raises BundleInvalid for any other bytes than `written` gives, ConfigurationError for a file that cannot be read.
    """
    raw = _content(path)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            infos = archive.infolist()
            _require_plain(infos)
            members = {info.filename: archive.read(info) for info in infos}
    except BundleInvalid:
        raise
    except _BROKEN as error:
        raise BundleInvalid("it is damaged or cut short, or no bundle at all; ask for it again") from error
    for name, content in members.items():
        if content.startswith(_MAGIC):
            raise BundleInvalid(f"{name} is an archive itself; a bundle holds none")
    if written(members) != raw:
        raise BundleInvalid("its archive holds other bytes than its members; it was altered after it was made")
    return members


def _place(name: str) -> tuple[int, str]:
    return ((LIST, ENVELOPE).index(name) if name in (LIST, ENVELOPE) else 2, name)


def _content(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise ConfigurationError(f"{path} is no regular file; name the bundle itself")
    try:
        with path.open("rb") as file:
            raw = file.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read ({error.strerror}); check the path") from error
    if len(raw) > LIMIT_BYTES:
        raise BundleInvalid(f"it is larger than {LIMIT_BYTES >> 20} MB; media stays outside a bundle")
    return raw


def _require_plain(infos: list[zipfile.ZipInfo]) -> None:
    """Raise BundleInvalid for a member that no bundle has, before anything is read of it."""
    if len(infos) > MEMBER_LIMIT:
        raise BundleInvalid(f"it holds more than {MEMBER_LIMIT} members")
    seen: set[str] = set()
    for info in infos:
        name = printable(info.filename, 100)
        # On some systems two names that differ in case are one file.
        if info.filename.lower() in seen:
            raise BundleInvalid(f"it holds {name} twice")
        seen.add(info.filename.lower())
        if not is_name(info.filename):
            raise BundleInvalid(f"it holds a member named {name}, which no bundle does")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise BundleInvalid(f"{name} is a symbolic link")
        if info.flag_bits & _ENCRYPTED:
            raise BundleInvalid(f"{name} is encrypted")
        if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
            raise BundleInvalid(f"{name} is compressed, so that it might unpack to any size")
