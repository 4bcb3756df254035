"""The shipped packs hold the catalogue: every rule with its severity and its first day, readable and tried."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from policies.applicability import ANCHORS
from policies.pack import builtin, builtin_packs

if TYPE_CHECKING:
    from policies.rule import Case, Rule

# Pack -> rule: severity (block, review, warn, info) and first day; a void clause is marked.
CATALOGUE = {
    "CORE": """
        K1 block  K2 block  K3 block  K4 block  K5 block  K6 review  K7 block  K8 block  K9 review  K10 block
        K11 review  K12 block  K13 block  K14 review  K15 review  K16 block  K17 review  K18 review""",
    "BIO": """
        B1 block  B2 block  B3 block  B4 block  B5 block 2026-01-01  B6 block  B7 block  B8 block  B9 review
        B10 block 2025-02-02  B11 warn 2027-12-02  B12 block  B13 block  B14 info""",
    "PROV": """
        P1 block  P2 review 2026-01-01  P3 warn  P4 block  P5 block  P6 block  P7 block  P8 review  P9 info
        P10 review  P11 block  P12 block  P13 warn 2024-01-01  P14 block  P15 review  P16 block""",
    "US-CA": """
        C1 block 2025-01-01 void  C2 review 2025-01-01  C3 block 2025-01-01  C4 warn 2026-08-02
        C5 info 2026-01-01""",
    "US-NY": """
        Y1 block 2025-01-01 void  Y2 block 2026-06-09  Y3 info 2026-06-09  Y4 block 2025-12-11
        Y5 block 2025-06-19""",
    "US-TN-IL": "T1 block 2024-07-01  L1 block 2024-08-10 void  L2 block 2025-01-01",
    "FED": "F1 block 2025-05-19  F2 info 2026-05-19  F3 info",
    "EU": "E1 block 2026-08-02  E2 review 2026-08-02  E3 warn 2026-08-02  E4 review 2026-08-02  E5 warn",
    "DK": "D1 info",
}
ANCHORED = {
    rule: anchor
    for anchor, rules in {
        "fixed": "C1 C2",
        "signed": "Y1 L1",
        "used": "C3 Y2 Y3 Y4 Y5 T1 L2 F1 E1 E2 E3 E4",
        "captured": "B5",
        "judged": "C4 C5 F2 B10 B11 P2 P13",
    }.items()
    for rule in rules.split()
}
RULES = [(pack.id, rule) for pack in builtin_packs() for rule in pack.rules]
every_rule = pytest.mark.parametrize(("pack", "rule"), RULES, ids=[f"{pack}-{rule.id}" for pack, rule in RULES])


def entry(rule: Rule) -> str:
    first = f" {rule.in_force_from}" if rule.in_force_from else ""
    return f"{rule.id} {rule.severity}{first}{' void' if rule.effect == 'voids_consent' else ''}"


@pytest.mark.parametrize("pack", CATALOGUE)
def test_a_pack_holds_every_rule_of_the_catalogue_with_its_severity_and_its_first_day(pack: str) -> None:
    expected = {line.strip() for line in CATALOGUE[pack].replace("\n", "  ").split("  ") if line.strip()}
    assert expected - {entry(rule) for rule in builtin(pack).rules} == set()


@pytest.mark.parametrize("rule", ANCHORED)
def test_a_rule_counts_its_days_from_what_its_law_names(rule: str) -> None:
    (found,) = (each for pack in CATALOGUE for each in builtin(pack).rules if each.id == rule)
    assert found.anchor == ANCHORED[rule]


def test_no_counsel_has_approved_a_shipped_pack_and_every_law_that_is_not_one_is_disabled() -> None:
    assert {pack.legal_review for pack in builtin_packs()} == {"pending"}
    assert {pack.id for pack in builtin_packs() if pack.disabled_because} == {"DK"}


@every_rule
def test_a_rule_is_readable_without_its_expressions(pack: str, rule: Rule) -> None:
    citation = rule.citation
    assert len(citation.paraphrase.split()) >= 10
    assert citation.instrument
    assert citation.section
    assert date.fromisoformat(citation.checked) <= date(2026, 11, 22)
    assert rule.remedy.endswith((".", ")."))
    assert all(clause.say.endswith((".", "}")) for clause in rule.require)
    if rule.when:
        # It completes "does not apply: ...".
        assert not rule.when.say.endswith(".")
    if rule.attestation:
        assert "?" in rule.attestation.question


@every_rule
def test_a_rule_with_a_date_is_tried_on_the_days_about_it(pack: str, rule: Rule) -> None:
    tried = {day: case.expect for case in rule.cases if (day := day_of(rule, case))}
    one = timedelta(days=1)
    if rule.in_force_from:
        assert tried[rule.in_force_from - one] == "not_applicable"
        assert tried[rule.in_force_from] != "not_applicable"
    if rule.in_force_until:
        assert tried[rule.in_force_until + one] == "not_applicable"
        assert tried[rule.in_force_until] != "not_applicable"


@every_rule
def test_a_rule_that_asks_somebody_shows_what_silence_comes_to(pack: str, rule: Rule) -> None:
    if rule.attestation:
        answers = {case.facts.get("attestation.answer") for case in rule.cases}
        assert None in answers
        assert answers & set(rule.attestation.answers)


def day_of(rule: Rule, case: Case) -> date | None:
    """Return the day that a case tries: the judged one, or that of the rule's anchor."""
    path = ANCHORS[rule.anchor]
    if path is None:
        return case.on
    stated = case.facts.get(path)
    return date.fromisoformat(str(stated)[:10]) if stated else None
