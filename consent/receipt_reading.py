"""What a check of a receipt found: separate answers, each with its reason, and never one word for all.

`consent.receipt_check` makes these values; reports and the command line print them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

SignatureValue: TypeAlias = Literal["valid", "invalid"]
InclusionValue: TypeAlias = Literal["valid", "invalid", "not_given", "not_checked"]
StatusValue: TypeAlias = Literal["in_force", "not_in_force", "invalid", "not_checked"]
HolderValue: TypeAlias = Literal["valid", "invalid", "not_bound", "not_presented"]
Outcome: TypeAlias = Literal["valid", "not_in_force", "held", "invalid"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer and why. value: one of the words of the question it answers."""

    value: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptReading:
    """The answers about one receipt. claims: what it discloses, empty unless the signature is valid.

    signature: SignatureValue, did this issuer sign exactly this. inclusion: InclusionValue, does the
    registry's ledger hold the entry. status: StatusValue, was the consent in force. holder: HolderValue,
    did the holder named in it present it. hidden: undisclosed digests, decoys among them.
    """

    signature: Answer
    inclusion: Answer
    status: Answer
    holder: Answer
    claims: Mapping[str, Any] = field(default_factory=dict)
    hidden: int = 0
    issued: datetime | None = None

    @property
    def outcome(self) -> Outcome:
        """Return the worst of the answers; what could not be checked is held, never valid."""
        values = {self.signature.value, self.inclusion.value, self.status.value, self.holder.value}
        if "invalid" in values:
            return "invalid"
        if self.status.value == "not_in_force":
            return "not_in_force"
        return "held" if values & {"not_given", "not_checked", "not_presented"} else "valid"


def unreadable(why: str) -> ReceiptReading:
    """Return the reading of what is no receipt of this issuer: invalid, and nothing else was looked at."""
    skipped = Answer("not_checked", "the signature does not hold, so nothing it says was looked at")
    return ReceiptReading(signature=Answer("invalid", why), inclusion=skipped, status=skipped, holder=skipped)
