"""The shipped packs are the fourteen that the rules are written for, with every rule that a situation names."""

from __future__ import annotations

from policies.pack import builtin, builtin_ids
from tests.policies.test_worked_situations import SITUATIONS


def test_all_fourteen_packs_are_shipped() -> None:
    assert set(builtin_ids()) == {
        *("BIO", "CORE", "PROV"),
        *("NFLX", "SAG-TV", "SAG-COM", "SAG-IMA", "OTHER-UNION"),
        *("US-CA", "US-NY", "US-TN-IL", "FED", "EU", "DK"),
    }


def test_every_rule_and_pack_that_a_situation_names_is_shipped() -> None:
    rules = {f"{pack}.{rule.id}" for pack in builtin_ids() for rule in builtin(pack).rules}
    named = {
        name
        for situation in SITUATIONS
        for name in (
            *(one["rule"] for one in situation["expect"]),
            *situation.get("passes", ()),
            *situation.get("answers", {}),
        )
    }
    assert named <= rules, named - rules
    assert {pack for situation in SITUATIONS for pack in situation["packs"]} <= set(builtin_ids())
