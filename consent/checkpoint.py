"""A signed statement of how long the log is and what its root is: written, and opened with a public key.

Formats: C2SP signed-note (the note, Ed25519 signatures, the verifier key string) and C2SP tlog-checkpoint (origin,
size, root). Two extension lines of ours: `map` (the root over who has grants in force) and `time`. Signatures of
others, such as witnesses, may stand beside ours and are passed over. Needs `cryptography` alone.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from consent.errors import CheckpointInvalid
from consent.merkle import HASH_BYTES, SIZE_LIMIT

# The number of the algorithm Ed25519 in C2SP signed-note.
_ED25519: Final = b"\x01"
_ID_BYTES: Final = 4
_SIGNATURE_BYTES: Final = 64
_NOTE_LIMIT: Final = 100_000
_SIGNATURES_LIMIT: Final = 100
_NAME: Final = re.compile(r"[^\s+]{1,300}")
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the log was at a moment. root: over its events; map_root: over who has grants in force that day."""

    origin: str
    size: int
    root: bytes
    map_root: bytes
    made: datetime


def verifier_key_of(origin: str, public_key: Ed25519PublicKey) -> str:
    """Return the verifier key string: origin, key id and key, joined by plus signs."""
    raw = _ED25519 + public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"{origin}+{_key_id(origin, raw).hex()}+{base64.b64encode(raw).decode()}"


def sign_checkpoint(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """Return the checkpoint as a signed note."""
    made = checkpoint.made.astimezone(UTC).isoformat().replace("+00:00", "Z")
    body = (
        f"{checkpoint.origin}\n{checkpoint.size}\n{_base64(checkpoint.root)}\n"
        f"map {_base64(checkpoint.map_root)}\ntime {made}\n"
    )
    raw = _ED25519 + key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signature = _key_id(checkpoint.origin, raw) + key.sign(body.encode())
    return f"{body}\n\N{EM DASH} {checkpoint.origin} {_base64(signature)}\n"


def open_checkpoint(note: str, verifier_key: str) -> Checkpoint:
    """Return the checkpoint of a note that the owner of the key has signed. Raises CheckpointInvalid."""
    name, key_id, public_key = _verifier(verifier_key)
    body, lines = _parts(note)
    signatures = [signature for line in lines if (signature := _signature(line, name, key_id)) is not None]
    if not signatures:
        raise CheckpointInvalid(f"the checkpoint carries no signature of {name}; check which log it is from")
    try:
        public_key.verify(signatures[0], body.encode())
    except InvalidSignature as error:
        raise CheckpointInvalid(
            f"the signature of {name} on the checkpoint does not hold; it was changed, or another key made it"
        ) from error
    return _checkpoint(body, name)


def _verifier(text: str) -> tuple[str, bytes, Ed25519PublicKey]:
    name, _, rest = text.strip().partition("+")
    stated, _, encoded = rest.partition("+")
    raw = _decoded(encoded)
    if not _NAME.fullmatch(name) or raw is None or raw[:1] != _ED25519 or len(raw) != 1 + HASH_BYTES:
        raise CheckpointInvalid('the verifier key cannot be used; give the line that "clearance ledger status" prints')
    key_id = _key_id(name, raw)
    if stated != key_id.hex():
        raise CheckpointInvalid("the verifier key was copied wrongly: its id is not that of its name and key")
    return name, key_id, Ed25519PublicKey.from_public_bytes(raw[1:])


def _parts(note: str) -> tuple[str, list[str]]:
    """Return the signed text and the lines of signatures."""
    body, blank, tail = note.rpartition("\n\n")
    lines = tail.split("\n")
    if not blank or len(note) > _NOTE_LIMIT or lines[-1] or not 1 < len(lines) <= _SIGNATURES_LIMIT + 1:
        raise _not_a_note()
    # Control characters and lone surrogates: the format knows neither.
    if any((c < " " and c != "\n") or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" for c in note):
        raise _not_a_note()
    return body + "\n", lines[:-1]


def _signature(line: str, name: str, key_id: bytes) -> bytes | None:
    """Return the signature of a line when it is of that key, or None when it is of another."""
    dash, _, rest = line.partition(" ")
    signer, _, encoded = rest.partition(" ")
    raw = _decoded(encoded)
    if dash != "\N{EM DASH}" or not _NAME.fullmatch(signer) or raw is None or len(raw) <= _ID_BYTES:
        raise _not_a_note()
    if signer != name or raw[:_ID_BYTES] != key_id:
        return None
    if len(raw) != _ID_BYTES + _SIGNATURE_BYTES:
        raise CheckpointInvalid(f"the signature of {name} on the checkpoint is of the wrong length; it was cut")
    return raw[_ID_BYTES:]


def _checkpoint(body: str, name: str) -> Checkpoint:
    origin, *rest = body[:-1].split("\n")
    if origin != name:
        raise CheckpointInvalid(f"the checkpoint is of another log than its signature, which is of {name}")
    if len(rest) < 2 or not all(rest) or not _SIZE.fullmatch(rest[0]) or int(rest[0]) >= SIZE_LIMIT:
        raise CheckpointInvalid(f"the note of {name} is no checkpoint: size and root are not as the format asks")
    pairs = [line.partition(" ") for line in rest[2:]]
    ours = {word: value for word, _, value in pairs if word in ("map", "time")}
    if sum(word in ours for word, _, _ in pairs) != 2 or len(ours) != 2 or not _TIME.fullmatch(ours["time"]):
        raise CheckpointInvalid(f"the checkpoint of {name} does not say once each what map and time it is for")
    try:
        made = datetime.fromisoformat(ours["time"])
    except ValueError as error:
        raise CheckpointInvalid(f"the checkpoint of {name} is dated on no day of the calendar") from error
    return Checkpoint(origin, int(rest[0]), _hash(rest[1], name), _hash(ours["map"], name), made)


def _hash(text: str, name: str) -> bytes:
    raw = _decoded(text)
    if raw is None or len(raw) != HASH_BYTES:
        raise CheckpointInvalid(f"the checkpoint of {name} holds a root that is no SHA-256 hash")
    return raw


def _key_id(name: str, raw: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + raw).digest()[:_ID_BYTES]


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decoded(text: str) -> bytes | None:
    """Return the bytes of a base64 text in its one canonical spelling, else None."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if _base64(raw) == text else None


def _not_a_note() -> CheckpointInvalid:
    return CheckpointInvalid("the text is no signed note; give a checkpoint file as it was written")
