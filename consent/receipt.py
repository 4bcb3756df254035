"""A receipt for the performer: what it says about a grant or a biometric release, claim by claim.

Fields follow ISO/IEC TS 27560 (consent receipt), the envelope is an SD-JWT verifiable credential (RFC
9901). What names the receipt is always visible; every term of the consent is a claim that the holder may
show or leave out. No legal name, no stage name and no template has a place in it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeAlias

from consent.grant import Grant, GrantEvent, NewGrant, Scope
from consent.grant_record import record_of
from consent.retention import schedule
from consent.values import BiometricRelease

TYPE: Final = "urn:clearance:consent-receipt:1"
SCHEMA_VERSION: Final = "1"
Kind: TypeAlias = Literal["grant", "release"]

WITHDRAWAL: Final = {
    "grant": "in writing to whoever keeps this registry; a contract may limit what a withdrawal does to work that is "
    "already finished",
    "release": "in writing to whoever keeps this registry, at any time and without a reason; from that day on no "
    "face template is used",
}
STATUS_METHOD: Final = "standing-proof"
# Fields of a grant that are not claims of their own: they are visible, or parts of the groups below.
_GROUPED: Final = frozenset({"performer", "scope"})
_NOTICE: Final = "notice_"
_TERM: Final = ("starts_on", "expires_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A receipt as issued. text: the SD-JWT with all its disclosures, which is what the performer is given."""

    id: str
    version: int
    kind: Kind
    record: str
    performer: str
    issued: datetime
    text: str


def grant_claims(grant: Grant) -> dict[str, Any]:
    """Return the claims about a grant; what is not stated is left out and stays unknown."""
    whole, scope = record_of(grant), record_of(grant.scope)
    terms = {name: whole[name] for name in _names(NewGrant) if name in whole and name not in _GROUPED}
    notice = {name.removeprefix(_NOTICE): value for name, value in terms.items() if name.startswith(_NOTICE)}
    # What is empty states nothing, and a list of nothing would show that there was something to leave out.
    claims = {name: value for name, value in terms.items() if value and not name.startswith(_NOTICE)}
    claims |= {name: value for name, value in scope.items() if name not in _TERM}
    claims["term"] = {name: scope[name] for name in _TERM if name in scope}
    if notice:
        claims["notice"] = notice
    if grant.version > 1:
        claims |= {"record_version": grant.version, "effective_on": grant.versions[-1].effective_on.isoformat()}
    claims["withdrawal_method"] = WITHDRAWAL["grant"]
    claims["lifecycle"] = [_step(event) for event in grant.events]
    return claims


def release_claims(release: BiometricRelease) -> dict[str, Any]:
    """Return the claims about a biometric release."""
    term = {"starts_on": release.signed_on, "expires_on": release.expires_on}
    lifecycle = [{"kind": "given", "on": release.signed_on.isoformat()}]
    if release.withdrawn_on is not None:
        lifecycle.append({"kind": "withdrawn", "on": release.withdrawn_on.isoformat()})
    stated = {
        "signed_on": release.signed_on.isoformat(),
        "pii_type": "face template",
        "special_pii_category": "biometric",
        "purposes": list(release.purposes),
        "jurisdiction": release.jurisdiction,
        "term": {name: day.isoformat() for name, day in term.items() if day is not None},
        "retention_period": schedule(release.jurisdiction),
        "keeps_images": release.keeps_images,
        "withdrawal_method": WITHDRAWAL["release"],
        "evidence": None if release.evidence_sha256 is None else {"sha256": release.evidence_sha256},
        "lifecycle": lifecycle,
    }
    return {name: value for name, value in stated.items() if value is not None}


def visible_claims(
    *,
    issuer: str,
    receipt: str,
    version: int,
    kind: Kind,
    record: str,
    performer: str,
    now: datetime,
    proof: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return the claims that nobody can leave out: which receipt, of what, for whom, by whom, when.

    proof: that the registry's ledger holds the entry which recorded the grant or release, None without one.
    """
    claims: dict[str, Any] = {
        "iss": issuer,
        "iat": int(now.timestamp()),
        "vct": TYPE,
        "schema_version": SCHEMA_VERSION,
        "receipt_id": receipt,
        "version": version,
        "kind": kind,
        "record_id": record,
        "pii_principal_id": performer,
        "status": {"method": STATUS_METHOD, "reference": record},
    }
    return claims if proof is None else {**claims, "ledger": dict(proof)}


def content_digest(selective: Mapping[str, Any], holder: Mapping[str, str] | None) -> str:
    """Return the SHA-256 of what a receipt says, in hexadecimal; it changes when the record has changed."""
    content = json.dumps([selective, holder], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(content.encode()).hexdigest()


def signed_digest(text: str) -> str:
    """Return the SHA-256 of the part of a receipt that its issuer signed, which all presentations share."""
    return hashlib.sha256(text.partition("~")[0].encode("ascii")).hexdigest()


def _names(kind: type[NewGrant] | type[Scope]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _step(event: GrantEvent) -> dict[str, Any]:
    step = record_of(event)
    return step | {"recorded": event.recorded.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
