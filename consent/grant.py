"""A grant: what a performer agreed to, until when, in which form, and its life so far.

Each dimension of a scope has three states, and they are three different values: a tuple (these), ANY
(the word "any" was written: all of them) and None (not stated: unknown, never taken as all).
The grouping of the fields follows the ISO/IEC TS 27560 consent record and the CAWG training terms.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from typing import Any, Final, Literal, TypeAlias


class Every(Enum):
    """The word "any", given explicitly in a grant."""

    ANY = "any"


ANY: Final = Every.ANY
Terms: TypeAlias = tuple[str, ...] | Every | None

ReplicaKind: TypeAlias = Literal["EBDR", "ICDR", "BADR", "DA", "SP"]
Modality: TypeAlias = Literal["face", "voice", "body", "motion"]
Form: TypeAlias = Literal["separately signed", "initialled", "separate writing", "in contract"]
Representation: TypeAlias = Literal["counsel", "union", "counsel and union", "nobody"]
PayStatus: TypeAlias = Literal["agreed", "paid", "unpaid", "not due"]
Survivorship: TypeAlias = Literal["survives", "ends", "representative"]
Training: TypeAlias = Literal["allowed", "notAllowed", "constrained"]
Sequels: TypeAlias = Literal["included", "excluded"]
SignatoryRole: TypeAlias = Literal["performer", "guardian", "estate", "representative"]
PayScale: TypeAlias = Literal["at scale", "above scale", "below scale"]
Decision: TypeAlias = Literal["pending", "approved", "refused"]
EventKind: TypeAlias = Literal["requested", "given", "suspended", "resumed", "withdrawn", "superseded"]
Status: TypeAlias = Literal["requested", "given", "suspended", "withdrawn", "superseded"]
Standing: TypeAlias = Status | Literal["expired"]
FINAL: Final[frozenset[Status | None]] = frozenset({"withdrawn", "superseded"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a grant covers.

    territories: ISO 3166 codes, WORLD, EU or EEA. expires_on: the last day, ANY for no end, None for
    not stated. starts_on None: the day of signature. advertiser and product limit only when stated.
    replica_kinds: employment-based, independently created, background actor, digital alteration,
    synthetic performer (SAG-AFTRA TV/Theatrical 2023). mpu_months: the maximum period of use of the
    commercials contracts, in months from the first use.
    """

    projects: Terms = None
    characters: Terms = None
    scenes: Terms = None
    description: str | None = None
    use_categories: Terms = None
    media: Terms = None
    territories: Terms = None
    starts_on: date | None = None
    expires_on: date | Every | None = None
    advertiser: str | None = None
    product: str | None = None
    replica_kinds: Terms = None
    modalities: Terms = None
    sequels: Sequels | None = None
    mpu_months: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A step that has to be approved before release: by whom, until when, and how it was decided."""

    step: str
    role: str | None = None
    due: date | None = None
    decision: Decision | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """In which role the grant was signed; authority_sha256 is of the document that gives the authority."""

    role: SignatoryRole
    authority_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pay:
    """Where parts of the payment stand, in words: amounts are never kept."""

    scale: PayScale | None = None
    days: PayStatus | None = None
    contribution: PayStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The document behind a grant. hash_verified: the file itself was hashed when the grant was recorded.

    signature: the verdict on a detached signature at that time, None when there was none to check.
    """

    sha256: str
    hash_verified: bool
    signature: Literal["valid", "invalid"] | None = None
    custodian: str | None = None
    page: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingUse:
    """What the grant says about machine learning, in the four terms of cawg.training-mining."""

    data_mining: Training | None = None
    ai_inference: Training | None = None
    ai_generative_training: Training | None = None
    ai_training: Training | None = None


@dataclass(frozen=True, slots=True)
class GrantEvent:
    """One step in the life of a grant: what happened, on which day, and when it was recorded.

    reason: a code such as strike. by: the grant that took its place, of one that was superseded.
    """

    kind: EventKind
    on: date
    recorded: datetime
    reason: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGrant:
    """The terms of a grant, validated and not yet recorded.

    signatory None: not stated. collective_agreement: the agreement under which it was given, by name.
    """

    performer: str
    signed_on: date
    scope: Scope
    notice_on: date | None = None
    notice_language: str | None = None
    notice_sha256: str | None = None
    prohibitions: tuple[str, ...] = ()
    approvals: tuple[Approval, ...] = ()
    form: Form | None = None
    signatory: Signatory | None = None
    represented_by: Representation | None = None
    collective_agreement: str | None = None
    pay_status: PayStatus | None = None
    pay: Pay = Pay()
    training_use: TrainingUse = TrainingUse()
    survivorship: Survivorship | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class GrantVersion:
    """The terms of a grant as once recorded, and the day from which they hold."""

    number: int
    effective_on: date
    recorded: datetime
    terms: NewGrant


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(NewGrant):
    """A recorded grant: the terms of one version, all versions known, and the events as they were recorded."""

    id: str
    recorded: datetime
    events: tuple[GrantEvent, ...]
    version: int = 1
    versions: tuple[GrantVersion, ...] = ()

    @property
    def given_on(self) -> date:
        """The day on which it was first given; before that, the day the first version was signed."""
        first = self.versions[0].terms.signed_on if self.versions else self.signed_on
        return next((event.on for event in self.events if event.kind == "given"), first)

    def as_of(self, day: date) -> "Grant":
        """Return the grant with the terms that hold on that day.

        Of the versions that are in effect by then the one recorded last counts: an amendment replaces,
        from its day on, whatever was agreed before it. Before all of them the first counts.
        """
        effective = [version for version in self.versions if version.effective_on <= day] or self.versions[:1]
        if not effective or effective[-1].number == self.version:
            return self
        chosen = effective[-1]
        return replace(self, version=chosen.number, **terms_of(chosen.terms))

    def status_on(self, day: date) -> Status | None:
        """Return the status at the end of that day, or None when nothing had happened yet.

        Events count by the day they happened; on the same day the one recorded later wins. A withdrawal
        is final, and so is being superseded: whoever agrees again signs another grant.
        """
        return status_after(((event.kind, event.on) for event in self.events), day)

    def standing_on(self, day: date) -> Standing | None:
        """Return the status on that day, with "expired" for a given grant whose last day has passed."""
        status, last = self.status_on(day), self.as_of(day).scope.expires_on
        return "expired" if status == "given" and isinstance(last, date) and day > last else status


def terms_of(grant: NewGrant) -> dict[str, Any]:
    """Return the terms of a grant, field by field."""
    return {name: getattr(grant, name) for name in NewGrant.__dataclass_fields__}


def status_after(steps: Iterable[tuple[EventKind, date]], day: date) -> Status | None:
    """Return the status that the steps, in the order in which they were recorded, have led to by that day."""
    status: Status | None = None
    for kind, on in sorted(steps, key=lambda step: step[1]):
        if on > day or status in FINAL:
            break
        if kind != "resumed":
            status = kind
        elif status == "suspended":
            status = "given"
    return status
