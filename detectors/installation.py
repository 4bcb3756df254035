"""Installing model packs: bounded, pinned by SHA-256, and with the licence on record.

An installed pack is a folder in cache/packs that has our own form (`detectors.pack`), whatever it came as. Beside it
lies a pin, NAME.pin.json, with the SHA-256 of every file at installation: the folder vouches for itself in its
manifest, and the pin vouches for the manifest.
"""

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detectors.errors import PackCorrupt, PackError, PackMissing, PackRefused
from detectors.insightface_layout import CROP_SIDE, TaskModel, task_models
from detectors.licences import Licence, licence_in_force, published_licence
from detectors.opencv_zoo import NAME as DEFAULT
from detectors.opencv_zoo import default_pack, write_json
from detectors.pack import FORMAT, LICENCE, MANIFEST, SIDECAR, ModelPack, document, file_sha256, is_pack_name, load_pack
from detectors.pack_source import unpack

PIN_FORMAT = "clearance.pin/1"
_DOCUMENTS = (".txt", ".md", ".license", "")
_REMEDY = "remove its folder and install the pack again"


@dataclass(frozen=True, slots=True)
class Installed:
    """One entry of the list of packs: the pack, or why it cannot be used."""

    name: str
    pack: ModelPack | None
    fault: str | None


def install(
    source: Path,
    cache: Path,
    *,
    name: str | None = None,
    licence_held: str | None = None,
    commercial_use: bool | None = None,
    detector_from: str | None = None,
) -> ModelPack:
    """Return the pack after installing it from a folder, an archive or one ONNX file into cache/packs.

    name: what to call it, by default what its manifest or its file is called. licence_held, commercial_use: see
    `licences.licence_in_force`. detector_from: name of an installed pack whose detector serves a source without one.
    Raises PackRefused, LicenceRefused, PackMissing (no such pack to take the detector from).
    """
    packs = cache / "packs"
    building = packs / f".installing-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        building.mkdir(parents=True)
        try:
            files = unpack(source, building)
            name = _chosen_name(source, building, name)
            final, pin = packs / name, _pin(packs, name)
            if final.exists() or pin.exists():
                raise PackRefused(final, 'is installed already; choose another name with "--name", or remove it first')
            terms = licence_in_force(
                source, _published(source, building, files, name), licence_held, commercial_use=commercial_use
            )
            tasks = task_models(building, files)
            if detector_from is not None:
                terms = _borrow_detector(building, tasks, pack_named(cache, detector_from), terms)
            _finish(source, building, name, tasks, terms)
            digests = _digests(building)
            building.replace(final)
            write_json(pin, {"format": PIN_FORMAT, "files": digests})
        except PackError as error:
            raise _about_source(error, source, building) from error
        finally:
            shutil.rmtree(building, ignore_errors=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PackRefused(packs, f"cannot be written ({reason}); make the cache folder writable") from error
    return pack_named(cache, name)


def pack_named(cache: Path, name: str) -> ModelPack:
    """Return an installed pack after comparing every file with its pin; the default pack is made on first need.

    Raises PackMissing, or PackCorrupt naming the file that is missing, changed or was not there at installation.
    """
    if name == DEFAULT:
        return default_pack(cache)
    packs = cache / "packs"
    if not is_pack_name(name) or not (packs / name).is_dir():
        message = 'no model pack of this name is installed; "clearance models list" shows those that are'
        raise PackMissing(packs / name, message)
    _compare(packs / name, _pin(packs, name))
    return load_pack(packs / name)


def installed(cache: Path) -> tuple[Installed, ...]:
    """Return the default pack and every installed one, by name, each checked like `pack_named` does."""
    packs = cache / "packs"
    suffix = _pin(packs, "").name
    names = {entry.name.removesuffix(suffix) for entry in packs.iterdir()} if packs.is_dir() else set()
    entries = []
    for name in (DEFAULT, *sorted(n for n in names if is_pack_name(n) and not n.startswith(DEFAULT))):
        try:
            entries.append(Installed(name, pack_named(cache, name), None))
        except PackError as error:
            entries.append(Installed(name, None, str(error)))
    return tuple(entries)


def _chosen_name(source: Path, folder: Path, name: str | None) -> str:
    """Return the name to install under: as asked, as the manifest says, or as the source is called."""
    stem = source.name.split(".")[0] if source.is_file() else source.name
    chosen = name or _stated(folder, MANIFEST).get("model_id") or stem
    if not isinstance(chosen, str) or not is_pack_name(chosen) or chosen.startswith(DEFAULT):
        raise PackRefused(source, f'would be called {chosen!a}; give it another name with "--name", letters and digits')
    return chosen


def _published(source: Path, folder: Path, files: tuple[str, ...], name: str) -> Licence:
    """Return the licence a pack is published under."""
    manifest, sidecar = _stated(folder, MANIFEST), _stated(folder, SIDECAR)
    stated, allowed = sidecar.get("licence"), sidecar.get("commercial_use")
    if sidecar.get("licence_held") is not None or not isinstance(allowed, bool):
        # A copy of an installed pack: what another operator holds says nothing about this one.
        allowed = None
    own = Licence(stated, allowed) if isinstance(stated, str) else None
    names = [name, source.name, str(manifest.get("model_id", ""))]
    if source.suffix == ".onnx":
        names.append(source.absolute().parent.name)
    return published_licence(names, files, own)


def _borrow_detector(folder: Path, tasks: dict[str, TaskModel], lender: ModelPack, terms: Licence) -> Licence:
    """Put the detector of another pack into folder and return the licence of both together."""
    described = document(lender.directory / MANIFEST)["tasks"]["detection"]
    if (folder / described["file"]).exists():
        raise PackRefused(folder / described["file"], "is in both packs; leave out --detector-from")
    shutil.copyfile(lender.directory / described["file"], folder / described["file"])
    tasks["detection"] = TaskModel(described["file"], described["preprocessing"])
    return terms.joined(Licence(lender.licence, lender.commercial_use, lender.licence_held))


def _finish(source: Path, folder: Path, name: str, tasks: dict[str, TaskModel], terms: Licence) -> None:
    """Leave the two models and the texts in folder, and write manifest, sidecar and licence."""
    for task in ("detection", "recognition"):
        if task not in tasks:
            hint = '; name a pack to take it from with "--detector-from"' if task == "detection" else ""
            raise PackRefused(source, f"holds no model for {task}{hint}")
    came_with = {MANIFEST: _stated(folder, MANIFEST), SIDECAR: _stated(folder, SIDECAR)}
    models = {model.file for model in tasks.values()}
    for entry in folder.iterdir():
        if entry.name not in models and (entry.suffix.lower() not in _DOCUMENTS or entry.name == MANIFEST):
            entry.unlink()
    if not (folder / LICENCE).exists():
        (folder / LICENCE).write_text(f"{terms.text}\n", encoding="utf-8")
    recogniser = file_sha256(folder / tasks["recognition"].file)
    version = came_with[SIDECAR].get("version")
    write_json(
        folder / SIDECAR,
        came_with[SIDECAR]
        | {
            "format": FORMAT,
            # Without a version of its own, a pack is told from its next edition by its recogniser.
            "version": version if isinstance(version, str) else recogniser[:8],
            "licence": terms.text,
            "commercial_use": terms.commercial_use,
            "licence_held": terms.held,
            "source": {"file": source.name, "manifest": came_with[MANIFEST], "of": came_with[SIDECAR].get("source")},
        },
    )
    write_json(folder / MANIFEST, _manifest(folder, name, tasks))


def _manifest(folder: Path, name: str, tasks: dict[str, TaskModel]) -> dict[str, Any]:
    """Return the manifest, insightface's version 2 with the digests of every other file."""
    described: dict[str, dict[str, Any]] = {
        task: {"file": model.file, "sha256": file_sha256(folder / model.file), "preprocessing": model.preprocessing}
        for task, model in tasks.items()
    }
    described["recognition"] |= {
        "input_size": [CROP_SIDE, CROP_SIDE],
        "embedding_dimension": tasks["recognition"].dimension,
    }
    models = {model.file for model in tasks.values()}
    others = {entry.name: file_sha256(entry) for entry in folder.iterdir() if entry.name not in models}
    return {"manifest_version": 2, "model_id": name, "license": LICENCE, "tasks": described, "files": others}


def _pin(packs: Path, name: str) -> Path:
    return packs / f"{name}.pin.json"


def _digests(folder: Path) -> dict[str, str]:
    return {entry.name: file_sha256(entry) for entry in sorted(folder.iterdir())}


def _compare(folder: Path, pin: Path) -> None:
    """Raise PackCorrupt naming the first file of an installed pack that is not as it was at installation."""
    pinned = document(pin).get("files")
    if not isinstance(pinned, dict) or not pinned:
        raise PackCorrupt(pin, f"is no record of an installation; {_REMEDY}")
    try:
        present = {entry.name for entry in folder.iterdir()}
    except OSError as error:
        raise PackCorrupt(folder, f"cannot be read ({error.strerror}); {_REMEDY}") from error
    for name in sorted(pinned.keys() | present):
        if name not in present:
            raise PackCorrupt(folder / name, f"is missing; {_REMEDY}")
        if name not in pinned:
            raise PackCorrupt(folder / name, f"was not there at installation; {_REMEDY}")
        if file_sha256(folder / name) != pinned[name]:
            raise PackCorrupt(folder / name, f"was changed after installation; {_REMEDY}")


def _about_source(error: PackError, source: Path, building: Path) -> PackError:
    """Return an error about a file of the unfinished folder as one about the source, which the operator knows."""
    if not error.path.is_relative_to(building):
        return error
    inside = error.path.relative_to(building).as_posix()
    return PackRefused(source, error.message if inside == "." else f"{inside} {error.message}")


def _stated(folder: Path, name: str) -> dict[str, Any]:
    """Return the JSON document that a source brings along, empty where it brings none."""
    if not (folder / name).exists():
        return {}
    try:
        return document(folder / name)
    except PackCorrupt as error:
        raise PackRefused(folder / name, "is no JSON document of a model pack; fetch it again") from error
