"""The shape of rule packs as written in YAML: what a rule says, when it applies, and its cases.

Checked by pydantic with unknown keys refused; `pack_schema()` publishes the JSON Schema for editors. The
expressions are checked separately, by `cel`, against the types of the facts.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    field_validator,
    model_validator,
)

from policies.finding import Citation, Severity, SubjectKind

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _day(value: object) -> date | None:
    """Return the day that a text such as 2026-11-22 names; pydantic alone would take numbers as times."""
    if value is None or type(value) is date:
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("must be a day such as 2026-11-22")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{value} is not a day of the calendar") from error


Day = Annotated[date, BeforeValidator(_day)]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=600, strip_whitespace=True)]
Expression = Annotated[str, StringConstraints(min_length=1)]
RuleId = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,4}[0-9]{1,3}$")]
PackId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9-]{0,30}$")]
Anchor = Literal["judged", "used", "distributed", "photographed", "signed", "fixed", "scanned", "captured"]
Role = Literal[
    "producer",
    "legal counsel",
    "compliance officer",
    "vendor",
    "performer representative",
    "union representative",
    "director",
    "reviewer",
    "data protection officer",
]
CaseOutcome = Literal["pass", "fail", "unknown", "not_applicable"]


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Condition(_Written):
    """When a rule applies; say completes "does not apply: ..." for the subjects it leaves out.

    unknown: the sentence when it can't be told whether the rule applies.
    """

    expr: Expression
    say: Sentence
    unknown: Sentence | None = None


class Clause(_Written):
    """One thing that must hold. say: the sentence when it doesn't. unknown: the one when it can't be told."""

    expr: Expression
    say: Sentence
    unknown: Sentence | None = None


class Case(_Written):
    """A rule's own test. facts: fact path → value, laid over the pack's base facts; null means not known.

    on: the day that is judged.
    """

    name: Sentence
    on: Day | None = None
    facts: dict[str, Any] = Field(default_factory=dict)
    expect: CaseOutcome


class Attestation(_Written):
    """What a rule asks a person: one answer of answers, by somebody in one of roles; it lapses after valid_days."""

    question: Sentence
    answers: Annotated[tuple[Annotated[str, StringConstraints(min_length=1, max_length=60)], ...], Field(min_length=2)]
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    valid_days: Annotated[int, Field(ge=1, le=36_500)] | None = None


class Rule(_Written):
    """One rule.

    from and until: the first and the last day on which it is in force; what must lie between them is the day of
    the anchor (`applicability.ANCHORS`): the day that is judged, the signature, the fixation, ... contracts and
    jurisdictions: it binds productions under one of the agreements, and uses that touch one of the places; none
    named means all. topic: rules of several packs that ask the same carry the same topic, and give one finding.
    waivable: whether an approver may set its finding aside. effect: a rule that voids a clause lowers the consent
    (`replica.consent.voided_by`) instead of banning the use; it is judged before all others.
    """

    id: RuleId
    title: Sentence
    severity: Severity
    citation: Citation
    in_force_from: Day | None = Field(default=None, alias="from")
    in_force_until: Day | None = Field(default=None, alias="until")
    anchor: Anchor = "judged"
    contracts: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9-]{1,30}$")], ...] = ()
    jurisdictions: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")], ...] = ()
    topic: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{2,60}$")] | None = None
    waivable: StrictBool = True
    effect: Literal["judges", "voids_consent"] = "judges"
    for_each: SubjectKind
    attestation: Attestation | None = None
    needs: tuple[str, ...] = Field(default=(), max_length=50)
    when: Condition | None = None
    require: tuple[Clause, ...] = Field(min_length=1, max_length=20)
    remedy: Sentence
    cases: tuple[Case, ...] = Field(default=(), max_length=50)

    @field_validator("citation", mode="after")
    @classmethod
    def _checked_on_a_day(cls, citation: Citation) -> Citation:
        _day(citation.checked)
        return citation

    @model_validator(mode="after")
    def _order_of_dates(self) -> Rule:
        if self.in_force_from and self.in_force_until and self.in_force_until < self.in_force_from:
            raise ValueError("the day in until lies before the day in from")
        return self

    @model_validator(mode="after")
    def _voids_the_consent_to_a_replica(self) -> Rule:
        if self.effect == "voids_consent" and self.for_each != "replica":
            raise ValueError("a rule with effect voids_consent is about a consent; write for_each: replica")
        return self

    def in_force(self, day: date) -> bool:
        """Return whether the rule is in force on that day."""
        return not (
            (self.in_force_from and day < self.in_force_from) or (self.in_force_until and day > self.in_force_until)
        )


class RulesDocument(_Written):
    """A further file of a pack: rules only."""

    rules: tuple[Rule, ...] = Field(max_length=200)


class PackDocument(_Written):
    """A pack's first file, pack.yaml. facts: the base facts of all cases, with one replica, appearance and
    performer under their singular names. disabled_because: why the pack is shipped to be read and tried only."""

    pack: PackId
    title: Sentence
    version: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    effective: Day
    legal_review: Literal["pending", "approved"]
    disabled_because: Sentence | None = None
    facts: dict[str, Any] = Field(default_factory=dict)
    rules: tuple[Rule, ...] = Field(default=(), max_length=200)


def pack_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of pack.yaml, for editors; further files hold only its `rules`."""
    return PackDocument.model_json_schema()
