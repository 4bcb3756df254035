"""The auditor's check of a receipt: the issuer's public key, the text, and nothing of the registry.

Numbered steps of RFC 9901, section 7: (1) take the text apart strictly, (2) verify the issuer's signature
and the disclosures, (3) read what a receipt must say, (4) the holder's binding, (5) the ledger's inclusion
proof, (6) whether the consent was in force. Any text gives a reading; none gives an error.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from consent.errors import ReceiptUnusable
from consent.issuer_public import IssuerKey
from consent.proofs import StandingProof
from consent.receipt import SCHEMA_VERSION, TYPE
from consent.receipt_proof import inclusion, standing_at
from consent.receipt_reading import Answer, ReceiptReading, unreadable
from consent.references import is_reference
from consent.sd_jwt_form import Parts, parts_of

# Clocks of two machines differ; a receipt from further in the future was not made by an honest one.
_CLOCK_SKEW: Final = timedelta(minutes=5)
_LAST_SECOND: Final = 253_402_300_799  # the end of the year 9999


def check_receipt(
    text: str,
    issuer_key: IssuerKey,
    *,
    verifier_key: str | None = None,
    standing: StandingProof | None = None,
    checkpoint: str | None = None,
    audience: str | None = None,
    nonce: str | None = None,
    now: datetime,
) -> ReceiptReading:
    """Return what can be said about a receipt, or about a presentation of one.

    verifier_key: the ledger's, "origin+hash+key". standing: who had grants in force at a later checkpoint.
    checkpoint: one that the auditor has from elsewhere, which standing must be of. audience and nonce: what
    the auditor asked the holder to sign.
    """
    from consent.selective import verified_claims

    try:
        parts = parts_of(text)
        claims = verified_claims(text, parts, issuer_key)
        issued = _require_receipt(claims, now)
    except ReceiptUnusable as error:
        return unreadable(str(error))
    return ReceiptReading(
        signature=Answer("valid", f"signed by the issuer's key {issuer_key.kid}"),
        holder=_holder(text, parts, issuer_key, issued, audience=audience, nonce=nonce, now=now),
        inclusion=inclusion(claims, verifier_key),
        status=_status(claims, standing, verifier_key, checkpoint, now),
        claims=claims,
        hidden=parts.hidden,
        issued=issued,
    )


def _require_receipt(claims: Mapping[str, Any], now: datetime) -> datetime:
    """Return when it was issued. Raises ReceiptUnusable unless the claims are those of a receipt of ours."""
    if claims.get("vct") != TYPE or claims.get("schema_version") != SCHEMA_VERSION:
        raise ReceiptUnusable(f"the issuer signed this, but as something else than {TYPE}")
    kind = {"grant": "G", "release": "R"}.get(str(claims.get("kind")))
    well_formed = (
        kind is not None
        and is_reference("G" if kind == "G" else "R", str(claims.get("record_id")))
        and is_reference("C", str(claims.get("receipt_id")))
        and is_reference("P", str(claims.get("pii_principal_id")))
        and isinstance(claims.get("iss"), str)
    )
    issued = _moment(claims.get("iat"))
    if not well_formed or issued is None:
        raise ReceiptUnusable("the issuer signed this, but it does not say what every receipt says")
    if issued > now + _CLOCK_SKEW:
        raise ReceiptUnusable(f"the receipt was issued in the future, at {issued:%Y-%m-%d %H:%M} UTC; check the clock")
    return issued


def _holder(
    text: str,
    parts: Parts,
    issuer_key: IssuerKey,
    issued: datetime,
    *,
    audience: str | None,
    nonce: str | None,
    now: datetime,
) -> Answer:
    from consent.selective import require_bound

    if "cnf" not in parts.payload:
        if parts.key_binding is not None:
            return Answer("invalid", "a proof of a holder is attached, but the receipt names no holder")
        return Answer("not_bound", "the receipt is bound to no key: whoever has the file can show it")
    if parts.key_binding is None:
        return Answer("not_presented", "the receipt names its holder's key, and the holder did not sign this showing")
    stated = parts.key_binding
    shown = _moment(stated.get("iat"))
    signed_for, signed_nonce = stated.get("aud"), stated.get("nonce")
    if shown is None or not isinstance(signed_for, str) or not isinstance(signed_nonce, str):
        return Answer("invalid", "the holder's proof does not say when and for whom it was made")
    if not signed_for or not signed_nonce or not issued - _CLOCK_SKEW <= shown <= now + _CLOCK_SKEW:
        return Answer("invalid", f"the holder's proof is dated {shown:%Y-%m-%d %H:%M} UTC, which cannot be")
    try:
        require_bound(text, issuer_key, audience=audience or signed_for, nonce=nonce or signed_nonce)
    except ReceiptUnusable as error:
        return Answer("invalid", str(error))
    asked = "as you asked" if audience and nonce else "compare both with what you asked for"
    return Answer("valid", f"signed by its holder at {shown:%Y-%m-%d %H:%M} UTC for {signed_for!r}, {asked}")


def _status(
    claims: Mapping[str, Any],
    standing: StandingProof | None,
    verifier_key: str | None,
    checkpoint: str | None,
    now: datetime,
) -> Answer:
    last = _last_day(claims)
    if last is not None and last < now.astimezone(UTC).date():
        return Answer("not_in_force", f"it ended on {last}")
    if standing is not None and verifier_key is not None:
        return standing_at(claims, standing, verifier_key, checkpoint)
    if standing is not None:
        return Answer("not_checked", "the ledger's verifier key is needed to check the standing proof")
    return Answer("not_checked", "no standing proof was given; a receipt alone cannot show a later withdrawal")


def _last_day(claims: Mapping[str, Any]) -> date | None:
    """Return the last day of the term, where it is disclosed and there is one."""
    term = claims.get("term")
    stated = term.get("expires_on") if isinstance(term, dict) else None
    try:
        return date.fromisoformat(stated) if isinstance(stated, str) and stated != "any" else None
    except ValueError:
        return None


def _moment(seconds: Any) -> datetime | None:
    """Return a NumericDate (RFC 7519) as a time, or None when it is none."""
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 <= seconds <= _LAST_SECOND:
        return None
    return datetime.fromtimestamp(seconds, UTC)
