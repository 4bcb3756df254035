"""The formats that are read here, told apart by their first bytes.

Sources: the formats' specifications (JPEG ITU-T T.81, PNG ISO/IEC 15948, WebP RFC 9649, TIFF 6.0, GIF89a,
HEIF ISO/IEC 23008-12, AVIF of the Alliance for Open Media, OpenEXR 2, DPX SMPTE ST 268-1, ISO base media
ISO/IEC 14496-12, Matroska RFC 9559, MPEG systems ISO/IEC 13818-1, MXF SMPTE ST 377-1, Ogg RFC 3533). Pure
functions over bytes.
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

    @property
    def is_production(self) -> bool:
        """Whether this is a still that FFmpeg decodes: the formats of production, in light or film density."""
        return self.kind == "image" and self.decoder.endswith("_pipe")


_ISO_SUFFIXES = (".mp4", ".mov", ".m4v", ".m4a", ".qt", ".3gp", ".3g2", ".m4s")

JPEG = Signature("JPEG", "image", "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"))
PNG = Signature("PNG", "image", "PNG", (".png", ".apng"))
WEBP = Signature("WebP", "image", "WEBP", (".webp",))
TIFF = Signature("TIFF", "image", "TIFF", (".tif", ".tiff"))
FLOAT_TIFF = Signature("TIFF", "image", "tiff_pipe", (".tif", ".tiff"))  # what Pillow does not know of TIFF
GIF = Signature("GIF", "image", "GIF", (".gif",))
BMP = Signature("BMP", "image", "BMP", (".bmp", ".dib"))
AVIF = Signature("AVIF", "image", "AVIF", (".avif", ".avifs"))
HEIC = Signature("HEIC", "image", "HEIF", (".heic", ".heif", ".hif", ".heics", ".heifs"))
EXR = Signature("EXR", "image", "exr_pipe", (".exr",))
DPX = Signature("DPX", "image", "dpx_pipe", (".dpx",))
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
    (b"\x76\x2f\x31\x01", EXR),
    (b"SDPX", DPX),
    (b"XPDS", DPX),
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
_AVIF_BRANDS = (b"avif", b"avis")
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
# JPEG 2000 in ISO base media, which no decoder here reads completely.
_UNREAD_BRANDS = (b"jpx ", b"jp2 ")
_QUICKTIME_ATOMS = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


def signature_of(head: bytes) -> Signature | None:
    """Return the format of a file by its first bytes (a few hundred are enough), None for any other."""
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _by_brand(head)
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


def _by_brand(head: bytes) -> Signature | None:
    """Return the format of an ISO base media file by its brands (ISO/IEC 14496-12, 4.3)."""
    major = head[8:12]
    compatible = head[16 : min(int.from_bytes(head[:4], "big"), len(head))]
    if major in _UNREAD_BRANDS:
        return None
    if major in _AVIF_BRANDS or (
        # "mif1" says no more than "stills": which coding they have, the other brands say.
        major in (b"mif1", b"msf1") and any(brand in compatible for brand in _AVIF_BRANDS)
    ):
        return AVIF
    if major in _HEIC_BRANDS:
        return HEIC
    return MOV if major == b"qt  " else MP4


def _is_transport_stream(head: bytes) -> bool:
    """Return whether three packets of 188 bytes follow each other (192 with time codes, as on discs)."""
    for first, size in ((0, 188), (4, 192)):
        if len(head) > first + 2 * size and all(head[first + n * size] == 0x47 for n in range(3)):
            return True
    return False
