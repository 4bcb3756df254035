"""A use that somebody wants to make, and what the grants say about it, as plain values.

The outcomes are three-valued: a fact that nobody stated gives "unknown", never "covered".
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias

from consent.grant import Grant

Outcome: TypeAlias = Literal["covered", "not_covered", "unknown"]
Dimension: TypeAlias = Literal[
    "status",
    "term",
    "project",
    "use_category",
    "medium",
    "territory",
    "character",
    "scene",
    "replica_kind",
    "modality",
    "advertiser",
    "product",
    "sequel",
    "period_of_use",
    "authority",
    "survivorship",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One use of a performer's likeness. None: the declaration does not say.

    sequel: whether it is in a sequel or spin-off of what was agreed on.
    """

    date: date
    project: str | None = None
    territories: tuple[str, ...] | None = None
    media: tuple[str, ...] | None = None
    use_categories: tuple[str, ...] | None = None
    character: str | None = None
    scenes: tuple[str, ...] | None = None
    replica_kind: str | None = None
    modalities: tuple[str, ...] | None = None
    advertiser: str | None = None
    product: str | None = None
    sequel: bool | None = None


@dataclass(frozen=True, slots=True)
class DimensionAnswer:
    """Whether one dimension of a grant covers the use; why is a sentence that names both sides."""

    dimension: Dimension
    outcome: Outcome
    why: str
    clause: str


@dataclass(frozen=True, slots=True)
class GrantAnswer:
    """What one grant says about the use, dimension by dimension."""

    grant: Grant
    dimensions: tuple[DimensionAnswer, ...]

    @property
    def outcome(self) -> Outcome:
        """The worst outcome over the dimensions: not_covered, then unknown, then covered."""
        outcomes = {answer.outcome for answer in self.dimensions}
        if "not_covered" in outcomes:
            return "not_covered"
        return "covered" if outcomes == {"covered"} else "unknown"

    @property
    def covered(self) -> bool:
        """Whether every dimension is covered."""
        return self.outcome == "covered"

    def dimension(self, name: Dimension) -> DimensionAnswer | None:
        """Return the answer for one dimension, or None when the grant sets no such limit."""
        return next((answer for answer in self.dimensions if answer.dimension == name), None)


@dataclass(frozen=True, slots=True)
class ConsentAnswer:
    """What the grants of one performer say about the use, best grant first.

    known_at: the moment whose knowledge it rests on, None for everything on record.
    """

    performer: str
    use: Use
    answers: tuple[GrantAnswer, ...]
    known_at: datetime | None = None

    @property
    def outcome(self) -> Outcome:
        """The outcome of the best grant; without any grant the use is not covered."""
        return self.best.outcome if self.best else "not_covered"

    @property
    def best(self) -> GrantAnswer | None:
        """The grant that comes nearest to covering the use; None when there is no grant at all."""
        return self.answers[0] if self.answers else None
