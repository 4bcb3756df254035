"""The packs of the studio and the unions against a table of their rules: none lost, none changed by accident."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import policies
from policies.applicability import ANCHORS
from policies.cases import run_cases
from policies.pack import builtin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.cases import CaseReport
    from policies.pack import Pack
    from policies.rule import Rule

# One line for each agreement: its rules as id, severity (Block, Review, Warn) and + where a person is asked.
TABLE = {
    ("NFLX", "NETFLIX", "used", "2025-08-01"): "N1B N2B N3B N4B N5B+ N6W N7R+ N8R+ N9B N10R+ N11R N12B N13B",
    ("SAG-TV", "SAG-TV", "photographed", "2024-03-04"): (
        "S1B S2B S3R+ S4W S5B S6B+ S7B S8R+ S9R+ S10B S11B+ S12B S13W S22R"
    ),
    ("SAG-TV", "SAG-TV", "photographed", "2026-07-01"): "S14R+ S15B S16B S17W+ S18B S19R",
    ("SAG-TV", "SAG-ANIMATION", "photographed", "2024-01-01"): "S20B S21B",
    ("SAG-COM", "SAG-COM", "photographed", "2025-04-01"): "A1B A2B A3B+ A4B A5B A6R",
    ("SAG-IMA", "SAG-IMA", "photographed", "2025-07-01"): "G1B G2B G3B G4W G5B G6W+",
    ("OTHER-UNION", "ACTRA", "photographed", "2025-01-01"): "U1B U4W",
    ("OTHER-UNION", "BFFS", "photographed", "2025-03-01"): "U2R",
    ("OTHER-UNION", "BFFS", "photographed", "2026-07-01"): "U5R+",
    ("OTHER-UNION", "EQUITY", "judged", "always"): "U3W",
}
PACKS = sorted({pack for pack, *_ in TABLE})


@pytest.fixture(scope="module", params=PACKS)
def pack(request: pytest.FixtureRequest) -> Pack:
    return builtin(request.param)


@pytest.fixture(scope="module")
def report(pack: Pack) -> CaseReport:
    return run_cases(pack)


def written(rule: Rule) -> str:
    return rule.id + rule.severity[0].upper() + ("+" if rule.attestation else "")


def test_each_agreement_has_the_rules_of_the_table_with_its_anchor_and_first_day(pack: Pack) -> None:
    found: dict[tuple[str, ...], set[str]] = {}
    for rule in pack.rules:
        (contract,) = rule.contracts
        group = (pack.id, contract, rule.anchor, str(rule.in_force_from or "always"))
        found.setdefault(group, set()).add(written(rule))
    assert found == {group: set(rules.split()) for group, rules in TABLE.items() if group[0] == pack.id}


def test_every_case_holds_in_three_values(report: CaseReport) -> None:
    assert report.passed, [each for each in report.results if not each.passed] or report.gaps


def test_every_clause_decides_a_case_with_its_own_sentence(pack: Pack, report: CaseReport) -> None:
    def silent() -> Iterator[str]:
        for rule in pack.rules:
            whys = [each.why for each in report.results if each.rule == rule.id and each.outcome == "fail"]
            for clause in rule.require:
                parts = re.split(r"\{[^}]*\}", clause.say)
                sentence = re.compile(".+".join(map(re.escape, parts)))
                if not any(sentence.fullmatch(why) for why in whys):
                    yield f"{rule.id}: {clause.say}"

    assert list(silent()) == []


def test_every_rule_with_dates_has_cases_on_both_sides_of_them(pack: Pack) -> None:
    one_day = timedelta(days=1)
    for rule in pack.rules:
        outcomes = {str(case.facts.get(ANCHORS[rule.anchor] or "")): case.expect for case in rule.cases}
        if rule.in_force_from:
            assert outcomes[str(rule.in_force_from - one_day)] == "not_applicable", rule.id
            assert outcomes[str(rule.in_force_from)] == "fail", rule.id
        if rule.in_force_until:
            assert outcomes[str(rule.in_force_until)] == "fail", rule.id
            assert outcomes[str(rule.in_force_until + one_day)] == "not_applicable", rule.id


def test_a_question_to_people_is_one_that_its_answers_answer_and_that_silence_leaves_open(pack: Pack) -> None:
    for rule in pack.rules:
        if rule.attestation is None:
            continue
        assert "?" in rule.attestation.question, rule.id
        given = {str(case.facts["attestation.answer"]) for case in rule.cases if "attestation.answer" in case.facts}
        assert given & set(rule.attestation.answers), rule.id
        assert any(case.expect == "unknown" and "attestation.answer" not in case.facts for case in rule.cases), rule.id


def test_a_reader_finds_the_source_our_words_for_it_and_what_to_do(pack: Pack) -> None:
    for rule in pack.rules:
        assert rule.citation.checked == "2026-11-22"
        assert len(rule.citation.paraphrase) > 60, rule.id
        # Only the studio's guidance was read itself; the agreements are known from what others wrote about them.
        assert rule.citation.confidence != "sourced" or pack.id == "NFLX", rule.id
        assert rule.remedy.endswith("."), rule.id
        assert all(clause.say.endswith(".") for clause in rule.require), rule.id


def test_no_file_of_a_pack_is_longer_than_a_reader_takes_in(pack: Pack) -> None:
    for file in (Path(policies.__file__).parent / "packs" / pack.id.lower()).glob("*.yaml"):
        assert len(file.read_text(encoding="utf-8").splitlines()) < 300, file.name
