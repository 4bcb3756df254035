"""The vocabulary of the rules: every fact that a rule may read, typed and described.

The application fills these models; rules name them by path, such as `replica.consent.term`. None means
"not known" and never means no: such a fact is left out when rules are evaluated, so that a rule reading it
answers "unknown". Every description says what the fact is and where it comes from; it is what a finding
prints when the fact is missing. Times are RFC 3339 in UTC with seconds, so that text order is time order.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationError,
)

from policies.document import plain_words
from policies.errors import FactsInvalid
from policies.located_yaml import printable

# A long feature scanned without joins stays far below this; the bound is for recorded facts from outside.
LIMIT_BYTES = 64 * 1024 * 1024
MAX_PROBLEMS = 100

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d))?", re.ASCII)


def _moment(value: object) -> str | None:
    """Return a date or time as UTC text with seconds; a day counts from its midnight in UTC."""
    if value is None:
        return None
    if isinstance(value, str):
        if not _MOMENT.fullmatch(value):
            raise ValueError("must be a date (2026-11-22) or a time with its offset (2026-11-22T09:00:00Z)")
        value = datetime.fromisoformat(value.upper()) if len(value) > 10 else date.fromisoformat(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("must carry its offset from UTC")
        try:
            value = value.astimezone(UTC)
        except OverflowError as error:
            raise ValueError("is outside the years 1 to 9999") from error
        return value.replace(tzinfo=None, microsecond=0).isoformat() + "Z"
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00Z"
    raise ValueError("must be a date or a time")


Moment = Annotated[str, BeforeValidator(_moment)]
Text = Annotated[str, StringConstraints(max_length=20_000)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, le=2**53, strict=True)]
Texts = tuple[Text, ...]
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


def fact(description: str) -> Any:
    """Return a field that is not known unless given; description goes into findings and the schema."""
    return Field(default=None, description=description)


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class AssetFacts(_Facts):
    """The file that is judged."""

    sha256: Sha256 = Field(description="SHA-256 of the file's bytes, from reading the whole file")
    kind: Literal["image", "video"] | None = fact("whether the file is an image or a video, from its content")


class UseFacts(_Facts):
    """The use that the supplier's declaration asks clearance for."""

    date: Moment | None = fact("the day of the use, from the declaration")
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


class ManifestFacts(_Facts):
    """What the file says about its own making (C2PA)."""

    present: StrictBool | None = fact("whether the file carries a C2PA manifest, from reading the file")
    integrity: Literal["valid", "invalid"] | None = fact(
        "whether the manifest's signature and the binding to the file's content hold, from validating it"
    )
    trust: Literal["trusted", "untrusted", "not_checked", "absent"] | None = fact(
        "whether the signer's certificate leads to the trust list in use"
    )
    first_action: Text | None = fact(
        'the first recorded action, such as c2pa.created, or "none" when the manifest lists none'
    )
    created_has_source_type: StrictBool | None = fact("whether the c2pa.created action states a source type")
    source_type: Text | None = fact("the digital source type that the manifest states")
    source_type_status: Literal["current", "retired", "unknown"] | None = fact(
        "the stated source type's standing in IPTC's vocabulary; nothing when none is stated"
    )
    is_capture: StrictBool | None = fact("whether the stated source type means a camera or scanner recorded it")
    personal_data: Texts | None = fact("personal data found in the manifest, one phrase for each find")
    consent_assertion: Literal["created", "gathered", "absent"] | None = fact(
        "whether a consent assertion is present, and whether the signer made or merely gathered it"
    )


class DeclaredFacts(_Facts):
    """What the supplier says was made, counted."""

    replicas: Count | None = fact("how many digital replicas are declared")
    generative_tools: Count | None = fact("how many generative tools are declared")
    synthetic_performers: Count | None = fact("how many synthetic performers are declared")


class BiometricFacts(_Facts):
    """How this check itself handled biometric data."""

    unclaimed_templates_persisted: StrictBool | None = fact(
        "whether face templates of people nobody enrolled were written to disk, from the run itself"
    )


class ModelFacts(_Facts):
    """The face recognition model pack that made the comparisons."""

    name: Text | None = fact("the model pack's name, from its manifest")
    licence: Text | None = fact("the model pack's licence, from its manifest")
    commercial_use: StrictBool | None = fact("whether the licence permits commercial use, from its manifest")
    commercial_purpose: StrictBool | None = fact("whether this check is run commercially, from the settings")


class ConsentFacts(_Facts):
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


class ReplicaFacts(_Facts):
    """One replica of one performer, as declared."""

    performer: Text = Field(description="the performer's reference, from the declaration")
    kind: Text | None = fact("the kind of replica: EBDR, ICDR, BADR, DA or SP, from the declaration")
    modalities: Texts | None = fact("what is replicated, such as face or voice, from the declaration")
    seen: StrictBool | None = fact("whether the performer was recognised in the file")
    consent: ConsentFacts = Field(default_factory=ConsentFacts, description="what the performer agreed to")


class AppearanceFacts(_Facts):
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


class PerformerFacts(_Facts):
    """One enrolled performer whose face template was used."""

    ref: Text = Field(description="the performer's reference in the registry")
    release_in_force: StrictBool | None = fact(
        "whether a written biometric release was in force on the day of the check, from the registry"
    )


class Facts(_Facts):
    """Everything that rules may read about one asset."""

    asset: AssetFacts
    use: UseFacts = Field(default_factory=UseFacts)
    manifest: ManifestFacts = Field(default_factory=ManifestFacts)
    declared: DeclaredFacts = Field(default_factory=DeclaredFacts)
    biometrics: BiometricFacts = Field(default_factory=BiometricFacts)
    model: ModelFacts = Field(default_factory=ModelFacts)
    replicas: tuple[ReplicaFacts, ...] = ()
    appearances: tuple[AppearanceFacts, ...] = ()
    performers: tuple[PerformerFacts, ...] = ()


def facts_from_json(text: str | bytes) -> Facts:
    """Return recorded facts, as written by `facts.model_dump_json()`. Raises FactsInvalid."""
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(content) > LIMIT_BYTES:
        raise FactsInvalid((f"document: larger than {LIMIT_BYTES} bytes",))
    try:
        return Facts.model_validate_json(content)
    except ValidationError as error:
        problems = error.errors(include_url=False)[:MAX_PROBLEMS]
        raise FactsInvalid(
            tuple(f"{printable('.'.join(map(str, p['loc']))) or 'document'}: {plain_words(p)}" for p in problems)
        ) from error


def fact_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the vocabulary, for editors and for checking recorded facts."""
    return Facts.model_json_schema()
