"""What follows from a declaration: where law may apply, whether it advertises, and what stays unknown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from clearance import claimed
from clearance.audit import use_of
from clearance.declaration import TEMPLATE, Declaration
from clearance.declared_parts import Replica
from consent.values import Performer
from detectors.values import Candidate, Identification
from policies.document import read_document

if TYPE_CHECKING:
    from detectors.values import Decision

BASE = read_document(TEMPLATE).data


def declaration(**changes: Any) -> Declaration:
    assert isinstance(BASE, dict)
    return Declaration.model_validate(BASE | changes)


def declared(part: str, **changes: Any) -> Declaration:
    assert isinstance(BASE, dict)
    written = BASE[part]
    assert isinstance(written, dict)
    return declaration(**{part: written | changes})


def living_in(domicile: str | None) -> Performer:
    return Performer(ref="P-1", stage_name="S", registered=datetime(2026, 1, 1, tzinfo=UTC), domicile=domicile)


def test_the_places_are_those_of_use_contract_and_performers() -> None:
    here = declaration(
        use=declared("use", territories=["DE"]).use, production=declared("production", governing_law="US-CA").production
    )
    assert claimed.jurisdictions(here, {"P-1": living_in("US-NY")}) == (("DE", "US-CA", "US-NY"), ())


def test_a_place_that_nobody_has_named_keeps_rules_of_other_places_open() -> None:
    places, unknown = claimed.jurisdictions(declared("use", territories=["DE"]), {"P-2": living_in(None), "P-1": None})
    assert places == ("DE",)
    assert unknown == ("the law that governs the contracts", "where P-1 lives", "where P-2 lives")


def test_nothing_can_be_added_to_the_whole_world() -> None:
    assert claimed.jurisdictions(declaration(), {"P-1": None}) == (("WORLD",), ())


def test_without_territories_the_places_are_unknown() -> None:
    assert claimed.jurisdictions(declared("use", territories=None), {}) == (None, None)


@pytest.mark.parametrize(
    ("categories", "answer"),
    [(None, None), ([], False), (["series"], False), (["series", "Advertising"], True), (["commercial "], True)],
)
def test_whether_it_advertises_follows_from_the_categories(categories: Any, answer: bool | None) -> None:
    assert claimed.use_facts(declared("use", categories=categories), "a.mp4").advertisement is answer


def test_character_and_scenes_count_for_the_file_they_are_declared_in() -> None:
    one = {"performer": "P-AAAA0001", "kind": "DA", "character": "A", "scenes": ["1", "2"], "files": ["a*"]}
    two = {"performer": "P-AAAA0002", "kind": "DA", "character": "B", "scenes": ["2", "3"], "files": ["ab*"]}
    three = {"performer": "P-AAAA0003", "kind": "DA", "files": ["abc*"]}
    told = declaration(replicas=[one, two, three])
    seen = [(u.character, u.scenes) for u in (claimed.use_facts(told, name) for name in ("a", "ab", "abc", "x"))]
    assert seen == [("A", ("1", "2")), (None, ("1", "2", "3")), (None, None), (None, None)]


def test_what_the_template_leaves_out_is_unknown_and_what_it_states_is_a_fact() -> None:
    told = declaration(
        client={"approval": "written"}, disclosure={"made": True}, tools=[{"name": "T", "generative": True}]
    )
    assert claimed.client_facts(told).model_dump(exclude_none=True) == {"approval": "written"}
    assert claimed.disclosure_facts(told).model_dump(exclude_none=True) == {"made": True}
    assert [t.model_dump(exclude_none=True) for t in claimed.tool_facts(told)] == [{"name": "T", "generative": True}]
    production = claimed.production_facts(told, {})
    assert (production.contracts, production.strike) == (None, None)
    assert claimed.declared_facts(told, "a").model_dump() == {
        "replicas": 0,
        "generative_tools": 1,
        "synthetic_performers": 0,
    }


def identified(decision: Decision, performer: str) -> Identification:
    return Identification("A1", decision, (Candidate(performer, 0.7, 0.001),), "why")


@pytest.mark.parametrize(
    ("decision", "performer", "mode", "alike"),
    [
        ("match", "P-BBBB0001", "registry", True),
        ("review", "P-BBBB0001", "registry", True),
        ("no_match", "P-BBBB0001", "registry", False),
        ("match", "P-AAAA0001", "registry", False),
        ("match", "P-BBBB0001", "declared", None),
        ("match", "P-BBBB0001", "detect", None),
    ],
)
def test_a_synthetic_performer_resembles_whoever_was_recognised_and_not_declared(
    decision: Decision, performer: str, mode: str, alike: bool | None
) -> None:
    told = declaration(
        synthetic_performers=[{"name": "Dockhand", "human_role": True}], on_camera=[{"performer": "P-AAAA0001"}]
    )
    (synthetic,) = claimed.synthetic_facts(told, "a.mp4", (identified(decision, performer),), mode)
    assert (synthetic.resembles_enrolled, synthetic.likeness_search) == (alike, mode == "registry")
    assert (synthetic.name, synthetic.human_role, synthetic.role) == ("Dockhand", True, None)


@pytest.mark.parametrize("sequel", [True, False, None])
def test_a_declared_sequel_is_asked_of_the_grants(sequel: bool | None) -> None:
    replica = Replica(performer="P-AAAA0001", kind="EBDR")
    assert use_of(replica, declared("use", sequel=sequel)).sequel is sequel
