"""Findings of several packs that ask the same are given once, and nothing of the others is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from policies.finding import Citation, Finding
from policies.merging import merged

if TYPE_CHECKING:
    from policies.finding import Outcome, Severity

FINDING = Finding(
    rule="K1",
    title="Consent",
    pack="CORE",
    pack_version="1",
    severity="review",
    outcome="fail",
    subject_kind="replica",
    subject="P-1",
    why="No consent.",
    facts=(("replica.kind", "EBDR"),),
    missing=(),
    citation=Citation("Principle", "1", "Consent first.", "high", "2026-11-22"),
    remedy="Ask.",
    topic="consent",
)
UNION = replace(
    FINDING,
    rule="S1",
    pack="SAG-TV",
    severity="block",
    why="No consent under the agreement.",
    facts=(("replica.fixed", "2026-01-01"),),
    citation=replace(FINDING.citation, instrument="Agreement"),
)


def test_the_gravest_speaks_and_the_others_are_cited_beside_it() -> None:
    (found,) = merged((FINDING, UNION))
    assert (found.pack, found.rule, found.severity, found.why) == ("SAG-TV", "S1", "block", UNION.why)
    assert [(each.pack, each.rule, each.citation) for each in found.also] == [("CORE", "K1", FINDING.citation)]
    assert dict(found.facts) == {"replica.kind": "EBDR", "replica.fixed": "2026-01-01"}


def test_of_equally_grave_rules_the_first_packs_speaks() -> None:
    (found,) = merged((FINDING, replace(UNION, severity="review")))
    assert found.pack == "CORE"


def test_what_both_lack_is_missing_once() -> None:
    lacking = (replace(FINDING, missing=("use.date",)), replace(UNION, missing=("use.date", "use.project")))
    assert merged(lacking)[0].missing == ("use.date", "use.project")


def test_different_answers_subjects_and_topics_stay_apart() -> None:
    others = (
        replace(UNION, outcome="unknown"),
        replace(UNION, subject="P-2"),
        replace(UNION, subject_kind="performer"),
        replace(UNION, topic="pay"),
        replace(UNION, topic=None),
    )
    for other in others:
        assert merged((FINDING, other)) == (FINDING, other)


def test_a_waived_finding_stands_alone() -> None:
    waived = replace(FINDING, outcome="waived")
    assert merged((waived, replace(UNION, outcome="waived"))) == (waived, replace(UNION, outcome="waived"))


def test_two_replicas_of_one_performer_stay_apart() -> None:
    second = replace(FINDING, why="No consent to the voice.")
    found = merged((FINDING, second, UNION, replace(UNION, why="Nor to the voice.")))
    assert [(each.why, each.also[0].why) for each in found] == [
        (UNION.why, "No consent."),
        ("Nor to the voice.", "No consent to the voice."),
    ]


SEVERITIES: tuple[Severity, ...] = ("block", "review", "warn", "info")
OUTCOMES: tuple[Outcome, ...] = ("pass", "fail", "unknown", "not_applicable")
findings = st.builds(
    lambda severity, outcome, topic, pack: replace(FINDING, severity=severity, outcome=outcome, topic=topic, pack=pack),
    st.sampled_from(SEVERITIES),
    st.sampled_from(OUTCOMES),
    st.sampled_from(["a", "b", None]),
    st.sampled_from(["CORE", "SAG-TV", "US-CA"]),
)


@given(st.lists(findings, max_size=8))
def test_no_rule_outcome_or_severity_is_lost(before: list[Finding]) -> None:
    after = merged(before)
    told = [(f.pack, f.severity, f.outcome) for f in after]
    told += [(a.pack, a.severity, f.outcome) for f in after for a in f.also]
    assert sorted(told) == sorted((f.pack, f.severity, f.outcome) for f in before)
    assert all(SEVERITIES.index(f.severity) <= SEVERITIES.index(a.severity) for f in after for a in f.also)
