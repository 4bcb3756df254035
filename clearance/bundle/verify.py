"""The auditor's walk through a bundle: offline, with the bundle, the media and whom the auditor trusts.

Eighteen numbered steps. Where one finds that nothing later can be believed, the later ones say so. Reaches neither
the database nor the face models nor numpy; import-linter holds it to that.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clearance.bundle import archive, signature
from clearance.bundle.consent_steps import ConsentSteps
from clearance.bundle.listing import CHAIN, RECORD, listing_of
from clearance.bundle.media_steps import MediaSteps, covered, searched
from clearance.bundle.paper_steps import signed_papers
from clearance.bundle.record import record_of
from clearance.bundle.rule_steps import RuleSteps
from clearance.bundle.steps import BundleVerification, Check, Found, Step, invalid, not_checked, ok
from clearance.clock import rfc3339
from clearance.errors import BundleInvalid
from clearance.verify import Terms
from provenance import vouching
from provenance.credentials import signer
from provenance.errors import IdentityUnusable
from provenance.pki import MALFORMED, parsed_chain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from cryptography import x509

    from clearance.bundle.listing import Listing
    from clearance.bundle.record import Record
    from provenance.expected_signer import ExpectedSigner
    from provenance.trust import TrustProfile

NAMES: Final = (
    "bounded read",
    "list complete",
    "digests",
    "envelope signature",
    "chain",
    "signer",
    "time",
    "media hashes",
    "manifests re-read",
    "receipts at use",
    "consents today",
    "inclusion proofs",
    "checkpoint",
    "packs",
    "rules judged again",
    "performers searched",
    "coverage",
    "answers and waivers",
)
_AFTER_DAMAGE: Final = "what stands before does not hold"


@dataclass(frozen=True, slots=True)
class Asked:
    """By what a bundle is verified. strict: hold whatever was not checked. Keys and checkpoint: the auditor's own."""

    trust: TrustProfile | None
    now: datetime
    media: Path | None = None
    expected: ExpectedSigner | None = None
    issuer_key: str | None = None
    ledger_key: str | None = None
    last_checkpoint: str | None = None
    strict: bool = False


def verify_bundle(path: Path, asked: Asked) -> BundleVerification:
    """Return what an auditor can say about a bundle. Any bytes give an answer.

    Raises ConfigurationError for a file that cannot be read.
    """
    walk = _Walk(asked)
    try:
        members = archive.read(path)
    except BundleInvalid as error:
        return walk.ended(path, invalid(str(error)))
    size = sum(map(len, members.values()))
    walk.note(ok(f"{len(members)} members, {size} bytes, in the one form that bundles have"))
    try:
        listing = listing_of(members.get(archive.LIST, b""))
    except BundleInvalid as error:
        return walk.ended(path, invalid(str(error)))
    walk.note(_complete(listing, members))
    walk.note(_digests(listing, members))
    chain = _chain_in(members)
    _signed(walk, listing, members, chain)
    named = signer(chain)
    try:
        if walk.broken:
            return walk.ended(path, not_checked(_AFTER_DAMAGE), signer_name=named.subject if named else None)
        record = record_of(members.get(RECORD, b""))
        _same_media(listing, record)
    except BundleInvalid as error:
        return walk.ended(path, invalid(str(error)))
    _judged(walk, record, listing, members)
    return walk.ended(path, None, record=record.verdict, signer_name=named.subject if named else None)


class _Walk:
    """The steps taken so far, and what is asked."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self._steps: list[Step] = []

    @property
    def broken(self) -> bool:
        """Whether some step did not hold."""
        return any(step.found.outcome == "invalid" for step in self._steps)

    def note(self, found: Found) -> None:
        """Take the next step."""
        place = len(self._steps)
        self._steps.append(Step(place + 1, NAMES[place], found))

    def ended(
        self, path: Path, last: Found | None, *, record: str | None = None, signer_name: str | None = None
    ) -> BundleVerification:
        """Return the walk; steps that were not reached are not checked."""
        if last is not None:
            self.note(last)
        while len(self._steps) < len(NAMES):
            self.note(not_checked(_AFTER_DAMAGE, needed=True))
        return BundleVerification(str(path), tuple(self._steps), self.asked.strict, record, signer_name)


def _complete(listing: Listing, members: Mapping[str, bytes]) -> Found:
    there = members.keys() - {archive.LIST, archive.ENVELOPE}
    if extra := sorted(there - listing.paths()):
        return invalid(f"{extra[0]} is inside and not on the list ({len(extra)} such)")
    if missing := sorted(listing.paths() - there):
        return invalid(f"{missing[0]} is on the list and not inside ({len(missing)} such)")
    if archive.ENVELOPE not in members:
        return invalid("the list is not signed")
    return ok(f"all {len(there)} members are listed, with the reason why they are inside")


def _digests(listing: Listing, members: Mapping[str, bytes]) -> Found:
    wrong = [
        member.path
        for member in listing.members
        if (len(members.get(member.path, b"")), hashlib.sha256(members.get(member.path, b"")).hexdigest())
        != (member.size, member.sha256)
    ]
    return (
        invalid(f"{wrong[0]} is not what was listed ({len(wrong)} such)") if wrong else ok("every member is as listed")
    )


def _chain_in(members: Mapping[str, bytes]) -> tuple[x509.Certificate, ...]:
    try:
        return parsed_chain(members.get(CHAIN, b""))
    except (IdentityUnusable, *MALFORMED):
        return ()


def _signed(walk: _Walk, listing: Listing, members: Mapping[str, bytes], chain: tuple[x509.Certificate, ...]) -> None:
    """Take the steps about who signed the list, and when."""
    asked = walk.asked
    opened = signature.opened(members.get(archive.ENVELOPE, b""), members[archive.LIST], chain)
    if opened.problem is not None:
        walk.note(invalid(opened.problem))
        for _ in range(3):
            walk.note(not_checked("the signature proves nothing", needed=True))
        return
    walk.note(ok("the list was signed by the key of the first certificate"))
    if asked.trust is None:
        walk.note(not_checked("you named nobody whom you trust; give --trust", needed=True))
    else:
        vouched = vouching.for_claims(chain, asked.trust, asked.now, time_is_trusted=False)
        by = vouched.by.described(asked.now) if vouched.by else ""
        walk.note(ok(f"it leads to {by}") if vouched.by else not_checked(str(vouched.problem), needed=True))
    named = signer(chain)
    name = f"{named.subject} ({named.organisation})" if named else "nobody"
    if asked.expected is None:
        walk.note(not_checked(f"you named no signer with --signer; it is {name}"))
    else:
        difference = asked.expected.difference(named)
        walk.note(invalid(difference) if difference else ok(f"it is {name}, as you expected"))
    walk.note(_time(listing, chain, asked.now))


def _time(listing: Listing, chain: tuple[x509.Certificate, ...], now: datetime) -> Found:
    stated = rfc3339(listing.created)
    if not chain[0].not_valid_before_utc <= listing.created <= chain[0].not_valid_after_utc:
        return invalid(f"the list is dated {stated}, when its signer's certificate was not valid")
    if listing.created > now:
        return invalid(f"the list is dated {stated}, in the future; check the clock")
    return not_checked(f"no time-stamp is inside; the signer says {stated}")


def _same_media(listing: Listing, record: Record) -> None:
    """Raise BundleInvalid where the list binds other media than the record, or states another verdict."""
    bound = [(media.name, media.sha256) for media in listing.media]
    if bound != [(asset.name, asset.sha256) for asset in record.assets] or listing.verdict != record.verdict:
        raise BundleInvalid("its list names other media or another verdict than its record")


def _judged(walk: _Walk, record: Record, listing: Listing, members: Mapping[str, bytes]) -> None:
    """Take the steps about what the record says."""
    asked = walk.asked
    media = MediaSteps(record, asked.media, Terms(asked.trust, now=asked.now))
    consents = ConsentSteps(
        record,
        members,
        issuer_key=asked.issuer_key,
        ledger_key=asked.ledger_key,
        kept=asked.last_checkpoint,
        now=asked.now,
    )
    rules = RuleSteps(record, members, listing.approved_packs)
    checks: tuple[Check, ...] = (
        media.hashes,
        media.manifests,
        consents.receipts,
        consents.standing,
        consents.inclusion,
        consents.checkpoint,
        rules.packs,
        rules.judged_again,
        lambda: searched(record),
        lambda: covered(record),
        lambda: signed_papers(record, members),
    )
    for check in checks:
        walk.note(check())
