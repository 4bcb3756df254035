"""The one word an audit ends in, and the exit code it means: pass < warn < review < block < invalid."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

from clearance import errors

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policies.finding import Finding, Severity

# Only packs whose rules rest on the record itself may block; the others hold until counsel has approved them.
UNCAPPED_PACKS: Final = frozenset({"CORE", "BIO", "PROV"})


class Verdict(IntEnum):
    """How an asset was judged, worst last, so that max() of several is the verdict of them all."""

    PASS = 0
    WARN = 1
    REVIEW = 2
    BLOCK = 3
    INVALID = 4

    def __str__(self) -> str:
        return self.name.lower()

    @property
    def exit_code(self) -> int:
        """The exit code of a command that ends in this verdict."""
        return {
            Verdict.PASS: errors.PASSED,
            Verdict.WARN: errors.PASSED,
            Verdict.REVIEW: errors.HELD,
            Verdict.BLOCK: errors.BLOCKED,
            Verdict.INVALID: errors.INVALID,
        }[self]


_SEVERITY: Final = {
    "info": Verdict.PASS,
    "warn": Verdict.WARN,
    "review": Verdict.REVIEW,
    "block": Verdict.BLOCK,
}


def verdict_of(finding: Finding, *, approved_packs: frozenset[str] = frozenset()) -> Verdict:
    """Return what one finding makes of an asset.

    A failed rule counts with its severity. One that could not be judged never counts as passed: it holds the
    asset, or warns where even its failure would only warn. One that was waived warns. Packs outside CORE, BIO and
    PROV go no further than review until approved_packs names them; where several asked the same, the worst counts.
    """
    if finding.outcome == "waived":
        return Verdict.WARN
    if finding.outcome not in ("fail", "unknown"):
        return Verdict.PASS
    asked = [(finding.severity, finding.pack), *((other.severity, other.pack) for other in finding.also)]
    return max(_weight(severity, pack, approved_packs, told=finding.outcome == "fail") for severity, pack in asked)


def _weight(severity: Severity, pack: str, approved: frozenset[str], *, told: bool) -> Verdict:
    uncapped = pack in UNCAPPED_PACKS or pack in approved
    return _SEVERITY[severity] if told and uncapped else min(_SEVERITY[severity], Verdict.REVIEW)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of several verdicts; nothing judged is held, since nothing was shown to pass."""
    return max(verdicts, default=Verdict.REVIEW)
