"""Audits as recorded in report.json: what was judged, on which facts, with which verdict; and how rules would differ.

A report comes from outside and may be altered: what it says is read within bounds and checked against the
vocabulary, and nothing in it is believed beyond that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from clearance.errors import DocumentRejected
from clearance.verdict import Verdict, verdict_of, worst
from policies.errors import FactsInvalid
from policies.facts import facts_from_json
from policies.located_yaml import printable
from policies.rejudging import Comparison, changes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from policies.facts import Facts
    from policies.finding import Finding
    from policies.pack import Pack
    from policies.rejudging import FindingChange

# A report of thousands of files with their findings and facts stays below this.
LIMIT_BYTES: Final = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RecordedAsset:
    """One asset of a report. facts: None where the file could not be assessed. packs: id → SHA-256 as judged by."""

    report: Path
    path: str
    verdict: Verdict
    as_of: datetime
    facts: Facts | None
    packs: dict[str, str]
    waived: frozenset[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class AssetChange:
    """What another version of rules makes of an asset that was audited already."""

    asset: RecordedAsset
    before: Verdict
    after: Verdict
    findings: tuple[FindingChange, ...]


def recorded_assets(path: Path) -> Iterator[RecordedAsset]:
    """Yield the assets of a report.json, or of the report in a folder.

    Raises DocumentRejected for anything that is no audit document, or one that records no facts.
    """
    file = path / "report.json" if path.is_dir() else path
    try:
        if file.stat().st_size > LIMIT_BYTES:
            raise DocumentRejected((f"{file}: larger than {LIMIT_BYTES} bytes; name a report",))
        document = json.loads(file.read_bytes())
        if document["schema"] != "clearance.audit/1":
            raise DocumentRejected((f"{file}: not a clearance.audit/1 document; name a report.json",))
        as_of = _moment(document["as_of"])
        packs = {str(pack["id"]): str(pack["sha256"]) for pack in document["packs"]}
        for number, asset in enumerate(document["assets"]):
            yield _asset(file, number, asset, as_of, packs)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DocumentRejected((f"{file}: not a clearance.audit/1 document; name a report.json",)) from error


def _moment(text: str) -> datetime:
    """Return a recorded time in UTC. Raises ValueError for any other text."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("carries no offset from UTC")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("outside the years 1 to 9999") from error


def _asset(file: Path, number: int, asset: dict[str, Any], as_of: datetime, packs: dict[str, str]) -> RecordedAsset:
    if "facts" not in asset:
        raise DocumentRejected((f"{file}: assets.{number} records no facts; audit it again with this version",))
    try:
        facts = facts_from_json(json.dumps(asset["facts"])) if asset["facts"] is not None else None
    except FactsInvalid as error:
        problems = tuple(f"{file}: assets.{number}.facts.{problem}" for problem in error.problems)
        raise DocumentRejected(problems) from error
    waived = frozenset(
        (f["pack"], f["rule"], f["subject"]["id"]) for f in asset["findings"] if f["outcome"] == "waived"
    )
    return RecordedAsset(
        file, printable(str(asset["path"])), Verdict[str(asset["verdict"]).upper()], as_of, facts, packs, waived
    )


class Rejudge:
    """Asks of recorded assets what another version of some packs would make of them."""

    def __init__(self, old: Pack, new: Pack, known: Sequence[Pack], approved: frozenset[str]) -> None:
        self._old, self._new = old, new
        self._known = {pack.id: pack for pack in known if pack.id not in (old.id, new.id)}
        self._approved = approved
        self._comparisons: dict[frozenset[str], Comparison] = {}

    def asset(self, asset: RecordedAsset) -> AssetChange:
        """Return both verdicts and every finding that differs. Waived findings stay waived, invalid evidence stays
        invalid, and a file that could not be assessed stays as it was."""
        if asset.facts is None:
            return AssetChange(asset, asset.verdict, asset.verdict, ())
        before, after = self._comparison(asset).findings(asset.facts, as_of=asset.as_of)
        return AssetChange(asset, self._verdict(asset, before), self._verdict(asset, after), changes(before, after))

    def others_changed(self, asset: RecordedAsset) -> tuple[str, ...]:
        """Return the other packs of the report that are not here, or not as they were then."""
        mine = {self._old.id, self._new.id}
        return tuple(
            name
            for name, digest in asset.packs.items()
            if name not in mine and (name not in self._known or self._known[name].sha256 != digest)
        )

    def _comparison(self, asset: RecordedAsset) -> Comparison:
        names = frozenset(name for name in asset.packs if name in self._known)
        if names not in self._comparisons:
            rest = [self._known[name] for name in sorted(names)]
            self._comparisons[names] = Comparison((self._old,), (self._new,), rest)
        return self._comparisons[names]

    def _verdict(self, asset: RecordedAsset, findings: Sequence[Finding]) -> Verdict:
        if asset.verdict == Verdict.INVALID:
            return Verdict.INVALID
        return worst(
            # What was waived is still found, and warns.
            Verdict.WARN
            if f.outcome in ("fail", "unknown") and (f.pack, f.rule, f.subject) in asset.waived
            else verdict_of(f, approved_packs=self._approved)
            for f in findings
        )
