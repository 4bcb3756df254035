"""The values `verify.read` returns: five separate answers and what the manifest says.

Every string that came out of a file was written by a stranger: whoever shows it must escape it.
Standard: C2PA Technical Specification 2.x, chapter 15 (validation); CAWG Identity Assertion 1.1 (`identity`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.json_shapes import Json


@dataclass(frozen=True, slots=True)
class Answer:
    """One question's answer, and the reason in words."""

    value: str
    why: str


@dataclass(frozen=True, slots=True)
class SignerIdentity:
    """Whom the signing certificate names. Proven only as far as `integrity` and `trust` say."""

    subject: str | None
    organisation: str | None
    issuer: str | None
    serial: str
    """Certificate serial number, lower-case hexadecimal."""
    sha256: str = ""
    """SHA-256 of the certificate, lower-case hexadecimal."""


@dataclass(frozen=True, slots=True)
class Action:
    """One recorded step in the making of the asset."""

    name: str
    source_type: str | None
    agent: str | None
    when: datetime | None
    created: bool
    """True if the signer states it; False if it was merely gathered from elsewhere."""
    target_language: str | None = None
    """What a translation was made into, as its parameters name it."""


@dataclass(frozen=True, slots=True)
class Ingredient:
    """An asset that went into this one, with what its use recorded and what can be seen now."""

    title: str | None
    relationship: str | None
    integrity: Answer
    """valid | invalid | absent | not_checked."""
    trust: Answer
    """trusted | untrusted | not_checked | absent."""
    codes: tuple[str, ...]
    """Failure codes, recorded or found now, trust codes included."""
    manifest_label: str | None
    used_by: str
    """Label of the manifest that names this ingredient."""
    identity: Answer = Answer("not_checked", "it was not asked")
    """verified | unverified | not_checked | absent."""
    time: Answer = Answer("none", "it was not asked")
    """trusted | untrusted | none."""
    revocation: Answer = Answer("not_checked", "it was not asked")
    """good | revoked | not_checked | unknown | unreachable."""
    time_at: datetime | None = None
    """Set only when `time` is trusted."""
    signer: SignerIdentity | None = None
    trust_list: str | None = None
    """The list that made its signer trusted."""
    depth: int = 1
    """1 for what went into this file, 2 for what went into that; 0 if the active manifest does not reach it."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something found besides the five answers. `code` is one of `provenance.remarks.CODES`."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class AssertionInfo:
    """One assertion of one manifest. `data` is as the file has it: treat it as read-only."""

    label: str
    created: bool
    data: Json
    manifest_label: str


@dataclass(frozen=True, slots=True)
class ConsentAssertion:
    """The likeness-consent assertion of the active manifest."""

    label: str
    data: Json
    created: bool


@dataclass(frozen=True, slots=True)
class ProvenanceReading:
    """Everything a file says about its own making, and how far each part holds."""

    present: bool
    """False only if the file is known to carry no manifest, or no format that could."""
    integrity: Answer
    """valid | invalid | absent | unreadable: is the file what was signed?"""
    trust: Answer
    """trusted | untrusted | not_checked | absent: did somebody we trust sign it?"""
    identity: Answer
    """verified | unverified | absent: does an organisation stand behind it (CAWG)?"""
    time: Answer
    """trusted | untrusted | none: did an authority we trust say when?"""
    revocation: Answer
    """good | revoked | not_checked | unknown | unreachable."""
    time_at: datetime | None = None
    """Set only when `time` is trusted."""
    signer: SignerIdentity | None = None
    generator: str | None = None
    trust_list: str | None = None
    """The list (anchor address) that made the signer trusted."""
    manifest_label: str | None = None
    manifests: int = 0
    actions: tuple[Action, ...] = ()
    all_actions_included: bool | None = None
    source_type: str | None = None
    """Of the first action, else of the first that states one: short IPTC term, or the address itself."""
    source_type_status: str = "absent"
    """current | retired | unknown | absent."""
    declared_source_types: tuple[str, ...] = ()
    """Every source type stated anywhere in the chain, this manifest first."""
    ingredients: tuple[Ingredient, ...] = ()
    consent: ConsentAssertion | None = None
    assertions: tuple[AssertionInfo, ...] = ()
    inherited_assertions: tuple[AssertionInfo, ...] = ()
    """Of the other manifests in the chain: they travel with the file."""
    redactions: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    """Failure codes of the active manifest, trust codes included."""
    remote_manifest: bool = False
    """True if the file names a manifest elsewhere; it is never fetched."""
    remarks: tuple[Remark, ...] = ()
    """What else was found, gravest or not: `provenance.remarks` makes them, `clearance.evidence` weighs them."""
    sidecar: str | None = None
    """Name of the file beside the media that the manifest came from; None if it came out of the media."""
    asked: str | None = None
    """The address that was asked about revocation; None if nobody was."""

    @property
    def chain_intact(self) -> bool:
        """True unless an ingredient was broken, or nothing is known about one that carries a manifest."""
        return all(ingredient.integrity.value in {"valid", "absent"} for ingredient in self.ingredients)
