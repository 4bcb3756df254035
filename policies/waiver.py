"""Waivers: findings that an approver sets aside, outside the packs, for named files or one project, for a time.

A waiver changes no rule and hides no finding: the finding stays, is shown as waived by whom, why and until when, and
never counts as a plain pass. One that doesn't count is named in the finding it was meant for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from policies import signed_record
from policies.fact_fields import Moment, Sha256, moment_text
from policies.finding import Waived
from policies.signed_record import Line, Reasons, Signed, SignedRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from policies.dsse import SigningKey
    from policies.finding import Finding

PAYLOAD_TYPE: Final = "application/vnd.clearance.waiver+json"
APPROVER: Final = "waiver approver"


class WaiverRecord(SignedRecord):
    """One waiver. It holds for the files named, or, where none is named, for every file of the project.

    subject: the performer, appearance, tool or synthetic performer that it is limited to, None for all.
    pack_version: the version of the pack whose rule is set aside; another version needs another waiver.
    """

    schema_: Literal["clearance.waiver/1"] = Field(alias="schema", default="clearance.waiver/1")
    pack_version: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    project: Line | None = None
    files: Annotated[tuple[Sha256, ...], Field(max_length=10_000)] = ()
    subject: Line | None = None
    reason: Reasons
    expires_at: Moment

    @model_validator(mode="after")
    def _names_one_scope(self) -> Self:
        if bool(self.files) == (self.project is not None):
            raise ValueError("a waiver names either files or a project")
        return self


def read_waiver(content: bytes) -> Signed[WaiverRecord]:
    """Return the waiver in a file's bytes. Raises EnvelopeInvalid."""
    return signed_record.read(content, WaiverRecord, PAYLOAD_TYPE)


def written_waiver(record: WaiverRecord, key: SigningKey) -> str:
    """Return the waiver signed, as the text of its file."""
    return signed_record.written(record, key, PAYLOAD_TYPE)


def with_waivers(
    findings: Iterable[Finding],
    waivers: Iterable[Signed[WaiverRecord]],
    attestors: Mapping[str, frozenset[str]],
    *,
    sha256: str,
    project: str,
    as_of: datetime,
    now: datetime,
) -> tuple[Finding, ...]:
    """Return the findings about one file, those that a waiver covers with the outcome "waived".

    as_of: the moment that is judged, at which a waiver must not have expired. now: the present; a waiver from the
    future counts for nothing. Only what failed or could not be told is waived.
    """
    here = [each for each in waivers if (sha256 in each.record.files) or each.record.project == project]
    moments = {"as_of": moment_text(as_of), "now": moment_text(now)}
    return tuple(_judged(finding, here, attestors, moments) for finding in findings)


def _judged(
    finding: Finding,
    waivers: Iterable[Signed[WaiverRecord]],
    attestors: Mapping[str, frozenset[str]],
    moments: Mapping[str, str],
) -> Finding:
    outcome = finding.outcome
    if outcome not in ("fail", "unknown"):
        return finding
    refused = []
    for signed in waivers:
        record = signed.record
        if record.rule != f"{finding.pack}.{finding.rule}" or record.subject not in (None, finding.subject):
            continue
        problem = (
            signed.signer_problem(attestors, APPROVER)
            or (None if finding.waivable else "this rule can not be waived")
            or (
                f"it is for version {record.pack_version} of the pack"
                if record.pack_version != finding.pack_version
                else None
            )
            or record.dated_problem(**moments)
        )
        if problem is None:
            waived = Waived(signed.id, signed.signer, record.reason, record.expires_at, outcome)
            return replace(finding, outcome="waived", waived=waived)
        refused.append(f" A waiver does not count: {problem}.")
    return replace(finding, why=finding.why + "".join(refused)) if refused else finding
