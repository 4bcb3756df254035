"""What an audit found, in the vocabulary that rules speak: the bridge from measurements to `policies.facts`.

What is not known stays None, which a rule meets as a missing fact; nothing is guessed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, cast

from policies import facts as vocabulary
from provenance.privacy import personal_data
from provenance.source_types import CAPTURE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from clearance.audit import AssetAudit, ReplicaAudit
    from clearance.declaration import Declaration
    from clearance.instruments import Instruments
    from consent.answer import Dimension, GrantAnswer, Outcome
    from detectors.values import Identification, Media
    from provenance.reading import ProvenanceReading

# From best to worst, for a fact that several answers make together.
_GRAVITY: Final = ("covered", "unknown", "not_covered")
# The facts that rules speak of, and the answers each is made of: limits that no rule names apart narrow another.
_TOLD_AS: Final[dict[str, tuple[Dimension, ...]]] = {
    "status": ("status", "authority", "survivorship"),
    "term": ("term", "period_of_use"),
    "project": ("project", "sequel"),
    "use_category": ("use_category", "advertiser", "product"),
    "medium": ("medium",),
    "territory": ("territory",),
    "character": ("character",),
    "scene": ("scene",),
    "replica_kind": ("replica_kind",),
    "modality": ("modality",),
}


def facts_of(asset: AssetAudit, declaration: Declaration, instruments: Instruments) -> vocabulary.Facts:
    """Return the facts about one readable asset, ready to be judged."""
    assert asset.media is not None  # noqa: S101 -- facts are asked for readable assets alone
    assert asset.provenance is not None  # noqa: S101
    name = asset.path
    return vocabulary.Facts(
        asset=_asset(asset.media),
        use=_use(declaration),
        manifest=_manifest(asset.provenance),
        declared=vocabulary.DeclaredFacts(
            replicas=len(asset.replicas),
            generative_tools=sum(tool.generative for tool in declaration.tools),
            synthetic_performers=len(declaration.synthetic_in(name)),
        ),
        # Templates of people on screen live in this process alone and are never written anywhere.
        biometrics=vocabulary.BiometricFacts(unclaimed_templates_persisted=False),
        model=vocabulary.ModelFacts(
            name=instruments.likeness.pack.name,
            licence=instruments.likeness.pack.licence,
            commercial_use=instruments.likeness.pack.commercial_use,
            commercial_purpose=instruments.commercial_purpose,
        ),
        replicas=tuple(_replica(replica) for replica in asset.replicas),
        appearances=tuple(_appearance(i, declaration.performers_in(name)) for i in asset.identifications),
        performers=_performers(asset, declaration, instruments),
    )


def _asset(media: Media) -> vocabulary.AssetFacts:
    # To a rule, numbered files are a film.
    return vocabulary.AssetFacts(sha256=media.sha256, kind="image" if media.kind == "image" else "video")


def _use(declaration: Declaration) -> vocabulary.UseFacts:
    use = declaration.use
    return vocabulary.UseFacts(
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


def _manifest(reading: ProvenanceReading) -> vocabulary.ManifestFacts:
    if not reading.present:
        return vocabulary.ManifestFacts(present=False)
    readable = reading.integrity.value in ("valid", "invalid")
    created = [action for action in reading.actions if action.name == "c2pa.created"]
    status = reading.source_type_status
    return vocabulary.ManifestFacts(
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


def _replica(replica: ReplicaAudit) -> vocabulary.ReplicaFacts:
    return vocabulary.ReplicaFacts(
        performer=replica.declared.performer,
        kind=replica.declared.kind,
        modalities=replica.declared.modalities,
        seen=replica.seen,
        consent=_consent(replica),
    )


def _consent(replica: ReplicaAudit) -> vocabulary.ConsentFacts:
    best = replica.consent.best if replica.consent is not None else None
    if replica.consent is None or best is None:
        return vocabulary.ConsentFacts(record_found=False)
    answers = {d.dimension: (d.outcome, d.why) for d in best.dimensions}
    outcomes = {name: _worst([answers[n] for n in names if n in answers]) for name, names in _TOLD_AS.items()}
    known = {name: outcome for name, (outcome, _) in outcomes.items() if outcome != "unknown" and name != "status"}
    evidence = best.grant.evidence
    return vocabulary.ConsentFacts.model_validate(
        {
            "record_found": True,
            "grant": best.grant.id,
            "status": _status(best, replica.consent.use.date),
            "why": {name: why for name, (_, why) in outcomes.items()},
            "evidence_hash": "verified" if evidence and evidence.hash_verified else None,
            "evidence_signature": evidence.signature if evidence else None,
            "prohibitions": best.grant.prohibitions,
            "approvals_required": tuple(approval.step for approval in best.grant.approvals),
            **known,
        }
    )


def _worst(answers: Sequence[tuple[Outcome, str]]) -> tuple[Outcome, str]:
    return max(answers, key=lambda answer: _GRAVITY.index(answer[0]))


def _status(best: GrantAnswer, day: date) -> str | None:
    """Return the grant's status in a word; one that binds nobody, or not beyond a death, is not given."""
    status = best.grant.status_on(day)
    doubts: tuple[tuple[Dimension, str], ...] = (
        ("authority", "signed without authority"),
        ("survivorship", "ended by a death"),
    )
    for name, word in doubts:
        answer = best.dimension(name)
        if status == "given" and answer is not None and answer.outcome != "covered":
            return word if answer.outcome == "not_covered" else None
    return status


def _appearance(identification: Identification, declared: frozenset[str]) -> vocabulary.AppearanceFacts:
    best = identification.candidates[0] if identification.candidates else None
    named = best if identification.decision in ("match", "review") else None
    return vocabulary.AppearanceFacts(
        id=identification.appearance,
        decision=None if identification.decision == "not_assessable" else identification.decision,
        performer=named.performer if named else None,
        score=round(best.score, 4) if best else None,
        declared=named is not None and named.performer in declared,
    )


def _performers(
    asset: AssetAudit, declaration: Declaration, instruments: Instruments
) -> tuple[vocabulary.PerformerFacts, ...]:
    """Return the performers whose templates this asset's result rests on, and whether each released them."""
    matched = {i.candidates[0].performer for i in asset.identifications if i.decision in ("match", "review")}
    enrolled = set(instruments.likeness.gallery.performers)
    involved = sorted(matched | (declaration.performers_in(asset.path) & enrolled))
    return tuple(
        vocabulary.PerformerFacts(
            ref=ref,
            release_in_force=any(r.in_force(instruments.today) for r in instruments.registry.releases(ref)),
        )
        for ref in involved
    )
