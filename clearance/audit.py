"""The product's sentence: who is recognisable in each file, did each consent to this use, is its provenance true.

`audit` composes the four libraries and returns one frozen `Audit`; reports, exit codes and pages are made from
that value alone, and nothing calls back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from clearance import __version__, facts
from clearance.evidence import judge as judge_evidence
from clearance.judged_packs import limits_of_packs
from clearance.reliance import reliances_of
from clearance.verdict import Verdict, verdict_of, worst
from consent.answer import Use
from consent.errors import UnknownPerformer
from detectors.errors import MediaError, MislabelledMedia, MissingMedia, UnreadableMedia
from detectors.marks import marks_of
from detectors.sequence import files_of, is_pattern
from policies.judge import judge
from policies.merging import merged
from policies.waiver import with_waivers
from provenance.pool import ReaderPool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from clearance.declaration import Declaration
    from clearance.declared_parts import Replica
    from clearance.instruments import Instruments
    from clearance.likeness import Likeness
    from consent.answer import ConsentAnswer
    from detectors.calibration import Calibration
    from detectors.marks import Mark
    from detectors.pack import ModelPack
    from detectors.values import Identification, Media, Scan
    from policies.facts import Facts
    from policies.finding import Finding
    from policies.pack import Pack
    from provenance.reading import ProvenanceReading


@dataclass(frozen=True, slots=True)
class ReplicaAudit:
    """A declared replica beside what was found: whether the performer is on the record, was seen, and agreed."""

    declared: Replica
    seen: bool | None
    """None where the performer could not be searched for."""
    consent: ConsentAnswer | None


@dataclass(frozen=True, slots=True)
class AssetAudit:
    """What one file was found to be.

    problem: why the file could not be assessed, in one sentence; then scan and findings are empty. facts: what the
    rules were judged on.
    """

    path: str
    media: Media | None
    provenance: ProvenanceReading | None
    scan: Scan | None
    identifications: tuple[Identification, ...]
    marks: tuple[Mark, ...]
    replicas: tuple[ReplicaAudit, ...]
    findings: tuple[Finding, ...]
    verdict: Verdict
    problem: str | None = None
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """The whole judgement of one submission; frozen, and the only source of every report."""

    verdict: Verdict
    as_of: datetime
    created: datetime
    tool: str
    model_pack: ModelPack
    providers: tuple[str, ...]
    calibration: Calibration
    search_mode: str
    registry_checkpoint: str
    packs: tuple[Pack, ...]
    declaration: Declaration
    assets: tuple[AssetAudit, ...]
    not_searched: tuple[str, ...]
    """Performers whose templates stayed closed, because their holder's key was not given."""
    limits: tuple[str, ...]


def audit(
    paths: Sequence[Path],
    declaration: Declaration,
    instruments: Instruments,
    *,
    as_of: datetime,
    now: datetime,
    on_progress: Callable[[Path, float], None] | None = None,
) -> Audit:
    """Return the judgement of the files at a moment.

    as_of: the moment at which the state of consent and rules is judged. now: when the audit was made.
    Raises MissingMedia before anything is scanned when a path is no file; a file that cannot be read is a
    value: its asset's verdict is invalid. Side effect: the search over the registry and the audit of each asset,
    with the consents it rests on, are recorded in the registry.
    """
    check_paths(paths)
    # One worker, since the search for faces takes the processors and far longer.
    with ReaderPool(workers=1) as reader:
        assets = tuple(
            _asset(
                path,
                declaration,
                instruments,
                (as_of, now),
                reader,
                partial(on_progress, path) if on_progress else None,
            )
            for path in paths
        )
    for asset in assets:
        if asset.media is not None:
            instruments.registry.deliverables.record_audit(
                asset.media.sha256,
                verdict=str(asset.verdict),
                detail={"search": instruments.likeness.search_mode},
                reliances=reliances_of(asset, declaration, instruments),
                now=now,
            )
    return Audit(
        verdict=worst(asset.verdict for asset in assets),
        as_of=as_of,
        created=now,
        tool=f"clearance {__version__}",
        model_pack=instruments.likeness.pack,
        providers=instruments.likeness.model.providers,
        calibration=instruments.likeness.calibration,
        search_mode=instruments.likeness.search_mode,
        registry_checkpoint=instruments.registry.ledger.checkpoint(now),
        packs=instruments.packs,
        declaration=declaration,
        assets=assets,
        not_searched=instruments.likeness.not_searched,
        limits=(*limits_of(instruments.likeness), *limits_of_packs(instruments.packs)),
    )


def check_paths(paths: Sequence[Path]) -> None:
    """Raise MissingMedia for the first path that is neither a file nor a pattern of numbered files (shot.%04d.exr)."""
    for path in paths:
        if is_pattern(path):
            files_of(path)
            continue
        if path.is_dir():
            raise MissingMedia(path, "is a folder; name the files to judge")
        if not path.is_file():
            raise MissingMedia(path, "there is no such file; check the path")


def _asset(
    path: Path,
    declaration: Declaration,
    instruments: Instruments,
    moments: tuple[datetime, datetime],
    reader: ReaderPool,
    on_progress: Callable[[float], None] | None,
) -> AssetAudit:
    # 1. Identify and hash the asset; 2. find the faces and join them; 3. read its manifest chain.
    before = _identity_of(path)
    provenance = reader.submit(path, instruments.trust)
    try:
        scanned, identifications = instruments.likeness.seen_in(
            path, declared=declaration.performers_in(path.name), on_progress=on_progress
        )
        reading = provenance.result()
        marks = marks_of(path) if scanned.media.kind != "sequence" else ()
        if _identity_of(path) != before:
            raise UnreadableMedia(path, "was changed while it was read; audit it when it is finished")
    except MediaError as error:
        damaged = isinstance(error, UnreadableMedia | MislabelledMedia)
        verdict = Verdict.INVALID if damaged else Verdict.REVIEW
        return AssetAudit(str(path), None, None, None, (), (), (), (), verdict, problem=str(error))
    # 4. What was agreed for each declared replica; 5. reconcile the declaration with what was found.
    seen = frozenset(i.candidates[0].performer for i in identifications if i.decision == "match")
    closed = instruments.likeness.not_searched
    replicas = tuple(
        ReplicaAudit(r, None if r.performer in closed else r.performer in seen, _consent(r, declaration, instruments))
        for r in declaration.replicas_in(path.name)
    )
    # 6. Judge the facts.
    asset = AssetAudit(str(path), scanned.media, reading, scanned, identifications, marks, replicas, (), Verdict.PASS)
    judged = facts.facts_of(asset, declaration, instruments, as_of=moments[0], now=moments[1])
    findings = _findings(scanned.media, judged, declaration, instruments, *moments)
    return replace(asset, findings=findings, verdict=_verdict(asset, findings, instruments), facts=judged)


def _findings(
    media: Media, judged: Facts, declaration: Declaration, instruments: Instruments, as_of: datetime, now: datetime
) -> tuple[Finding, ...]:
    """Return what the rules find, with waivers applied and one finding where several packs ask the same."""
    found = judge(instruments.packs, judged, as_of=as_of)
    papers = instruments.papers
    return merged(
        with_waivers(
            found,
            papers.waivers,
            papers.attestors,
            sha256=media.sha256,
            project=declaration.production.project,
            as_of=as_of,
            now=now,
        )
    )


def _identity_of(path: Path) -> tuple[tuple[int, ...], ...]:
    """Return what changes when a file is replaced or written to: the digest and the pictures must be of one file."""
    files = [file.path for file in files_of(path)] if is_pattern(path) else [path]
    return tuple((s.st_dev, s.st_ino, s.st_size, s.st_mtime_ns) for s in (file.stat() for file in files))


def _verdict(asset: AssetAudit, findings: tuple[Finding, ...], instruments: Instruments) -> Verdict:
    judged = worst(verdict_of(f, approved_packs=instruments.approved_packs) for f in findings)
    assert asset.provenance is not None  # noqa: S101 -- set by _asset for every readable file
    assert asset.scan is not None  # noqa: S101
    # Missing or untrusted evidence is for the rules to judge; evidence that does not hold is worth nothing to them.
    evidence, _ = judge_evidence(asset.provenance)
    if evidence == Verdict.INVALID or asset.scan.coverage.unreadable_from_s is not None:
        return Verdict.INVALID
    return judged


def _consent(replica: Replica, declaration: Declaration, instruments: Instruments) -> ConsentAnswer | None:
    try:
        return instruments.registry.check(replica.performer, use_of(replica, declaration))
    except UnknownPerformer:
        return None


def use_of(replica: Replica, declaration: Declaration) -> Use:
    """Return the use that a declared replica is put to; what the declaration leaves out stays unknown."""
    use = declaration.use
    return Use(
        date=use.date,
        project=declaration.production.project,
        territories=use.territories,
        media=use.media,
        use_categories=use.categories,
        character=replica.character,
        scenes=replica.scenes,
        replica_kind=replica.kind,
        modalities=replica.modalities,
        advertiser=use.advertiser,
        product=use.product,
        sequel=use.sequel,
    )


_AMONG: Final = {
    "registry": "Faces were searched among the {n} performers enrolled with a release in force; a person who is not "
    "enrolled cannot be recognised.",
    "declared": "Faces were searched among the performers the declaration names; nobody else can be recognised.",
    "detect": "Faces were found and compared with nobody.",
}
_CLOSED: Final = (
    "{} was not searched, because the holder's key was not given: that face, where it is shown, counts as unknown."
)
_SAMPLED: Final = {
    "default": "Film is searched at cuts, keyframes, changes and at least once a second, not on every frame.",
    "every-frame": "Film is searched on every frame.",
    "preview": "Film is searched at keyframes alone, a preview: whoever comes and goes between two is not seen.",
}


def limits_of(likeness: Likeness) -> tuple[str, ...]:
    """Return what this audit cannot tell, in sentences for the report."""
    closed = likeness.not_searched if likeness.search_mode != "detect" else ()
    return (
        *(_CLOSED.format(performer) for performer in closed),
        _AMONG[likeness.search_mode].format(n=likeness.performers_searched),
        "A face that was not seen is not proof that the person is absent: see the coverage of each asset.",
        _SAMPLED[likeness.sampling],
        "Only faces were compared: nothing is said about voices, bodies or motion.",
        "Thresholds come from press photographs of real people; how well they hold for generated, aged or "
        "strongly altered faces is not known.",
        "A comparison of faces is a lead for a human, not an identification: a match alone accuses nobody.",
        "Marks of generation are what a file says about itself: anybody can write or remove them.",
    )
