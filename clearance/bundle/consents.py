"""The consents that a report rests on, as far as the recipient may see them: receipts in part, proofs, keys.

A receipt shows which grant of whom it is, its term, territories, kinds of replica and life; pay, parties, characters
and the rest stay hidden, and so does how much there is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from clearance.bundle.listing import CHECKPOINT, ISSUER_KEY, LEDGER_KEY
from clearance.home import registry_of
from consent import selective
from consent.errors import RecordInvalid, UnknownGrant, UnknownPerformer
from consent.sd_jwt_form import parts_of

if TYPE_CHECKING:
    from datetime import datetime

    from clearance.bundle.gathering import Gathered
    from clearance.bundle.record import Record
    from clearance.settings import Settings
    from consent.registry import Registry

SHOWN: Final = ("term", "territories", "replica_kinds", "modalities", "lifecycle")


def consent_members(record: Record, settings: Settings, gathered: Gathered, *, now: datetime) -> None:
    """Gather receipts, keys, the ledger's checkpoint and proofs. Side effect: missing receipts are issued."""
    grants = sorted({r.grant for asset in record.assets for r in asset.replicas if r.grant is not None})
    performers = sorted({r.performer for asset in record.assets for r in asset.replicas})
    with registry_of(settings) as registry:
        # Receipts first: issuing one is an event of the ledger, whose checkpoint shall cover it.
        for grant in grants:
            _add_receipt(registry, grant, gathered, now)
        issuer_key = registry.receipts.issuer_key(now)
        gathered.add(ISSUER_KEY, _json(dict(issuer_key.jwk())), "the public key that receipts are checked with")
        note = registry.ledger.checkpoint(now)
        gathered.add(CHECKPOINT, note.encode(), "the signed state of the ledger of consents")
        line = f"{registry.ledger.verifier_key}\n"
        gathered.add(LEDGER_KEY, line.encode(), "the public key that the ledger's proofs are checked with")
        consistency = registry.ledger.consistency(record.registry.checkpoint, now)
        gathered.add(
            "ledger/consistency.json",
            _json(consistency.to_document()),
            "that nothing before the audit was changed in the ledger since",
        )
        for grant in grants:
            _add_inclusion(registry, grant, gathered, now)
        for performer in performers:
            _add_standing(registry, performer, gathered, now)


def _add_receipt(registry: Registry, grant: str, gathered: Gathered, now: datetime) -> None:
    try:
        text = registry.receipts.issue(grant, now).text
    except UnknownGrant:
        gathered.left_out.append(f"The receipt of {grant}: the registry no longer knows that grant.")
        return
    known = {one.name for one in parts_of(text).disclosures if one.name is not None}
    shown = selective.present(text, {name: None for name in SHOWN if name in known})
    gathered.add(
        f"receipts/{grant}.sd-jwt", f"{shown}\n".encode(), f"what was agreed in {grant}, as far as it is needed"
    )


def _add_inclusion(registry: Registry, grant: str, gathered: Gathered, now: datetime) -> None:
    try:
        event = registry.ledger.sequence_of("grant-recorded", grant)
    except RecordInvalid:
        gathered.left_out.append(
            f"The proof that {grant} was recorded: another event brought it in, such as an import."
        )
        return
    proof = registry.ledger.prove(event, now).to_document()
    gathered.add(f"ledger/inclusion-{grant}.json", _json(proof), f"that the ledger holds the entry of {grant}")


def _add_standing(registry: Registry, performer: str, gathered: Gathered, now: datetime) -> None:
    try:
        proof = registry.ledger.standing(performer, now).to_document()
    except UnknownPerformer:
        gathered.left_out.append(f"The standing of {performer}: the registry does not know that performer.")
        return
    gathered.add(f"ledger/standing-{performer}.json", _json(proof), f"which grants of {performer} were in force")


def _json(document: object) -> bytes:
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()
