"""The list of what is in a bundle and why, `bundle.json`, schema clearance.bundle/1: the part that is signed.

Every other member stands in it with its SHA-256, and every file of the submission's media, which stays outside.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from clearance.bundle.archive import MEMBER_LIMIT, is_name
from clearance.errors import BundleInvalid

SCHEMA: Final = "clearance.bundle/1"
RECORD: Final = "report.json"
CHAIN: Final = "keys/chain.pem"
ISSUER_KEY: Final = "keys/issuer.jwk"
LEDGER_KEY: Final = "keys/ledger.txt"
CHECKPOINT: Final = "ledger/checkpoint.txt"
DECLARATION: Final = "declaration.yaml"
ATTESTORS: Final = "attestors.json"

Recipient = Literal["studio", "auditor"]
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Sentence = Annotated[str, Field(max_length=1000)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Member(_Part):
    """One member. why: the reason for which it is inside, in words."""

    path: Annotated[str, Field(max_length=404)]
    sha256: _Sha256
    size: Annotated[int, Field(ge=0)]
    why: _Sentence


class BoundMedia(_Part):
    """One file of the submission, which stays outside. sha256: None where the audit could not read it."""

    name: Annotated[str, Field(max_length=1000)]
    sha256: _Sha256 | None


class Listing(_Part):
    """The whole list. left_out: what a reader might look for, and why it is not inside. approved_packs: rule packs
    that the operator lets block, beside those that always may."""

    schema_: Literal["clearance.bundle/1"] = Field(alias="schema", default="clearance.bundle/1")
    created: AwareDatetime
    tool: Annotated[str, Field(max_length=100)]
    recipient: Recipient
    verdict: Annotated[str, Field(max_length=20)]
    approved_packs: tuple[Annotated[str, Field(max_length=40)], ...] = ()
    media: tuple[BoundMedia, ...]
    members: Annotated[tuple[Member, ...], Field(max_length=MEMBER_LIMIT)]
    left_out: Annotated[tuple[_Sentence, ...], Field(max_length=1000)] = ()

    def encoded(self) -> bytes:
        """Return the list as the bytes that are signed."""
        document = self.model_dump(mode="json", by_alias=True)
        return (json.dumps(document, indent=1, ensure_ascii=True) + "\n").encode("ascii")

    def paths(self) -> frozenset[str]:
        """Return the names of all members that are listed."""
        return frozenset(member.path for member in self.members)


def member_of(path: str, content: bytes, why: str) -> Member:
    """Return the line of the list about a member."""
    return Member(path=path, sha256=hashlib.sha256(content).hexdigest(), size=len(content), why=why)


def listing_of(content: bytes) -> Listing:
    """Return the list in a bundle's bytes. Raises BundleInvalid, also for the schema of another version."""
    try:
        document = json.loads(content)
        schema = document.get("schema") if isinstance(document, dict) else None
        if schema != SCHEMA:
            raise BundleInvalid(f"its list is not of {SCHEMA}; verify it with the version of clearance that made it")
        listing = Listing.model_validate_json(content)
    except (ValidationError, ValueError, RecursionError) as error:
        raise BundleInvalid(f"its list cannot be read as {SCHEMA}") from error
    if len(listing.paths()) != len(listing.members) or not all(map(is_name, listing.paths())):
        raise BundleInvalid("its list names a member twice, or one that no bundle has")
    return listing
