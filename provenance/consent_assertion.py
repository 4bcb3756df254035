"""The likeness-consent assertion: what a manifest may say in public about who agreed, and nothing more.

Manifests are public, so it holds opaque references and salted commitments only: a field this file does not
know is refused, and no field has room for a name, a face vector or a crop. `schemas/likeness-consent-1.json`
is the same rule as JSON Schema (draft 2020-12). Label: C2PA Technical Specification 2.2, section 6.2.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Final, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from provenance.errors import ManifestInvalid
from provenance.json_shapes import Json, mapping

SCHEMA_VERSION: Final = "1.1"
"""1.1 adds what is left out where it is not known: receipts, the ledger's checkpoint, the number of frames."""

_STRICT = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=False, strict=True)

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Reference = Annotated[str, Field(pattern=r"^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
# Short codes without spaces: a sentence, a name with its title, or base64 of a vector does not fit.
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/+-]{0,63}$")]
Moment = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")]
Count = Annotated[int, Field(ge=0)]
# RFC 6962 names a log by its origin; checkpoints of tlog write the root in base64, this assertion in hexadecimal.
Origin = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/+-]{0,127}$")]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class AssetScan:
    """How the asset was searched for faces, so that "not found" can be weighed."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    detector: Code
    model_sha256: Sha256
    frames_scanned: Count
    coverage: Code
    """For instance every-frame or every-6th-frame."""
    faces_found: Count
    unmatched_faces: Count
    frames_total: Count | None = None
    """Of the asset; fewer were scanned where coverage says so."""


@dataclass(frozen=True, slots=True)
class Region:
    """A span of the asset, in seconds from its start."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    t0: Seconds
    t1: Seconds


@dataclass(frozen=True, slots=True)
class Subject:
    """One person, by a reference that means something only to those who hold the record."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    ref: Reference
    decision: Literal["granted", "refused", "withdrawn", "expired", "unknown"]
    consent_record_hash: Sha256
    """See `record_commitment`."""
    scope: tuple[Code, ...] = ()
    project: Code | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    region: Region | None = None
    receipts: tuple[Code, ...] = ()
    """Ids of the receipts that the performer holds: opaque to everybody else."""


@dataclass(frozen=True, slots=True)
class PolicyOutcome:
    """Which rules judged the asset, and what came out."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    id: Code
    version: Code
    sha256: Sha256
    outcome: Literal["pass", "warn", "review", "block", "invalid"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of the consent ledger that was looked at: whoever holds a later one can prove that nothing changed."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    origin: Origin
    size: Count
    root: Sha256


@dataclass(frozen=True, slots=True)
class LikenessConsent:
    """The whole assertion."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    asset_scan: AssetScan
    subjects: tuple[Subject, ...]
    policy: PolicyOutcome
    decided_at: Moment
    registry_snapshot: Sha256
    checkpoint: Checkpoint | None = None
    schema_version: Literal["1.0", "1.1"] = SCHEMA_VERSION


_UNKNOWN_FIELD = ("extra_forbidden", "unexpected_keyword_argument")
_ADAPTER: Final = TypeAdapter(LikenessConsent)


def utc_text(moment: datetime) -> str:
    """Return an aware time as the assertion writes it: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def record_commitment(salt: bytes, canonical_record: bytes) -> str:
    """Return SHA-256 of salt and record in hexadecimal: shows later which record was meant, and nothing now.

    salt: 16 bytes or more, random, kept with the record. Without it, records could be guessed and tried.
    """
    if len(salt) < 16:
        raise ManifestInvalid("the salt of a consent commitment has fewer than 16 bytes; draw one with secrets")
    return hashlib.sha256(salt + canonical_record).hexdigest()


def assertion_data(consent: LikenessConsent) -> dict[str, Json]:
    """Return the assertion's content as JSON. Raises ManifestInvalid naming each field that is wrong."""
    try:
        written = _ADAPTER.dump_json(consent, by_alias=True, exclude_none=True, warnings="none")
        data: Json = json.loads(written)
    except (ValueError, TypeError, AttributeError) as error:
        raise ManifestInvalid("the consent assertion cannot be written as JSON; check its values") from error
    found = violations(data)
    if found:
        raise ManifestInvalid(f"the consent assertion breaks its schema: {'; '.join(found)}")
    return mapping(data)


def violations(data: Json) -> tuple[str, ...]:
    """Return where content breaks the schema and how, without repeating any value; empty if it holds."""
    try:
        _ADAPTER.validate_json(json.dumps(data))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        return tuple(f"{_place(fault['loc'], fault['type'])}: {_fault(fault['type'])}" for fault in faults)
    except (ValueError, RecursionError):
        return ("the whole assertion: not readable",)
    # A value of this package has a version by default; what a file leaves unsaid it must not gain.
    return () if "schemaVersion" in mapping(data) else ("schemaVersion: missing",)


def _place(location: tuple[int | str, ...], kind: str) -> str:
    # The name of an unknown field is a stranger's text and may itself say who somebody is.
    shown = [*location[:-1], "?"] if kind in _UNKNOWN_FIELD else location
    return ".".join(map(str, shown)) or "the whole assertion"


def _fault(kind: str) -> str:
    return {
        **dict.fromkeys(_UNKNOWN_FIELD, "unknown field"),
        "string_pattern_mismatch": "not of the form the schema asks for",
    }.get(kind, kind.replace("_", " "))
