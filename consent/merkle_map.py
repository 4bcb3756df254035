"""A sparse Merkle map from performers to the grants they have in force: one root, and proofs for or against each.

The place of a performer is 64 bits of a hash of the reference; every leaf lies at depth 64, and an empty subtree has
the hash of its depth. A proof goes the full depth and holds the siblings that are not empty. It shows no other
performer: a sibling covers a leaf that also holds a nonce, which only that performer's own proof shows. A performer
without a grant in force has no leaf, and the path to the empty place proves it. Standard library only.

Source: Dahlberg, Pulls, Peeters, Efficient Sparse Merkle Trees, NordSec 2016; RFC 9162, section 2.1.1, for the
separation of domains.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from consent.errors import ProofInvalid

DEPTH: Final = 64
NONCE_BYTES: Final = 16
_HASH_BYTES: Final = 32
_PLACE: Final = b"clearance map place 1\n"
_LEAF: Final = b"clearance map leaf 1\n"
_NODE: Final = b"clearance map node 1\n"
_EMPTY: Final = b"clearance map empty 1\n"


def _empty_hashes() -> tuple[bytes, ...]:
    found = [hashlib.sha256(_EMPTY).digest()]
    for _ in range(DEPTH):
        found.append(hashlib.sha256(_NODE + found[-1] + found[-1]).digest())
    return tuple(reversed(found))


# The hash of an empty subtree, by its depth from the root.
EMPTY: Final = _empty_hashes()


@dataclass(frozen=True, slots=True)
class Path:
    """The siblings on the way from a place to the root. bitmap: bit d is set where the one at depth d+1 is not empty.

    siblings: those, from the leaf up.
    """

    bitmap: int
    siblings: tuple[bytes, ...]


def place_of(performer: str) -> int:
    """Return the place of a performer, a number of 64 bits."""
    return int.from_bytes(hashlib.sha256(_PLACE + _encoded(performer)).digest()[: DEPTH // 8], "big")


def leaf_of(performer: str, nonce: bytes, grants: Sequence[str]) -> bytes:
    """Return the hash of the leaf that says: this performer has exactly these grants in force.

    grants: at least one id; their order does not matter. nonce: NONCE_BYTES that nobody can guess.
    """
    parts = [_encoded(part) for part in (performer, *sorted(grants))]
    # Lengths keep two lists of other texts from reading alike.
    content = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hashlib.sha256(_LEAF + place_of(performer).to_bytes(DEPTH // 8, "big") + nonce + content).digest()


def _encoded(text: str) -> bytes:
    # A reference typed at a terminal may hold bytes that are no text; it is then nobody's, and no defect.
    return text.encode("utf-8", "surrogatepass")


class MerkleMap:
    """The map over the leaves given; building it takes about 50 hashes a leaf."""

    def __init__(self, leaves: Mapping[int, bytes]) -> None:
        self._places = sorted(leaves)
        self._leaves = leaves
        self._nodes: dict[tuple[int, int], bytes] = {}
        self.root = self._subtree(0, len(self._places), 0)

    def path(self, place: int) -> Path:
        """Return the siblings on the way from a place to the root, whether or not a leaf is there."""
        bitmap, siblings = 0, []
        for depth in range(DEPTH, 0, -1):
            prefix = (place >> (DEPTH - depth)) ^ 1
            first = bisect_left(self._places, prefix << (DEPTH - depth))
            end = bisect_left(self._places, (prefix + 1) << (DEPTH - depth))
            if first != end:
                bitmap |= 1 << (depth - 1)
                siblings.append(self._subtree(first, end, depth))
        return Path(bitmap, tuple(siblings))

    def _subtree(self, first: int, end: int, depth: int) -> bytes:
        """Return the hash at that depth over the leaves from first to before end."""
        if first == end:
            return EMPTY[depth]
        place = self._places[first]
        if end - first == 1:
            return self._alone(place, depth)
        key = (depth, place >> (DEPTH - depth))
        if key not in self._nodes:
            step = 1 << (DEPTH - depth - 1)
            middle = bisect_left(self._places, (place // (2 * step)) * 2 * step + step, first, end)
            left, right = self._subtree(first, middle, depth + 1), self._subtree(middle, end, depth + 1)
            self._nodes[key] = hashlib.sha256(_NODE + left + right).digest()
        return self._nodes[key]

    def _alone(self, place: int, depth: int) -> bytes:
        """Return the hash at that depth over one leaf and nothing else."""
        found, sha256 = self._leaves[place], hashlib.sha256
        for level in range(DEPTH, depth, -1):
            if place & 1:
                found = sha256(_NODE + EMPTY[level] + found).digest()
            else:
                found = sha256(_NODE + found + EMPTY[level]).digest()
            place >>= 1
        return found


def verify_path(leaf: bytes | None, place: int, path: Path, root: bytes) -> None:
    """Return when the leaf, or with None no leaf, is at that place of the map; raise ProofInvalid when not shown."""
    if not 0 <= path.bitmap < 1 << DEPTH or path.bitmap.bit_count() != len(path.siblings):
        raise ProofInvalid("the proof of standing does not hold as many siblings as it says; ask for a new one")
    if any(len(sibling) != _HASH_BYTES for sibling in path.siblings):
        raise ProofInvalid("the proof of standing holds something that is no SHA-256 hash; ask for a new one")
    found, siblings = EMPTY[DEPTH] if leaf is None else leaf, iter(path.siblings)
    for depth in range(DEPTH, 0, -1):
        sibling = next(siblings) if path.bitmap >> (depth - 1) & 1 else EMPTY[depth]
        pair = sibling + found if place >> (DEPTH - depth) & 1 else found + sibling
        found = hashlib.sha256(_NODE + pair).digest()
    if found != root:
        raise ProofInvalid(
            "the proof of standing does not lead to the root of the map; it is of another performer, or was changed"
        )
