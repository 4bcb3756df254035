"""Receipts of the registry: one for each state of a record, signed, kept, and readable without a key."""

import json
import time
from collections.abc import Callable
from dataclasses import fields
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jsonschema import Draft202012Validator
from jwcrypto.jwk import JWK

from consent import selective
from consent.errors import ReceiptUnusable, RecordInvalid, UnknownGrant, UnknownPerformer, UnknownReceipt
from consent.grant import NewGrant, Scope, TrainingUse
from consent.issuer_public import IssuerKey, issuer_key_from
from consent.proofs import InclusionProof
from consent.receipt_check import check_receipt
from consent.receipt_reading import ReceiptReading
from consent.receipts import Receipts
from consent.registry import Registry
from consent.values import Performer

from .receipt_maker import Issuer

Make = Callable[..., NewGrant]


@pytest.fixture
def grant_id(registry: Registry, performer: Performer, new_grant: Make, now: datetime) -> str:
    stated = new_grant(
        performer.ref,
        notice_on=date(2026, 8, 20),
        training_use=TrainingUse(ai_training="notAllowed"),
        prohibitions=("nudity",),
    )
    return registry.record_grant(stated, now).id


@pytest.fixture
def release_id(registry: Registry, performer: Performer, now: datetime) -> str:
    release = registry.add_release(
        performer.ref,
        signed_on=date(2026, 9, 1),
        now=now,
        expires_on=date(2027, 8, 31),
        jurisdiction="US-IL",
        purposes=["audit"],
    )
    return release.id


def read(registry: Registry, text: str, now: datetime) -> ReceiptReading:
    return check_receipt(text, registry.receipts.issuer_key(now), now=now)


def test_a_receipt_of_a_grant_says_every_term_and_no_name(
    registry: Registry, performer: Performer, grant_id: str, now: datetime
) -> None:
    receipt = registry.receipts.issue(grant_id, now)
    claims = read(registry, receipt.text, now).claims
    assert (claims["kind"], claims["record_id"], claims["receipt_id"]) == ("grant", grant_id, receipt.id)
    scope = {name: claims[name] for name in ("territories", "scenes", "media", "replica_kinds")}
    assert scope["territories"] == ["US", "EU"]
    assert scope["scenes"] == ["12", "14A"]
    assert claims["term"] == {"starts_on": "2026-09-01", "expires_on": "2028-08-31"}
    assert claims["prohibitions"] == ["nudity"]
    assert claims["training_use"] == {"ai_training": "notAllowed"}
    assert claims["notice"] == {"on": "2026-08-20"}
    assert claims["lifecycle"] == [{"kind": "given", "on": "2026-09-01", "recorded": "2026-09-30T12:00:00Z"}]
    said = json.dumps(dict(claims))
    assert performer.stage_name not in said
    assert "Valentine-Quux" not in said


def test_every_stated_term_of_a_grant_has_its_claim(
    registry: Registry, performer: Performer, new_grant: Make, full_scope: Scope, now: datetime
) -> None:
    recorded = registry.record_grant(new_grant(performer.ref), now)
    claims = read(registry, registry.receipts.issue(recorded.id, now).text, now).claims
    stated = {f.name for f in fields(Scope) if getattr(full_scope, f.name) is not None} - {"starts_on", "expires_on"}
    assert stated <= claims.keys()


def test_a_receipt_of_a_release_says_purposes_term_retention_and_withdrawal(
    registry: Registry, release_id: str, now: datetime
) -> None:
    claims = read(registry, registry.receipts.issue(release_id, now).text, now).claims
    assert claims["kind"] == "release"
    assert claims["purposes"] == ["audit"]
    assert claims["jurisdiction"] == "US-IL"
    assert claims["term"] == {"starts_on": "2026-09-01", "expires_on": "2027-08-31"}
    assert "3 years after the last interaction (BIPA, 740 ILCS 14/15(a)" in claims["retention_period"]
    assert "at any time" in claims["withdrawal_method"]


def test_the_published_schema_describes_both_kinds_and_their_presentations(
    registry: Registry, grant_id: str, release_id: str, now: datetime
) -> None:
    schema: dict[str, Any] = json.loads(files("consent").joinpath("schemas/receipt-1.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    grant = registry.receipts.issue(grant_id, now)
    for text in (grant.text, registry.receipts.issue(release_id, now).text, selective.present(grant.text, {})):
        claims = dict(read(registry, text, now).claims)
        assert list(validator.iter_errors(claims)) == []
        assert claims.keys() <= schema["properties"].keys()
    assert list(validator.iter_errors({**claims, "record_id": "P-00000001"}))


def test_asking_again_gives_the_same_receipt_and_a_change_gives_a_new_version(
    registry: Registry, performer: Performer, grant_id: str, now: datetime
) -> None:
    first = registry.receipts.issue(grant_id, now)
    assert registry.receipts.issue(grant_id, now + timedelta(days=1)) == first
    registry.record_grant_event(grant_id, "suspended", on=date(2026, 9, 30), now=now)
    second = registry.receipts.issue(grant_id, now)
    assert (second.id, second.version) == (first.id, 2)
    assert read(registry, second.text, now).claims["lifecycle"][-1]["kind"] == "suspended"
    assert registry.receipts.receipt(first.id) == second
    assert registry.receipts.receipt(first.id, 1) == first
    assert registry.receipts.receipts(performer.ref) == (first, second)
    assert registry.receipts.receipts() == (first, second)


def test_issuing_is_recorded_with_the_digest_of_what_was_signed(
    registry: Registry, performer: Performer, grant_id: str, now: datetime
) -> None:
    receipt = registry.receipts.issue(grant_id, now)
    event = next(e for e in registry.events() if e.kind == "receipt-issued")
    detail = dict(event.detail)
    assert (event.subject, detail["receipt"], detail["grant"]) == (performer.ref, receipt.id, grant_id)
    assert len(detail["sha256"]) == 64


class OneEntryLog:
    """A ledger that holds the entry of one grant."""

    def __init__(self, proof: InclusionProof, grant: str) -> None:
        self.proof = proof
        self.grant = grant

    def sequence_of(self, kind: str, reference: str, *, subject: str | None = None) -> int:
        assert subject is not None
        if (kind, reference) != ("grant-recorded", self.grant):
            raise RecordInvalid("there is no such event")
        return 7

    def prove(self, event: int, now: datetime) -> InclusionProof:
        assert event == 7
        assert now.tzinfo is not None
        return self.proof


def test_a_receipt_carries_the_ledgers_proof_of_its_own_record(
    registry: Registry, performer: Performer, grant_id: str, now: datetime
) -> None:
    issuer = Issuer()
    log = OneEntryLog(issuer.inclusion(grant_id, performer.ref), grant_id)
    receipt = Receipts(registry._database, registry._keys, log).issue(grant_id, now)
    key = registry.receipts.issuer_key(now)
    reading = check_receipt(receipt.text, key, verifier_key=issuer.verifier_key, now=now)
    assert reading.inclusion.value == "valid"
    assert "entry 1 of registry.example/log" in reading.inclusion.why


def test_a_proof_is_added_once_and_a_record_without_an_entry_says_that_it_has_none(
    registry: Registry, performer: Performer, grant_id: str, release_id: str, now: datetime
) -> None:
    log = OneEntryLog(Issuer().inclusion(grant_id, performer.ref), grant_id)
    receipts = Receipts(registry._database, registry._keys, log)
    quick = receipts.issue(grant_id, now, proven=False)
    assert "ledger" not in read(registry, quick.text, now).claims
    proven = receipts.renewed(quick.id, now)
    assert (proven.id, proven.version) == (quick.id, 2)
    assert "ledger" in read(registry, proven.text, now).claims
    assert receipts.renewed(quick.id, now) == receipts.issue(grant_id, now, proven=False) == proven
    unlogged = receipts.issue(release_id, now)
    assert read(registry, unlogged.text, now).inclusion.value == "not_given"
    assert receipts.issue(release_id, now) == unlogged


def test_receipts_and_the_issuers_key_are_read_without_any_key(
    registry: Registry, home: Path, grant_id: str, now: datetime
) -> None:
    receipt = registry.receipts.issue(grant_id, now)
    public = registry.receipts.issuer_key(now)
    registry.close()
    with Registry.open(home, keyless=True) as unkeyed:
        assert unkeyed.receipts.receipt(receipt.id) == receipt
        assert unkeyed.receipts.issuer_key(now) == public
    with Registry.open(home) as again:
        assert again.receipts.issue(grant_id, now) == receipt


def test_a_receipt_can_be_bound_to_its_holders_key(registry: Registry, grant_id: str, now: datetime) -> None:
    plain = registry.receipts.issue(grant_id, now)
    holder = JWK.generate(kty="EC", crv="P-256").export_public(as_dict=True)
    bound = registry.receipts.issue(grant_id, now, holder=holder)
    assert bound.version == plain.version + 1
    assert read(registry, bound.text, now).holder.value == "not_presented"
    assert registry.receipts.issue(grant_id, now) == bound
    registry.record_grant_event(grant_id, "suspended", on=date(2026, 9, 30), now=now)
    later = registry.receipts.issue(grant_id, now)
    assert later.version == bound.version + 1
    assert read(registry, later.text, now).claims["cnf"] == {"jwk": holder}


def test_unknown_records_receipts_and_performers_are_named(registry: Registry, now: datetime) -> None:
    with pytest.raises(UnknownGrant, match="G-00000009"):
        registry.receipts.issue("G-00000009", now)
    with pytest.raises(UnknownReceipt, match="R-00000009"):
        registry.receipts.issue("R-00000009", now)
    with pytest.raises(UnknownReceipt, match="C-00000009"):
        registry.receipts.receipt("C-00000009")
    with pytest.raises(UnknownPerformer):
        registry.receipts.receipts("P-00000009")


def test_issuing_takes_a_moment_only(registry: Registry, performer: Performer, new_grant: Make, now: datetime) -> None:
    records = [registry.record_grant(new_grant(performer.ref), now).id for _ in range(6)]
    registry.receipts.issue(records[0], now)
    took = []
    for record in records[1:]:
        start = time.process_time()
        registry.receipts.issue(record, now)
        took.append(time.process_time() - start)
    # 20 ms is what recording a grant may cost more; the best of five stands for a quiet machine.
    assert min(took) < 0.02


def test_the_issuers_key_goes_out_as_jwk_and_pem_and_comes_back(registry: Registry, now: datetime) -> None:
    key = registry.receipts.issuer_key(now)
    assert issuer_key_from(key.pem()) == issuer_key_from(json.dumps(key.jwk())) == key
    assert JWK(**key.jwk()).thumbprint() == key.kid
    load_pem_public_key(key.pem().encode())


PRIVATE = JWK.generate(kty="OKP", crv="Ed25519")
OTHER_KEYS = {
    "no key": "hello",
    "another kind of JWK": JWK.generate(kty="EC", crv="P-256").export_public(),
    "another kind of PEM": JWK.generate(kty="EC", crv="P-256").export_to_pem().decode(),
    "a private JWK": PRIVATE.export_private(),
    "a private PEM": PRIVATE.export_to_pem(private_key=True, password=None).decode(),
    "a short JWK": json.dumps({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}),
    "a JWK with a number": json.dumps({"kty": "OKP", "crv": "Ed25519", "x": 1}),
    "a broken PEM": "-----BEGIN PUBLIC KEY-----\nAA\n-----END PUBLIC KEY-----",
    "letters": '{"kty": "OKP", "crv": "Ed25519", "x": "é"}',
    "nothing": "",
    "too much": "{" + " " * 5000 + "}",
    "depth": "[" * 4000,
}


@pytest.mark.parametrize("text", OTHER_KEYS.values(), ids=OTHER_KEYS)
def test_another_key_than_an_issuers_public_one_is_refused(text: str) -> None:
    with pytest.raises(ReceiptUnusable, match="issuer's key"):
        issuer_key_from(text)


def test_the_key_of_another_issuer_has_another_name() -> None:
    assert IssuerKey(bytes(range(32))).kid != IssuerKey(bytes(range(1, 33))).kid
