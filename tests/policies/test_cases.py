"""Every shipped rule proves itself by its own cases, and a pack that doesn't is told so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from policies.cases import contradictions, run_cases
from policies.pack import builtin_packs, load_pack
from policies.sentence import NOT_KNOWN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from policies.cases import CaseResult

RESULTS = [(pack.id, result) for pack in builtin_packs() for result in run_cases(pack).results]


@pytest.mark.parametrize(
    ("pack", "result"), RESULTS, ids=[f"{pack}-{result.rule}-{result.case}" for pack, result in RESULTS]
)
def test_a_shipped_case_comes_out_as_expected_and_reads_as_a_sentence(pack: str, result: CaseResult) -> None:
    assert result.outcome == result.expected, result.why
    assert result.why
    assert not set("{}") & set(result.why)
    assert NOT_KNOWN not in result.why


def test_every_shipped_rule_has_cases_that_pass_fail_and_are_unknown() -> None:
    for pack in builtin_packs():
        assert run_cases(pack).gaps == ()
        assert run_cases(pack).passed


def test_a_case_that_comes_out_otherwise_fails_the_report(written: Callable[[str], Path], pack_text: str) -> None:
    report = run_cases(load_pack(written(pack_text.replace("expect: fail", "expect: pass"))))
    assert not report.passed
    (wrong,) = (result for result in report.results if not result.passed)
    assert (wrong.rule, wrong.case, wrong.expected, wrong.outcome) == ("H1", "cinema", "pass", "fail")
    assert wrong.why == "The use is in cinema."
    assert report.gaps == ("rule H1 has no case that expects fail; add one",)


def test_a_case_is_judged_while_its_rule_is_in_force(written: Callable[[str], Path], pack_text: str) -> None:
    for dates in ("from: 2031-01-01", "until: 1999-12-31"):
        text = pack_text.replace("for_each: asset", f"for_each: asset\n    {dates}")
        report = run_cases(load_pack(written(text)))
        assert all(result.passed for result in report.results)


def test_a_rule_with_dates_needs_cases_on_either_side_of_them(written: Callable[[str], Path], pack_text: str) -> None:
    dated = pack_text.replace("for_each: asset", "for_each: asset\n    from: 2031-01-01\n    until: 2032-12-31")
    assert run_cases(load_pack(written(dated))).gaps == (
        "rule H1 has no case judged on 2030-12-31, the day before it binds; add one",
        "rule H1 has no case judged on 2032-12-31, its last day; add one",
        "rule H1 has no case judged on 2033-01-01, the day after it; add one",
    )
    more = "".join(
        f"      - {{name: on {day}, on: {day}, expect: {expect}}}\n"
        for day, expect in (("2030-12-31", "not_applicable"), ("2032-12-31", "pass"), ("2033-01-01", "not_applicable"))
    )
    assert run_cases(load_pack(written(dated + more))).passed


def test_the_days_of_a_rule_count_against_its_anchor(written: Callable[[str], Path], pack_text: str) -> None:
    dated = pack_text.replace("for_each: asset", "for_each: asset\n    anchor: used\n    from: 2026-09-01")
    (gap,) = run_cases(load_pack(written(dated))).gaps
    assert gap == "rule H1 has no case with use.date on 2026-08-31, the day before it binds; add one"


def test_a_clause_that_no_case_breaks_is_counted_as_such(written: Callable[[str], Path], pack_text: str) -> None:
    idle = pack_text.replace("    remedy:", "      - {expr: asset.sha256 != '', say: It has no digest.}\n    remedy:")
    tried = run_cases(load_pack(written(idle))).coverage
    assert [(each.clause, each.broken, each.open) for each in tried] == [(1, 1, 1), (2, 0, 0)]


def test_a_case_that_contradicts_its_rule_is_told_where_it_stands(
    written: Callable[[str], Path], pack_text: str
) -> None:
    path = written(pack_text.replace("expect: fail", "expect: pass"))
    assert contradictions(load_pack(path)) == (
        f"{path}:27:9: rule H1 contradicts its case 'cinema': expected pass, got fail: The use is in cinema.",
    )


def test_a_rule_without_cases_has_three_gaps(written: Callable[[str], Path], pack_text: str) -> None:
    report = run_cases(load_pack(written(pack_text.partition("    cases:")[0])))
    assert len(report.gaps) == 3
    assert not report.passed
