"""Situations from productions, each with every finding that is expected and why (`worked/README.md`)."""

from __future__ import annotations

import copy
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import policies
from policies.document import read_document
from policies.facts import Facts
from policies.judge import judge
from policies.pack import builtin, builtin_ids

WORKED = Path(__file__).parent / "worked"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLURAL = {name: f"{name}s" for name in ("replica", "synthetic", "tool", "appearance", "performer")}


def read(name: str) -> Any:
    return read_document(WORKED / f"{name}.yaml").data


BASE: dict[str, Any] = read("base")
SITUATIONS: list[dict[str, Any]] = [
    each for name in ("film", "advertising", "law") for each in read(name)["situations"]
]


NAMES = {"asset.sha256", "replica.performer", "synthetic.name", "tool.name", "appearance.id", "performer.ref"}


def leaves(tree: dict[str, Any], prefix: str = "") -> list[str]:
    """Return the path of every fact of the base that may be missing."""
    return [
        path
        for name, value in tree.items()
        for path in (leaves(value, f"{prefix}{name}.") if isinstance(value, dict) else [f"{prefix}{name}"])
        if path not in NAMES
    ]


def laid_over(tree: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    """Return the tree with facts, path → value, in place; a path must name a group that the base has."""
    tree = copy.deepcopy(tree)
    for path, value in facts.items():
        *groups, last = path.split(".")
        here = tree
        for group in groups:
            here = here[group]
        here[last] = value
    return tree


def facts_of(situation: dict[str, Any]) -> Facts:
    tree = laid_over(BASE, situation.get("facts", {}))
    tree["production"]["contracts"] = situation.get("contracts", [])
    tree["production"]["jurisdictions"] = situation.get("jurisdictions", [])
    tree["production"]["jurisdictions_unknown"] = []
    lists: dict[str, list[Any]] = {PLURAL[kind]: [tree[kind]] for kind in situation["subjects"]}
    for another in situation.get("also", {}).values():
        lists[PLURAL[another["of"]]].append(laid_over(BASE[another["of"]], another["facts"]))
    answers = [
        {"rule": rule, "answer": answer, "role": role} for rule, (answer, role) in situation.get("answers", {}).items()
    ]
    groups = {name: group for name, group in tree.items() if name not in PLURAL}
    return Facts.model_validate(groups | lists | {"attestations": answers})


def shipped_rules() -> set[str]:
    return {f"{pack}.{rule.id}" for pack in builtin_ids() for rule in builtin(pack).rules}


def named(rule: str, outcome: str, subject: str | None) -> str:
    return f"{rule} {outcome}" + (f" about {subject}" if subject else "")


@pytest.mark.parametrize("situation", SITUATIONS, ids=[each["title"] for each in SITUATIONS])
def test_a_situation_gives_the_findings_that_are_expected_and_no_others(situation: dict[str, Any]) -> None:
    facts = facts_of(situation)
    packs = [builtin(pack) for pack in situation["packs"] if pack in builtin_ids()]
    found = judge(packs, facts, as_of=NOW)
    several = {kind for kind, plural in PLURAL.items() if len(getattr(facts, plural)) > 1}
    open_findings = {
        named(f"{one.pack}.{one.rule}", one.outcome, one.subject if one.subject_kind in several else None): one.why
        for one in found
        if one.outcome not in ("pass", "not_applicable")
    }
    shipped = shipped_rules()
    expected = {
        named(one["rule"], one["outcome"], one.get("about")) for one in situation["expect"] if one["rule"] in shipped
    }
    assert set(open_findings) == expected, open_findings
    passed = {f"{one.pack}.{one.rule}" for one in found if one.outcome == "pass"}
    assert {rule for rule in situation.get("passes", ()) if rule in shipped} <= passed


@pytest.mark.parametrize("situation", SITUATIONS, ids=[each["title"] for each in SITUATIONS])
def test_a_situation_says_why_of_each_finding_and_names_only_packs_that_judge(situation: dict[str, Any]) -> None:
    assert all(one["because"] for one in situation["expect"])
    rules = [one["rule"] for one in situation["expect"]] + list(situation.get("passes", ()))
    assert {rule.partition(".")[0] for rule in (*rules, *situation.get("answers", {}))} <= set(situation["packs"])


def test_there_are_at_least_twenty_situations_and_none_twice() -> None:
    titles = Counter(each["title"] for each in SITUATIONS)
    assert len(titles) >= 20
    assert set(titles.values()) == {1}


@pytest.mark.parametrize("situation", SITUATIONS, ids=[each["title"] for each in SITUATIONS])
def test_the_readme_tells_a_situation_with_its_findings(situation: dict[str, Any]) -> None:
    found = dict.fromkeys(f"{'~' * (one['outcome'] == 'unknown')}{one['rule']}" for one in situation["expect"])
    readme = Path(policies.__file__).with_name("README.md").read_text(encoding="utf-8")
    assert f"\n| {situation['title']} | {', '.join(found) or 'none'} |\n" in readme


def test_the_use_that_the_situations_start_from_is_in_order_under_every_shipped_pack() -> None:
    """Asked are only the signed answers, which nobody gives here."""
    contracts = ["SAG-TV", "SAG-COM", "SAG-IMA", "ACTRA", "EQUITY", "NETFLIX"]
    everywhere = {"contracts": contracts, "jurisdictions": ["US", "FR"], "subjects": list(PLURAL)}
    facts = facts_of(everywhere)
    for one in judge([builtin(pack) for pack in builtin_ids()], facts, as_of=NOW):
        assert one.outcome in ("pass", "not_applicable") or one.missing == ("attestation.answer",), one


@settings(deadline=None)
@given(situation=st.sampled_from(SITUATIONS), forgotten=st.sets(st.sampled_from(leaves(BASE)), min_size=1, max_size=8))
def test_what_a_supplier_leaves_out_never_turns_an_open_finding_into_a_pass(
    situation: dict[str, Any], forgotten: set[str]
) -> None:
    packs = [builtin(pack) for pack in situation["packs"] if pack in builtin_ids()]
    less = situation | {"facts": situation.get("facts", {}) | dict.fromkeys(forgotten)}
    before = judge(packs, facts_of(situation), as_of=NOW)
    for one, other in zip(before, judge(packs, facts_of(less), as_of=NOW), strict=True):
        if one.outcome in ("fail", "unknown"):
            assert other.outcome != "pass", other
