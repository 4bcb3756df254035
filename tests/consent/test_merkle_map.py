"""The map of who has grants in force: every proof holds, none can be bent, and none shows a neighbour."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.errors import ProofInvalid
from consent.merkle_map import DEPTH, EMPTY, MerkleMap, Path, leaf_of, place_of, verify_path

NONCE = b"n" * 16
PEOPLE: dict[str, tuple[str, ...]] = {f"P-{number:08}": (f"G-{number:08}",) for number in range(60)}


def map_of(people: dict[str, tuple[str, ...]]) -> MerkleMap:
    return MerkleMap({place_of(ref): leaf_of(ref, NONCE, grants) for ref, grants in people.items()})


def naive(leaves: dict[int, bytes], depth: int = 0, prefix: int = 0) -> bytes:
    """Return the root by the definition: split at every bit, down to the leaves."""
    if not leaves:
        return EMPTY[depth]
    if depth == DEPTH:
        return leaves[prefix]
    left = {place: leaf for place, leaf in leaves.items() if not place >> (DEPTH - depth - 1) & 1}
    right = {place: leaf for place, leaf in leaves.items() if place not in left}
    halves = naive(left, depth + 1, prefix << 1) + naive(right, depth + 1, prefix << 1 | 1)
    return hashlib.sha256(b"clearance map node 1\n" + halves).digest()


places = st.one_of(st.integers(0, 2**DEPTH - 1), st.integers(0, 7), st.integers(2**DEPTH - 8, 2**DEPTH - 1))


@given(st.dictionaries(places, st.binary(min_size=32, max_size=32), max_size=12), places)
def test_the_map_is_that_of_the_definition_and_its_paths_verify(leaves: dict[int, bytes], other: int) -> None:
    built = MerkleMap(leaves)
    assert built.root == naive(leaves)
    for place in {*leaves, other}:
        path = built.path(place)
        verify_path(leaves.get(place), place, path, built.root)
        for wrong in (None, b"w" * 32):
            if wrong != leaves.get(place):
                with pytest.raises(ProofInvalid):
                    verify_path(wrong, place, path, built.root)


def test_presence_and_absence_are_proved_for_everybody() -> None:
    built = map_of(PEOPLE)
    for ref, grants in PEOPLE.items():
        path = built.path(place_of(ref))
        verify_path(leaf_of(ref, NONCE, grants), place_of(ref), path, built.root)
        for forged in (None, leaf_of(ref, NONCE, ("G-99999999",)), leaf_of(ref, b"o" * 16, grants)):
            with pytest.raises(ProofInvalid):
                verify_path(forged, place_of(ref), path, built.root)
    absent = built.path(place_of("P-99999999"))
    verify_path(None, place_of("P-99999999"), absent, built.root)
    with pytest.raises(ProofInvalid):
        verify_path(None, place_of("P-00000001"), absent, built.root)


def test_a_leaf_is_bound_to_the_whole_reference_and_to_each_grant() -> None:
    leaves = {
        leaf_of("P-1", NONCE, ("G-1", "G-2")),
        leaf_of("P-2", NONCE, ("G-1", "G-2")),
        leaf_of("P-1", NONCE, ("G-1G-2",)),
        leaf_of("P-1", NONCE, ("G-1",)),
        leaf_of("P-1G-1", NONCE, ("G-2",)),
        leaf_of("P-1", b"o" * 16, ("G-1", "G-2")),
    }
    assert len(leaves) == 6
    assert leaf_of("P-1", NONCE, ("G-2", "G-1")) == leaf_of("P-1", NONCE, ("G-1", "G-2"))


def test_siblings_are_few_and_none_is_what_a_guesser_could_compute() -> None:
    built = map_of(PEOPLE)
    shown = built.path(place_of("P-99999999")).siblings
    assert len(shown) < 15
    # Whoever guesses each neighbour's reference and grants still lacks the nonces.
    guessed = MerkleMap({place_of(ref): leaf_of(ref, b"", grants) for ref, grants in PEOPLE.items()})
    assert not set(shown) & set(guessed.path(place_of("P-99999999")).siblings)


@given(
    bitmap=st.integers(-1, 2**65),
    siblings=st.lists(st.binary(min_size=31, max_size=33), max_size=66),
    leaf=st.none() | st.binary(min_size=32, max_size=32),
)
def test_any_path_to_nowhere_gives_our_error(bitmap: int, siblings: list[bytes], leaf: bytes | None) -> None:
    with pytest.raises(ProofInvalid):
        verify_path(leaf, place_of("P-00000001"), Path(bitmap, tuple(siblings)), b"root" * 8)
