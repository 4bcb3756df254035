"""The search is exact, orders by score, and refuses to compare what does not compare."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.errors import ModelMismatch
from detectors.gallery import Gallery, search
from detectors.values import Template, Vector


def unit_rows(count: int, seed: int, dimension: int = 16) -> Vector:
    """Random unit vectors."""
    rows = np.random.default_rng(seed).normal(size=(count, dimension))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


@given(
    labels=st.lists(st.sampled_from("abcdefghijklmnop"), max_size=40),
    probes=st.integers(0, 5),
    seed=st.integers(0, 1000),
    limit=st.integers(0, 12),
)
def test_the_search_gives_what_comparing_everything_gives(
    labels: list[str], probes: int, seed: int, limit: int
) -> None:
    rows, wanted = unit_rows(len(labels), seed), unit_rows(probes, seed + 1)
    found = search([Template(v, "k") for v in wanted], Gallery(tuple(labels), rows, "k"), limit=limit)
    assert len(found) == probes
    for vector, candidates in zip(wanted, found, strict=True):
        best: dict[str, float] = {}
        for label, row in zip(labels, rows, strict=True):
            best[label] = max(best.get(label, -2.0), float(row @ vector))
        expected = sorted(best.items(), key=lambda item: -item[1])[:limit]
        assert [score for _, score in candidates] == pytest.approx([score for _, score in expected], abs=1e-5)
        assert len({label for label, _ in candidates}) == len(candidates)
        for label, score in candidates:
            assert score == pytest.approx(best[label], abs=1e-5)


def test_equal_scores_are_ordered_by_label() -> None:
    row = unit_rows(1, 0)
    gallery = Gallery(("c", "a", "b"), np.repeat(row, 3, axis=0), "k")
    (candidates,) = search([Template(row[0], "k")], gallery, limit=2)
    assert [label for label, _ in candidates] == ["a", "b"]


def test_an_empty_gallery_gives_no_candidates_and_asks_for_no_key() -> None:
    empty = Gallery((), np.zeros((0, 16), dtype=np.float32), "")
    assert search([Template(unit_rows(1, 0)[0], "k")], empty) == ((),)
    assert len(empty) == 0


def test_templates_of_two_models_are_not_compared() -> None:
    gallery = Gallery(("a",), unit_rows(1, 0), "old")
    with pytest.raises(ModelMismatch, match="enrol the references again"):
        search([Template(unit_rows(1, 0)[0], "new")], gallery)
    with pytest.raises(ModelMismatch):
        search([Template(unit_rows(1, 0, dimension=8)[0], "old")], gallery)


def test_a_gallery_needs_one_row_per_performer() -> None:
    with pytest.raises(ModelMismatch, match="one row per performer"):
        Gallery(("a", "b"), unit_rows(1, 0), "k")


def test_many_probes_against_a_large_gallery_are_searched_in_parts() -> None:
    rows = unit_rows(60_000, 3)
    gallery = Gallery(tuple(f"p{n}" for n in range(60_000)), rows, "k")
    found = search([Template(rows[n], "k") for n in range(0, 60_000, 200)], gallery, limit=1)
    assert [candidates[0][0] for candidates in found] == [f"p{n}" for n in range(0, 60_000, 200)]


@pytest.mark.parametrize(("performers", "limit"), [(30_000, 10), (40, 10), (3, 10)])
def test_the_best_of_a_large_gallery_are_those_of_comparing_everything(performers: int, limit: int) -> None:
    rows = unit_rows(30_000, 13, dimension=32)
    labels = np.arange(30_000) % performers
    probes = unit_rows(9, 14, dimension=32)
    found = search(
        [Template(v, "k") for v in probes], Gallery(tuple(f"{n:05}" for n in labels), rows, "k"), limit=limit
    )
    for vector, candidates in zip(probes, found, strict=True):
        best = np.full(performers, -2.0)
        np.maximum.at(best, labels, rows.astype(np.float64) @ vector)
        expected = np.argsort(-best)[:limit]
        assert [label for label, _ in candidates] == [f"{n:05}" for n in expected]
        assert [score for _, score in candidates] == pytest.approx(best[expected].tolist(), abs=1e-6)


def test_a_performer_with_a_hundred_references_crowds_nobody_out() -> None:
    near = unit_rows(1, 5)[0]
    crowd = near + 1e-3 * unit_rows(10_000, 6)
    rows = np.concatenate([unit_rows(9_000, 7), crowd / np.linalg.norm(crowd, axis=1, keepdims=True)])
    gallery = Gallery(tuple(f"p{n}" for n in range(9_000)) + ("many",) * 10_000, rows.astype(np.float32), "k")
    (found,) = search([Template(near, "k")], gallery, limit=5)
    others = np.sort(rows[:9_000] @ near)[::-1]
    assert found[0][0] == "many"
    assert [score for _, score in found[1:]] == pytest.approx(others[:4].tolist(), abs=1e-5)


def test_a_score_is_the_same_to_the_last_bit_whatever_is_searched_with_it() -> None:
    rows = unit_rows(20_000, 8, dimension=128)
    gallery = Gallery(tuple(f"p{n}" for n in range(20_000)), rows, "k")
    probes = [Template(vector, "k") for vector in unit_rows(70, 9, dimension=128)]
    assert search(probes, gallery) == tuple(search([probe], gallery)[0] for probe in probes)
    backwards = Gallery(gallery.performers[::-1], rows[::-1], "k")
    assert search(probes[:3], backwards) == search(probes[:3], gallery)


def test_the_templates_are_kept_once() -> None:
    rows = unit_rows(10, 1)
    assert np.shares_memory(Gallery(tuple("jihgfedcba"), rows, "k").vectors, rows)


@pytest.mark.parametrize("damage", [np.nan, np.inf, 0.0, 7.0])
def test_a_vector_that_is_not_of_unit_length_is_neither_enrolled_nor_searched(damage: float) -> None:
    rows = unit_rows(3, 1)
    rows[1] *= np.float32(damage)
    with pytest.raises(ModelMismatch, match="template 1 has the length"):
        Gallery(("a", "b", "c"), rows, "k")
    with pytest.raises(ModelMismatch, match="probe 1 has the length"):
        search([Template(row, "k") for row in rows], Gallery(("a",), unit_rows(1, 2), "k"))
