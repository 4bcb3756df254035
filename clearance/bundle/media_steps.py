"""The media of a submission, which lies outside: is it the media that was judged, and what does it say of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearance.bundle.steps import held, not_checked, ok, worst_of
from clearance.report.provenance import provenance_of
from clearance.verdict import Verdict
from clearance.verify import verify_all
from provenance import frames
from provenance.errors import SourceMissing

if TYPE_CHECKING:
    from pathlib import Path

    from clearance.bundle.record import Record, RecordedAsset
    from clearance.bundle.steps import Found
    from clearance.verify import Terms, Verification

_NO_MEDIA = "you gave no media; name its folder with --media"
# What a file says whoever reads it; trust and revocation depend on the reader's lists and day.
_COMPARED = ("present", "manifest", "source_type", "signer", "consent_assertion")


class MediaSteps:
    """Compares media with a record. folder: where the auditor has it, None where there is none."""

    def __init__(self, record: Record, folder: Path | None, terms: Terms) -> None:
        self._record = record
        self._folder = folder
        self._terms = terms
        self._verified: dict[str, tuple[RecordedAsset, Verification]] = {}

    def hashes(self) -> Found:
        """Return whether each file of the record is there, and is the file that was judged."""
        if self._folder is None:
            return not_checked(_NO_MEDIA)
        wrong, missing, paths = [], [], {}
        for asset in self._record.assets:
            found = self._places(asset.name)
            if asset.sha256 is None:
                missing.append(f"{asset.name} could not be read at the audit, and is bound by nothing")
            elif not found:
                missing.append(f"{asset.name} is not in {self._folder}")
            else:
                paths[asset.sha256] = (asset, found)
        every = list(dict.fromkeys(path for _, found in paths.values() for path in found))
        read = {each.path: each for each in verify_all(every, self._terms)}
        for sha256, (asset, found) in paths.items():
            same = [read[str(path)] for path in found if read[str(path)].sha256 == sha256]
            if same:
                self._verified[sha256] = (asset, same[0])
            else:
                wrong.append(f"{asset.name} is not the file that was judged")
        return worst_of(wrong, missing, ok(f"{len(paths)} files are those that were judged"))

    def manifests(self) -> Found:
        """Return whether each file says of itself what the record says that it does, and is signed by a trusted one."""
        if self._folder is None:
            return not_checked(_NO_MEDIA)
        if not self._verified:
            return not_checked("no file of the record was found", needed=True)
        wrong, doubtful = [], []
        for asset, verification in self._verified.values():
            stated, now = asset.provenance or {}, provenance_of(verification.reading)
            integrity = stated.get("integrity")
            recorded = integrity.get("value") if isinstance(integrity, dict) else None
            differs = [name for name in _COMPARED if stated.get(name) != now[name]]
            if recorded != now["integrity"]["value"] or differs:
                wrong.append(f"{asset.name} says otherwise than the record ({', '.join(differs) or 'integrity'})")
            elif verification.verdict == Verdict.INVALID and asset.judged != Verdict.INVALID:
                wrong.append(f"{asset.name}: {verification.why}")
            elif verification.verdict == Verdict.REVIEW and asset.judged < Verdict.REVIEW:
                doubtful.append(f"{asset.name}: {verification.why}")
        return worst_of(wrong, doubtful, ok(f"{len(self._verified)} files say of themselves what the record says"))

    def _places(self, name: str) -> list[Path]:
        """Return the files of that name in the folder and below, or the pattern of numbered files."""
        assert self._folder is not None  # noqa: S101 -- asked only where there is one
        pattern = self._folder / name
        if frames.is_pattern(pattern):
            try:
                return [pattern] if frames.of(pattern) else []
            except SourceMissing:
                return []
        return [path for path in sorted(self._folder.rglob("*")) if path.name == name and path.is_file()]


def searched(record: Record) -> Found:
    """Return whether everybody enrolled was searched for."""
    if record.search_mode == "detect":
        return held("nobody was searched for: faces were found and compared with nobody")
    if record.not_searched:
        return held(f"{', '.join(record.not_searched)} were not searched: their holders gave no key")
    among = "the performers whom the declaration names alone" if record.search_mode == "declared" else "all enrolled"
    return ok(f"among {among}; nobody was left out")


def covered(record: Record) -> Found:
    """Return what of the files was looked at; a file that was not looked at to its end holds the bundle."""
    read = [asset.coverage for asset in record.assets if asset.coverage is not None]
    doubtful = [
        f"{asset.name} could not be looked at: {asset.problem}" for asset in record.assets if asset.coverage is None
    ]
    doubtful += [
        f"{asset.name} is unreadable from {asset.coverage.unreadable_from_s:.1f} s on"
        for asset in record.assets
        if asset.coverage is not None and asset.coverage.unreadable_from_s is not None
    ]
    frames_seen, faces = sum(each.frames_searched for each in read), sum(each.faces_seen for each in read)
    poor = sum(each.faces_too_small + each.faces_too_blurred for each in read)
    said = f"{frames_seen} frames of {len(read)} files searched, {faces} faces seen, {poor} too small or blurred"
    return worst_of((), doubtful, ok(f"{said}; who was not seen is not proven absent"))
