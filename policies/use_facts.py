"""Facts about the asset, its use, the production behind it, its tools and what is disclosed to the audience.

Nearly all of them come from the supplier's declaration: they are claims, and the audit holds some against what
it found.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, StrictBool

from policies.fact_fields import Count, FactGroup, Moment, Sha256, Text, Texts, fact


class AssetFacts(FactGroup):
    """The file that is judged."""

    sha256: Sha256 = Field(description="SHA-256 of the file's bytes, from reading the whole file")
    kind: Literal["image", "video"] | None = fact("whether the file is an image or a video, from its content")


class UseFacts(FactGroup):
    """The use that the supplier's declaration asks clearance for."""

    date: Moment | None = fact("the day of the use, from the declaration")
    first_distributed: Moment | None = fact("the day of the first distribution, from the declaration")
    project: Text | None = fact("the production's name, from the declaration")
    territories: Texts | None = fact("where it will be shown, ISO 3166 codes or WORLD, from the declaration")
    media: Texts | None = fact("the media it is made for, from the declaration")
    categories: Texts | None = fact("the use categories, from the declaration")
    character: Text | None = fact("the character portrayed, from the declaration")
    scenes: Texts | None = fact("the scenes, from the declaration")
    content_tags: Texts | None = fact("what the content shows that a contract may restrict, as declared")
    approvals: Texts | None = fact("the approvals obtained, from the declaration")
    generative_ai: StrictBool | None = fact("whether generative AI was used, from the declaration")
    final: StrictBool | None = fact("whether this is a final deliverable, from the declaration")
    advertisement: StrictBool | None = fact("whether the use is an advertisement, from the declared categories")
    advertiser: Text | None = fact("the advertiser, from the declaration")
    product: Text | None = fact("the product advertised, from the declaration")
    audio_only: StrictBool | None = fact("whether the use is sound alone, from the declaration")
    promotes_own_work: StrictBool | None = fact(
        "whether it advertises an expressive work in which the replica is used alike, from the declaration"
    )
    translation_only: StrictBool | None = fact(
        "whether generative tools only translated what a person said, from the declaration"
    )
    real_time: StrictBool | None = fact("whether the replica answers in real time, from the declaration")
    training: StrictBool | None = fact("whether the asset is licensed to train models, from the declaration")
    reuse: StrictBool | None = fact("whether recorded material is used again elsewhere, from the declaration")
    story_role: Literal["key", "supporting", "background"] | None = fact(
        "how much the generated element carries the story, from the declaration"
    )
    factual: StrictBool | None = fact("whether the work is presented as factual, from the declaration")


class ProductionFacts(FactGroup):
    """The production: the agreements that bind it, its dates, and whom it told."""

    contracts: Texts | None = fact(
        "the agreements that bind the production, such as SAG-TV, SAG-ANIMATION, SAG-COM, SAG-IMA, ACTRA, BFFS, "
        "EQUITY, NETFLIX, from the declaration"
    )
    jurisdictions: Texts | None = fact(
        "the places whose law may apply: the territories of the use, the contract's governing law and the "
        "performers' homes, ISO 3166 codes"
    )
    jurisdictions_unknown: Texts | None = fact(
        "places that belong among the jurisdictions and that nobody has named, one phrase for each; a rule of another "
        "place then can not be ruled out"
    )
    photography_began: Moment | None = fact("the day photography or recording began, from the declaration")
    strike: StrictBool | None = fact("whether a strike is in force against the production, from the declaration")
    union_notice_synthetic: StrictBool | None = fact(
        "whether the union was told of synthetic performers, from the declaration"
    )
    union_notice_training: StrictBool | None = fact(
        "whether the union was told that material is licensed for training, from the declaration"
    )
    union_notice_replica: StrictBool | None = fact("whether the union was told of the replicas, from the declaration")
    background_counted: StrictBool | None = fact(
        "whether background replicas are counted to the required number of background actors, as declared"
    )
    usage_report: StrictBool | None = fact("whether a usage report has been produced, from the declaration")
    subcontractors_bound: StrictBool | None = fact(
        "whether subcontractors are bound by the same terms; true when there are none, from the declaration"
    )
    user_content_platform: StrictBool | None = fact(
        "whether the publisher runs a platform for content of its users, from the declaration"
    )
    takedown_path: StrictBool | None = fact("whether a removal within 48 hours is provided for, as declared")
    synthetic_bargained: StrictBool | None = fact("whether terms for synthetic performers were bargained, as declared")


class ClientFacts(FactGroup):
    """What the client, a studio or a streamer, was told and has approved."""

    told_of_generative_ai: StrictBool | None = fact(
        "whether the client's contact was told of the generative AI, from the declaration"
    )
    approval: Literal["written", "oral", "none"] | None = fact(
        "how the client approved the final use of generated material, from the declaration"
    )
    approval_of_inputs: Literal["written", "oral", "none"] | None = fact(
        "how the client approved personal data or unreleased material as input, from the declaration"
    )
    approval_of_likeness: Literal["written", "oral", "none"] | None = fact(
        "how the client approved the use of a likeness, from the declaration"
    )


class DisclosureFacts(FactGroup):
    """What the audience is told."""

    made: StrictBool | None = fact("whether the audience is told that content is generated, as declared")
    text: Text | None = fact("the words of the disclosure, from the declaration")
    placement: Text | None = fact("where the disclosure stands, from the declaration")
    by_first_exposure: StrictBool | None = fact("whether it is seen at the latest at first exposure, as declared")
    machine_readable: StrictBool | None = fact("whether the output is marked in machine-readable form, as declared")
    watermark: StrictBool | None = fact("whether the output carries a watermark, from the declaration")


class ToolFacts(FactGroup):
    """One tool that touched the media."""

    name: Text = Field(description="the tool's name, from the declaration")
    generative: StrictBool | None = fact("whether the tool makes picture or sound content, from the declaration")
    inputs: Texts | None = fact(
        "what was fed into it: personal data, unreleased material, public figures, none, from the declaration"
    )
    keeps_inputs: StrictBool | None = fact("whether the tool's provider keeps or reuses inputs, as declared")
    trains_on_inputs: StrictBool | None = fact("whether the tool's provider trains on inputs, as declared")
    terms_document: Sha256 | None = fact("the SHA-256 of the tool's terms, from the declaration")
    enterprise_secured: StrictBool | None = fact("whether it ran in a secured environment, from the declaration")
    performer_model: StrictBool | None = fact("whether it is a model trained on a performer, from the declaration")
    model_projects: Texts | None = fact("the projects that such a model was used for, from the declaration")
    placed_on_market: Moment | None = fact("the day the tool was first placed on the market, from the declaration")
    dataset_documented: StrictBool | None = fact("whether its training data are documented, from the declaration")


class DeclaredFacts(FactGroup):
    """What the supplier says was made, counted."""

    replicas: Count | None = fact("how many digital replicas are declared")
    generative_tools: Count | None = fact("how many generative tools are declared")
    synthetic_performers: Count | None = fact("how many synthetic performers are declared")
