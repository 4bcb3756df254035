"""The values that leave this room: a finding, and the citation that it rests on.

Standard library only, so that reports and the auditor's path can hold findings without the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

Severity = Literal["block", "review", "warn", "info"]
Outcome = Literal["pass", "fail", "unknown", "not_applicable", "waived"]
SubjectKind = Literal["asset", "appearance", "replica", "performer", "tool", "synthetic"]
Confidence = Literal["sourced", "high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule comes from: the instrument, its section, and our paraphrase of it.

    confidence: "sourced" when the text itself was read, else how sure we are without having read it.
    checked: the day (YYYY-MM-DD) on which somebody last compared the rule with its source.
    """

    # Read by pydantic when a pack is loaded: a citation with an unknown key is refused.
    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid", "str_max_length": 2000}

    instrument: str
    section: str
    paraphrase: str
    confidence: Confidence
    checked: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class AlsoAsked:
    """Another rule that asked the same about the same subject and came out the same."""

    rule: str
    title: str
    pack: str
    pack_version: str
    severity: Severity
    why: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class Waived:
    """Who set a finding aside, why and until when.

    waiver: the SHA-256 of the signed waiver. approver: the fingerprint of the approver's key. instead_of: the
    outcome that the finding had.
    """

    waiver: str
    approver: str
    reason: str
    expires: str
    instead_of: Literal["fail", "unknown"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of one rule about one subject.

    subject: the asset's SHA-256, an appearance's id, or a performer's reference (for a replica, its
    performer). facts: the (path, value) pairs that the rule read. missing: fact paths that were not known.
    An outcome "unknown" is never a pass; "waived" comes from `waiver`, never from the judge. topic: rules with the
    same one ask the same; also: those whose findings were joined to this one (`merging`).
    """

    rule: str
    title: str
    pack: str
    pack_version: str
    severity: Severity
    outcome: Outcome
    subject_kind: SubjectKind
    subject: str
    why: str
    facts: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    citation: Citation
    remedy: str
    topic: str | None = None
    waivable: bool = True
    also: tuple[AlsoAsked, ...] = ()
    waived: Waived | None = None
