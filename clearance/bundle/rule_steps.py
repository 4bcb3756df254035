"""The rules judged again on the facts that a record states, by the packs that lie in the bundle."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clearance.bundle.paper_steps import attestors_in
from clearance.bundle.steps import invalid, not_checked, ok, worst_of
from clearance.verdict import Verdict, verdict_of, worst
from policies.errors import EnvelopeInvalid, FactsInvalid, PolicyError
from policies.facts import facts_from_json
from policies.judge import judge
from policies.merging import merged
from policies.pack import builtin, builtin_ids, load_pack
from policies.waiver import read_waiver, with_waivers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clearance.bundle.record import Record, RecordedAsset
    from clearance.bundle.steps import Found
    from policies.finding import Finding
    from policies.pack import Pack
    from policies.signed_record import Signed
    from policies.waiver import WaiverRecord

Key = tuple[str, str, str, str, int]


class RuleSteps:
    """Judges a record again. approved: the packs that the operator lets block."""

    def __init__(self, record: Record, members: Mapping[str, bytes], approved: Iterable[str]) -> None:
        self._record = record
        self._members = members
        self._approved = frozenset(approved)
        self._packs: tuple[Pack, ...] = ()

    def packs(self) -> Found:
        """Return whether every pack of the record is inside, byte for byte, and is the one that we ship."""
        wrong, doubtful, loaded = [], [], []
        for stated in self._record.packs:
            try:
                pack = self._loaded(stated.id)
            except (PolicyError, OSError) as error:
                wrong.append(f"pack {stated.id} cannot be used: {error}")
                continue
            if (pack.id, pack.version, pack.sha256) != (stated.id, stated.version, stated.sha256):
                wrong.append(f"pack {stated.id} in the bundle is not the one of the record")
            elif stated.id not in builtin_ids():
                doubtful.append(f"{stated.id} is a pack of the operator's own; look at packs/{stated.id}")
            elif builtin(stated.id).sha256 != stated.sha256:
                doubtful.append(
                    f"{stated.id} {stated.version} is not as this clearance ships it; look at the difference"
                )
            loaded.append(pack)
        self._packs = () if wrong else tuple(loaded)
        names = ", ".join(f"{pack.id} {pack.version}" for pack in self._record.packs)
        return worst_of(wrong, doubtful, ok(f"{names}: as recorded, and as shipped with clearance"))

    def judged_again(self) -> Found:
        """Return whether the packs find the same in the recorded facts, with the same verdicts."""
        if not self._packs:
            return not_checked("the packs of the record cannot be used", needed=True)
        try:
            waivers, attestors = self._waivers(), attestors_in(self._members)
        except (EnvelopeInvalid, ValueError, TypeError, RecursionError) as error:
            return invalid(f"a waiver or the list of attestors cannot be read: {error}")
        wrong = [
            problem
            for asset in self._record.assets
            if (problem := self._difference(asset, waivers, attestors)) is not None
        ]
        overall = worst(asset.judged for asset in self._record.assets)
        if str(overall) != self._record.verdict:
            wrong.append(f"the record's verdict is {self._record.verdict}, and its worst file is {overall}")
        count = sum(len(asset.findings) for asset in self._record.assets)
        files = len(self._record.assets)
        return worst_of(wrong, (), ok(f"{count} findings on {files} files and all verdicts are the same"))

    def _loaded(self, pack_id: str) -> Pack:
        prefix = f"packs/{pack_id}/"
        files = {name.removeprefix(prefix): self._members[name] for name in self._members if name.startswith(prefix)}
        with tempfile.TemporaryDirectory() as folder:
            for name, content in files.items():
                # Names of members are plain: the archive's reader saw to it.
                if "/" not in name:
                    (Path(folder) / name).write_bytes(content)
            only = next(iter(files)) if len(files) == 1 else None
            return load_pack(Path(folder) / only if only else Path(folder))

    def _waivers(self) -> tuple[Signed[WaiverRecord], ...]:
        return tuple(
            read_waiver(content) for name, content in sorted(self._members.items()) if name.startswith("waivers/")
        )

    def _difference(
        self, asset: RecordedAsset, waivers: tuple[Signed[WaiverRecord], ...], attestors: dict[str, frozenset[str]]
    ) -> str | None:
        """Return in words how a file's judgement differs from the recorded one, None if it does not."""
        if asset.facts is None:
            told = asset.problem is not None and asset.judged in (Verdict.REVIEW, Verdict.INVALID)
            return None if told and not asset.findings else f"{asset.name} has a verdict without facts"
        try:
            facts = facts_from_json(json.dumps(asset.facts))
        except FactsInvalid as error:
            return f"{asset.name}: its facts cannot be read: {error.problems[0]}"
        answer = (asset.provenance or {}).get("integrity")
        integrity = answer.get("value") if isinstance(answer, dict) else None
        # A file without a manifest has no integrity among its facts.
        if facts.asset.sha256 != asset.sha256 or facts.manifest.integrity not in (None, integrity):
            return f"{asset.name}: its facts are about another file than its record"
        sha256 = asset.sha256 or ""
        found = merged(
            with_waivers(
                judge(self._packs, facts, as_of=self._record.as_of),
                waivers,
                attestors,
                sha256=sha256,
                project=self._record.project,
                as_of=self._record.as_of,
                now=self._record.created,
            )
        )
        again, recorded = _keyed(map(_told, found)), _keyed(map(_recorded, asset.findings))
        if again != recorded:
            keys = sorted(k for k in again.keys() | recorded.keys() if again.get(k) != recorded.get(k))
            return f"{asset.name}: {keys[0][0]}.{keys[0][1]} comes out otherwise than recorded ({len(keys)} findings)"
        judged = worst(verdict_of(finding, approved_packs=self._approved) for finding in found)
        broken = integrity == "invalid"
        broken = broken or (asset.coverage is not None and asset.coverage.unreadable_from_s is not None)
        # Evidence that does not hold outweighs the rules; a record that is harder on itself than they are stands.
        if asset.judged == Verdict.INVALID or (asset.judged == judged and not broken):
            return None
        return f"{asset.name}: its verdict is {asset.verdict}, and the rules say {'invalid' if broken else judged}"


def _told(finding: Finding) -> dict[str, Any]:
    """Return what is compared of a finding; where it was seen is no matter of the rules."""
    return {
        "pack": finding.pack,
        "rule": finding.rule,
        "subject": {"kind": finding.subject_kind, "id": finding.subject},
        "severity": finding.severity,
        "outcome": finding.outcome,
        "why": finding.why,
        "facts": dict(finding.facts),
        "missing": list(finding.missing),
        "remedy": finding.remedy,
        "also": [[other.pack, other.rule, other.severity, other.why] for other in finding.also],
        "waived": finding.waived.waiver if finding.waived else None,
    }


def _recorded(finding: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same of a recorded finding; what is not as it should be compares as different."""
    names = ("pack", "rule", "subject", "severity", "outcome", "why", "facts", "missing", "remedy")
    also, waived = finding.get("also"), finding.get("waived")
    return {name: finding.get(name) for name in names} | {
        "also": [
            [other.get(name) for name in ("pack", "rule", "severity", "why")] if isinstance(other, dict) else other
            for other in (also if isinstance(also, list) else [also])
        ],
        "waived": waived.get("waiver") if isinstance(waived, dict) else waived,
    }


def _keyed(findings: Iterable[dict[str, Any]]) -> dict[Key, dict[str, Any]]:
    """Return the findings by what they are about, counted where several are about the same."""
    keyed, nth = {}, Counter[tuple[str, str, str, str]]()
    for finding in findings:
        subject = finding["subject"] if isinstance(finding["subject"], dict) else {}
        about = (str(finding["pack"]), str(finding["rule"]), str(subject.get("kind")), str(subject.get("id")))
        keyed[(*about, nth[about])] = finding
        nth[about] += 1
    return keyed
