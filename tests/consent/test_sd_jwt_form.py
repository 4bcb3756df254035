"""Texts that a library would read one way and we another are refused before either reads them."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent.errors import ReceiptUnusable
from consent.issuer_public import IssuerKey
from consent.receipt_check import check_receipt
from consent.sd_jwt_form import LIMIT, digest_of, parts_of

KEY = Ed25519PrivateKey.generate()
ISSUER = IssuerKey(KEY.public_key().public_bytes_raw())
NOW = datetime(2026, 11, 1, tzinfo=UTC)
VISIBLE = {
    "iss": "urn:uuid:1",
    "iat": 1_790_000_000,
    "vct": "urn:clearance:consent-receipt:1",
    "schema_version": "1",
    "receipt_id": "C-00000001",
    "version": 1,
    "kind": "grant",
    "record_id": "G-00000001",
    "pii_principal_id": "P-00000001",
    "_sd_alg": "sha-256",
}
HEADER = {"alg": "EdDSA", "typ": "dc+sd-jwt"}


def encoded(content: Any) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(payload: Any, *disclosures: str, header: Any = HEADER, binding: str = "") -> str:
    """Return a text that the true issuer signed, whatever it says."""
    content = f"{encoded(header)}.{encoded(payload)}"
    return "~".join((f"{content}.{encoded(KEY.sign(content.encode()))}", *disclosures, binding))


def disclosing(*contents: Any) -> str:
    """Return a well-signed text whose claims hold the digest of each disclosure once."""
    texts = [encoded(content) for content in contents]
    return signed({**VISIBLE, "_sd": [digest_of(text) for text in texts]}, *texts)


TERM = encoded(["salt", "term", {}])
ITEM = encoded(["salt", "US"])
DEEP: Any = []
for _ in range(20):
    DEEP = [DEEP]

FAULTS = {
    "no algorithm": signed(VISIBLE, header={"alg": "none", "typ": "dc+sd-jwt"}),
    "a MAC as algorithm": signed(VISIBLE, header={"alg": "HS256", "typ": "dc+sd-jwt"}),
    "another type": signed(VISIBLE, header={"alg": "EdDSA", "typ": "JWT"}),
    "a critical header": signed(VISIBLE, header={**HEADER, "crit": ["b64"], "b64": False}),
    "a key in the header": signed(VISIBLE, header={**HEADER, "jwk": ISSUER.jwk()}),
    "a kid that is no text": signed(VISIBLE, header={**HEADER, "kid": 1}),
    "the kid of another key": signed(VISIBLE, header={**HEADER, "kid": "another"}),
    "a repeated member": signed(json.dumps(VISIBLE).replace("{", '{"kind": "release", ', 1).encode()),
    "a number that JSON does not know": signed(json.dumps({**VISIBLE, "x": float("nan")}).encode()),
    "claims that are a list": signed([VISIBLE]),
    "a document nested deep": signed({**VISIBLE, "deep": DEEP}),
    "a document nested without end": signed(b"[" * 100_000),
    "another digest algorithm": signed({**VISIBLE, "_sd_alg": "sha-512"}),
    "a digest that is no text": signed({**VISIBLE, "_sd": [1]}),
    "a digest of another length": signed({**VISIBLE, "_sd": ["AAAA"]}),
    "digests that are no list": signed({**VISIBLE, "_sd": {"a": 1}}),
    "one digest twice": signed({**VISIBLE, "_sd": [digest_of(TERM)] * 2}, TERM),
    "one digest in two places": signed({**VISIBLE, "_sd": [digest_of(TERM)], "x": {"_sd": [digest_of(TERM)]}}, TERM),
    "one disclosure twice": signed({**VISIBLE, "_sd": [digest_of(TERM)]}, TERM, TERM),
    "a disclosure that was not signed": signed({**VISIBLE, "_sd": []}, TERM),
    "an item where a claim belongs": signed({**VISIBLE, "_sd": [digest_of(ITEM)]}, ITEM),
    "a claim where an item belongs": signed({**VISIBLE, "list": [{"...": digest_of(TERM)}]}, TERM),
    "an item both hidden and not": signed({**VISIBLE, "list": [{"...": digest_of(ITEM), "x": 1}]}, ITEM),
    "a reserved name": signed({**VISIBLE, "x": {"...": "y"}}),
    "a digest algorithm inside": signed({**VISIBLE, "x": {"_sd_alg": "sha-256"}}),
    "a hidden issuer": disclosing(["salt", "iss", "urn:uuid:2"]),
    "a hidden reserved name": disclosing(["salt", "_sd", []]),
    "a claim that is visible too": disclosing(["salt", "kind", "release"]),
    "two values of one claim": disclosing(["salt", "term", {}], ["other salt", "term", {"expires_on": "any"}]),
    "a disclosure of one part": disclosing(["salt"]),
    "a disclosure of four parts": disclosing(["salt", "a", "b", "c"]),
    "a salt that is no text": disclosing([1, "term", {}]),
    "a disclosure that is an object": disclosing({"salt": "a"}),
    "padded base64": signed(VISIBLE, TERM + "="),
    "a second part of a token": signed(VISIBLE).replace(".", "..", 1),
    "no disclosures at all": signed(VISIBLE).removesuffix("~"),
    "a key binding that is no token": signed(VISIBLE, binding="x"),
    "a key binding by a MAC": signed(VISIBLE, binding=f"{encoded({'alg': 'HS256', 'typ': 'kb+jwt'})}.{encoded({})}.AA"),
    "too many disclosures": signed(VISIBLE, *["AA"] * 2000),
    "too long a text": "~" + "A" * LIMIT,
    "letters that no receipt has": signed(VISIBLE, "é"),
}


def test_the_texts_below_are_refused_for_their_faults_alone() -> None:
    assert check_receipt(signed({**VISIBLE, "_sd": [digest_of(TERM)]}, TERM), ISSUER, now=NOW).claims["term"] == {}
    items = signed({**VISIBLE, "territories": [{"...": digest_of(ITEM)}]}, ITEM)
    assert check_receipt(items, ISSUER, now=NOW).claims["territories"] == ["US"]


@pytest.mark.parametrize("text", FAULTS.values(), ids=FAULTS)
def test_a_signed_text_with_one_fault_is_invalid(text: str) -> None:
    reading = check_receipt(text, ISSUER, now=NOW)
    assert reading.outcome == "invalid"
    assert reading.claims == {}


def test_the_last_character_of_a_signature_has_one_spelling() -> None:
    text = signed(VISIBLE)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    # 64 bytes leave four bits of the last character unused: a lenient decoder takes 16 spellings for one signature.
    last = letters[letters.index(text[-2]) ^ 1]
    with pytest.raises(ReceiptUnusable, match="canonical"):
        parts_of(text[:-2] + last + "~")
