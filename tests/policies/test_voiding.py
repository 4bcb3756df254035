"""A statute that voids a clause lowers the consent: it is judged first, and every other rule sees what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from policies.errors import PackInvalid
from policies.judge import judge
from policies.pack import builtin, load_pack

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from policies.facts import Facts
    from policies.pack import Pack

STATUTE = """\
pack: STATUTE
title: A statute that voids
version: "1"
effective: 2026-01-01
legal_review: pending
facts:
  asset: {sha256: "0000000000000000000000000000000000000000000000000000000000000000"}
rules:
  - id: V1
    title: The use is described
    severity: block
    effect: voids_consent
    citation: {instrument: Statute, section: "1", paraphrase: Void., confidence: high, checked: "2026-11-22"}
    for_each: replica
    require:
      - {expr: replica.consent.described, say: The use is not described.}
    remedy: Describe it.
"""


def outcomes(pack: Pack, facts: Facts, now: datetime, **consent: object) -> dict[str, str]:
    replicas = tuple(
        each.model_copy(update={"consent": each.consent.model_copy(update=consent)}) for each in facts.replicas
    )
    # The statute's pack comes last, and is judged first all the same.
    found = judge((builtin("CORE").only("K15"), pack), facts.model_copy(update={"replicas": replicas}), as_of=now)
    return {finding.rule: finding.outcome for finding in found}


def test_a_clause_that_a_statute_voids_lowers_the_consent(
    written: Callable[[str], Path], whole: Facts, now: datetime
) -> None:
    pack = load_pack(written(STATUTE))
    assert outcomes(pack, whole, now, described=True) == {"V1": "pass", "K15": "pass"}
    assert outcomes(pack, whole, now, described=False) == {"V1": "fail", "K15": "fail"}
    assert outcomes(pack, whole, now, described=None) == {"V1": "unknown", "K15": "unknown"}


def test_the_finding_names_the_rule_that_voids(written: Callable[[str], Path], whole: Facts, now: datetime) -> None:
    pack = load_pack(written(STATUTE.replace("{expr: replica.consent.described", "{expr: 1 > 2")))
    (first, *_) = judge((builtin("CORE").only("K15"), pack), whole, as_of=now)
    assert first.why == "Grant G-17 rests on a clause that is void under STATUTE.V1."


def test_one_rule_that_voids_outweighs_another_that_can_not_be_told(
    written: Callable[[str], Path], whole: Facts, now: datetime
) -> None:
    pack = load_pack(written(STATUTE))
    assert outcomes(pack, whole, now, described=None, voided_by=("US-CA.C1",))["K15"] == "fail"


def test_a_statute_out_of_force_voids_nothing(written: Callable[[str], Path], whole: Facts, now: datetime) -> None:
    pack = load_pack(written(STATUTE.replace("for_each:", "from: 2030-01-01\n    for_each:")))
    assert outcomes(pack, whole, now, described=False) == {"V1": "not_applicable", "K15": "pass"}


def test_each_replica_has_its_own_consent(written: Callable[[str], Path], whole: Facts, now: datetime) -> None:
    (replica,) = whole.replicas
    other = replica.model_copy(
        update={"performer": "P-2", "consent": replica.consent.model_copy(update={"described": True})}
    )
    replica = replica.model_copy(update={"consent": replica.consent.model_copy(update={"described": False})})
    facts = whole.model_copy(update={"replicas": (replica, other)})
    found = judge((load_pack(written(STATUTE)), builtin("CORE").only("K15")), facts, as_of=now)
    assert [finding.outcome for finding in found] == ["fail", "pass", "fail", "pass"]


def test_only_a_rule_about_a_replica_may_void_its_consent(written: Callable[[str], Path]) -> None:
    text = STATUTE.replace("for_each: replica", "for_each: asset").replace(
        "{expr: replica.consent.described", "{expr: 1 < 2"
    )
    with pytest.raises(PackInvalid, match="for_each: replica"):
        load_pack(written(text))
