"""What receipts and proofs in a bundle show: was it agreed, did it hold on the day of use, does it hold still."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from clearance.bundle.listing import CHECKPOINT, ISSUER_KEY, LEDGER_KEY
from clearance.bundle.steps import held, invalid, not_checked, ok, worst_of
from consent.checkpoint import open_checkpoint
from consent.errors import ConsentError
from consent.issuer_public import issuer_key_from
from consent.proofs import ConsistencyProof, InclusionProof, StandingProof
from consent.receipt_check import check_receipt
from consent.territory import inside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from clearance.bundle.record import Record
    from clearance.bundle.steps import Found
    from consent.checkpoint import Checkpoint
    from consent.issuer_public import IssuerKey

_MALFORMED = (ConsentError, ValueError, KeyError, TypeError, RecursionError)


class ConsentSteps:
    """Checks the consents of a record. issuer_key, ledger_key, kept: the auditor's own, None for those inside."""

    def __init__(
        self,
        record: Record,
        members: Mapping[str, bytes],
        *,
        issuer_key: str | None,
        ledger_key: str | None,
        kept: str | None,
        now: datetime,
    ) -> None:
        self._record = record
        self._members = members
        self._kept = kept
        self._now = now
        self._issuer_text = issuer_key or self._text(ISSUER_KEY)
        self._key = (ledger_key or self._text(LEDGER_KEY)).strip()
        named = [name for name, key in (("issuer's", issuer_key), ("ledger's", ledger_key)) if key is not None]
        own = (
            f"your own {' and '.join(named)} key"
            if named
            else "the keys inside, for which the signer of the list stands"
        )
        self._by = f"checked with {own}"

    def receipts(self) -> Found:
        """Return whether each grant relied on has a receipt, signed, that agrees with what the record says of it."""
        wrong, missing, seen = [], [], set()
        for asset, consent, performer in self._relied():
            grant = str(consent.get("grant"))
            text = self._text(f"receipts/{grant}.sd-jwt").strip()
            if not text:
                missing.append(f"no receipt of {grant} is inside")
                continue
            seen.add(grant)
            problem = self._contradiction(text, asset, consent, performer)
            if problem is not None:
                wrong.append(f"{grant}: {problem}")
        said = f"{', '.join(sorted(seen))}: signed, and as the record says on the day of use; {self._by}"
        nothing = ok("the record rests on no grant")
        return worst_of(list(dict.fromkeys(wrong)), list(dict.fromkeys(missing)), ok(said) if seen else nothing)

    def standing(self) -> Found:
        """Return whether the grants relied on were still in force at the bundle's checkpoint."""
        wrong, ended, said = [], [], []
        for performer in sorted({r.performer for asset in self._record.assets for r in asset.replicas}):
            document = self._json(f"ledger/standing-{performer}.json")
            if document is None:
                ended.append(f"no proof of what {performer} agreed to is inside")
                continue
            try:
                proof = StandingProof.from_document(document)
                grants, state = proof.verify(self._key, performer), open_checkpoint(proof.checkpoint, self._key)
                self._require_same(state)
            except _MALFORMED as error:
                wrong.append(f"{performer}: {error}")
                continue
            on = f"on {state.made:%Y-%m-%d}"
            said.append(f"{performer} had {', '.join(grants) or 'no grant'} in force {on}")
            relied = {str(c.get("grant")) for _, c, p in self._relied(("covered",)) if p == performer}
            ended += [f"{grant} is relied on and was no longer in force {on}" for grant in sorted(relied - set(grants))]
        return worst_of(wrong, ended, ok("; ".join(said) or "the record names no performer"))

    def inclusion(self) -> Found:
        """Return whether the ledger holds the entry of each grant relied on."""
        wrong, missing, seen = [], [], []
        for grant in sorted({str(consent.get("grant")) for _, consent, _ in self._relied()}):
            document = self._json(f"ledger/inclusion-{grant}.json")
            if document is None:
                missing.append(f"no proof that {grant} was recorded is inside")
                continue
            try:
                proof = InclusionProof.from_document(document)
                self._require_same(proof.verify(self._key))
            except _MALFORMED as error:
                wrong.append(f"{grant}: {error}")
                continue
            if proof.statement.kind != "grant-recorded" or proof.statement.ids.get("grant") != grant:
                wrong.append(f"{grant}: the proof is of another entry")
            seen.append(f"{grant} is entry {proof.index}")
        return worst_of(wrong, missing, ok("; ".join(seen) or "the record rests on no grant"))

    def checkpoint(self) -> Found:
        """Return whether the ledger is the one of the audit, and continues the auditor's last checkpoint."""
        try:
            state = self._state()
            judged = open_checkpoint(self._record.registry.checkpoint, self._key)
            if not self._continues(judged, state):
                return held("no proof is inside that the ledger continues the state of the audit")
            said = f"{state.size} events of {state.origin} on {state.made:%Y-%m-%d}, continuing those of the audit"
            if self._kept is None:
                return not_checked(f"you gave no checkpoint of your own to compare with; it is signed, {said}")
            own = open_checkpoint(self._kept, self._key)
            if own.size > state.size:
                return held(f"your checkpoint is newer, of {own.size} events; {said}")
            if self._continues(own, state):
                return ok(f"{said} and yours")
        except _MALFORMED as error:
            return invalid(str(error))
        return not_checked(
            f'no proof leads from your checkpoint of {own.size} events to this; ask for "clearance ledger consistency"',
            needed=True,
        )

    def _continues(self, old: Checkpoint, new: Checkpoint) -> bool:
        """Return whether a proof inside shows that; raises ProofInvalid where it shows the contrary."""
        if old.origin != new.origin:
            raise ValueError(f"the checkpoint is of {new.origin}, and the earlier one of {old.origin}")
        if old.size == new.size:
            if old.root != new.root:
                raise ValueError(f"the ledger shows two states of {old.size} events: it was rewritten")
            return True
        document = self._json("ledger/consistency.json")
        if document is None:
            return False
        earlier, later = ConsistencyProof.from_document(document).verify(self._key)
        if (later.size, later.root) != (new.size, new.root):
            raise ValueError("the proof of consistency leads to another checkpoint than the bundle's")
        if earlier.size == old.size and earlier.root != old.root:
            raise ValueError(f"the ledger shows two states of {old.size} events: it was rewritten")
        return earlier.size == old.size

    def _state(self) -> Checkpoint:
        return open_checkpoint(self._text(CHECKPOINT), self._key)

    def _require_same(self, state: Checkpoint) -> None:
        if state != self._state():
            raise ValueError("the proof is of another checkpoint than the bundle's")

    def _relied(self, statuses: tuple[str, ...] | None = None) -> Iterator[tuple[dict[str, Any], dict[str, Any], str]]:
        """Yield (facts, facts about a consent, performer) of each replica with a grant, all or those so covered."""
        for asset in self._record.assets:
            facts = asset.facts or {}
            for replica in facts.get("replicas", ()) if isinstance(facts.get("replicas"), list) else ():
                consent = replica.get("consent") if isinstance(replica, dict) else None
                if not isinstance(consent, dict) or consent.get("grant") is None:
                    continue
                if statuses is None or consent.get("term") in statuses:
                    yield facts, consent, str(replica.get("performer"))

    def _contradiction(self, text: str, facts: dict[str, Any], consent: dict[str, Any], performer: str) -> str | None:
        """Return in what a receipt contradicts the facts that were judged, None if in nothing."""
        try:
            reading = check_receipt(text, self._issuer(), verifier_key=self._key, now=self._now)
        except _MALFORMED as error:
            return str(error)
        for answer in (reading.signature, reading.inclusion):
            if answer.value == "invalid":
                return answer.why
        claims = reading.claims
        if (claims.get("record_id"), claims.get("pii_principal_id")) != (consent.get("grant"), performer):
            return "the receipt is of another grant or performer"
        use = facts.get("use")
        use = use if isinstance(use, dict) else {}
        day = str(use.get("date", ""))[:10]
        if consent.get("territory") == "covered" and (beyond := _beyond(use.get("territories"), claims)):
            return f"the record says that it covers {beyond}, and the receipt does not"
        term = claims.get("term")
        if day and isinstance(term, dict) and consent.get("term") == "covered":
            first, last = term.get("starts_on"), term.get("expires_on")
            if (first and day < str(first)) or (last and last != "ANY" and day > str(last)):
                return f"the record says that its term covers {day}, and the receipt says {first} to {last}"
        steps = claims.get("lifecycle")
        for step in steps if isinstance(steps, list) else ():
            withdrawn = isinstance(step, dict) and step.get("kind") == "withdrawn" and str(step.get("on")) <= day
            if withdrawn and consent.get("status") == "given":
                return f"the record says that it stood on {day}, and the receipt that it was withdrawn before"
        return None

    def _issuer(self) -> IssuerKey:
        return issuer_key_from(self._issuer_text)

    def _text(self, name: str) -> str:
        return self._members.get(name, b"").decode("utf-8", errors="replace")

    def _json(self, name: str) -> object:
        """Return the JSON of a member; None where there is none, and a text, which is no proof, for broken JSON."""
        if name not in self._members:
            return None
        try:
            return json.loads(self._members[name])
        except (ValueError, RecursionError):
            return "no JSON"


def _beyond(used: object, claims: Mapping[str, Any]) -> str | None:
    """Return a territory of the use that lies in none that the receipt shows, None if there is none, or any is free."""
    agreed = claims.get("territories")
    if not isinstance(agreed, list) or not isinstance(used, list):
        return None
    granted = frozenset(each for each in agreed if isinstance(each, str))
    return next((str(each) for each in used if not inside(str(each), granted)), None)
