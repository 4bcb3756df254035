"""The packs that bind every delivery: what a clean asset, a stranger, a missing manifest and silence come to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from policies.evidence_facts import BiometricFacts, ManifestFacts, ModelFacts
from policies.facts import Facts
from policies.judge import judge
from policies.pack import builtin
from policies.person_facts import (
    AppearanceFacts,
    AttestationFacts,
    ConsentFacts,
    PerformerFacts,
    PersonFacts,
    ReplicaFacts,
)
from policies.use_facts import AssetFacts, DeclaredFacts, UseFacts

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ALWAYS = tuple(builtin(name) for name in ("BIO", "CORE", "PROV"))


def failures(facts: Facts) -> dict[str, str]:
    found = judge(ALWAYS, facts, as_of=NOW)
    return {finding.rule: finding.outcome for finding in found if finding.outcome in ("fail", "unknown")}


def test_a_clean_asset_passes_every_rule_that_applies(whole: Facts) -> None:
    assert failures(whole) == {}


def test_facts_that_say_nothing_pass_no_rule_at_all() -> None:
    nothing = Facts(
        asset=AssetFacts(sha256="ab" * 32),
        replicas=(ReplicaFacts(performer="P-1"),),
        appearances=(AppearanceFacts(id="A1"),),
        performers=(PerformerFacts(ref="P-1"),),
    )
    found = judge(ALWAYS, nothing, as_of=NOW)
    # These ask only where something is stated: a source type, a match, a law, another signatory, a trust list, ...
    silent = {
        *("K9", "K10", "K16", "K18", "P3", "P6", "P7", "P8", "P10", "P11", "P13", "P14", "P15", "P16"),
        *("B2", "B3", "B5", "B6", "B7", "B8", "B9"),
        "B11",  # and this one is not in force yet
    }
    assert {finding.rule for finding in found if finding.outcome == "not_applicable"} == silent
    assert {finding.outcome for finding in found if finding.rule not in silent} == {"unknown"}


@pytest.mark.parametrize(
    ("appearance", "outcomes"),
    [
        ({"decision": "no_match"}, {"K14": "fail"}),
        ({"decision": "no_match", "adjudication": "dismissed"}, {}),
        ({"decision": "match", "performer": "P-2"}, {"K10": "fail"}),
        ({"decision": "match", "performer": "P-2", "adjudication": "dismissed"}, {}),
        ({"decision": "review", "performer": "P-2"}, {"K11": "fail"}),
        ({"decision": "review", "performer": "P-2", "adjudication": "confirmed"}, {"K10": "fail"}),
        ({"decision": "review", "performer": "P-1", "declared": True, "adjudication": "confirmed"}, {}),
        ({"decision": "review", "performer": "P-2", "adjudication": "dismissed"}, {}),
        ({"decision": None}, {"K11": "unknown", "K14": "unknown"}),
        ({"decision": None, "adjudication": "dismissed"}, {}),
    ],
)
def test_a_person_on_screen_is_declared_settled_or_held(
    appearance: dict[str, Any], outcomes: dict[str, str], whole: Facts
) -> None:
    one = AppearanceFacts.model_validate({"id": "A1", "declared": False} | appearance)
    assert failures(whole.model_copy(update={"appearances": (one,)})) == outcomes


def test_a_file_without_a_manifest_is_held_once(whole: Facts) -> None:
    assert failures(whole.model_copy(update={"manifest": ManifestFacts(present=False)})) == {"P1": "unknown"}


def test_a_thousand_people_are_judged_in_a_moment(now: datetime, whole: Facts) -> None:
    crowd = tuple(AppearanceFacts(id=f"A{n}", decision="no_match", declared=False) for n in range(1000))
    found = judge((builtin("CORE"),), whole.model_copy(update={"appearances": crowd}), as_of=now)
    assert sum(finding.outcome == "fail" for finding in found) == 1000


GROUPS: dict[tuple[str | int, ...], type[BaseModel]] = {
    ("use",): UseFacts,
    ("manifest",): ManifestFacts,
    ("declared",): DeclaredFacts,
    ("biometrics",): BiometricFacts,
    ("model",): ModelFacts,
    ("replicas", 0): ReplicaFacts,
    ("replicas", 0, "consent"): ConsentFacts,
    ("replicas", 0, "person"): PersonFacts,
    ("appearances", 0): AppearanceFacts,
    ("performers", 0): PerformerFacts,
}
FACTS = [
    (*group, key) for group, model in GROUPS.items() for key in model.model_fields if key not in ("consent", "person")
]


def inside(tree: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        tree = tree[part]
    return tree


@pytest.fixture(scope="session")
def broken(whole: Facts, covered: ConsentFacts) -> Facts:
    """Facts that break every rule that can be broken together."""
    consent = {name: "not_covered" for name, value in covered if value == "covered"} | {
        "status": "withdrawn",
        "evidence_hash": "mismatch",
        "evidence_signature": "invalid",
        "signatory_role": "representative",
        "authority_document": False,
        "prohibitions": ("nudity",),
        "approvals_required": ("script",),
        "training": "notAllowed",
    }
    replica = ReplicaFacts(
        performer="P-1",
        modalities=("voice",),
        consent=covered.model_copy(update=consent),
        person=PersonFacts(minor=True),
    )
    return whole.model_copy(
        update={
            "manifest": ManifestFacts(
                present=True,
                integrity="invalid",
                first_action="c2pa.edited",
                source_type="digitalCapture",
                source_type_status="unknown",
                is_capture=True,
                personal_data=("a name",),
                trust="untrusted",
                trust_list="legacy",
                time_stamp="none",
                revocation="revoked",
                plates=2,
                ingredients=1,
                translated=True,
                translation_language=False,
                training_terms="allowed",
                consent_redacted=True,
                contradictions=("a recording that was generated",),
            ),
            "use": UseFacts(date="2026-09-01", content_tags=("nudity",), approvals=()),
            "attestations": (AttestationFacts(rule="CORE.K17", answer="no", role="producer"),),
            "biometrics": BiometricFacts(
                unclaimed_templates_persisted=True, vectors_disclosed=True, retention_policy=False
            ),
            "model": ModelFacts(commercial_use=False, commercial_purpose=True),
            "replicas": (replica,),
            "appearances": (AppearanceFacts(id="A1", decision="no_match", declared=False),),
            "performers": (
                PerformerFacts(
                    ref="P-1",
                    release_in_force=False,
                    release_jurisdiction="US",
                    captured="2026-02-03",
                    source_consented=False,
                    source_scraped=True,
                    templates_kept=True,
                    purpose_ended="2025-01-01",
                    days_since_purpose=690,
                    days_since_interaction=2000,
                    transferred=True,
                ),
            ),
        }
    )


def test_facts_can_break_nearly_every_rule_at_once(broken: Facts) -> None:
    assert set(failures(broken)) == {
        *("K1", "K2", "K3", "K4", "K5", "K6", "K7", "K8", "K14"),
        *("K9", "K12", "K13", "K16", "K17"),
        *("B1", "B2", "B3", "B4", "B5", "B6", "B7", "B10", "B12", "B13"),
        *("P1", "P2", "P3", "P4", "P6", "P7", "P8", "P9", "P10", "P11", "P12", "P14", "P15", "P16"),
    }


@settings(deadline=None)
@given(forgotten=st.sets(st.sampled_from(FACTS), min_size=1, max_size=12))
def test_forgetting_facts_never_turns_a_failure_into_a_pass(broken: Facts, forgotten: set[Any]) -> None:
    before = judge(ALWAYS, broken, as_of=NOW)
    less = broken.model_dump(mode="json")
    for path in forgotten:
        inside(less, path[:-1])[path[-1]] = {} if path[-1] == "why" else None
    try:
        facts = Facts.model_validate(less)
    except ValidationError:
        return  # a name was forgotten, and without it there are no facts
    for one, other in zip(before, judge(ALWAYS, facts, as_of=NOW), strict=True):
        if one.outcome in ("fail", "unknown"):
            assert other.outcome != "pass"
