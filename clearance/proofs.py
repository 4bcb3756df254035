"""Proofs and checkpoints as files: written once, read with a limit, checked against a key and a kept checkpoint.

The auditor's side of the ledger: opens no registry, and reaches neither the database nor the models nor numpy.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from clearance.clock import rfc3339
from clearance.errors import ConfigurationError, DestinationExists
from consent.checkpoint import open_checkpoint
from consent.errors import ProofInvalid
from consent.proofs import ConsistencyProof, InclusionProof, proof_of

if TYPE_CHECKING:
    from pathlib import Path

    from consent.checkpoint import Checkpoint
    from consent.values import RegistryEvent

_LIMIT_BYTES: Final = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Checked:
    """What a proof was found to show. kind: inclusion, consistency or standing."""

    kind: str
    sentence: str
    checkpoint: Checkpoint
    shows: dict[str, Any]

    @property
    def document(self) -> dict[str, Any]:
        """The JSON form, schema clearance.proof-check/1."""
        made = rfc3339(self.checkpoint.made)
        log = {"origin": self.checkpoint.origin, "events": self.checkpoint.size, "made": made}
        return {"schema": "clearance.proof-check/1", "holds": True, "proof": self.kind, "log": log, **self.shows}


def check(file: Path, key: str, *, kept: Path | None = None, performer: str | None = None) -> Checked:
    """Return what the proof in a file shows. kept: the checkpoint that the auditor holds; it must be of the same state.

    Raises the EvidenceInvalid errors of `consent` for a proof that does not hold, ConfigurationError for a file that
    cannot be read or a missing performer.
    """
    try:
        proof = proof_of(json.loads(_read(file)))
    except (ValueError, RecursionError) as error:
        raise ProofInvalid(f"{file} is no JSON document; give the proof as it was handed out") from error
    ours = None if kept is None else open_checkpoint(read_note(kept), key)
    if isinstance(proof, ConsistencyProof):
        old, state = proof.verify(key)
        _require_same(ours, old)
        sentence = (
            f"the log of {state.size} events continues the checkpoint over {old.size}; nothing before was changed"
        )
        return Checked("consistency", sentence, state, {"earlier_events": old.size})
    if isinstance(proof, InclusionProof):
        state, leaf = proof.verify(key), proof.statement
        _require_same(ours, state)
        about = ", ".join(f"{name} {value}" for name, value in leaf.ids.items())
        sentence = f"event {proof.index + 1} of {state.size} is {leaf.kind} ({about}), recorded {leaf.time}"
        event = {"position": leaf.position, "type": leaf.kind, "ids": dict(leaf.ids), "time": leaf.time}
        return Checked("inclusion", sentence, state, {"event": event})
    if performer is None:
        raise ConfigurationError("a proof of standing names nobody; say with --performer whose standing you asked for")
    grants, state = proof.verify(key, performer), open_checkpoint(proof.checkpoint, key)
    _require_same(ours, state)
    held = f"the grants {', '.join(grants)}" if grants else "no grant"
    sentence = f"on {state.made:%Y-%m-%d} {performer} had {held} in force"
    return Checked("standing", sentence, state, {"performer": performer, "grants": list(grants)})


def read_note(file: Path) -> str:
    """Return the text of a checkpoint file. Raises ConfigurationError where it cannot be read."""
    return _read(file).decode("utf-8", "replace")


def write_new(file: Path, text: str) -> None:
    """Write a file that is not there yet. Raises DestinationExists."""
    try:
        with file.open("x", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise DestinationExists(file) from error


def as_text(content: str | dict[str, Any]) -> str:
    """Return a checkpoint as it is, or a proof's document as the text of its file."""
    return content if isinstance(content, str) else json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def event_document(event: RegistryEvent) -> dict[str, Any]:
    """Return one entry of the record of changes as JSON."""
    named = {"kind": event.kind, "subject": event.subject, "detail": dict(event.detail)}
    return {"event": event.sequence, "recorded": rfc3339(event.recorded), **named}


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            content = opened.read(_LIMIT_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read ({error.strerror}); check the path") from error
    if len(content) > _LIMIT_BYTES:
        raise ProofInvalid(f"{file} is larger than any proof or checkpoint; give the file as it was handed out")
    return content


def _require_same(kept: Checkpoint | None, state: Checkpoint) -> None:
    """Raise ProofInvalid unless the proof is about the very state that the auditor kept."""
    if kept is None or (kept.size, kept.root) == (state.size, state.root):
        return
    if kept.size == state.size:
        raise ProofInvalid(
            f"the log shows two different states of {state.size} events, yours and the proof's: it was rewritten"
        )
    raise ProofInvalid(
        f"your checkpoint is over {kept.size} events and the proof over {state.size}; ask for the proof that the log "
        "continues your checkpoint (clearance ledger consistency), and keep the newer one"
    )
