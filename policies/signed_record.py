"""What people sign here: an answer or a waiver, as a JSON record in a signed envelope.

A record carries the public key that signed it, so that whoever trusts a key's fingerprint can check it offline with
nothing else at hand. Reading proves only that the key's holder stated these words; whether that counts is decided
against a list of trusted keys and their roles.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from policies import dsse
from policies.document import plain_words
from policies.errors import EnvelopeInvalid
from policies.fact_fields import Moment
from policies.located_yaml import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.dsse import SigningKey, VerifyingKey

Line = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Reasons = Annotated[str, StringConstraints(min_length=1, max_length=4000, strip_whitespace=True)]
FullRuleId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9-]{0,30}\.[A-Z]{1,4}[0-9]{1,3}$")]


class SignedRecord(BaseModel):
    """What an answer and a waiver have in common. signer_key: SubjectPublicKeyInfo, base64."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    rule: FullRuleId
    project: Line | None
    signer_key: Annotated[str, Field(max_length=2000)]
    given_at: Moment
    expires_at: Moment | None = None

    @model_validator(mode="after")
    def _expires_after_it_was_given(self) -> Self:
        if self.expires_at is not None and self.expires_at <= self.given_at:
            raise ValueError("expires_at lies before given_at")
        return self

    def dated_problem(self, *, as_of: str, now: str) -> str | None:
        """Return why the record's days keep it from counting at a moment; moments as UTC text."""
        if self.given_at > now:
            return f"it is dated {self.given_at}, which lies in the future"
        if self.expires_at is not None and self.expires_at <= as_of:
            return f"it expired on {self.expires_at}"
        return None


Record = TypeVar("Record", bound=SignedRecord)


@dataclass(frozen=True, slots=True)
class Signed(Generic[Record]):
    """A record as it was read. id: SHA-256 of the file. signer: the key's fingerprint.

    problem: why the signature proves nothing, None when it holds.
    """

    record: Record
    id: str
    signer: str
    problem: str | None

    def signer_problem(self, attestors: Mapping[str, frozenset[str]], role: str) -> str | None:
        """Return why the signer doesn't speak in that role; None when a trusted key's signature holds."""
        if self.problem is not None:
            return self.problem
        roles = attestors.get(self.signer)
        if roles is None:
            return f"it is signed with the key {self.signer[:16]}..., which is not among the trusted attestors"
        if role not in roles:
            return f"the holder of the key {self.signer[:16]}... does not have the role of {role}"
        return None


def written(record: SignedRecord, key: SigningKey, payload_type: str) -> str:
    """Return the record signed, as the JSON document of its envelope."""
    return dsse.sign(payload_type, record.model_dump_json(by_alias=True).encode(), key).to_json() + "\n"


def key_text(key: VerifyingKey) -> str:
    """Return a public key as a record's signer_key holds it."""
    return base64.b64encode(dsse.public_bytes(key)).decode("ascii")


def read(content: bytes, model: type[Record], payload_type: str) -> Signed[Record]:
    """Return the record in a signed envelope, or in a bare JSON document, which is then known to be unsigned.

    Raises EnvelopeInvalid for what holds no such record at all.
    """
    digest = hashlib.sha256(content).hexdigest()
    try:
        envelope = dsse.parse(content)
    except EnvelopeInvalid:
        try:
            bare = model.model_validate_json(content[: dsse.LIMIT_BYTES + 1])
        except ValidationError:
            bare = None
        if bare is None:
            raise
        return Signed(bare, digest, "", "it is not signed")
    try:
        record = model.model_validate_json(envelope.payload)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = printable(".".join(str(part) for part in problem["loc"])) or "record"
        raise EnvelopeInvalid(f"does not hold what it should: {where}: {plain_words(problem)}") from error
    try:
        key = dsse.verifying_key(base64.b64decode(record.signer_key, validate=True))
    except binascii.Error as error:
        raise EnvelopeInvalid("names a public key that is not in base64") from error
    # The type is signed with the payload: an envelope made for another purpose proves nothing here.
    holds = envelope.payload_type == payload_type and envelope.signed_by(key)
    return Signed(record, digest, dsse.fingerprint(key), None if holds else "its signature does not hold")
