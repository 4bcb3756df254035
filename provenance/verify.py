"""What a file says about its own making, and how far each part holds. Needs no model and no database.

`read` does the work in this process; `provenance.pool` does the same in a process of its own, with limits.
Standard: C2PA Technical Specification 2.x, chapter 15 (validation) and section 11.4 (external manifests).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from provenance import credentials, engine, formats, frames, responder
from provenance.errors import (
    NoManifest,
    RemoteManifestOnly,
    SourceUnreadable,
    UnreadableManifest,
)
from provenance.json_shapes import Json, mapping, moment, sequence, text
from provenance.judging import Grounds, reading_of, without_manifest
from provenance.labels import base
from provenance.remarks import in_order, remark
from provenance.sidecar import content, find_sidecar, list_path

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from provenance.reading import ProvenanceReading, Remark
    from provenance.revocation import RevocationList
    from provenance.trust import TrustProfile

__all__ = ["read", "without_manifest"]

_ANY = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class _Question:
    """One file, and by what it is judged."""

    path: Path
    trust: TrustProfile | None
    fragments: tuple[Path, ...]
    revoked: RevocationList | None
    ask: bool
    look_beside: bool


def read(
    path: Path,
    trust: TrustProfile | None,
    *,
    sidecar: bytes | None = None,
    fragments: Sequence[Path] = (),
    revoked: RevocationList | None = None,
    ask_responder: bool = False,
    look_beside: bool = True,
) -> ProvenanceReading:
    """Return what a media file says about its making. Hostile content gives answers, never an exception.

    path: a file, or a pattern of numbered files (shot.%04d.exr). trust: whose signatures count; without it, `trust`
    is not_checked and no time-stamp or organisation is trusted. sidecar: a manifest that is not in the file; without
    it, one that lies beside the file is found. fragments: the further files of a film whose init segment path is.
    revoked: certificates known to be withdrawn. ask_responder: ask the host that a trusted signer's certificate
    names whether it still stands, the only way in which anything is ever fetched. look_beside: False reads what the
    file carries inside, and nothing that lies beside it.
    Raises SourceMissing or SourceUnreadable. Cost: one reading of the file, about twice its SHA-256.
    """
    subject = list_path(path) if frames.is_pattern(path) else path
    question = _Question(subject, trust, tuple(fragments), revoked, ask_responder, look_beside)
    try:
        if subject is path:
            return _of_file(question, sidecar)
        return _of_sequence(question, path, sidecar)
    except OSError as error:
        raise SourceUnreadable(f"{path.name} cannot be read ({error.strerror}); check its permissions") from error


def _of_sequence(question: _Question, pattern: Path, given: bytes | None) -> ProvenanceReading:
    frames.of(pattern)
    beside = find_sidecar(pattern) if given is None else None
    if not question.path.is_file() or (beside is None and given is None):
        return without_manifest("no signed list of its frames lies beside the sequence")
    reading = _by_sidecar(question, None, beside) if beside is not None else _beside(question, None, given or b"")
    return frames.compared(replace(reading, sidecar=None if beside is None else beside.name), pattern)


def _of_file(question: _Question, given: bytes | None) -> ProvenanceReading:
    head = formats.file_head(question.path)
    for fragment in question.fragments:
        formats.file_head(fragment)
    media_type = formats.detected(head)
    readable = media_type if media_type in formats.READABLE else None
    if given is not None:
        return _beside(question, readable, given)
    path = find_sidecar(question.path) if question.look_beside else None
    if head[4:8] == b"jumb":
        return without_manifest("it is a manifest by itself; name the media that it belongs to", "unreadable")
    if readable is not None:
        inside = _answered(question, readable, None)
    elif media_type is None:
        inside = without_manifest("the content is of no known media format", "unreadable")
    else:
        inside = without_manifest(f"{media_type} cannot carry an embedded manifest")
    return inside if path is None else _with_sidecar(question, readable, inside, path)


def _with_sidecar(
    question: _Question, readable: str | None, inside: ProvenanceReading, path: Path
) -> ProvenanceReading:
    """Return the reading by the newer of the manifest in the file and the one beside it; with a word on the other.

    The one beside it is newer if it holds and descends from the one in the file, which must hold too. Else the one
    in the file counts: what lies beside a file may have been put there by anybody.
    """
    outside = _by_sidecar(question, readable, path)
    if not inside.present:
        return _noted(replace(outside, sidecar=path.name), remark("sidecar.used", path.name))
    if inside.integrity.value == outside.integrity.value == "valid" and _descends(outside, inside.manifest_label):
        return _noted(replace(outside, sidecar=path.name), remark("sidecar.newer", path.name))
    if outside.integrity.value == "unreadable":
        return _noted(inside, remark("sidecar.unreadable", path.name))
    # A copy of the embedded manifest names the same claim; its hash of the file may leave out other bytes.
    if outside.manifest_label != inside.manifest_label:
        return _noted(inside, remark("sidecar.disagrees", path.name))
    return inside


def _descends(reading: ProvenanceReading, label: str | None) -> bool:
    """Return whether a manifest of this label is the parent of a reading's own, or a parent of its parent."""
    parents = {i.used_by: i.manifest_label for i in reading.ingredients if i.relationship == "parentOf"}
    # Taken out as they are met, so that parents in a circle end the walk.
    above = parents.pop(reading.manifest_label or "", None)
    while above not in {None, label}:
        above = parents.pop(above or "", None)
    return above is not None


def _by_sidecar(question: _Question, readable: str | None, path: Path) -> ProvenanceReading:
    try:
        return _beside(question, readable, content(path))
    except SourceUnreadable as error:
        return without_manifest(str(error), "unreadable", present=True)


def _beside(question: _Question, readable: str | None, store: bytes) -> ProvenanceReading:
    """Return the reading by a manifest outside the file: bound as its format is, or as bytes of any kind."""
    readings = []
    for media_type in (readable, _ANY):
        if media_type is not None:
            readings.append(_answered(question, media_type, store))
            if readings[-1].integrity.value == "valid":
                return readings[-1]
    return next((reading for reading in readings if reading.integrity.value == "invalid"), readings[0])


def _answered(question: _Question, media_type: str, sidecar: bytes | None) -> ProvenanceReading:
    try:
        return _judged(question, media_type, sidecar)
    except NoManifest as error:
        return without_manifest(str(error))
    except RemoteManifestOnly as error:
        return without_manifest(str(error), remote=True)
    except UnreadableManifest as error:
        return without_manifest(str(error), "unreadable", present=True)


def _judged(question: _Question, media_type: str, sidecar: bytes | None) -> ProvenanceReading:
    grounds = Grounds(question.trust, question.revoked)

    found = engine.read_store(
        question.path, question.trust, media_type=media_type, sidecar=sidecar, fragments=question.fragments
    )
    first = reading_of(found[0], grounds)
    # Only whoever we trust chooses whom we ask: else any file could make us call any host.
    if question.ask and question.trust is not None and first.trust.value == "trusted":
        grounds = _asked(found[0], question.trust, grounds)
        first = reading_of(found[0], grounds)
    if not question.fragments:
        return first
    return _of_fragments(question, [first, *(reading_of(report, grounds) for report in found[1:])])


def _asked(report: engine.StoreReport, trust: TrustProfile, grounds: Grounds) -> Grounds:
    """Return the grounds with what the signer's responder says, if the certificate names one."""
    manifest = next(m for m in report.manifests if text(m.get("label")) == report.active)
    chain = credentials.certificates(report.store, manifest)
    url = credentials.responder(chain)
    if url is None:
        return grounds
    now = moment(mapping(manifest.get("validationResults")).get("validationTime"))
    answer = responder.standing(chain[0], (*chain[1:], *trust.certificates("claim")), url, now)
    return replace(grounds, asked=url, answer=answer)


def _of_fragments(question: _Question, readings: list[ProvenanceReading]) -> ProvenanceReading:
    """Return the reading of the first fragment that does not hold, else of the last."""
    for reading, fragment in zip(readings, question.fragments, strict=True):
        if reading.integrity.value != "valid":
            return _noted(reading, remark("fragments.checked", f"{fragment.name} does not hold"))
    notes = [remark("fragments.checked", f"{len(readings)} of them hold")]
    stated = _fragments_stated(readings[-1])
    if stated is not None and stated > len(set(question.fragments)):
        notes.append(remark("fragments.missing", f"{len(set(question.fragments))} of {stated}"))
    return _noted(readings[-1], *notes)


def _fragments_stated(reading: ProvenanceReading) -> int | None:
    """Return how many fragments the hash of the film covers, if it says so."""
    counts: list[Json] = [
        mapping(entry).get("count")
        for assertion in reading.assertions
        if base(assertion.label).startswith("c2pa.hash.bmff")
        for entry in sequence(mapping(assertion.data).get("merkle"))
    ]
    return max((count for count in counts if isinstance(count, int)), default=None)


def _noted(reading: ProvenanceReading, *notes: Remark) -> ProvenanceReading:
    return replace(reading, remarks=in_order((*reading.remarks, *notes)))
