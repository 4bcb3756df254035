"""The auditor's check of files: offline, with nothing but the files and the roots the auditor chose to trust.

Reaches neither the database nor the face models nor numpy, even indirectly; import-linter holds it to that. Files are
read in processes of their own (`provenance.pool`) while this one takes their digests.
How the answers make the verdict is the table of `clearance.evidence`.
"""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from clearance.evidence import judge
from clearance.report.provenance import provenance_of
from clearance.verdict import worst
from provenance import formats, frames, sequence_list
from provenance.judging import without_manifest
from provenance.pool import ReaderPool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from clearance.evidence import Profile
    from clearance.verdict import Verdict
    from provenance.reading import ProvenanceReading
    from provenance.revocation import RevocationList
    from provenance.trust import TrustProfile

_AHEAD = 4
"""Files waiting for each worker: enough that none is idle, few enough that a long list needs no memory."""


@dataclass(frozen=True, slots=True)
class Terms:
    """By what files are verified. ask_responder: ask the signer's authority about revocation, over the network."""

    trust: TrustProfile | None
    profile: Profile = "default"
    revoked: RevocationList | None = None
    ask_responder: bool = False
    fragments: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """What an auditor can say about one file, and the verdict that follows."""

    path: str
    sha256: str
    reading: ProvenanceReading
    verdict: Verdict
    why: str
    profile: Profile = "default"

    @property
    def document(self) -> dict[str, Any]:
        """The JSON form, schema clearance.verification/1."""
        return {
            "schema": "clearance.verification/1",
            "path": self.path,
            "sha256": self.sha256,
            "verdict": str(self.verdict),
            "why": self.why,
            "profile": self.profile,
            "provenance": provenance_of(self.reading),
        }


def document_of(verifications: Sequence[Verification]) -> dict[str, Any]:
    """Return the JSON form of one verification, or of several with the worst verdict, clearance.verifications/1."""
    if len(verifications) == 1:
        return verifications[0].document
    return {
        "schema": "clearance.verifications/1",
        "verdict": str(worst(each.verdict for each in verifications)),
        "files": [each.document for each in verifications],
    }


def verify(path: Path, trust: TrustProfile | None, *, pool: ReaderPool | None = None) -> Verification:
    """Return the verification of one file against the roots in trust; without any, no signer is trusted.

    Raises the errors of provenance for a path that is no file.
    """
    return next(verify_all([path], Terms(trust), pool=pool))


def verify_all(paths: Iterable[Path], terms: Terms, *, pool: ReaderPool | None = None) -> Iterator[Verification]:
    """Yield the verification of each path in turn, read by as many workers as the machine has processors.

    paths: files, or patterns of numbered files (shot.%04d.exr). Raises the errors of provenance for a path that is
    no file, when its turn comes.
    """
    if pool is None:
        with ReaderPool() as own:
            yield from verify_all(paths, terms, pool=own)
        return
    waiting: deque[tuple[Path, tuple[object, ...], Future[ProvenanceReading]]] = deque()
    for path in paths:
        waiting.append((path, _state(path), _submitted(path, terms, pool)))
        if len(waiting) > _AHEAD * pool.size:
            yield _verification(*waiting.popleft(), terms)
    while waiting:
        yield _verification(*waiting.popleft(), terms)


def _submitted(path: Path, terms: Terms, pool: ReaderPool) -> Future[ProvenanceReading]:
    return pool.submit(
        path, terms.trust, fragments=terms.fragments, revoked=terms.revoked, ask_responder=terms.ask_responder
    )


def _verification(
    path: Path, before: tuple[object, ...], coming: Future[ProvenanceReading], terms: Terms
) -> Verification:
    sha256 = _digest(path)
    reading = coming.result()
    if _state(path) != before:
        why = "the file was changed while it was read; verify it when it is finished"
        reading = replace(without_manifest(why, "unreadable"), present=True)
    verdict, why = judge(reading, terms.profile)
    return Verification(str(path), sha256, reading, verdict, why, terms.profile)


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file, or the sum over a sequence's list of frames."""
    if frames.is_pattern(path):
        return sequence_list.sum_of(sequence_list.list_of(frames.of(path))) or ""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _state(path: Path) -> tuple[object, ...]:
    """Return what changes when a file is written to or replaced. Raises SourceMissing for what is no regular file."""
    files = frames.of(path) if frames.is_pattern(path) else (path,)
    states = []
    for file in files:
        formats.file_head(file)
        found = file.stat()
        states.append((file.name, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns))
    return tuple(states)
