"""The judge: what passes, fails, does not apply, and what is never taken for a pass."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from policies.facts import Facts, facts_from_json
from policies.judge import judge
from policies.pack import builtin, builtin_packs, load_pack
from policies.person_facts import ConsentFacts, ReplicaFacts
from policies.use_facts import AssetFacts, UseFacts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from policies.finding import Finding

SHA = "ab" * 32
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def only(findings: tuple[Finding, ...], rule: str) -> Finding:
    (found,) = (finding for finding in findings if finding.rule == rule)
    return found


def test_there_is_one_finding_for_each_rule_and_subject_in_the_packs_order(whole: Facts, covered: ConsentFacts) -> None:
    facts = whole.model_copy(
        update={
            "replicas": tuple(ReplicaFacts(performer=ref, consent=covered) for ref in ("P-1", "P-2")),
            "appearances": (),
        }
    )
    found = judge((builtin("CORE"),), facts, as_of=NOW)
    assert [(f.rule, f.subject_kind, f.subject) for f in found][:3] == [
        ("K1", "replica", "P-1"),
        ("K1", "replica", "P-2"),
        ("K2", "replica", "P-1"),
    ]
    assert len(found) == 2 * sum(rule.for_each == "replica" for rule in builtin("CORE").rules)
    assert judge((builtin("PROV"),), facts, as_of=NOW)[0].subject == SHA


def test_a_failing_clause_is_told_in_its_own_sentence_with_the_facts_it_read(
    whole: Facts, covered: ConsentFacts
) -> None:
    why = "Grant G-17 ended on 2026-03-01, and the use is on 2026-09-01."
    consent = covered.model_copy(update={"term": "not_covered", "why": {"term": why}})
    facts = whole.model_copy(update={"replicas": (ReplicaFacts(performer="P-1", consent=consent),)})
    finding = only(judge((builtin("CORE"),), facts, as_of=NOW), "K2")
    assert (finding.outcome, finding.severity, finding.why) == ("fail", "block", why)
    assert finding.facts == (("replica.consent.record_found", "true"), ("replica.consent.term", "not_covered"))
    assert finding.missing == ()
    assert finding.pack == "CORE"
    assert finding.citation.instrument
    assert finding.remedy


def test_a_failure_whose_sentence_is_lacking_is_told_by_the_rule_itself(whole: Facts, covered: ConsentFacts) -> None:
    consent = covered.model_copy(update={"term": "not_covered"})
    facts = whole.model_copy(update={"replicas": (ReplicaFacts(performer="P-1", consent=consent),)})
    finding = only(judge((builtin("CORE"),), facts, as_of=NOW), "K2")
    assert finding.why == "not fulfilled: The day of the use lies within the term of the consent"


def test_a_missing_fact_is_named_and_described(whole: Facts, covered: ConsentFacts) -> None:
    consent = covered.model_copy(update={"territory": None})
    facts = whole.model_copy(update={"replicas": (ReplicaFacts(performer="P-1", consent=consent),)})
    finding = only(judge((builtin("CORE"),), facts, as_of=NOW), "K3")
    assert finding.outcome == "unknown"
    assert finding.missing == ("replica.consent.territory",)
    assert finding.why == (
        "missing fact: replica.consent.territory (whether the grant covers every territory of the use)"
    )


def rules(written: Callable[[str], Path], text: str, *changes: tuple[str, str]) -> Any:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return (load_pack(written(text)),)


def test_a_rule_applies_only_while_it_is_in_force(written: Callable[[str], Path], pack_text: str, facts: Facts) -> None:
    dated = ("for_each: asset", "for_each: asset\n    from: 2026-06-01\n    until: 2026-06-30")
    packs = rules(written, pack_text, dated)
    days = {
        datetime(2026, 5, 31, 23, 59, tzinfo=UTC): "not_applicable",
        datetime(2026, 6, 1, tzinfo=UTC): "pass",
        datetime(2026, 6, 30, 23, 59, tzinfo=UTC): "pass",
        datetime(2026, 7, 1, tzinfo=UTC): "not_applicable",
        # Still June in UTC.
        datetime(2026, 7, 1, 5, tzinfo=timezone(timedelta(hours=9))): "pass",
    }
    for as_of, outcome in days.items():
        assert judge(packs, facts, as_of=as_of)[0].outcome == outcome
    why = judge(packs, facts, as_of=datetime(2026, 7, 1, tzinfo=UTC))[0].why
    assert why == "does not apply on 2026-07-01: it is in force from 2026-06-01 until 2026-06-30"


def test_a_time_without_offset_is_refused(facts: Facts) -> None:
    with pytest.raises(ValueError, match="offset"):
        judge((), facts, as_of=datetime(2026, 1, 1))  # noqa: DTZ001 - what must be refused


def test_a_rule_that_does_not_apply_says_why(
    written: Callable[[str], Path], pack_text: str, facts: Facts, now: datetime
) -> None:
    packs = rules(written, pack_text, ('!= "Test"', '== "Test"'))
    finding = judge(packs, facts, as_of=now)[0]
    assert (finding.outcome, finding.why) == ("not_applicable", "does not apply: Harbour Lights is a test")


def test_a_condition_that_can_not_be_told_is_unknown(
    written: Callable[[str], Path], pack_text: str, now: datetime
) -> None:
    facts = Facts(asset=AssetFacts(sha256=SHA), use=UseFacts(media=("streaming",)))
    finding = judge(rules(written, pack_text), facts, as_of=now)[0]
    assert (finding.outcome, finding.missing) == ("unknown", ("use.project",))


def test_a_needed_fact_that_is_missing_is_told_before_the_clauses(
    written: Callable[[str], Path], pack_text: str, facts: Facts, now: datetime
) -> None:
    needs = rules(written, pack_text, ("for_each: asset", "for_each: asset\n    needs: [use.final]"))
    finding = judge(needs, facts, as_of=now)[0]
    assert (finding.outcome, finding.missing) == ("unknown", ("use.final",))
    assert finding.why.startswith("missing fact: use.final (whether this is a final deliverable")


def test_a_false_clause_decides_even_when_an_earlier_one_can_not_be_told(
    written: Callable[[str], Path], pack_text: str, facts: Facts, now: datetime
) -> None:
    clause = "require:\n      - {expr: use.final, say: not final}"
    packs = rules(written, pack_text, ("require:", clause), ('m == "streaming"', 'm == "cinema"'))
    finding = judge(packs, facts, as_of=now)[0]
    assert (finding.outcome, finding.why) == ("fail", "The use is in streaming.")


def test_an_evaluation_that_breaks_off_is_unknown_with_the_reason(
    written: Callable[[str], Path], pack_text: str, facts: Facts, now: datetime
) -> None:
    packs = rules(written, pack_text, ('use.media.all(m, m == "streaming")', "1 / 0 == 1"))
    finding = judge(packs, facts, as_of=now)[0]
    assert finding.outcome == "unknown"
    assert "could not be evaluated: INVALID_ARGUMENT: divide by zero" in finding.why


def test_text_from_outside_can_not_steer_the_terminal(
    written: Callable[[str], Path], pack_text: str, now: datetime
) -> None:
    facts = Facts(asset=AssetFacts(sha256=SHA), use=UseFacts(project="x", media=("\x1b[2J\nhidden",)))
    finding = judge(rules(written, pack_text), facts, as_of=now)[0]
    assert finding.outcome == "fail"
    assert finding.why.isprintable()
    assert all(value.isprintable() for _, value in finding.facts)


def test_judging_is_repeatable_and_survives_the_record(now: datetime, whole: Facts) -> None:
    facts = whole
    recorded = facts_from_json(facts.model_dump_json())
    assert judge(builtin_packs(), facts, as_of=now) == judge(builtin_packs(), recorded, as_of=now)


def test_a_finding_is_frozen(facts: Facts, now: datetime) -> None:
    finding = judge((builtin("PROV"),), facts, as_of=now)[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        finding.outcome = "pass"  # type: ignore[misc]  # what must fail
