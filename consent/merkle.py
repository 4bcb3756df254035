"""Merkle trees over an append-only log: roots, and proofs of inclusion and of consistency, made and verified.

RFC 6962, section 2.1 (the tree), and RFC 9162, sections 2.1.3.2 and 2.1.4.2 (the two verifications), with SHA-256.
A proof is named by the subtrees it consists of; whoever keeps the hashes of the perfect ones looks them up.
Needs the standard library alone.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from consent.errors import ProofInvalid

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
HASH_BYTES: Final = 32
# Enough for any log, and few enough that a hostile number cannot keep a verifier busy.
SIZE_LIMIT: Final = 2**63

Node: TypeAlias = tuple[int, int]
"""A perfect subtree: its level (0 for a leaf), and its place from the left among those of its level."""
Span: TypeAlias = tuple[int, int]
"""A run of leaves: the first, and the one after the last."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the root of the tree over these leaf hashes."""
    layer = list(leaf_hashes)
    while len(layer) > 1:
        # A node without a partner moves up as it is: the same tree as the one that section 2.1 splits from the top.
        odd = layer[-1:] if len(layer) % 2 else []
        pairs = zip(layer[0::2], layer[1::2], strict=False)
        layer = [node_hash(left, right) for left, right in pairs] + odd
    return layer[0] if layer else EMPTY_ROOT


def perfect(span: Span) -> tuple[Node, ...]:
    """Return the perfect subtrees that make up a span of a tree, from left to right."""
    first, end = span
    found = []
    while first < end:
        level = min((first & -first).bit_length() - 1 if first else 64, (end - first).bit_length() - 1)
        found.append((level, first >> level))
        first += 1 << level
    return tuple(found)


def folded(hashes: Sequence[bytes]) -> bytes:
    """Return the hash over perfect subtrees given from left to right."""
    if not hashes:
        return EMPTY_ROOT
    whole = hashes[-1]
    for left in reversed(hashes[:-1]):
        whole = node_hash(left, whole)
    return whole


def inclusion_spans(index: int, size: int) -> tuple[Span, ...]:
    """Return the spans whose hashes are the audit path of a leaf, from the leaf up."""
    spans, first, end = [], 0, size
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((first, middle))
            first = middle
    return tuple(reversed(spans))


def consistency_spans(old_size: int, size: int) -> tuple[Span, ...]:
    """Return the spans whose hashes prove that a log of old_size leaves is the start of one of size leaves."""
    if not 0 < old_size < size:
        return ()
    spans, first, end = [], 0, size
    while end != old_size:
        middle = first + _split(end - first)
        if old_size <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((first, middle))
            first = middle
    # The old tree as a whole is known to whoever asks, and no part of the proof.
    return tuple(reversed(spans if first == 0 else [*spans, (first, end)]))


def number_of(node: Node) -> int:
    """Return the number of a perfect subtree, counting all of them in order from left to right, leaves at even ones."""
    level, place = node
    return (place << (level + 1)) + (1 << level) - 1


def path_of(spans: Sequence[Span], hash_of: Callable[[Node], bytes]) -> tuple[bytes, ...]:
    """Return the hashes of spans, given those of the perfect subtrees."""
    return tuple(folded([hash_of(node) for node in perfect(span)]) for span in spans)


def verify_inclusion(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Return when the leaf stands at index in the tree of that size and root; raise ProofInvalid when not shown.

    Source: RFC 9162, section 2.1.3.2.
    """
    _require_sane(path, (leaf_hash, root), 0 <= index < size < SIZE_LIMIT)
    place, last, found = index, size - 1, leaf_hash
    for step in path:
        if last == 0:
            raise ProofInvalid("the inclusion proof is longer than the tree is high; ask for a new one")
        if place & 1 or place == last:
            found = node_hash(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, step)
        place, last = place >> 1, last >> 1
    if last != 0 or found != root:
        raise ProofInvalid("the inclusion proof does not lead to the root; this entry is not shown to be in the log")


def verify_consistency(old_size: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> None:
    """Return when the tree of old_size is the start of the tree of size; raise ProofInvalid when not shown.

    Source: RFC 9162, section 2.1.4.2. An empty log is the start of every log.
    """
    _require_sane(path, (old_root, root), 0 <= old_size <= size < SIZE_LIMIT)
    if old_size in (0, size):
        if path or old_root != (root if old_size else EMPTY_ROOT) or (size == 0 and root != EMPTY_ROOT):
            raise ProofInvalid(
                "two states of the log of one size differ, or the proof holds too much; it was rewritten"
            )
        return
    steps = list(path)
    if old_size & (old_size - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        raise ProofInvalid("the consistency proof is empty; ask for a new one")
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_found = found = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise ProofInvalid("the consistency proof is longer than the tree is high; ask for a new one")
        if place & 1 or place == last:
            old_found, found = node_hash(step, old_found), node_hash(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, step)
        place, last = place >> 1, last >> 1
    if last != 0 or old_found != old_root or found != root:
        raise ProofInvalid("the later log is not shown to continue the earlier one; it was rewritten, or the proof is")


def _split(count: int) -> int:
    """Return the largest power of two below count."""
    return 1 << ((count - 1).bit_length() - 1)


def _require_sane(path: Sequence[bytes], hashes: Sequence[bytes], ordered: bool) -> None:
    if not ordered:
        raise ProofInvalid("the proof names a place outside the log; ask for a new one")
    if any(len(each) != HASH_BYTES for each in (*path, *hashes)):
        raise ProofInvalid("the proof holds something that is no SHA-256 hash; ask for a new one")
