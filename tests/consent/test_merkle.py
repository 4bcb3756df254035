"""The tree of the ledger: published vectors, another implementation, every small size, and every kind of forgery."""

import hashlib
from collections.abc import Sequence

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.errors import ProofInvalid
from consent.merkle import (
    EMPTY_ROOT,
    Node,
    consistency_spans,
    inclusion_spans,
    leaf_hash,
    node_hash,
    path_of,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# The test tree of the Certificate Transparency project (merkle_tree_test.cc), used by most implementations.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(b"%d" % number) for number in range(64)]


def inclusion(leaves: Sequence[bytes], index: int, size: int) -> tuple[bytes, ...]:
    return path_of(inclusion_spans(index, size), lambda node: subtree(leaves, node))


def consistency(leaves: Sequence[bytes], old: int, size: int) -> tuple[bytes, ...]:
    return path_of(consistency_spans(old, size), lambda node: subtree(leaves, node))


def subtree(leaves: Sequence[bytes], node: Node) -> bytes:
    level, place = node
    return root_of(leaves[place << level : (place + 1) << level])


def test_the_published_roots_are_ours() -> None:
    hashes = [leaf_hash(data) for data in INPUTS]
    assert [root_of(hashes[:size]).hex() for size in range(1, 9)] == ROOTS
    assert root_of([]) == EMPTY_ROOT == hashlib.sha256(b"").digest()


def test_the_published_proofs_are_ours() -> None:
    hashes = [leaf_hash(data) for data in INPUTS]
    assert [step.hex() for step in inclusion(hashes, 0, 8)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert [step.hex() for step in consistency(hashes, 6, 8)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_every_proof_of_every_small_tree_holds() -> None:
    roots = [root_of(LEAVES[:size]) for size in range(41)]
    for size in range(1, 41):
        for index in range(size):
            verify_inclusion(LEAVES[index], index, size, inclusion(LEAVES, index, size), roots[size])
        for old in range(size + 1):
            verify_consistency(old, roots[old], size, roots[size], consistency(LEAVES, old, size))


def test_another_implementation_makes_the_same_trees_and_proofs() -> None:
    other = pymerkle.InmemoryTree(algorithm="sha256")
    for size in range(1, 65):
        other.append_entry(b"%d" % (size - 1))
        assert other.get_root() == root_of(LEAVES[:size])
    for index in range(64):
        # Theirs starts with the leaf itself.
        assert tuple(other.prove_inclusion(index + 1, 64).path[1:]) == inclusion(LEAVES, index, 64)


sizes = st.integers(1, 64)


@given(size=sizes, index=st.integers(0, 63), other=st.integers(0, 63), change=st.integers(0, 255))
def test_a_forged_inclusion_is_refused(size: int, index: int, other: int, change: int) -> None:
    index, other = index % size, other % size
    path, root = inclusion(LEAVES, index, size), root_of(LEAVES[:size])
    forgeries: list[tuple[bytes, int, int, Sequence[bytes], bytes]] = [
        (leaf_hash(b"another"), index, size, path, root),
        (LEAVES[index], index, size, path, leaf_hash(b"another")),
        (LEAVES[index], index, size, (*path, root), root),
        (LEAVES[index], size, size, path, root),
        (LEAVES[index], -1, size, path, root),
        (LEAVES[index], index, 2**70, path, root),
        (LEAVES[index][:31], index, size, path, root),
    ]
    if path:
        step = change % len(path)
        forgeries += [
            (LEAVES[index], index, size, path[:-1], root),
            (LEAVES[index], index, size, (*path[:step], leaf_hash(b"x"), *path[step + 1 :]), root),
            (LEAVES[index], index, size, (*path[:step], b"short", *path[step + 1 :]), root),
        ]
    if other != index:
        forgeries.append((LEAVES[index], other, size, path, root))
    for forgery in forgeries:
        with pytest.raises(ProofInvalid):
            verify_inclusion(*forgery)


@given(size=st.integers(2, 64), old=st.integers(1, 63), change=st.integers(0, 63))
def test_a_rewritten_log_is_no_continuation(size: int, old: int, change: int) -> None:
    old = 1 + old % (size - 1)
    rewritten = list(LEAVES[:size])
    rewritten[change % old] = leaf_hash(b"rewritten")
    old_root, root = root_of(LEAVES[:old]), root_of(rewritten)
    with pytest.raises(ProofInvalid):
        verify_consistency(old, old_root, size, root, consistency(rewritten, old, size))
    path, true_root = consistency(LEAVES, old, size), root_of(LEAVES[:size])
    for forgery in (
        (old, root, size, true_root, path),
        (old, old_root, size, old_root, path),
        (old, old_root, size, true_root, (*path, root)),
        (old, old_root, size, true_root, path[:-1]),
        (old, old_root, old, true_root, ()),
        (size, true_root, old, old_root, path),
    ):
        with pytest.raises(ProofInvalid):
            verify_consistency(*forgery)


@given(
    numbers=st.tuples(st.integers(-5, 200), st.integers(-5, 200)),
    path=st.lists(st.binary(min_size=31, max_size=33), max_size=10),
)
def test_any_proof_of_nothing_gives_our_error(numbers: tuple[int, int], path: list[bytes]) -> None:
    ours = node_hash(b"a" * 32, b"b" * 32)
    with pytest.raises(ProofInvalid):
        verify_inclusion(ours, numbers[0], numbers[1], path, leaf_hash(b"never"))
    with pytest.raises(ProofInvalid):
        verify_consistency(numbers[0], ours, numbers[1], leaf_hash(b"never"), path)
