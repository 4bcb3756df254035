"""Three values everywhere: the judge answers whatever the facts are, and knowing less never turns into a pass."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.facts import Facts
from policies.judge import judge
from policies.merging import merged
from policies.pack import builtin_packs
from policies.vocabulary import evaluation_map
from tests.policies.any_facts import any_facts

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PACKS = builtin_packs()
# has() is the one way for a rule to let absence decide; such rules are tried by their own cases.
PLAIN = {(pack.id, rule.id) for pack in PACKS for rule in pack.rules if "has(" not in str(rule.model_dump())}
# That nobody has looked yet is known, and names are what a subject is found by.
_KEPT = frozenset({"adjudication", "sha256", "performer", "id", "ref", "name", "rule"})
any_case = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def leaves(tree: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of everything known that may be forgotten."""
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        here = (*path, key)
        if isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict)):
            yield from leaves(value, here)
        elif isinstance(key, str) and key not in _KEPT and "attestations" not in path and value != []:
            yield here


@any_case
@given(any_facts())
def test_the_judge_answers_whatever_the_facts_are(facts: Facts) -> None:
    found = judge(PACKS, facts, as_of=NOW)
    assert all(finding.why for finding in found)
    assert all(finding.outcome in ("pass", "fail", "unknown", "not_applicable") for finding in found)
    assert len(merged(found)) <= len(found)


@any_case
@given(any_facts(), st.data())
def test_knowing_less_never_turns_into_a_pass(facts: Facts, data: st.DataObject) -> None:
    tree = evaluation_map(facts)
    known = list(leaves(tree))
    if not known:
        return
    forgotten = data.draw(st.sets(st.sampled_from(known), min_size=1))
    for *groups, last in forgotten:
        here: Any = tree
        for part in groups:
            here = here[part]
        del here[last]
    before = judge(PACKS, facts, as_of=NOW)
    after = judge(PACKS, Facts.model_validate(tree), as_of=NOW)
    assert [(f.pack, f.rule) for f in before] == [(f.pack, f.rule) for f in after]
    for old, new in zip(before, after, strict=True):
        if (old.pack, old.rule) in PLAIN and old.outcome != "pass":
            assert new.outcome != "pass", f"{old.pack}.{old.rule} passes without {forgotten}"


def test_most_shipped_rules_let_no_absence_decide() -> None:
    assert len(PLAIN) > sum(len(pack.rules) for pack in PACKS) / 2
