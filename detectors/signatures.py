"""The formats that are read here, told apart by their first bytes.

Sources: the formats' specifications (JPEG ITU-T T.81, PNG ISO/IEC 15948, WebP RFC 9649, TIFF 6.0, GIF89a,
ISO base media ISO/IEC 14496-12, Matroska RFC 9559, MPEG systems ISO/IEC 13818-1, MXF SMPTE ST 377-1, Ogg
RFC 3533). Pure functions over bytes.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Signature:
    """One format, the names its files may carry, and the decoder that opens it."""

    name: str
    kind: Literal["image", "video"]
    decoder: str
    """Pillow's format, or FFmpeg's demuxer; empty for formats of sound alone."""
    suffixes: tuple[str, ...]
    """The usual one first."""


_ISO_SUFFIXES = (".mp4", ".mov", ".m4v", ".m4a", ".qt", ".3gp", ".3g2", ".m4s")

JPEG = Signature("JPEG", "image", "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"))
PNG = Signature("PNG", "image", "PNG", (".png", ".apng"))
WEBP = Signature("WebP", "image", "WEBP", (".webp",))
TIFF = Signature("TIFF", "image", "TIFF", (".tif", ".tiff"))
GIF = Signature("GIF", "image", "GIF", (".gif",))
BMP = Signature("BMP", "image", "BMP", (".bmp", ".dib"))
MP4 = Signature("MP4", "video", "mov", _ISO_SUFFIXES)
MOV = Signature("MOV", "video", "mov", (".mov", *(s for s in _ISO_SUFFIXES if s != ".mov")))
MATROSKA = Signature("Matroska", "video", "matroska", (".mkv", ".webm", ".mka", ".mk3d"))
WEBM = Signature("WebM", "video", "matroska", (".webm", ".mkv"))
AVI = Signature("AVI", "video", "avi", (".avi",))
MPEG_TS = Signature("MPEG-TS", "video", "mpegts", (".ts", ".m2ts", ".mts"))
MPEG_PS = Signature("MPEG-PS", "video", "mpeg", (".mpg", ".mpeg", ".vob"))
MXF = Signature("MXF", "video", "mxf", (".mxf",))
FLV = Signature("FLV", "video", "flv", (".flv",))
OGG = Signature("Ogg", "video", "ogg", (".ogv", ".ogg", ".oga", ".opus"))
WAV = Signature("WAV", "video", "", (".wav",))
MP3 = Signature("MP3", "video", "", (".mp3",))
FLAC = Signature("FLAC", "video", "", (".flac",))

_PREFIXES = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"II+\x00", TIFF),
    (b"MM\x00+", TIFF),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"BM", BMP),
    (b"\x00\x00\x01\xba", MPEG_PS),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01", MXF),
    (b"FLV\x01", FLV),
    (b"OggS", OGG),
    (b"ID3", MP3),
    (b"\xff\xfb", MP3),
    (b"\xff\xf3", MP3),
    (b"fLaC", FLAC),
)
_RIFF = {b"WEBP": WEBP, b"AVI ": AVI, b"WAVE": WAV}
# ISO base media files that hold stills, which no decoder here reads completely.
_STILL_BRANDS = (
    b"heic",
    b"heix",
    b"heim",
    b"heis",
    b"hevc",
    b"mif1",
    b"msf1",
    b"avif",
    b"avis",
    b"jpx ",
    b"jp2 ",
)
_QUICKTIME_ATOMS = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


def signature_of(head: bytes) -> Signature | None:
    """Return the format of a file by its first bytes (a few hundred are enough), None for any other."""
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        if head[8:12] in _STILL_BRANDS:
            return None
        return MOV if head[8:12] == b"qt  " else MP4
    if head[4:8] in _QUICKTIME_ATOMS:
        return MOV
    if head[4:8] in (b"styp", b"sidx", b"moof"):
        return MP4
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return WEBM if b"webm" in head[:64] else MATROSKA
    for prefix, signature in _PREFIXES:
        if head.startswith(prefix):
            return signature
    return MPEG_TS if _is_transport_stream(head) else None


def _is_transport_stream(head: bytes) -> bool:
    """Return whether three packets of 188 bytes follow each other (192 with time codes, as on discs)."""
    for first, size in ((0, 188), (4, 192)):
        if len(head) > first + 2 * size and all(head[first + n * size] == 0x47 for n in range(3)):
            return True
    return False
