"""Receipts as an issuer makes them, and a ledger of two entries that proves what they rest on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent import merkle, selective
from consent.checkpoint import Checkpoint, sign_checkpoint, verifier_key_of
from consent.grant import Grant
from consent.issuer_public import IssuerKey
from consent.leaf import Leaf
from consent.merkle_map import NONCE_BYTES, MerkleMap, leaf_of, place_of
from consent.proofs import InclusionProof, StandingProof
from consent.receipt import grant_claims, visible_claims

ORIGIN = "registry.example/log"
ISSUED = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)


@dataclass
class Issuer:
    """An issuer with a signing key of its own and a ledger."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    ledger_key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def public(self) -> IssuerKey:
        return IssuerKey(self.key.public_key().public_bytes_raw())

    @property
    def verifier_key(self) -> str:
        return verifier_key_of(ORIGIN, self.ledger_key.public_key())

    def signed(self, claims: Mapping[str, Any], selective_claims: Mapping[str, Any], **options: Any) -> str:
        return selective.issue(claims, selective_claims, self.key, kid=self.public.kid, **options)

    def receipt(self, grant: Grant, *, proof: InclusionProof | None = None, **options: Any) -> str:
        return self.signed(self.visible(grant, proof), grant_claims(grant), **options)

    def visible(self, grant: Grant, proof: InclusionProof | None = None) -> dict[str, Any]:
        return visible_claims(
            issuer="urn:uuid:registry",
            receipt="C-0000000C",
            version=1,
            kind="grant",
            record=grant.id,
            performer=grant.performer,
            now=ISSUED,
            proof=None if proof is None else proof.to_document(),
        )

    def inclusion(self, grant_id: str, performer: str, kind: str = "grant-recorded") -> InclusionProof:
        leaves = [
            Leaf(0, "registry-created", {}, "2026-09-01T00:00:00.000000Z", "0" * 64).encoded(),
            Leaf(1, kind, {"grant": grant_id, "subject": performer}, "2026-09-01T00:00:01.000000Z", "1" * 64).encoded(),
        ]
        hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
        note = self.checkpoint(merkle.root_of(hashes), b"\0" * 32)
        return InclusionProof(1, leaves[1], (hashes[0],), note)

    def checkpoint(self, root: bytes, map_root: bytes) -> str:
        return sign_checkpoint(Checkpoint(ORIGIN, 2, root, map_root, ISSUED), self.ledger_key)

    def standing(self, performer: str, grants: tuple[str, ...]) -> StandingProof:
        """Return the proof of a map that holds this performer alone, or nobody when there are no grants."""
        nonce = bytes(NONCE_BYTES) if grants else b""
        tree = MerkleMap({place_of(performer): leaf_of(performer, nonce, grants)} if grants else {})
        return StandingProof(grants, nonce, tree.path(place_of(performer)), self.checkpoint(b"\1" * 32, tree.root))
