"""Facts about people: what a performer agreed to, the replicas made of them, who is on screen, who answers for it.

From the registry and the declaration, held against each other by the application.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool

from policies.fact_fields import Count, FactGroup, Moment, Text, Texts, fact

Coverage = Literal["covered", "not_covered"]
Dimension = Literal[
    "status",
    "term",
    "territory",
    "project",
    "use_category",
    "medium",
    "character",
    "scene",
    "replica_kind",
    "modality",
    "evidence",
]


def _open_if_none(value: object) -> object:
    """Return "open" for None: that nobody has looked yet is known, not missing."""
    return "open" if value is None else value


Adjudication = Annotated[Literal["confirmed", "dismissed", "open"], BeforeValidator(_open_if_none)]


class ConsentFacts(FactGroup):
    """What one performer agreed to, held against this use; the best grant found, dimension by dimension."""

    record_found: StrictBool | None = fact("whether the registry holds a consent record for the performer")
    grant: Text | None = fact("the grant's identifier in the registry")
    status: Text | None = fact("the grant's status on the day of the use, such as given or withdrawn")
    term: Coverage | None = fact("whether the day of the use lies in the grant's term")
    territory: Coverage | None = fact("whether the grant covers every territory of the use")
    project: Coverage | None = fact("whether the grant covers the production")
    use_category: Coverage | None = fact("whether the grant covers every category of the use")
    medium: Coverage | None = fact("whether the grant covers every medium of the use")
    character: Coverage | None = fact("whether the grant covers the character")
    scene: Coverage | None = fact("whether the grant covers every scene")
    replica_kind: Coverage | None = fact("whether the grant covers this kind of replica")
    modality: Coverage | None = fact("whether the grant covers every modality, such as face or voice")
    why: dict[Dimension, Text] = Field(
        default_factory=dict, description="one sentence for each dimension, for messages; rules can't read it"
    )
    evidence_hash: Literal["verified", "mismatch"] | None = fact(
        "whether the consent document still has the hash recorded with the grant"
    )
    evidence_signature: Literal["valid", "invalid"] | None = fact(
        "whether the signature over the consent document verifies; nothing when it carries none"
    )
    prohibitions: Texts | None = fact("what the grant prohibits")
    approvals_required: Texts | None = fact("the approvals that the grant asks for")
    signed: Moment | None = fact("the day the grant was signed, from the registry")
    notice_hours: Count | None = fact(
        "the hours that surely lie between the notice and the work or signature, whichever is first; of days alone, "
        "one less than their difference"
    )
    at_engagement: StrictBool | None = fact("whether the notice was given at the engagement itself")
    form: Literal["separately signed", "initialled", "separate writing", "in contract"] | None = fact(
        "how the consent was given, from the grant"
    )
    described: StrictBool | None = fact("whether the grant describes the intended use in words")
    everything_everywhere: StrictBool | None = fact(
        "whether the grant covers any media, any territory and no end, without a project"
    )
    voided_by: Texts | None = fact("the rules that void a clause of the grant, from judging them first")
    represented_by: Literal["counsel", "union", "counsel and union", "nobody"] | None = fact(
        "who stood by the performer, from the grant"
    )
    pay_status: Literal["agreed", "paid", "unpaid", "not due"] | None = fact("whether pay is settled, from the grant")
    pay_days: Count | None = fact("the days of work that pay is computed on, from the grant")
    signatory_role: Literal["performer", "guardian", "estate", "representative", "union"] | None = fact(
        "in which role the grant was signed, from the grant"
    )
    authority_document: StrictBool | None = fact("whether a document shows the signatory's authority")
    survivorship: Literal["survives", "ends", "representative"] | None = fact(
        "what becomes of the grant when the performer dies, from the grant"
    )
    replaces_work: StrictBool | None = fact(
        "whether the replica does work that the performer would have done in person, from the declaration"
    )
    advertiser: Coverage | None = fact("whether the grant covers the advertiser; nothing when it names none")
    product: Coverage | None = fact("whether the grant covers the product; nothing when it names none")
    maximum_use_period_ends: Moment | None = fact(
        "the last day of the maximum period of use, from the grant and the first distribution"
    )
    altered_traits: StrictBool | None = fact("whether altered traits or nudity are agreed to apart")
    real_time: StrictBool | None = fact("whether generation in real time is agreed to apart")
    training: Literal["allowed", "notAllowed", "constrained"] | None = fact(
        "the strictest term about training models that the grant states"
    )
    term_years: Count | None = fact("the years that the grant runs, a begun year counted whole, from its term")
    separate_from_employment: StrictBool | None = fact("whether scope, purpose, pay and duration are in one writing")
    scan_retention: StrictBool | None = fact("whether the grant says how long scans are kept, from the grant")


class PersonFacts(FactGroup):
    """The performer behind a replica, from the registry."""

    minor: StrictBool | None = fact("whether the performer was a minor on the day of the use")
    deceased: StrictBool | None = fact("whether the performer had died before the day of the use")
    died: Moment | None = fact("the day the performer died")
    years_since_death: Count | None = fact("whole years from the death to the day of the use")
    domicile_at_death: Text | None = fact("where the performer lived when dying, ISO 3166")
    domicile: Text | None = fact("where the performer lives, ISO 3166")
    fashion_model: StrictBool | None = fact("whether the performer works as a fashion model, from the declaration")


class ReplicaFacts(FactGroup):
    """One replica of one performer, as declared."""

    performer: Text = Field(description="the performer's reference, from the declaration")
    kind: Text | None = fact("the kind of replica: EBDR, ICDR, BADR, DA or SP, from the declaration")
    modalities: Texts | None = fact("what is replicated, such as face or voice, from the declaration")
    seen: StrictBool | None = fact("whether the performer was recognised in the file")
    consent: ConsentFacts = Field(default_factory=ConsentFacts, description="what the performer agreed to")
    person: PersonFacts = Field(default_factory=PersonFacts, description="who the performer is")
    fixed: Moment | None = fact("the day the replica's performance was fixed, from the declaration")
    scanned: Moment | None = fact("the day the performer was scanned, from the declaration")
    scan_reason: Text | None = fact("the business reason for the scan, from the declaration")
    exemption: Literal["none", "comment", "satire", "docudrama", "history", "news", "incidental"] | None = fact(
        "the exemption that the supplier claims, from the declaration"
    )
    alteration: (
        Literal[
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
        | None
    ) = fact("what a digital alteration changed, from the declaration")
    altered_traits: StrictBool | None = fact("whether age, body, voice or nudity was altered, from the declaration")
    realistic: StrictBool | None = fact("whether the result looks real to an audience, from the declaration")
    engaged: StrictBool | None = fact("whether the performer is engaged for this use, from the declaration")
    encrypted: StrictBool | None = fact("whether the replica's assets are stored encrypted, from the declaration")
    access_logged: StrictBool | None = fact("whether access to the replica's assets is logged, as declared")
    recordings_archival: StrictBool | None = fact(
        "whether it is a clip from an older recording, unaltered, from the declaration"
    )


class SyntheticFacts(FactGroup):
    """One generated person who is meant to be nobody, as declared."""

    name: Text = Field(description="what the declaration calls the synthetic performer")
    human_role: StrictBool | None = fact("whether it plays a human role that a person could play, as declared")
    prompt_names_performer: StrictBool | None = fact("whether a prompt named a performer, from the declaration")
    prompt_names_feature: StrictBool | None = fact(
        "whether a prompt named a performer's eyes, nose, mouth or ears, from the declaration"
    )
    named_performer_consented: StrictBool | None = fact("whether the performer named consented, as declared")
    resembles_enrolled: StrictBool | None = fact("whether a face in the file matches or may match somebody enrolled")
    likeness_search: StrictBool | None = fact("whether it was searched for among the enrolled, from the run")
    role: Literal["principal", "background"] | None = fact("the kind of role, from the declaration")
    voice: StrictBool | None = fact("whether its voice was generated, of a person or a creature, from the declaration")


class AttestationFacts(FactGroup):
    """A person's signed answer to the question that a rule asks, valid on the day that is judged.

    Unsigned, expired, or by somebody in another role: then there is no answer, and problem says why.
    """

    rule: Text = Field(description="the rule that asked, as PACK.RULE")
    subject: Text | None = fact("whom or what the answer is about; nothing when it is about the whole asset")
    answer: Text | None = fact("the answer that an authorised person signed")
    role: Text | None = fact("the role in which that person answered")
    reasons: Text | None = fact("the reasons given")
    problem: Text | None = fact("why a record of an answer does not count; then there is no answer")


class AppearanceFacts(FactGroup):
    """One person on screen."""

    id: Text = Field(description="the appearance's identifier in this audit")
    decision: Literal["match", "review", "no_match"] | None = fact(
        "the outcome of comparing the face with those enrolled; nothing when it is too poor to compare"
    )
    performer: Text | None = fact("the reference of the performer it matches best, or that a reviewer named")
    score: float | None = fact("the comparison score with that performer, cosine from -1 to 1")
    declared: StrictBool | None = fact("whether the declaration names that performer")
    adjudication: Adjudication = Field(
        default="open",
        description='what a reviewer decided: confirmed, dismissed, or "open" when nobody has looked',
    )


class PerformerFacts(FactGroup):
    """One enrolled performer whose face template was used."""

    ref: Text = Field(description="the performer's reference in the registry")
    release_in_force: StrictBool | None = fact(
        "whether a written biometric release was in force on the day of the check, from the registry"
    )
    release_jurisdiction: Text | None = fact("the law that the release is made under, ISO 3166, from the registry")
    captured: Moment | None = fact("the day the reference pictures were enrolled, from the registry")
    source_consented: StrictBool | None = fact(
        "whether the performer agreed to the source of the reference pictures, from the release"
    )
    source_scraped: StrictBool | None = fact("whether reference pictures were gathered from the internet, as recorded")
    basis: Literal["release", "explicit consent", "none"] | None = fact(
        "the legal basis of the templates: a signed release that names its purposes is an explicit consent"
    )
    withdrawn: StrictBool | None = fact("whether the biometric consent has been withdrawn, from the registry")
    templates_kept: StrictBool | None = fact("whether templates of the performer are still kept, from the registry")
    last_interaction: Moment | None = fact("the day of the last dealing with the performer, from the registry")
    purpose_ended: Moment | None = fact("the day on which the purpose of the templates ended, from the registry")
    days_since_interaction: Count | None = fact("days from the last dealing to the day of the check")
    days_since_purpose: Count | None = fact("days from the end of the purpose to the day of the check")
    transferred: StrictBool | None = fact("whether templates were sold or handed on, from the registry")
