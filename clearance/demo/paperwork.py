"""The papers of the demo: invented contracts with a signature, grant files and the supplier's declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from pathlib import Path

_CONTRACT: Final = """\
DIGITAL REPLICA RIDER (an invented document of the demo)

Performer: {stage_name}
Production: Night Harbour (project NIGHT-HARBOUR)
The performer agrees to an independently created digital replica of the performer's face, for the character
{character}, in the series and its promotion, streamed and broadcast worldwide, until {expires}.
"""

_GRANT: Final = """\
signed_on: 2025-02-03
notice_on: 2025-01-20
form: separately signed
represented_by: counsel
scope:
  projects: [NIGHT-HARBOUR]
  characters: [{character}]
  scenes: any
  description: independently created replica of the face for {character}
  use_categories: [series, promotion]
  media: [streaming, broadcast]
  territories: [WORLD]
  starts_on: 2025-02-03
  expires_on: {expires}
  replica_kinds: [ICDR]
  modalities: [face]
prohibitions: [nudity, politics]
evidence:
  file: {contract}
  signature: {contract}.sig
  public_key: {signer}
  custodian: Example Studio, business affairs
  page: "1"
"""

_DECLARATION: Final = """\
schema: clearance.declaration/1
supplier: Example VFX Ltd
production: {{title: Night Harbour, project: NIGHT-HARBOUR, client: Example Studio}}
use:
  date: {day}
  territories: [US, EU]
  media: [streaming]
  categories: [series]
  final: true
  content: []
  approvals: []
tools:
  - {{name: FaceComposer, version: "4.1", vendor: Example Tools, generative: true}}
replicas:
  - performer: {keeper}
    kind: ICDR
    character: The Keeper
    scenes: ["12"]
    files: ["keeper-*", "harbour-*", "gala-*"]
  - {{performer: {senator}, kind: ICDR, character: The Senator, scenes: ["14"], files: ["senator-*"]}}
  - {{performer: {pilot}, kind: ICDR, character: The Pilot, scenes: ["15"], files: ["pilot-*"]}}
"""


def write_grant(folder: Path, name: str, *, stage_name: str, character: str, expires: str) -> Path:
    """Write a contract, its detached signature and the grant file that rests on it; return the grant file."""
    contract = folder / f"{name}-contract.txt"
    contract.write_text(_CONTRACT.format(stage_name=stage_name, character=character, expires=expires), encoding="utf-8")
    key = Ed25519PrivateKey.generate()
    signer = folder / f"{name}-signer.pem"
    signer.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (folder / f"{contract.name}.sig").write_bytes(key.sign(contract.read_bytes()))
    grant = folder / f"{name}-grant.yaml"
    grant.write_text(
        _GRANT.format(character=character, expires=expires, contract=contract.name, signer=signer.name),
        encoding="utf-8",
    )
    return grant


def write_declaration(path: Path, *, day: str, keeper: str, senator: str, pilot: str) -> None:
    """Write the supplier's declaration for the whole submission."""
    path.write_text(_DECLARATION.format(day=day, keeper=keeper, senator=senator, pilot=pilot), encoding="utf-8")
