"""Fixtures of the policies tests: a pack written to a file, and facts to judge with it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from policies.evidence_facts import BiometricFacts, ManifestFacts, ModelFacts
from policies.facts import Facts
from policies.person_facts import AppearanceFacts, ConsentFacts, PerformerFacts, ReplicaFacts
from policies.use_facts import AssetFacts, DeclaredFacts, ProductionFacts, UseFacts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PACK = """\
pack: HOUSE
title: House rules
version: "1"
effective: 2026-01-01
legal_review: pending
facts:
  asset: {sha256: "0000000000000000000000000000000000000000000000000000000000000000"}
  use: {date: 2026-09-01, project: Harbour Lights, media: [streaming]}
rules:
  - id: H1
    title: Only streaming
    severity: block
    citation:
      instrument: House rules
      section: "1"
      paraphrase: The house clears streaming and nothing else.
      confidence: high
      checked: "2026-11-22"
    for_each: asset
    when: {expr: use.project != "Test", say: "{use.project} is a test"}
    require:
      - expr: use.media.all(m, m == "streaming")
        say: The use is in {use.media}.
    remedy: Leave the other media out.
    cases:
      - {name: streaming, expect: pass}
      - {name: cinema, facts: {use.media: [cinema]}, expect: fail}
      - {name: no media, facts: {use.media: null}, expect: unknown}
      - {name: a test, facts: {use.project: Test}, expect: not_applicable}
"""


@pytest.fixture
def pack_text() -> str:
    return PACK


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """Write a pack's text to pack.yaml and give its path."""

    def write(text: str) -> Path:
        path = tmp_path / "pack.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def facts() -> Facts:
    return Facts(
        asset=AssetFacts(sha256="ab" * 32, kind="image"),
        use=UseFacts(date="2026-09-01", project="Harbour Lights", media=("streaming",)),
    )


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def covered() -> ConsentFacts:
    """Consent that covers the use in every dimension."""
    dimensions = ("term", "territory", "project", "use_category", "medium", "character", "scene")
    return ConsentFacts(
        record_found=True,
        grant="G-17",
        status="given",
        evidence_hash="verified",
        voided_by=(),
        evidence_signature="valid",
        prohibitions=(),
        approvals_required=(),
        **dict.fromkeys((*dimensions, "replica_kind", "modality"), "covered"),
    )


@pytest.fixture(scope="session")
def whole(covered: ConsentFacts) -> Facts:
    """Facts of an asset that every rule of CORE, BIO and PROV is content with."""
    return Facts(
        asset=AssetFacts(sha256="ab" * 32, kind="video"),
        use=UseFacts(date="2026-09-01"),
        production=ProductionFacts(contracts=(), jurisdictions=(), jurisdictions_unknown=()),
        manifest=ManifestFacts(
            present=True,
            integrity="valid",
            trust="trusted",
            all_actions_included=True,
            first_action="c2pa.created",
            created_has_source_type=True,
            source_type="compositeWithTrainedAlgorithmicMedia",
            source_type_status="current",
            is_capture=False,
            personal_data=(),
        ),
        declared=DeclaredFacts(replicas=1, generative_tools=1, synthetic_performers=0),
        biometrics=BiometricFacts(unclaimed_templates_persisted=False, vectors_disclosed=False),
        model=ModelFacts(commercial_use=True, commercial_purpose=True),
        replicas=(ReplicaFacts(performer="P-1", kind="EBDR", modalities=("face",), consent=covered),),
        appearances=(AppearanceFacts(id="A1", decision="match", performer="P-1", score=0.7, declared=True),),
        performers=(PerformerFacts(ref="P-1", release_in_force=True, release_jurisdiction="GB"),),
    )
