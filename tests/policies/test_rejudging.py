"""Two versions of packs over the same facts: the quick way gives what judging everything twice gives."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from policies.judge import judge
from policies.pack import Pack, builtin, load_pack
from policies.rejudging import Comparison, FindingChange, changes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from policies.facts import Facts

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
REPLICA = """\
  replica: {performer: P-1, consent: {term: covered}}
rules:
  - id: H9
    title: The consent is not void
    severity: review
    citation: {instrument: i, section: s, paraphrase: p, confidence: low, checked: "2026-11-22"}
    for_each: replica
    effect: voids_consent
    require: [{expr: replica.consent.term == "not_covered", say: It is void.}]
    remedy: r
"""

Versions = tuple[Pack, Pack]


@pytest.fixture
def versions(pack_text: str, tmp_path: Path) -> Callable[[str, str], Versions]:
    """Write the house's pack as it is, and with texts replaced."""

    def write(right: str, wrong: str) -> Versions:
        assert right in pack_text
        for name, text in (("old", pack_text), ("new", pack_text.replace(right, wrong))):
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        return load_pack(tmp_path / "old.yaml"), load_pack(tmp_path / "new.yaml")

    return write


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("severity: block", "severity: warn"),
        ('m == "streaming"', 'm == "cinema"'),
        ("id: H1", "id: H2"),
        ("rules:\n", REPLICA),
        ("title: House rules", "title: House rules, read again"),
    ],
    ids=["severity", "clause", "id", "voids", "nothing"],
)
def test_both_versions_give_what_judging_them_wholly_gives(
    versions: Callable[[str, str], Versions], whole: Facts, right: str, wrong: str
) -> None:
    old, new = versions(right, wrong)
    rest = (builtin("CORE"), builtin("PROV"))
    before, after = Comparison((old,), (new,), rest).findings(whole, as_of=NOW)
    assert set(before) == set(judge((*rest, old), whole, as_of=NOW))
    assert set(after) == set(judge((*rest, new), whole, as_of=NOW))


def test_only_what_differs_is_told_with_the_sentence_of_the_new_version(
    versions: Callable[[str, str], Versions], facts: Facts
) -> None:
    old, new = versions('m == "streaming"', 'm == "cinema"')
    (change,) = changes(*Comparison((old,), (new,), ()).findings(facts, as_of=NOW))
    subject = facts.asset.sha256
    assert change == FindingChange(
        "HOUSE", "H1", subject, ("pass", "block"), ("fail", "block"), "The use is in streaming."
    )
    assert changes(*Comparison((old,), (old,), ()).findings(facts, as_of=NOW)) == ()


def test_a_rule_that_only_one_version_has_is_told_as_such(
    versions: Callable[[str, str], Versions], facts: Facts
) -> None:
    old, new = versions("id: H1", "id: H2")
    gone, come = changes(*Comparison((old,), (new,), ()).findings(facts, as_of=NOW))
    assert (gone.rule, gone.now) == ("H1", None)
    assert (come.rule, come.was) == ("H2", None)


def test_replicas_of_one_performer_are_told_apart(whole: Facts) -> None:
    twice = whole.model_copy(update={"replicas": whole.replicas * 2})
    before = judge((builtin("CORE"),), twice, as_of=NOW)
    assert len(changes(before, ())) == len(before)
