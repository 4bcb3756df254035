"""What an audit found, in the vocabulary that rules speak: the bridge from measurements to `policies.facts`.

What is not known stays None, which a rule meets as a missing fact; nothing is guessed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, cast

from policies.evidence_facts import BiometricFacts, ManifestFacts, ModelFacts
from policies.facts import Facts
from policies.person_facts import AppearanceFacts, ConsentFacts, PerformerFacts, ReplicaFacts
from policies.use_facts import AssetFacts, DeclaredFacts, UseFacts
from provenance.privacy import personal_data
from provenance.source_types import CAPTURE

if TYPE_CHECKING:
    from clearance.audit import AssetAudit, ReplicaAudit
    from clearance.declaration import Declaration
    from clearance.instruments import Instruments
    from detectors.values import Identification, Media
    from provenance.reading import ProvenanceReading

# From best to worst, for a fact that several answers make together.
_GRAVITY: Final = ("covered", "unknown", "not_covered")


def facts_of(asset: AssetAudit, declaration: Declaration, instruments: Instruments) -> Facts:
    """Return the facts about one readable asset, ready to be judged."""
    assert asset.media is not None  # noqa: S101 -- facts are asked for readable assets alone
    assert asset.provenance is not None  # noqa: S101
    name = asset.path
    return Facts(
        asset=_asset(asset.media),
        use=_use(declaration),
        manifest=_manifest(asset.provenance),
        declared=DeclaredFacts(
            replicas=len(asset.replicas),
            generative_tools=sum(tool.generative for tool in declaration.tools),
            synthetic_performers=len(declaration.synthetic_in(name)),
        ),
        # Templates of people on screen live in this process alone and are never written anywhere.
        # The record holds scores and references, never a template.
        biometrics=BiometricFacts(unclaimed_templates_persisted=False, vectors_disclosed=False),
        model=ModelFacts(
            name=instruments.likeness.pack.name,
            licence=instruments.likeness.pack.licence,
            commercial_use=instruments.likeness.pack.commercial_use,
            commercial_purpose=instruments.commercial_purpose,
        ),
        replicas=tuple(_replica(replica) for replica in asset.replicas),
        appearances=tuple(_appearance(i, declaration.performers_in(name)) for i in asset.identifications),
        performers=_performers(asset, declaration, instruments),
    )


def _asset(media: Media) -> AssetFacts:
    # To a rule, numbered files are a film.
    return AssetFacts(sha256=media.sha256, kind="image" if media.kind == "image" else "video")


def _use(declaration: Declaration) -> UseFacts:
    use = declaration.use
    return UseFacts(
        date=use.date,
        project=declaration.production.project,
        territories=use.territories,
        media=use.media,
        categories=use.categories,
        content_tags=use.content,
        approvals=use.approvals,
        generative_ai=any(tool.generative for tool in declaration.tools),
        final=use.final,
    )


def _manifest(reading: ProvenanceReading) -> ManifestFacts:
    if not reading.present:
        return ManifestFacts(present=False)
    readable = reading.integrity.value in ("valid", "invalid")
    created = [action for action in reading.actions if action.name == "c2pa.created"]
    status = reading.source_type_status
    return ManifestFacts(
        present=True,
        integrity=cast("Literal['valid', 'invalid']", reading.integrity.value) if readable else None,
        trust=cast("Literal['trusted', 'untrusted', 'not_checked', 'absent']", reading.trust.value),
        first_action=reading.actions[0].name if reading.actions else "none",
        created_has_source_type=all(action.source_type for action in created),
        source_type=reading.source_type,
        source_type_status=cast("Literal['current', 'retired', 'unknown']", status) if status != "absent" else None,
        is_capture=reading.source_type in CAPTURE if reading.source_type else None,
        personal_data=personal_data(reading),
        consent_assertion="absent" if reading.consent is None else "created" if reading.consent.created else "gathered",
    )


def _replica(replica: ReplicaAudit) -> ReplicaFacts:
    return ReplicaFacts(
        performer=replica.declared.performer,
        kind=replica.declared.kind,
        modalities=replica.declared.modalities,
        seen=replica.seen,
        consent=_consent(replica),
    )


def _consent(replica: ReplicaAudit) -> ConsentFacts:
    best = replica.consent.best if replica.consent is not None else None
    if replica.consent is None or best is None:
        return ConsentFacts(record_found=False)
    outcomes = {d.dimension: (d.outcome, d.why) for d in best.dimensions}
    # A limit to one advertiser or product narrows the category of use, and no rule names it apart.
    category = [outcomes.pop(name) for name in ("use_category", "advertiser", "product") if name in outcomes]
    if category:
        outcomes["use_category"] = max(category, key=lambda answer: _GRAVITY.index(answer[0]))
    known = {name: outcome for name, (outcome, _) in outcomes.items() if outcome != "unknown" and name != "status"}
    evidence = best.grant.evidence
    return ConsentFacts.model_validate(
        {
            "record_found": True,
            "grant": best.grant.id,
            "status": best.grant.status_on(replica.consent.use.date),
            "why": {name: why for name, (_, why) in outcomes.items()},
            "evidence_hash": "verified" if evidence and evidence.hash_verified else None,
            "evidence_signature": evidence.signature if evidence else None,
            "prohibitions": best.grant.prohibitions,
            "approvals_required": best.grant.approvals,
            **known,
        }
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
    return tuple(
        PerformerFacts(
            ref=ref,
            release_in_force=any(r.in_force(instruments.today) for r in instruments.registry.releases(ref)),
        )
        for ref in involved
    )
