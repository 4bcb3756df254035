"""Every shipped rule proves itself by its own cases, and a pack that doesn't is told so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from policies.cases import run_cases
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
        assert run_cases(load_pack(written(text))).passed


def test_a_rule_without_cases_has_three_gaps(written: Callable[[str], Path], pack_text: str) -> None:
    report = run_cases(load_pack(written(pack_text.partition("    cases:")[0])))
    assert len(report.gaps) == 3
    assert not report.passed
