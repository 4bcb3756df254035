"""What a bundle takes from the home and from the disk beside the report: papers, packs, calibration, model card."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clearance.bundle.listing import ATTESTORS, DECLARATION
from clearance.declaration import load
from clearance.errors import ConfigurationError
from clearance.packs import FOLDER, own_packs_of
from clearance.papers import ATTESTORS_NAME, WAIVERS_FOLDER, attestors_in
from policies.attestation import read_attestation
from policies.document import file_content
from policies.dsse import LIMIT_BYTES
from policies.errors import EnvelopeInvalid
from policies.pack import builtin_ids
from policies.pack_files import pack_files
from policies.waiver import read_waiver

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clearance.bundle.record import Record
    from clearance.settings import Settings

_CARD: Final = (
    "Model card",
    "",
    "Faces were compared by this model pack. A match is a lead for a person, never an identification.",
    "",
)


@dataclass
class Gathered:
    """What goes into a bundle so far: name → (bytes, why it is inside), and what was left out."""

    members: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def add(self, name: str, content: bytes, why: str) -> None:
        """Put a member in."""
        self.members[name] = (content, why)


def paper_members(
    record: Record, settings: Settings, gathered: Gathered, *, declaration: Path | None, waivers: Sequence[Path]
) -> None:
    """Gather the declaration, the answers it names, the waivers in force for these files, and who may sign them.

    Raises ConfigurationError for a declaration that is not the report's, or a waiver of the report that is not there.
    """
    signers = set()
    if declaration is None:
        if record.declaration.get("attestations"):
            raise ConfigurationError("the declaration names signed answers; give its file with --declaration")
        gathered.left_out.append("The declaration as a file: it was not given; the record holds what it says.")
    else:
        declared = load(declaration)
        if declared.model_dump(mode="json", by_alias=True) != record.declaration:
            raise ConfigurationError(f"{declaration} is not the declaration that the report was made with")
        gathered.add(DECLARATION, declaration.read_bytes(), "what the supplier says it made")
        for name in declared.attestations:
            content = _paper(declaration.parent / name)
            signers.add(read_attestation(content).signer)
            digest = hashlib.sha256(content).hexdigest()
            gathered.add(f"attestations/{digest[:16]}.json", content, f"the signed answer {name}, named there")
    found = set()
    for path in (*_kept_waivers(settings), *waivers):
        content = _paper(path)
        try:
            signed = read_waiver(content)
        except EnvelopeInvalid as error:
            raise ConfigurationError(f"{path} {error}") from error
        hashes = {asset.sha256 for asset in record.assets}
        if signed.record.project != record.project and not hashes & set(signed.record.files):
            continue
        found.add(signed.id)
        signers.add(signed.signer)
        gathered.add(f"waivers/{signed.id[:16]}.json", content, f"a waiver of {signed.record.rule} for these files")
    if missing := sorted(record.waivers_used - found):
        raise ConfigurationError(f"the report rests on the waiver {missing[0][:16]}..., give its file with --waivers")
    trusted = attestors_in(settings.home_path / ATTESTORS_NAME)
    listed = {key: sorted(trusted[key]) for key in sorted(signers & trusted.keys())}
    gathered.add(ATTESTORS, _json(listed), "whose signed answers and waivers counted, by key and role")


def pack_members(record: Record, settings: Settings, gathered: Gathered, *, named: Sequence[Path]) -> None:
    """Gather the files of each pack that was judged by, exactly as it was. Raises ConfigurationError."""
    wanted = {pack.sha256: pack for pack in record.packs}
    shipped = Path(str(files("policies"))) / "packs"
    places = [shipped / name.lower() for name in builtin_ids()]
    places += [each.path for each in own_packs_of(settings.home_path)]
    for place in (*places, *named):
        found = pack_files(place)
        pack = wanted.pop(found.sha256, None)
        if pack is None:
            continue
        for path, content in found.files:
            gathered.add(f"packs/{pack.id}/{Path(path).name}", content, f"rule pack {pack.id} {pack.version}, used")
    for pack in wanted.values():
        raise ConfigurationError(
            f"pack {pack.id} {pack.version} of the report (SHA-256 {pack.sha256[:16]}...) is neither shipped nor in "
            f'the home\'s folder "{FOLDER}"; name its file or folder with --policy'
        )


def calibration_members(record: Record, settings: Settings, gathered: Gathered) -> None:
    """Gather the calibration that thresholds came from, and the card of the model pack."""
    stated = Path(settings.calibration.value) if settings.calibration.value else None
    shipped = Path(str(files("detectors"))) / "calibrations" / "opencv-zoo-1.json"
    for path in filter(None, (stated, shipped)):
        if not path.is_file():
            continue
        content = path.read_bytes()
        if json.loads(content).get("id") == record.calibration.get("id"):
            gathered.add("calibration.json", content, "the measurements that thresholds and error rates come from")
            break
    else:
        gathered.left_out.append("The calibration's curves: not found here; the record holds thresholds and rates.")
    lines = [f"{name.replace('_', ' ')}: {json.dumps(value)}" for name, value in record.model_pack.items()]
    card = "\n".join((*_CARD, *lines)) + "\n"
    gathered.add("model-card.txt", card.encode(), "name, version, licence and digest of the face model")


def _kept_waivers(settings: Settings) -> Iterator[Path]:
    folder = settings.home_path / WAIVERS_FOLDER
    yield from sorted(folder.glob("*.json")) if folder.is_dir() else ()


def _paper(path: Path) -> bytes:
    return file_content(path, str(path), LIMIT_BYTES)


def _json(document: object) -> bytes:
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()
