"""What kind of media a file is, judged by its content alone; a file name proves nothing.

Which formats carry an embedded manifest: C2PA Technical Specification 2.x, appendix A.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import puremagic

from provenance.errors import SourceMissing, SourceUnreadable, UnsupportedFormat

if TYPE_CHECKING:
    from pathlib import Path

ANY = "application/octet-stream"
"""By this name a manifest kept apart binds every byte, whatever the format."""
SIGNABLE = frozenset(
    {
        "audio/flac", "audio/mp4", "audio/mpeg", "audio/wav", "image/avif", "image/gif", "image/heic", "image/jpeg",
        "image/png", "image/tiff", "image/webp", "video/mp4", "video/quicktime", "video/x-msvideo",
    }
)  # fmt: skip
"""A manifest can be embedded."""
READABLE = SIGNABLE | {
    "application/pdf",
    "image/heif",
    "image/jxl",
    "image/svg+xml",
}

_ALIASES = {
    "audio/vnd.wave": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/mp3": "audio/mpeg",
    "audio/x-flac": "audio/flac",
    "audio/x-m4a": "audio/mp4",
    "application/mp4": "video/mp4",
    "application/ogg": "audio/ogg",
    "audio/x-aiff": "audio/aiff",
    "image/x-ms-bmp": "image/bmp",
    "video/avi": "video/x-msvideo",
    "video/msvideo": "video/x-msvideo",
    "video/x-m4v": "video/mp4",
    "image/x-webp": "image/webp",
}
# ISO/IEC 14496-12: the major brand stands at byte 8. Brands in the field outnumber any table, so those
# that are not named here are MP4, which is how every ISO base media file is bound anyway.
_BRANDS = {
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
}
# What puremagic does not know or takes for something else: OpenEXR, SMPTE ST 268-1 (DPX) in both byte orders,
# the header partition of SMPTE ST 377-1 (MXF), and the signature box of ISO/IEC 15444-1 (JPEG 2000).
_BEGINNINGS = {
    b"\x76\x2f\x31\x01": "image/x-exr",
    b"SDPX": "image/x-dpx",
    b"XPDS": "image/x-dpx",
    bytes.fromhex("060e2b34020501010d0102010102"): "application/mxf",
    # A stream of JPEG XL without the boxes that could hold a manifest (ISO/IEC 18181-2, 4).
    b"\xff\x0a": "image/x-jxl-codestream",
    b"\0\0\0\x0cjP  \r\n\x87\n": "image/jp2",
}
_HEAD_BYTES = 4096


def detected(head: bytes) -> str | None:
    """Return the media type that the first bytes of a file show, or None. Never raises."""
    if head[:3] == b"\xff\xd8\xff":
        return "image/jpeg"
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    for beginning, found in _BEGINNINGS.items():
        if head.startswith(beginning):
            return found
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return None
    types = [_ALIASES.get(match.mime_type, match.mime_type) for match in matches if match.mime_type]
    return next((found for found in types if found in READABLE), types[0] if types else None)


def file_head(path: Path) -> bytes:
    """Return the first bytes of a regular file. Raises SourceMissing or SourceUnreadable."""
    try:
        # Opening a pipe or a device could wait for ever or have effects: only regular files are media.
        if not stat.S_ISREG(path.stat().st_mode):
            raise SourceMissing(f"{path.name} is not a regular file; name the media file itself")
        with path.open("rb") as stream:
            return stream.read(_HEAD_BYTES)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise SourceMissing(f"there is no file {path.name!r}; check the path") from error
    except OSError as error:
        raise SourceUnreadable(f"{path.name} cannot be read ({error.strerror}); check its permissions") from error


def is_media(found: str | None) -> bool:
    """Return whether a detected type is one of pictures, film, sound or documents that show them."""
    return found is not None and (
        found.startswith(("audio/", "image/", "video/")) or found in {"application/mxf", "application/pdf"}
    )


def media_type(path: Path) -> str:
    """Return the media type of a file that can embed a manifest, by its content.

    Raises SourceMissing, SourceUnreadable, or UnsupportedFormat naming what was found instead.
    """
    found = detected(file_head(path))
    if found in SIGNABLE:
        return found
    what = f"is {found}" if found else "is of no known format"
    raise UnsupportedFormat(
        f"{path.name} {what}, which carries no embedded manifest here; ask for one that is kept beside it"
    )
