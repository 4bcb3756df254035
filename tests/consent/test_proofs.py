"""Proofs as documents: read strictly, and verified where nothing but `cryptography` is installed."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.errors import EvidenceInvalid, ProofInvalid
from consent.grant import NewGrant
from consent.leaf import Leaf, ids_of, read_leaf
from consent.proofs import ConsistencyProof, InclusionProof, StandingProof, proof_of
from consent.registry import Registry

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, list[dict[str, Any]]]:
    """Return a verifier key, a performer, and one proof of each kind (of standing, one for and one against)."""
    from datetime import date

    from consent.grant import Scope

    now = datetime.fromisoformat("2026-09-30T12:00:00+00:00")
    with Registry.create(tmp_path_factory.mktemp("proofs") / "home", now=now) as registry:
        ada, bo = (registry.add_performer(name, now=now).ref for name in ("Ada", "Bo"))
        earlier = registry.ledger.checkpoint(now)
        registry.record_grant(NewGrant(performer=ada, signed_on=date(2026, 9, 1), scope=Scope()), now)
        ledger = registry.ledger
        documents = [
            ledger.prove(2, now).to_document(),
            ledger.consistency(earlier, now).to_document(),
            ledger.standing(ada, now).to_document(),
            ledger.standing(bo, now).to_document(),
        ]
        return ledger.verifier_key, ada, json.loads(json.dumps(documents))


VERIFY = """
import json, sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in sys.stdlib_module_names | {"consent", "cryptography", "_cffi_backend"}:
            raise ImportError(name)
sys.meta_path.insert(0, Blocked())
from consent.proofs import StandingProof, proof_of
key, performer, documents = json.load(sys.stdin)
for proof in map(proof_of, documents[:3]):
    found = proof.verify(key, performer) if isinstance(proof, StandingProof) else proof.verify(key)
    print(type(proof).__name__, "holds")
"""


def test_proofs_verify_where_nothing_but_cryptography_is_installed(
    handed_out: tuple[str, str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", VERIFY],
        input=json.dumps(handed_out),
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout.split("\n")[:3] == [
        "InclusionProof holds",
        "ConsistencyProof holds",
        "StandingProof holds",
    ], found.stderr


def verified(document: dict[str, Any], key: str, performer: str) -> None:
    proof = proof_of(document)
    if isinstance(proof, StandingProof):
        proof.verify(key, performer)
    else:
        proof.verify(key)


@given(data=st.data(), which=st.integers(0, 2))
def test_a_document_that_was_changed_anywhere_proves_nothing(
    handed_out: tuple[str, str, list[dict[str, Any]]], data: st.DataObject, which: int
) -> None:
    key, performer, documents = handed_out
    document = dict(documents[which])
    verified(document, key, performer)
    field = data.draw(st.sampled_from(sorted(document)))
    old = document[field]
    if isinstance(old, str):
        place = data.draw(st.integers(0, len(old)))
        new: object = old[:place] + data.draw(st.text(max_size=2)) + old[place + data.draw(st.integers(0, 2)) :]
    else:
        new = data.draw(json_values)
    document[field] = new
    # True equals 1 in Python, and is another document.
    if new == old and type(new) is type(old):
        return
    with pytest.raises(EvidenceInvalid):
        verified(document, key, performer)


@given(document=json_values, fields=st.dictionaries(st.sampled_from(["index", "leaf", "path", "grants"]), json_values))
def test_any_document_gives_our_error(document: object, fields: dict[str, object]) -> None:
    schemas = ("inclusion", "consistency", "standing")
    for each in (document, fields, *(fields | {"schema": f"clearance.{schema}-proof/1"} for schema in schemas)):
        with pytest.raises(ProofInvalid):
            proof_of(each)
    for kind in (InclusionProof, ConsistencyProof, StandingProof):
        with pytest.raises(ProofInvalid):
            kind.from_document(document)


@given(data=st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_as_a_leaf_give_our_error(data: bytes) -> None:
    with pytest.raises(ProofInvalid):
        read_leaf(data)


ids = st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.just("P-00000001") | st.just("ab" * 32))
macs = st.none() | st.binary(min_size=32, max_size=32).map(bytes.hex)


@given(st.integers(0), st.text(max_size=20), ids, st.text(max_size=20), macs)
def test_a_leaf_comes_back_as_written(
    position: int, kind: str, ids: dict[str, str], time: str, mac: str | None
) -> None:
    leaf = Leaf(position, kind, ids, time, mac)
    assert read_leaf(leaf.encoded()) == leaf
    spaced = leaf.encoded().replace(b",", b", ", 1)
    with pytest.raises(ProofInvalid):
        read_leaf(spaced)


def test_only_references_and_digests_are_shown() -> None:
    detail = {"grant": "G-00000001", "salt": "ab" * 16, "count": "3", "model": "model@1", "file": "cd" * 32}
    assert ids_of("P-00000001", detail) == {"subject": "P-00000001", "grant": "G-00000001", "file": "cd" * 32}
    assert ids_of("somebody", {}) == {}


def test_a_proof_of_standing_without_its_nonce_is_refused(
    handed_out: tuple[str, str, list[dict[str, Any]]],
) -> None:
    key, performer, documents = handed_out
    standing = StandingProof.from_document(documents[2])
    for forged in (
        StandingProof((), standing.nonce, standing.path, standing.checkpoint),
        StandingProof((), b"", standing.path, standing.checkpoint),
        StandingProof(standing.grants, b"", standing.path, standing.checkpoint),
    ):
        with pytest.raises(ProofInvalid):
            forged.verify(key, performer)
