"""The auditor's check of a receipt: separate answers, and nothing altered ever passes."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jwcrypto.jwk import JWK

from consent import selective
from consent.errors import ReceiptUnusable
from consent.grant import Grant, GrantEvent, Scope
from consent.issuer_public import IssuerKey
from consent.receipt_check import check_receipt
from consent.sd_jwt_form import parts_of

from .receipt_maker import ISSUED, Issuer

NOW = ISSUED + timedelta(days=30)
SIGNED = date(2026, 9, 1)
ISSUER = Issuer()
GRANT = Grant(
    id="G-00000001",
    performer="P-00000001",
    signed_on=SIGNED,
    recorded=ISSUED,
    scope=Scope(territories=("US", "EU"), scenes=("12", "14A"), expires_on=date(2028, 8, 31)),
    events=(GrantEvent("given", SIGNED, ISSUED),),
)
PROOF = ISSUER.inclusion(GRANT.id, GRANT.performer)
WHOLE = ISSUER.receipt(GRANT, proof=PROOF)
SHOWN = selective.present(WHOLE, {"territories": frozenset({"EU"}), "term": None})


def test_a_receipt_with_its_proofs_is_valid_and_shows_everything() -> None:
    standing = ISSUER.standing(GRANT.performer, (GRANT.id,))
    reading = check_receipt(WHOLE, ISSUER.public, verifier_key=ISSUER.verifier_key, standing=standing, now=NOW)
    answers = (reading.signature, reading.inclusion, reading.status, reading.holder)
    assert [answer.value for answer in answers] == ["valid", "valid", "in_force", "not_bound"]
    assert reading.outcome == "valid"
    assert reading.claims["territories"] == ["US", "EU"]
    assert reading.issued == ISSUED


def test_a_presentation_shows_what_was_chosen_and_hides_how_much_was_not() -> None:
    reading = check_receipt(SHOWN, ISSUER.public, now=NOW)
    assert reading.claims["territories"] == ["EU"]
    assert reading.claims["term"] == {"expires_on": "2028-08-31"}
    assert "scenes" not in reading.claims
    assert "lifecycle" not in reading.claims
    assert [one.value for one in parts_of(SHOWN).disclosures if one.name is None] == ["EU"]
    little = replace(GRANT, scope=Scope(territories=("US", "EU"), expires_on=date(2028, 8, 31)))
    other = selective.present(ISSUER.receipt(little), {"territories": frozenset({"EU"}), "term": None})
    assert check_receipt(other, ISSUER.public, now=NOW).hidden == reading.hidden


def test_without_proofs_a_receipt_is_held_and_not_valid() -> None:
    reading = check_receipt(WHOLE, ISSUER.public, now=NOW)
    assert reading.outcome == "held"
    assert reading.inclusion.value == "not_checked"
    assert "standing" in reading.status.why
    assert check_receipt(ISSUER.receipt(GRANT), ISSUER.public, now=NOW).inclusion.value == "not_given"


@pytest.mark.parametrize("grants", [(), ("G-00000002",)], ids=["no grant", "another grant"])
def test_a_grant_that_no_longer_stands_is_not_in_force(grants: tuple[str, ...]) -> None:
    standing = ISSUER.standing(GRANT.performer, grants)
    reading = check_receipt(WHOLE, ISSUER.public, verifier_key=ISSUER.verifier_key, standing=standing, now=NOW)
    assert reading.outcome == "not_in_force"


def test_the_end_of_a_disclosed_term_ends_the_consent_whatever_the_standing_says() -> None:
    standing = ISSUER.standing(GRANT.performer, (GRANT.id,))
    later = ISSUED.replace(year=2029)
    reading = check_receipt(SHOWN, ISSUER.public, verifier_key=ISSUER.verifier_key, standing=standing, now=later)
    assert reading.outcome == "not_in_force"
    assert "2028-08-31" in reading.status.why


def test_a_standing_proof_of_another_performer_or_log_is_invalid() -> None:
    for standing, key in (
        (ISSUER.standing("P-00000002", (GRANT.id,)), ISSUER.verifier_key),
        (Issuer().standing(GRANT.performer, (GRANT.id,)), ISSUER.verifier_key),
    ):
        reading = check_receipt(WHOLE, ISSUER.public, verifier_key=key, standing=standing, now=NOW)
        assert reading.status.value == "invalid"
        assert reading.outcome == "invalid"


def test_a_standing_proof_must_be_of_the_checkpoint_that_the_auditor_holds() -> None:
    standing = ISSUER.standing(GRANT.performer, (GRANT.id,))
    key = ISSUER.verifier_key
    same = check_receipt(
        WHOLE, ISSUER.public, verifier_key=key, standing=standing, checkpoint=standing.checkpoint, now=NOW
    )
    assert same.outcome == "valid"
    other = check_receipt(
        WHOLE, ISSUER.public, verifier_key=key, standing=standing, checkpoint=PROOF.checkpoint, now=NOW
    )
    assert other.outcome == "held"


@pytest.mark.parametrize(
    "proof",
    [
        ISSUER.inclusion("G-00000002", GRANT.performer),
        ISSUER.inclusion(GRANT.id, "P-00000002"),
        ISSUER.inclusion(GRANT.id, GRANT.performer, kind="grant-withdrawn"),
        Issuer().inclusion(GRANT.id, GRANT.performer),
        replace(PROOF, path=(b"\2" * 32,)),
    ],
    ids=["another grant", "another performer", "another event", "another log", "another path"],
)
def test_an_inclusion_proof_of_something_else_is_invalid(proof: object) -> None:
    text = ISSUER.receipt(GRANT, proof=proof)  # type: ignore[arg-type]  # the table above types it loosely
    reading = check_receipt(text, ISSUER.public, verifier_key=ISSUER.verifier_key, now=NOW)
    assert reading.signature.value == "valid"
    assert reading.inclusion.value == "invalid"
    assert reading.outcome == "invalid"


def test_another_issuer_is_not_believed() -> None:
    reading = check_receipt(WHOLE, Issuer().public, now=NOW)
    assert reading.outcome == "invalid"
    assert reading.claims == {}


def test_a_receipt_from_the_future_or_of_another_kind_is_invalid() -> None:
    assert check_receipt(WHOLE, ISSUER.public, now=ISSUED - timedelta(hours=1)).outcome == "invalid"
    visible = ISSUER.visible(GRANT)
    for change in ({"vct": "urn:other"}, {"kind": "loan"}, {"record_id": "R-00000001"}, {"iat": "today"}, {"iat": -1}):
        reading = check_receipt(ISSUER.signed({**visible, **change}, {}), ISSUER.public, now=NOW)
        assert reading.outcome == "invalid", change


@pytest.fixture(scope="module")
def holder() -> JWK:
    return JWK.generate(kty="EC", crv="P-256")


@pytest.fixture
def bound(holder: JWK) -> str:
    return ISSUER.receipt(GRANT, proof=PROOF, holder=selective.holder_jwk(holder.export_public(as_dict=True)))


def test_a_bound_receipt_is_held_until_its_holder_shows_it(bound: str, holder: JWK) -> None:
    private = holder.export_private(as_dict=True)
    assert check_receipt(bound, ISSUER.public, now=NOW).holder.value == "not_presented"
    shown = selective.bind(selective.present(bound, {"term": None}), private, audience="union", nonce="n-1", now=NOW)
    asked = check_receipt(shown, ISSUER.public, audience="union", nonce="n-1", now=NOW)
    assert (asked.holder.value, asked.signature.value) == ("valid", "valid")
    assert "compare" in check_receipt(shown, ISSUER.public, now=NOW).holder.why
    assert check_receipt(shown, ISSUER.public, audience="union", nonce="n-2", now=NOW).holder.value == "invalid"
    early = check_receipt(shown, ISSUER.public, now=NOW - timedelta(days=1))
    assert early.holder.value == "invalid"


def test_a_showing_by_anybody_else_or_of_anything_else_is_invalid(bound: str, holder: JWK) -> None:
    private = holder.export_private(as_dict=True)
    stranger = JWK.generate(kty="EC", crv="P-256").export_private(as_dict=True)
    stolen = selective.bind(bound, stranger, audience="union", nonce="n", now=NOW)
    assert check_receipt(stolen, ISSUER.public, now=NOW).holder.value == "invalid"
    shown = selective.bind(selective.present(bound, {"term": None}), private, audience="union", nonce="n", now=NOW)
    moved = bound + shown.rpartition("~")[2]
    assert check_receipt(moved, ISSUER.public, now=NOW).holder.value == "invalid"
    unbound = WHOLE + shown.rpartition("~")[2]
    assert check_receipt(unbound, ISSUER.public, now=NOW).holder.value == "invalid"


def test_only_a_public_p256_key_can_be_a_holders(holder: JWK) -> None:
    for key in (
        holder.export_private(as_dict=True),
        JWK.generate(kty="OKP", crv="Ed25519").export_public(as_dict=True),
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": 1},
        {},
    ):
        with pytest.raises(ReceiptUnusable, match="holder's key"):
            selective.holder_jwk(key)


def test_a_claim_that_a_receipt_has_not_is_not_presented() -> None:
    with pytest.raises(ReceiptUnusable, match=r"no claim 'salary'.*territories"):
        selective.present(WHOLE, {"salary": None})
    with pytest.raises(ReceiptUnusable, match="does not list JP"):
        selective.present(WHOLE, {"territories": frozenset({"JP"})})


@given(st.integers(0, len(SHOWN) - 1), st.characters(codec="ascii"))
@settings(max_examples=150, deadline=None)
def test_a_receipt_with_any_character_altered_is_never_valid(position: int, character: str) -> None:
    altered = SHOWN[:position] + character + SHOWN[position + 1 :]
    if altered != SHOWN:
        assert check_receipt(altered, ISSUER.public, now=NOW).signature.value == "invalid"


@given(st.one_of(st.text(max_size=300), st.text(alphabet=".~eyJh0-_A", max_size=300)))
@settings(max_examples=150, deadline=None)
def test_any_text_gives_a_reading(text: str) -> None:
    assert check_receipt(text, ISSUER.public, now=NOW).outcome == "invalid"


AUDITOR = """
import json, sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("sqlmodel", "sqlalchemy", "alembic", "numpy", "pydantic"):
            raise ImportError(name)
sys.meta_path.insert(0, Blocked())
from datetime import datetime
from consent.issuer_public import issuer_key_from
from consent.proofs import StandingProof
from consent.receipt_check import check_receipt
given = json.load(sys.stdin)
reading = check_receipt(given["receipt"], issuer_key_from(given["issuer"]), verifier_key=given["ledger"],
    standing=StandingProof.from_document(given["standing"]), now=datetime.fromisoformat(given["now"]))
print(reading.outcome, sorted(reading.claims.get("territories", [])))
"""


@pytest.mark.parametrize("form", [lambda key: json.dumps(key.jwk()), IssuerKey.pem], ids=["JWK", "PEM"])
def test_an_auditor_with_public_keys_alone_and_no_database_checks_a_receipt(form: Callable[[IssuerKey], str]) -> None:
    given_to_auditor = {
        "receipt": SHOWN,
        "issuer": form(ISSUER.public),
        "ledger": ISSUER.verifier_key,
        "standing": ISSUER.standing(GRANT.performer, (GRANT.id,)).to_document(),
        "now": NOW.isoformat(),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", AUDITOR],
        input=json.dumps(given_to_auditor),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "valid ['EU']", done.stderr
