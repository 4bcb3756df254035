"""Proofs that are handed out, as JSON documents, and their verification with nothing but the log's verifier key.

Each carries the checkpoint that it leads to. A proof shows what was so at that checkpoint; that no other checkpoint of
the same size exists is for the auditor to see, who keeps the last one and asks for consistency. Needs `cryptography`.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from consent.checkpoint import Checkpoint, open_checkpoint
from consent.errors import ProofInvalid
from consent.leaf import Leaf, read_leaf
from consent.merkle import leaf_hash, verify_consistency, verify_inclusion
from consent.merkle_map import DEPTH, NONCE_BYTES, Path, leaf_of, place_of, verify_path

Document: TypeAlias = dict[str, Any]

INCLUSION: Final = "clearance.inclusion-proof/1"
CONSISTENCY: Final = "clearance.consistency-proof/1"
STANDING: Final = "clearance.standing-proof/1"
# A path has a step for each halving of the log; grants of one performer are counted in tens.
_STEPS_LIMIT: Final = 128
_GRANTS_LIMIT: Final = 10_000


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That one event is in the log. leaf: its bytes, canonical JSON (see `consent.leaf`)."""

    index: int
    leaf: bytes
    path: tuple[bytes, ...]
    checkpoint: str

    def verify(self, verifier_key: str) -> Checkpoint:
        """Return the checkpoint that the event is under. Raises CheckpointInvalid or ProofInvalid."""
        checkpoint = open_checkpoint(self.checkpoint, verifier_key)
        if self.statement.position != self.index:
            raise ProofInvalid("the entry says that it stands at another place of the log than the proof does")
        verify_inclusion(leaf_hash(self.leaf), self.index, checkpoint.size, self.path, checkpoint.root)
        return checkpoint

    @property
    def statement(self) -> Leaf:
        """What the entry says. Raises ProofInvalid."""
        return read_leaf(self.leaf)

    def to_document(self) -> Document:
        """Return the proof as JSON."""
        leaf = self.leaf.decode("ascii")
        return {
            "schema": INCLUSION,
            "index": self.index,
            "leaf": leaf,
            "path": _texts(self.path),
            "checkpoint": self.checkpoint,
        }

    @classmethod
    def from_document(cls, document: object) -> "InclusionProof":
        """Return the proof of a document. Raises ProofInvalid."""
        fields = _fields(document, INCLUSION, {"index", "leaf", "path", "checkpoint"})
        leaf = _text(fields, "leaf")
        if not leaf.isascii():
            raise ProofInvalid("leaf is not written in ASCII; give the proof as it was handed out")
        return cls(_number(fields, "index"), leaf.encode(), _hashes(fields, "path"), _text(fields, "checkpoint"))


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That an earlier checkpoint's log is the start of a later one's: nothing before it was changed or removed."""

    earlier: str
    path: tuple[bytes, ...]
    checkpoint: str

    def verify(self, verifier_key: str) -> tuple[Checkpoint, Checkpoint]:
        """Return the earlier and the later checkpoint. Raises CheckpointInvalid or ProofInvalid."""
        old, new = open_checkpoint(self.earlier, verifier_key), open_checkpoint(self.checkpoint, verifier_key)
        verify_consistency(old.size, old.root, new.size, new.root, self.path)
        return old, new

    def to_document(self) -> Document:
        """Return the proof as JSON."""
        return {
            "schema": CONSISTENCY,
            "earlier": self.earlier,
            "path": _texts(self.path),
            "checkpoint": self.checkpoint,
        }

    @classmethod
    def from_document(cls, document: object) -> "ConsistencyProof":
        """Return the proof of a document. Raises ProofInvalid."""
        fields = _fields(document, CONSISTENCY, {"earlier", "path", "checkpoint"})
        return cls(_text(fields, "earlier"), _hashes(fields, "path"), _text(fields, "checkpoint"))


@dataclass(frozen=True, slots=True)
class StandingProof:
    """Which grants one performer had in force on the day of the checkpoint, or that there were none.

    It does not name the performer: whoever verifies says whose standing was asked. nonce: empty when there are none.
    """

    grants: tuple[str, ...]
    nonce: bytes
    path: Path
    checkpoint: str

    def verify(self, verifier_key: str, performer: str) -> tuple[str, ...]:
        """Return the ids of the performer's grants in force; () proves that there were none.

        Raises CheckpointInvalid or ProofInvalid.
        """
        checkpoint = open_checkpoint(self.checkpoint, verifier_key)
        if bool(self.grants) != (len(self.nonce) == NONCE_BYTES) or (not self.grants and self.nonce):
            raise ProofInvalid("the nonce of the proof of standing is missing or does not belong; ask for a new one")
        leaf = leaf_of(performer, self.nonce, self.grants) if self.grants else None
        verify_path(leaf, place_of(performer), self.path, checkpoint.map_root)
        return self.grants

    def to_document(self) -> Document:
        """Return the proof as JSON."""
        return {
            "schema": STANDING,
            "grants": list(self.grants),
            "nonce": self.nonce.hex(),
            "bitmap": f"{self.path.bitmap:016x}",
            "siblings": _texts(self.path.siblings),
            "checkpoint": self.checkpoint,
        }

    @classmethod
    def from_document(cls, document: object) -> "StandingProof":
        """Return the proof of a document. Raises ProofInvalid."""
        fields = _fields(document, STANDING, {"grants", "nonce", "bitmap", "siblings", "checkpoint"})
        grants = tuple(_list(fields, "grants", _GRANTS_LIMIT))
        if list(grants) != sorted(set(grants)) or not all(grant.isascii() for grant in grants):
            raise ProofInvalid("grants are not sorted ids, each once; give the proof as it was handed out")
        bitmap = int.from_bytes(_hex(fields, "bitmap", DEPTH // 8), "big")
        nonce = _hex(fields, "nonce", NONCE_BYTES if grants else 0)
        return cls(grants, nonce, Path(bitmap, _hashes(fields, "siblings")), _text(fields, "checkpoint"))


Proof: TypeAlias = InclusionProof | ConsistencyProof | StandingProof
_KINDS: Final[dict[str, type[InclusionProof] | type[ConsistencyProof] | type[StandingProof]]] = {
    INCLUSION: InclusionProof,
    CONSISTENCY: ConsistencyProof,
    STANDING: StandingProof,
}


def proof_of(document: object) -> Proof:
    """Return the proof of a document of any of the three kinds. Raises ProofInvalid."""
    schema = document.get("schema") if isinstance(document, dict) else None
    kind = _KINDS.get(schema) if isinstance(schema, str) else None
    if kind is None:
        raise ProofInvalid(f"the document is no proof of ours; its schema must be one of {', '.join(_KINDS)}")
    return kind.from_document(document)


def _fields(document: object, schema: str, names: set[str]) -> Mapping[str, Any]:
    if not isinstance(document, dict) or document.get("schema") != schema or document.keys() != names | {"schema"}:
        raise ProofInvalid(f"the document does not hold exactly the fields of {schema}; give it as it was handed out")
    return document


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields[name]
    if not isinstance(value, str):
        raise ProofInvalid(f"{name} is no text; give the proof as it was handed out")
    return value


def _number(fields: Mapping[str, Any], name: str) -> int:
    value = fields[name]
    if type(value) is not int:
        raise ProofInvalid(f"{name} is no whole number; give the proof as it was handed out")
    return value


def _list(fields: Mapping[str, Any], name: str, limit: int) -> list[str]:
    value = fields[name]
    if not isinstance(value, list) or len(value) > limit or not all(isinstance(item, str) for item in value):
        raise ProofInvalid(f"{name} is no list of at most {limit} texts; give the proof as it was handed out")
    return value


def _hashes(fields: Mapping[str, Any], name: str) -> tuple[bytes, ...]:
    try:
        return tuple(base64.b64decode(text, validate=True) for text in _list(fields, name, _STEPS_LIMIT))
    except (binascii.Error, ValueError) as error:
        raise ProofInvalid(f"{name} is not in base64; give the proof as it was handed out") from error


def _hex(fields: Mapping[str, Any], name: str, length: int) -> bytes:
    text = _text(fields, name)
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if value.hex() != text or len(value) != length:
        raise ProofInvalid(f"{name} is not {length} bytes in hexadecimal; give the proof as it was handed out")
    return value


def _texts(hashes: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(each).decode() for each in hashes]
