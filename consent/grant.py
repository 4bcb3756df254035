"""A grant: what a performer agreed to, until when, in which form, and its life so far.

Each dimension of a scope has three states, and they are three different values: a tuple (these), ANY
(the word "any" was written: all of them) and None (not stated: unknown, never taken as all).
The grouping of the fields follows the ISO/IEC TS 27560 consent record and the CAWG training terms.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Final, Literal, TypeAlias


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
EventKind: TypeAlias = Literal["requested", "given", "suspended", "resumed", "withdrawn"]
Status: TypeAlias = Literal["requested", "given", "suspended", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a grant covers.

    territories: ISO 3166 codes, WORLD, EU or EEA. expires_on: the last day, ANY for no end, None for
    not stated. starts_on None: the day of signature. advertiser and product limit only when stated.
    replica_kinds: employment-based, independently created, background actor, digital alteration,
    synthetic performer (SAG-AFTRA TV/Theatrical 2023).
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
    """One step in the life of a grant: what happened, on which day, and when it was recorded."""

    kind: EventKind
    on: date
    recorded: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGrant:
    """A grant that has been validated and not yet recorded."""

    performer: str
    signed_on: date
    scope: Scope
    notice_on: date | None = None
    prohibitions: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()
    form: Form | None = None
    represented_by: Representation | None = None
    pay_status: PayStatus | None = None
    training_use: TrainingUse = TrainingUse()
    survivorship: Survivorship | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(NewGrant):
    """A recorded grant with its events, in the order in which they were recorded."""

    id: str
    recorded: datetime
    events: tuple[GrantEvent, ...]

    def status_on(self, day: date) -> Status | None:
        """Return the status at the end of that day, or None when nothing had happened yet.

        Events count by the day they happened; on the same day the one recorded later wins. A
        withdrawal is final: whoever agrees again signs another grant.
        """
        status: Status | None = None
        for event in sorted(self.events, key=lambda event: event.on):
            if event.on > day or status == "withdrawn":
                break
            if event.kind != "resumed":
                status = event.kind
            elif status == "suspended":
                status = "given"
        return status
