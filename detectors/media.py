"""What a file is: its digest, kind, format and size, decided by its content.

The first bytes are compared with the signatures of the formats that are read here, and the file is then
opened as exactly that format: probing every format a library knows would let a playlist or a script pass for
a film and name further files. JPEG, PNG, WebP, TIFF, GIF and BMP go through Pillow; MP4/QuickTime,
Matroska/WebM, AVI, MPEG transport and programme streams, MXF, Flash video and Ogg through PyAV (FFmpeg).
"""

import hashlib
from pathlib import Path

from detectors.errors import MislabelledMedia, MissingMedia, UnreadableMedia
from detectors.image import still_size
from detectors.signatures import Signature, signature_of
from detectors.values import Media
from detectors.video import video_facts

_BLOCK = 1 << 20
_HEAD = 4096


def identify(path: Path) -> Media:
    """Return what the file at path is; the whole file is read once for its digest.

    Raises MissingMedia, UnreadableMedia, MislabelledMedia, NoPicture. Of a film the first picture is decoded,
    of a still none: what breaks off half-way is found by the scan.
    """
    digest, head = _digest(path)
    signature = checked_signature(path, head)
    if signature.kind == "image":
        width, height, pages = still_size(path, signature)
        return Media(path, digest, "image", signature.name, width, height, None, None, pages)
    facts = video_facts(path, signature)
    return Media(
        path=path,
        sha256=digest,
        kind="video",
        format=signature.name,
        width=facts.width,
        height=facts.height,
        duration_s=facts.duration_s,
        frame_rate=facts.frame_rate,
        frames=facts.frames,
    )


def signature_at(path: Path) -> Signature:
    """Return the format of a file by its first bytes; raises what `identify` raises."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except (OSError, ValueError) as error:
        raise UnreadableMedia(path, f"cannot be read ({type(error).__name__}); check that it is there") from error
    return checked_signature(path, head)


def _digest(path: Path) -> tuple[str, bytes]:
    """Return the SHA-256 of a file and its first bytes."""
    digest = hashlib.sha256()
    head = b""
    try:
        if path.is_dir():
            raise MissingMedia(path, "is a folder; name a file in it")
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                head = head or block[:_HEAD]
                digest.update(block)
    except FileNotFoundError as error:
        raise MissingMedia(path, "no such file; check the path") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise UnreadableMedia(path, f"cannot be read ({reason}); check its permissions") from error
    if not head:
        raise UnreadableMedia(path, "is empty; ask for the file again")
    return digest.hexdigest(), head


def checked_signature(path: Path, head: bytes) -> Signature:
    """Return the format that the first bytes show, once the suffix agrees with it."""
    signature = signature_of(head)
    if signature is None:
        raise UnreadableMedia(path, "is no picture or video that can be read; convert it to PNG or MP4")
    suffix = path.suffix.lower()
    if suffix and suffix not in signature.suffixes:
        better = signature.suffixes[0]
        message = f'holds {signature.name}, which "{suffix}" does not say; rename it to "{better}" if right'
        raise MislabelledMedia(path, message)
    return signature
