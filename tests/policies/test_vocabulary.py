"""Fact paths: what a rule may name, and what it is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from policies.facts import Facts
from policies.person_facts import ReplicaFacts
from policies.use_facts import AssetFacts, UseFacts
from policies.vocabulary import evaluation_map, fact_paths, nearest, value_at, worded

if TYPE_CHECKING:
    from policies.finding import SubjectKind


def test_a_rule_about_a_replica_reads_more_than_one_about_the_asset() -> None:
    assert "replica.consent.term" in fact_paths("replica")
    assert "replica.consent.term" not in fact_paths("asset")
    assert set(fact_paths("asset")) < set(fact_paths("replica"))


@pytest.mark.parametrize("kind", ["asset", "replica", "appearance", "performer"])
def test_every_path_has_a_description(kind: SubjectKind) -> None:
    assert all(fact_paths(kind).values())


def test_what_is_not_known_is_left_out_of_the_map() -> None:
    data = evaluation_map(Facts(asset=AssetFacts(sha256="ab" * 32), replicas=(ReplicaFacts(performer="P-1"),)))
    assert data["use"] == {}
    assert data["replicas"][0]["consent"] == {"why": {}}
    assert value_at(data, "use.date") is None
    assert value_at(data, "asset.sha256") == "ab" * 32
    assert value_at(data, "asset.sha256.deeper") is None


def test_an_empty_list_is_known_and_none_is_not() -> None:
    asset = AssetFacts(sha256="ab" * 32)
    known = evaluation_map(Facts(asset=asset, use=UseFacts(media=())))
    assert value_at(known, "use.media") == []
    assert value_at(evaluation_map(Facts(asset=asset)), "use.media") is None


def test_values_are_worded_on_one_line_and_cut() -> None:
    assert worded(True) == "true"
    assert worded([]) == "none"
    assert worded(["US", "DE"]) == "US, DE"
    assert worded([{}, {}]) == "2 listed"
    assert worded(0.712345) == "0.7123"
    assert worded("a\x1b[2Jb\nc") == "a [2Jb c"
    assert len(worded("x" * 1000)) == 300


def test_a_mistyped_path_is_answered_with_the_nearest_one() -> None:
    assert nearest("replica.consent.trem", "replica") == "; did you mean 'replica.consent.term'?"
    assert "listed by fact_schema" in nearest("weather", "asset")
