"""A file by its bytes: its digest, and its format once the suffix agrees with the content."""

import hashlib
from pathlib import Path

from detectors.errors import MislabelledMedia, MissingMedia, UnreadableMedia
from detectors.signatures import Signature, signature_of

_BLOCK = 1 << 20
_HEAD = 4096


def signature_at(path: Path) -> Signature:
    """Return the format of a file by its first bytes; raises UnreadableMedia or MislabelledMedia."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except (OSError, ValueError) as error:
        raise UnreadableMedia(path, f"cannot be read ({type(error).__name__}); check that it is there") from error
    return checked_signature(path, head)


def digest_and_head(path: Path) -> tuple[str, bytes]:
    """Return the SHA-256 of a file and its first bytes; raises MissingMedia or UnreadableMedia."""
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
    return digest.hexdigest(), head


def checked_signature(path: Path, head: bytes) -> Signature:
    """Return the format that the first bytes show, once the suffix agrees with it."""
    if not head:
        raise UnreadableMedia(path, "is empty; ask for the file again")
    signature = signature_of(head)
    if signature is None:
        raise UnreadableMedia(path, "is no picture or video that can be read; convert it to PNG or MP4")
    suffix = path.suffix.lower()
    if suffix and suffix not in signature.suffixes:
        better = signature.suffixes[0]
        message = f'holds {signature.name}, which "{suffix}" does not say; rename it to "{better}" if right'
        raise MislabelledMedia(path, message)
    return signature
