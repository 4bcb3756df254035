"""What an auditor's walk through a bundle found: numbered steps, each with one answer, and the verdict of them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from clearance.verdict import Verdict
from policies.located_yaml import printable

Outcome: TypeAlias = Literal["ok", "held", "not_checked", "invalid"]
SCHEMA: Final = "clearance.bundle-verification/1"
_WORDS: Final = {"ok": "ok", "held": "HELD", "not_checked": "not checked", "invalid": "INVALID"}
_LONGEST: Final = 1000


@dataclass(frozen=True, slots=True)
class Found:
    """What one step found. needed: whether something that was not checked keeps the bundle from passing."""

    outcome: Outcome
    why: str
    needed: bool = False


Check: TypeAlias = Callable[[], Found]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the walk, with its number and what was asked."""

    number: int
    name: str
    found: Found

    @property
    def line(self) -> str:
        """The step as one line of text."""
        because = ", because" if self.found.outcome == "not_checked" else ":"
        why = printable(self.found.why, _LONGEST)
        return f"{self.number:2}  {self.name:22} {_WORDS[self.found.outcome]}{because} {why}"


@dataclass(frozen=True, slots=True)
class BundleVerification:
    """The whole walk. record: the verdict that the bundle's record states, None where it could not be read."""

    path: str
    steps: tuple[Step, ...]
    strict: bool
    record: str | None = None
    signer: str | None = None

    @property
    def verdict(self) -> Verdict:
        """Whether the evidence holds: invalid, review where somebody must look, warn where not all was asked for."""
        found = [step.found for step in self.steps]
        outcomes = {each.outcome for each in found}
        if "invalid" in outcomes:
            return Verdict.INVALID
        if "held" in outcomes or any(each.outcome == "not_checked" and (each.needed or self.strict) for each in found):
            return Verdict.REVIEW
        return Verdict.WARN if "not_checked" in outcomes else Verdict.PASS

    @property
    def why(self) -> str:
        """The step that decided, in words."""
        for outcome in ("invalid", "held"):
            for step in self.steps:
                if step.found.outcome == outcome:
                    return f"step {step.number}, {step.name}: {printable(step.found.why, _LONGEST)}"
        left = [step for step in self.steps if step.found.outcome == "not_checked"]
        left.sort(key=lambda step: not step.found.needed)
        if left:
            return f"step {left[0].number}, {left[0].name}, was not checked: {printable(left[0].found.why, _LONGEST)}"
        return "every step holds"

    @property
    def document(self) -> dict[str, Any]:
        """The JSON form, schema clearance.bundle-verification/1."""
        return {
            "schema": SCHEMA,
            "path": self.path,
            "verdict": str(self.verdict),
            "why": self.why,
            "profile": "auditor" if self.strict else "default",
            "record": {"verdict": self.record},
            "signer": self.signer,
            "steps": [
                {
                    "number": step.number,
                    "name": step.name,
                    "outcome": step.found.outcome,
                    "why": printable(step.found.why, _LONGEST),
                }
                for step in self.steps
            ],
        }


def ok(why: str) -> Found:
    """Return that a step holds."""
    return Found("ok", why)


def held(why: str) -> Found:
    """Return that somebody must look at what a step found."""
    return Found("held", why)


def invalid(why: str) -> Found:
    """Return that a step does not hold."""
    return Found("invalid", why)


def not_checked(why: str, *, needed: bool = False) -> Found:
    """Return that nothing can be said; needed: and that without it the bundle does not pass."""
    return Found("not_checked", why, needed)


def worst_of(invalids: Sequence[str], helds: Sequence[str], otherwise: Found) -> Found:
    """Return the gravest of what was found in one step, with every sentence about it."""
    if invalids:
        return invalid("; ".join(invalids))
    return held("; ".join(helds)) if helds else otherwise
