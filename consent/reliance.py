"""What a judgement rested on, as plain values, and whether it would still come out so.

A deliverable is known by its SHA-256. A use that was lawful on its day stays so when consent is withdrawn
later; whether the same use may go on is another question, and both are answered.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final, Literal, TypeAlias

from consent.answer import Outcome, Use

RelianceKind: TypeAlias = Literal["audit", "signed"]

# From best to worst.
_GRAVITY: Final[tuple[Outcome, ...]] = ("covered", "unknown", "not_covered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliance:
    """One consent that the judgement of an asset rested on: a version of a grant, or a biometric release.

    grant and release None: the performer was declared or recognised, and no such consent was found.
    """

    performer: str
    use: Use
    outcome: Outcome
    grant: str | None = None
    grant_version: int | None = None
    release: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestingDeliverable:
    """A deliverable that rests on a consent: as it was judged, and as it would be now.

    on_use_date: the outcome for its own use, as now known. from_then_on: the outcome for the same use on the
    day asked about, or on its own date if that is later. why: the first reason against either.
    """

    asset_sha256: str
    recorded: datetime
    verdict: str
    signed: bool
    reliance: Reliance
    on_use_date: Outcome
    from_then_on: Outcome
    why: str | None = None

    @property
    def affected(self) -> bool:
        """Whether either answer is worse than the one it was judged by."""
        before = _GRAVITY.index(self.reliance.outcome)
        return max(_GRAVITY.index(self.on_use_date), _GRAVITY.index(self.from_then_on)) > before


def use_record(use: Use) -> dict[str, Any]:
    """Return a use as a JSON document; what it does not state is left out."""
    stated = {name: value for name, value in asdict(use).items() if value is not None}
    return {
        name: value.isoformat() if isinstance(value, date) else list(value) if isinstance(value, tuple) else value
        for name, value in stated.items()
    }


def use_of(record: Any) -> Use:
    """Return the use of a document. Raises ValueError, TypeError or KeyError when it is not one."""
    if not isinstance(record, dict):
        raise TypeError("a mapping was expected")
    members: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in record.items()
    }
    members["date"] = date.fromisoformat(record["date"])
    return Use(**members)
