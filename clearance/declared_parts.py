"""The parts of a declaration: production, use, client, disclosure, tools, replicas, people filmed and people made up.

Whatever is left out is unknown, and holds the asset where a rule needs it. Most fields bear the name of the fact that
they become, and `policies` describes it there (`clearance policy facts`).
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

Name = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[tuple[Name, ...], Field(max_length=1000)]
PerformerRef = Annotated[str, Field(pattern=r"^P-[0-9A-Z]{4,16}$")]
# Inside a class with a field of that name, `date` would mean the field.
Day = date
Words = Annotated[str, Field(min_length=1, max_length=2000)]
# BCP 47: a language, perhaps with script, region and variants.
Language = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Place = Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
Approval = Literal["written", "oral", "none"]
Exemption = Literal["none", "comment", "satire", "docudrama", "history", "news", "incidental"]
Alteration = Literal[
    "none",
    "cosmetic",
    "wardrobe",
    "noise",
    "timing",
    "continuity",
    "pitch",
    "effects",
    "standards",
    "dialogue",
    "dubbing",
    "performance",
]


class Part(BaseModel):
    """A part of the declaration: frozen, and closed to keys that nobody has described."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Production(Part):
    """What the media belongs to; project is compared with the project named in the grants."""

    title: Name
    project: Name
    client: Name | None = None
    eidr: Annotated[str, Field(pattern=r"^10\.5240/([0-9A-F]{4}-){5}[0-9A-Z]$")] | None = None
    isan: (
        Annotated[str, Field(pattern=r"^([0-9A-F]{4}-){3}[0-9A-F]{4}-[0-9A-Z](-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-Z])?$")]
        | None
    ) = None
    contracts: Names | None = None
    governing_law: Place | None = None
    photography_began: date | None = None
    strike: StrictBool | None = None
    union_notice_synthetic: StrictBool | None = None
    union_notice_training: StrictBool | None = None
    union_notice_replica: StrictBool | None = None
    synthetic_bargained: StrictBool | None = None
    background_counted: StrictBool | None = None
    usage_report: StrictBool | None = None
    subcontractors_bound: StrictBool | None = None
    user_content_platform: StrictBool | None = None
    takedown_path: StrictBool | None = None


class Client(Part):
    """What the client, a studio or a streamer, was told and has approved."""

    told_of_generative_ai: StrictBool | None = None
    approval: Approval | None = None
    approval_of_inputs: Approval | None = None
    approval_of_likeness: Approval | None = None


class Disclosure(Part):
    """What the audience is told."""

    made: StrictBool | None = None
    text: Words | None = None
    placement: Words | None = None
    by_first_exposure: StrictBool | None = None
    machine_readable: StrictBool | None = None
    watermark: StrictBool | None = None


class DeclaredUse(Part):
    """How and when the media will be used; what is left out is unknown and holds the asset where a rule needs it."""

    date: date
    territories: Names | None = None
    media: Names | None = None
    categories: Names | None = None
    final: bool | None = None
    advertiser: Name | None = None
    product: Name | None = None
    content: Names | None = None
    approvals: Names | None = None
    first_distributed: Day | None = None
    sequel: StrictBool | None = None
    audio_only: StrictBool | None = None
    promotes_own_work: StrictBool | None = None
    translation_only: StrictBool | None = None
    real_time: StrictBool | None = None
    training: StrictBool | None = None
    reuse: StrictBool | None = None
    story_role: Literal["key", "supporting", "background"] | None = None
    factual: StrictBool | None = None


class Tool(Part):
    """A tool that touched the media; generative says whether it makes picture content."""

    name: Name
    version: Name | None = None
    vendor: Name | None = None
    generative: bool
    inputs: Names | None = None
    keeps_inputs: StrictBool | None = None
    trains_on_inputs: StrictBool | None = None
    terms_document: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    enterprise_secured: StrictBool | None = None
    performer_model: StrictBool | None = None
    model_projects: Names | None = None
    placed_on_market: date | None = None
    dataset_documented: StrictBool | None = None


class Replica(Part):
    """A digital replica of an enrolled performer, in the files it was used in (all files when none is named)."""

    performer: PerformerRef
    kind: Literal["EBDR", "ICDR", "BADR", "DA", "SP"]
    modalities: Annotated[tuple[Literal["face", "voice", "body", "motion"], ...], Field(min_length=1)] = ("face",)
    character: Name | None = None
    scenes: Names | None = None
    files: Names | None = None
    fixed: date | None = None
    scanned: date | None = None
    scan_reason: Words | None = None
    exemption: Exemption | None = None
    alteration: Alteration | None = None
    altered_traits: StrictBool | None = None
    realistic: StrictBool | None = None
    engaged: StrictBool | None = None
    encrypted: StrictBool | None = None
    access_logged: StrictBool | None = None
    recordings_archival: StrictBool | None = None
    replaces_work: StrictBool | None = None
    fashion_model: StrictBool | None = None
    deceased: StrictBool | None = None


class OnCamera(Part):
    """An enrolled performer who was filmed, in the files named; no replica, so no replica consent is asked for."""

    performer: PerformerRef
    files: Names | None = None


class SyntheticPerformer(Part):
    """A generated person who is meant to be nobody."""

    name: Name
    description: Name | None = None
    files: Names | None = None
    human_role: StrictBool | None = None
    prompt_names_performer: StrictBool | None = None
    prompt_names_feature: StrictBool | None = None
    named_performer_consented: StrictBool | None = None
    voice: StrictBool | None = None
    role: Literal["principal", "background"] | None = None


class Dubbing(Part):
    """Speech replaced by speech in another language."""

    language: Language
    original: Language | None = None
    files: Names | None = None
