"""What a leaf of the ledger says in the open: which event, of what kind, about which ids, when; and a commitment.

Canonical JSON: keys sorted, no spaces, ASCII. Ids are references and SHA-256 digests; whatever else the event's detail
holds is in the commitment alone, an HMAC that tells nothing to whoever lacks the key. Standard library only.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from consent.errors import ProofInvalid

VERSION: Final = 1
_ID: Final = re.compile(r"[A-Z]-[0-9A-HJKMNP-TV-Z]{8}|[0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MAC: Final = re.compile(r"[0-9a-f]{64}")
_FIELDS: Final = frozenset({"version", "position", "type", "ids", "time", "commitment"})
_LIMIT_BYTES: Final = 100_000
# Made once: json.dumps() makes its encoder anew for every leaf.
_ENCODED: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Leaf:
    """The content of a leaf. ids: the subject and the ids in the detail, by their names.

    commitment: None for events from before the registry kept a ledger.
    """

    position: int
    kind: str
    ids: Mapping[str, str]
    time: str
    commitment: str | None

    def encoded(self) -> bytes:
        """Return the bytes that are hashed into the tree."""
        document = {
            "commitment": self.commitment,
            "ids": dict(self.ids),
            "position": self.position,
            "time": self.time,
            "type": self.kind,
            "version": VERSION,
        }
        return _ENCODED(document).encode()


def ids_of(subject: str, detail: Mapping[str, str]) -> dict[str, str]:
    """Return what of an event is shown in the open: references, digests and the registry's own id."""
    return {name: value for name, value in {**detail, "subject": subject}.items() if _ID.fullmatch(value)}


def time_of(moment: datetime) -> str:
    """Return a moment as leaves write it: RFC 3339, UTC, microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read_leaf(data: bytes) -> Leaf:
    """Return the content of a leaf. Raises ProofInvalid for bytes that are not exactly as a leaf is written."""
    try:
        document = json.loads(data) if len(data) <= _LIMIT_BYTES else None
    except (ValueError, RecursionError) as error:
        raise _no_leaf() from error
    if not isinstance(document, dict) or document.keys() != _FIELDS or not _holds(document):
        raise _no_leaf()
    leaf = Leaf(document["position"], document["type"], document["ids"], document["time"], document["commitment"])
    if leaf.encoded() != data:
        raise _no_leaf()
    return leaf


def _holds(document: Mapping[str, Any]) -> bool:
    ids, position, commitment = document["ids"], document["position"], document["commitment"]
    return (
        type(document["version"]) is int
        and document["version"] == VERSION
        and type(position) is int
        and position >= 0
        and isinstance(document["type"], str)
        and isinstance(document["time"], str)
        and (commitment is None or (isinstance(commitment, str) and _MAC.fullmatch(commitment) is not None))
        and isinstance(ids, dict)
        and all(isinstance(value, str) and _ID.fullmatch(value) for value in ids.values())
    )


def _no_leaf() -> ProofInvalid:
    return ProofInvalid("the entry is not written as a leaf of version 1 is; it was changed, or needs a newer version")
