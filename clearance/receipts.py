"""Receipts on the auditor's and the holder's side: files in, a check or a presentation out. Reaches no database.

What is read was written by others: sizes are bounded, and anything that is no receipt is an answer, not an error.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from clearance.clock import rfc3339
from clearance.errors import BLOCKED, HELD, INVALID, PASSED, ConfigurationError, DestinationExists, EvidenceInvalid
from consent.issuer_public import issuer_key_from
from consent.proofs import StandingProof
from consent.receipt_check import check_receipt
from consent.sd_jwt_form import LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from consent.issuer_public import IssuerKey
    from consent.receipt import Receipt
    from consent.receipt_reading import ReceiptReading

# What each outcome of a check ends in: a consent that no longer stands is as little covered as a use without one.
EXIT_CODES: Final = {"valid": PASSED, "not_in_force": BLOCKED, "held": HELD, "invalid": INVALID}


def receipt_text(path: Path) -> str:
    """Return the text of a receipt's file; other bytes than text become characters that no receipt has."""
    return _content(path).decode("utf-8", errors="replace").strip()


def check_files(
    receipt: Path,
    issuer_key: Path,
    *,
    ledger_key: str | None,
    standing: Path | None,
    checkpoint: Path | None,
    audience: str | None,
    nonce: str | None,
    now: datetime,
) -> ReceiptReading:
    """Return what can be said about the receipt in a file.

    Raises OSError for a file that is not there, ReceiptUnusable for an issuer's key that is none, ProofInvalid for a
    standing proof that is none.
    """
    key = issuer_key_from(receipt_text(issuer_key))
    return check_receipt(
        receipt_text(receipt),
        key,
        verifier_key=ledger_key,
        standing=None if standing is None else StandingProof.from_document(_json(standing)),
        checkpoint=None if checkpoint is None else _content(checkpoint).decode("utf-8", errors="replace"),
        audience=audience,
        nonce=nonce,
        now=now,
    )


def claims_of(receipt: Receipt, key: IssuerKey, *, now: datetime) -> Mapping[str, Any]:
    """Return what a kept receipt says. Raises EvidenceInvalid when it was altered where it is kept."""
    reading = check_receipt(receipt.text, key, now=now)
    if reading.signature.value != "valid":
        raise EvidenceInvalid(f"{receipt.id}: {reading.signature.why}; restore the registry from its backup")
    return reading.claims


def check_document(reading: ReceiptReading) -> dict[str, Any]:
    """Return the check as one JSON document."""
    answers = {
        name: {"value": answer.value, "why": answer.why}
        for name, answer in (
            ("signature", reading.signature),
            ("inclusion", reading.inclusion),
            ("status", reading.status),
            ("holder", reading.holder),
        )
    }
    return {
        "schema": "clearance.receipt-check/1",
        "outcome": reading.outcome,
        **answers,
        "issued": None if reading.issued is None else rfc3339(reading.issued),
        "claims": dict(reading.claims),
        "hidden": reading.hidden,
    }


def chosen(disclose: Sequence[str]) -> dict[str, frozenset[str] | None]:
    """Return which claims to disclose: "term,territories:US" means the whole term and one of the territories."""
    selection: dict[str, frozenset[str] | None] = {}
    for word in filter(None, (part.strip() for text in disclose for part in text.split(","))):
        name, colon, item = word.partition(":")
        if not colon:
            selection[name] = None
        elif (items := selection.get(name, frozenset())) is not None:
            selection[name] = items | {item}
    return selection


def presentation(
    text: str,
    disclose: Mapping[str, frozenset[str] | None],
    *,
    holder_key: Path | None,
    audience: str | None,
    nonce: str | None,
    now: datetime,
) -> str:
    """Return the receipt with the chosen claims alone, signed by its holder where a key is given.

    Raises ReceiptUnusable, ConfigurationError when the key comes without audience and nonce or they without it.
    """
    from consent import selective

    shown = selective.present(text, disclose)
    if holder_key is None and audience is None and nonce is None:
        return shown
    if holder_key is None or not audience or not nonce:
        raise ConfigurationError(
            "--holder-key, --audience and --nonce belong together: give all three, as the auditor asked, or none"
        )
    return selective.bind(shown, jwk_of(holder_key), audience=audience, nonce=nonce, now=now)


def jwk_of(path: Path) -> dict[str, str]:
    """Return the members of a JWK file that are text. Raises ConfigurationError for a file that holds no JWK."""
    document = _json(path)
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path} holds no JSON Web Key; give the key as one JSON object")
    return {str(name): value for name, value in document.items() if isinstance(value, str)}


def write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet. Raises DestinationExists."""
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise DestinationExists(path) from error


def _json(path: Path) -> Any:
    try:
        return json.loads(_content(path))
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path} is no JSON; give the file as it was handed out") from error


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        # One byte more than any receipt has: the check then says that it is too long.
        return file.read(LIMIT + 1)
