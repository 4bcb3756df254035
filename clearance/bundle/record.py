"""The record of an audit, as far as a bundle is checked: read from outside, within bounds, and believed by nobody.

Reaches neither the database nor the models: whoever verifies a bundle has neither.
"""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from clearance.errors import BundleInvalid
from clearance.verdict import Verdict

AUDIT: Final = "clearance.audit/1"
VerdictWord = Literal["pass", "warn", "review", "block", "invalid"]
_Text = Annotated[str, Field(max_length=4000)]
_Reference = Annotated[str, Field(pattern=r"^[A-Z]-[A-Z0-9]{1,40}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class RecordedPack(_Part):
    """A rule pack that was judged by."""

    id: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9-]{0,30}$")]
    version: _Text
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class RecordedReplica(_Part):
    """A declared replica, and the grant that its judgement rests on."""

    performer: _Reference
    grant: _Reference | None = None


class RecordedCoverage(_Part):
    """What of a file was looked at."""

    frames_total: int | None = None
    frames_searched: int
    faces_seen: int
    faces_searched: int
    faces_too_small: int
    faces_too_blurred: int
    unreadable_from_s: float | None = None


class RecordedAsset(_Part):
    """One file as it was judged. facts: what the rules were judged on, None where it could not be assessed."""

    path: _Text
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None
    verdict: VerdictWord
    problem: _Text | None
    provenance: dict[str, Any] | None
    coverage: RecordedCoverage | None
    replicas: tuple[RecordedReplica, ...]
    findings: tuple[dict[str, Any], ...]
    facts: dict[str, Any] | None

    @property
    def name(self) -> str:
        """The file's name, without the folders of whoever audited it."""
        return PurePath(self.path).name

    @property
    def judged(self) -> Verdict:
        """The verdict as a value."""
        return Verdict[self.verdict.upper()]


class RecordedRegistry(_Part):
    """The state of the registry that was judged by."""

    checkpoint: Annotated[str, Field(max_length=100_000)]


class Record(_Part):
    """One report."""

    schema_: Literal["clearance.audit/1"] = Field(alias="schema")
    verdict: VerdictWord
    as_of: AwareDatetime
    created: AwareDatetime
    tool: _Text
    search_mode: _Text
    model_pack: dict[str, Any]
    calibration: dict[str, Any]
    registry: RecordedRegistry
    packs: Annotated[tuple[RecordedPack, ...], Field(max_length=200)]
    declaration: dict[str, Any]
    assets: tuple[RecordedAsset, ...]
    not_searched: tuple[_Text, ...] = ()

    @property
    def project(self) -> str:
        """The project that the declaration names; "" where it names none."""
        production = self.declaration.get("production")
        return str(production.get("project", "")) if isinstance(production, dict) else ""

    @property
    def waivers_used(self) -> frozenset[str]:
        """The digests of the waivers that set a finding aside."""
        waived = (finding.get("waived") for asset in self.assets for finding in asset.findings)
        return frozenset(str(each.get("waiver")) for each in waived if isinstance(each, dict))


def record_of(content: bytes) -> Record:
    """Return the record in the bytes of a report.json. Raises BundleInvalid."""
    try:
        document = json.loads(content)
        if not isinstance(document, dict) or document.get("schema") != AUDIT:
            raise BundleInvalid(f"its record is not of {AUDIT}; verify it with the version of clearance that made it")
        return Record.model_validate(document)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in problem["loc"])[:100]
        raise BundleInvalid(f"its record cannot be read as {AUDIT}, at {where}") from error
    except (ValueError, RecursionError) as error:
        raise BundleInvalid("its record is not JSON") from error
