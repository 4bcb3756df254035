"""What an audit found, in the vocabulary that rules speak: the bridge from measurements to `policies.facts`.

What is not known stays None, which a rule meets as a missing fact; nothing is guessed here. What the declaration
claims is in `claimed`, what was agreed in `agreed`, what
performers released in `released`, what the manifest says in `told_by_file`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from clearance.agreed import replica_facts
from clearance.claimed import (
    client_facts,
    declared_facts,
    disclosure_facts,
    production_facts,
    synthetic_facts,
    tool_facts,
    use_facts,
)
from clearance.released import performer_facts
from clearance.told_by_file import manifest_facts
from consent.errors import UnknownPerformer
from policies.attestation import attestation_facts
from policies.evidence_facts import BiometricFacts, ModelFacts
from policies.facts import Facts
from policies.person_facts import AppearanceFacts
from policies.use_facts import AssetFacts

if TYPE_CHECKING:
    from datetime import datetime

    from clearance.audit import AssetAudit
    from clearance.declaration import Declaration
    from clearance.instruments import Instruments
    from consent.registry import Registry
    from consent.values import Performer
    from detectors.values import Identification, Media
    from policies.person_facts import PerformerFacts


def facts_of(
    asset: AssetAudit, declaration: Declaration, instruments: Instruments, *, as_of: datetime, now: datetime
) -> Facts:
    """Return the facts about one readable asset, ready to be judged at a moment."""
    assert asset.media is not None  # noqa: S101 -- facts are asked for readable assets alone
    assert asset.provenance is not None  # noqa: S101
    name = asset.path
    performers = {r.declared.performer: _registered(instruments.registry, r.declared.performer) for r in asset.replicas}
    return Facts(
        asset=_asset(asset.media),
        use=use_facts(declaration, name),
        production=production_facts(declaration, performers),
        client=client_facts(declaration),
        disclosure=disclosure_facts(declaration),
        manifest=manifest_facts(
            asset.provenance, None if declaration.plates is None else len(declaration.plates), instruments.trust
        ),
        declared=declared_facts(declaration, name),
        biometrics=_biometrics(instruments),
        model=ModelFacts(
            name=instruments.likeness.pack.name,
            licence=instruments.likeness.pack.licence,
            commercial_use=instruments.likeness.pack.commercial_use,
            commercial_purpose=instruments.commercial_purpose,
        ),
        tools=tool_facts(declaration),
        replicas=tuple(
            replica_facts(
                r,
                performers[r.declared.performer],
                declaration.use.date,
                first_use=declaration.use.first_distributed,
            )
            for r in asset.replicas
        ),
        synthetics=synthetic_facts(declaration, name, asset.identifications, instruments.likeness.search_mode),
        appearances=tuple(_appearance(i, declaration.performers_in(name)) for i in asset.identifications),
        performers=_performers(asset, declaration, instruments),
        attestations=attestation_facts(
            instruments.papers.attestations,
            instruments.packs,
            instruments.papers.attestors,
            sha256=asset.media.sha256,
            project=declaration.production.project,
            as_of=as_of,
            now=now,
        ),
    )


def _asset(media: Media) -> AssetFacts:
    # To a rule, numbered files are a film.
    return AssetFacts(sha256=media.sha256, kind="image" if media.kind == "image" else "video")


def _registered(registry: Registry, ref: str) -> Performer | None:
    try:
        return registry.performer(ref)
    except UnknownPerformer:
        return None


def _biometrics(instruments: Instruments) -> BiometricFacts:
    practice = instruments.practice
    return BiometricFacts(
        # Templates of people on screen live in this process alone and are never written anywhere; every audit is
        # entered in the registry's record; and no report or manifest has a place for a vector.
        unclaimed_templates_persisted=False,
        search_logged=True,
        vectors_disclosed=False,
        search_mode=cast("Literal['registry', 'declared', 'detect']", instruments.likeness.search_mode),
        search_purpose=practice.search_purpose or None,
        retention_policy=True if practice.retention_policy else None,
        impact_assessment=practice.impact_assessment or None,
    )


def _appearance(identification: Identification, declared: frozenset[str]) -> AppearanceFacts:
    best = identification.candidates[0] if identification.candidates else None
    named = best if identification.decision in ("match", "review") else None
    return AppearanceFacts(
        id=identification.appearance,
        decision=None if identification.decision == "not_assessable" else identification.decision,
        performer=named.performer if named else None,
        score=round(best.score, 4) if best else None,
        declared=named is not None and named.performer in declared,
    )


def _performers(asset: AssetAudit, declaration: Declaration, instruments: Instruments) -> tuple[PerformerFacts, ...]:
    """Return the performers whose templates this asset's result rests on, and whether each released them."""
    matched = {i.candidates[0].performer for i in asset.identifications if i.decision in ("match", "review")}
    enrolled = set(instruments.likeness.gallery.performers)
    involved = sorted(matched | (declaration.performers_in(asset.path) & enrolled))
    return tuple(_performer(ref, instruments) for ref in involved)


def _performer(ref: str, instruments: Instruments) -> PerformerFacts:
    registry, today = instruments.registry, instruments.today
    dealings = registry.biometrics.dealings(ref)
    return performer_facts(
        ref, registry.releases(ref), dealings, templates_kept=registry.template_count(ref) > 0, today=today
    )
