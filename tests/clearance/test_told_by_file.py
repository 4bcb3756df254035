"""What follows from a manifest: terms about training, contradictions, marks that came in and went out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from clearance import told_by_file
from provenance.reading import Action, Answer, AssertionInfo, ProvenanceReading
from provenance.trust import TrustAnchor, TrustList, TrustProfile

if TYPE_CHECKING:
    from provenance.json_shapes import Json

READING = ProvenanceReading(
    present=True,
    integrity=Answer("valid", "w"),
    trust=Answer("trusted", "w"),
    identity=Answer("absent", "w"),
    time=Answer("none", "w"),
    revocation=Answer("not_checked", "w"),
)


def action(name: str, source_type: str | None = None) -> Action:
    return Action(name, source_type, None, None, created=True)


def mining(*entries: Json, label: str = "cawg.training-mining") -> ProvenanceReading:
    data: Json = {"entries": {f"cawg.{place}": entry for place, entry in enumerate(entries)}}
    return replace(READING, assertions=(AssertionInfo(label, True, data, "m"),))


@pytest.mark.parametrize(
    ("reading", "terms"),
    [
        (READING, "absent"),
        (mining({"use": "allowed"}), "allowed"),
        (mining({"use": "allowed"}, {"use": "notAllowed"}), "notAllowed"),
        (mining({"use": "constrained", "constraint_info": "ask"}, {"use": "allowed"}), "constrained"),
        (mining({"use": "constrained"}), "notAllowed"),
        (mining({"use": "allowed"}, label="c2pa.training-mining__1"), "allowed"),
        (mining({"use": "perhaps"}), None),
        (mining("allowed"), None),
        (mining(), None),
        (replace(READING, assertions=(AssertionInfo("cawg.training-mining", True, [], "m"),)), None),
    ],
)
def test_the_strictest_term_about_training_counts_and_an_unreadable_one_is_unknown(
    reading: ProvenanceReading, terms: str | None
) -> None:
    assert told_by_file.training_terms(reading) == terms


@pytest.mark.parametrize(
    ("names", "phrases"),
    [
        (("c2pa.created", "c2pa.edited"), ()),
        (("c2pa.created", "c2pa.created"), ("c2pa.created is recorded 2 times",)),
        (("c2pa.opened", "c2pa.created"), ("c2pa.created is recorded after c2pa.opened",)),
    ],
)
def test_actions_that_contradict_each_other_are_told_in_words(names: Any, phrases: tuple[str, ...]) -> None:
    assert told_by_file.contradictions(replace(READING, actions=tuple(action(n) for n in names))) == phrases


def test_a_recording_with_a_generated_step_contradicts_itself() -> None:
    actions = (action("c2pa.created", "digitalCapture"), action("c2pa.edited", "trainedAlgorithmicMedia"))
    (phrase,) = told_by_file.contradictions(replace(READING, actions=actions, source_type="digitalCapture"))
    assert phrase == "the source type digitalCapture means a recording, and c2pa.edited generated"


@pytest.mark.parametrize(
    ("own", "chain", "marks"),
    [
        (None, (), (False, False)),
        ("trainedAlgorithmicMedia", ("trainedAlgorithmicMedia",), (False, True)),
        ("digitalCapture", ("digitalCapture", "trainedAlgorithmicMedia"), (True, False)),
        ("compositeSynthetic", ("compositeSynthetic", "compositeSynthetic"), (True, True)),
    ],
)
def test_a_mark_that_came_in_with_an_ingredient_is_told_from_the_files_own(
    own: str | None, chain: tuple[str, ...], marks: tuple[bool, bool]
) -> None:
    reading = replace(READING, actions=(action("c2pa.created", own),), declared_source_types=chain)
    assert told_by_file.latent_marks(reading) == marks


@pytest.mark.parametrize(
    ("languages", "named"),
    [
        ((), None),
        (("fr",), True),
        (("fr-CA", "zh-Hant-TW"), True),
        (("fr", None), False),
        (("",), False),
        (("French, mostly",), False),
    ],
)
def test_every_translation_has_to_name_its_language(languages: tuple[str | None, ...], named: bool | None) -> None:
    actions = tuple(replace(action("c2pa.translated"), target_language=one) for one in languages)
    assert told_by_file.translation_language(replace(READING, actions=(action("c2pa.created"), *actions))) is named


OWN = TrustList("urn:x:own", "own", "claim", "ab" * 32)
PINNED = replace(OWN, date=date(2026, 8, 5))


@pytest.mark.parametrize(
    ("listed", "kind"),
    [
        (OWN, "other"),
        (PINNED, "studio"),
        (replace(PINNED, published=True), "official"),
        (replace(PINNED, legacy=True), "legacy"),
        (replace(PINNED, published=True, legacy=True), "legacy"),
    ],
)
def test_the_rules_are_told_what_kind_of_list_vouches_for_the_signer(listed: TrustList, kind: str) -> None:
    profile = TrustProfile("x", (TrustAnchor("urn:x:own", "claim", ""),), "cd" * 32, (listed,))
    trusted = replace(READING, trust_list="urn:x:own")
    assert told_by_file.manifest_facts(trusted, None, profile).trust_list == kind
    stranger = replace(trusted, trust=Answer("untrusted", "w"))
    for reading, by in ((stranger, profile), (trusted, None), (replace(trusted, trust_list="urn:x:no"), profile)):
        assert told_by_file.manifest_facts(reading, None, by).trust_list is None


def test_without_a_manifest_only_what_is_declared_is_known() -> None:
    facts = told_by_file.manifest_facts(replace(READING, present=False), 2, None)
    assert facts.model_dump(exclude_none=True) == {"present": False, "plates": 2}


def test_an_intact_manifest_gives_its_answers() -> None:
    redacted = ("self#jumbf=x/org.clearance.likeness-consent",)
    reading = replace(READING, actions=(action("c2pa.translated"),), redactions=redacted)
    facts = told_by_file.manifest_facts(reading, None, None)
    assert (facts.time_stamp, facts.revocation, facts.ingredients, facts.ingredients_intact) == (
        *("none", "not_checked"),
        *(0, True),
    )
    assert (facts.translated, facts.consent_redacted, facts.all_actions_included, facts.plates) == (
        *(True, True),
        *(None, None),
    )
