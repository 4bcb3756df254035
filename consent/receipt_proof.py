"""What the registry's ledger proves about a receipt: that the consent was recorded, and that it stood later.

Needs the ledger's verifier key and the proofs, not the ledger (see `consent.proofs`).
"""

from collections.abc import Mapping
from typing import Any, Final

from consent.checkpoint import open_checkpoint
from consent.errors import EvidenceInvalid
from consent.proofs import InclusionProof, StandingProof
from consent.receipt_reading import Answer

# The event by which each kind of record came into being.
RECORDED: Final[Mapping[str, str]] = {"grant": "grant-recorded", "release": "release-recorded"}
_MINUTE: Final = "%Y-%m-%d %H:%M UTC"


def inclusion(claims: Mapping[str, Any], verifier_key: str | None) -> Answer:
    """Return whether the receipt's proof shows that the log holds the entry which recorded its consent."""
    stated = claims.get("ledger")
    if stated is None:
        return Answer("not_given", "the receipt carries no proof that the ledger holds its record")
    if verifier_key is None:
        return Answer("not_checked", "the ledger's verifier key is needed to check the inclusion proof")
    try:
        proof = InclusionProof.from_document(stated)
        checkpoint, entry = proof.verify(verifier_key), proof.statement
    except EvidenceInvalid as error:
        return Answer("invalid", str(error))
    kind = str(claims["kind"])
    told = (entry.kind, entry.ids.get(kind), entry.ids.get("subject"))
    if told != (RECORDED[kind], claims["record_id"], claims["pii_principal_id"]):
        return Answer("invalid", "the proof is of another entry of the ledger than the one which recorded this consent")
    when = checkpoint.made.strftime(_MINUTE)
    return Answer("valid", f"entry {proof.index} of {checkpoint.origin}, in its checkpoint of {when}")


def standing_at(
    claims: Mapping[str, Any], standing: StandingProof, verifier_key: str, checkpoint: str | None
) -> Answer:
    """Return whether the grant was in force at the checkpoint of a standing proof.

    checkpoint: a signed note that the auditor has from elsewhere; the proof must then be of that very one.
    """
    if claims["kind"] != "grant":
        return Answer("not_checked", "standing proofs speak of grants; ask whether this release still holds")
    try:
        grants = standing.verify(verifier_key, str(claims["pii_principal_id"]))
        shown = open_checkpoint(standing.checkpoint, verifier_key)
        if checkpoint is not None and open_checkpoint(checkpoint, verifier_key) != shown:
            return Answer("not_checked", "the standing proof is of another checkpoint than the one you gave")
    except EvidenceInvalid as error:
        return Answer("invalid", str(error))
    when = shown.made.strftime(_MINUTE)
    if claims["record_id"] in grants:
        return Answer("in_force", f"in force at the checkpoint of {when} (size {shown.size})")
    return Answer("not_in_force", f"not in force at the checkpoint of {when} (size {shown.size})")
