"""A model pack: a folder of ONNX files that insightface 2.1 loads unmodified, with its licences and digests.

Standard: insightface's package manifest, version 2 (`manifest.json`: tasks, preprocessing, SHA-256 per
model), plus digests of the other files and our own sidecar `pack.json` (source, licences, training data).
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detectors.errors import PackCorrupt

MANIFEST = "manifest.json"
SIDECAR = "pack.json"
LICENCE = "MODEL.LICENSE"
FORMAT = "clearance.pack/1"
_BLOCK = 1 << 20
_MAX_JSON = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_REBUILD = "remove this folder; it is made again on the next run"


@dataclass(frozen=True, slots=True)
class ModelPack:
    """One pack whose every file has just been compared with its recorded SHA-256."""

    directory: Path
    name: str
    version: str
    sha256: str
    """Over the names and digests of all files of the pack; the same wherever the pack lies."""
    licence: str
    """SPDX expression over the pack's models, or the published terms in words."""
    commercial_use: bool | None
    """Whether the licence in force allows it, None where nobody said; says nothing about the training pictures."""
    dimension: int
    """Length of a template."""
    licence_held: str | None = None
    """The licence that the operator named at installation, where the published one was not enough."""
    parts: tuple["ModelPack", ...] = ()
    """The two packs of a pair (`fusion.fused`); empty for a pack of its own."""


def load_pack(directory: Path) -> ModelPack:
    """Return the pack in directory after checking every file against its SHA-256.

    Raises PackCorrupt naming the file that is missing, unreadable or different.
    """
    manifest = document(directory / MANIFEST)
    sidecar = document(directory / SIDECAR)
    expected = _expected_digests(directory, manifest)
    actual: dict[str, str] = {}
    for name, digest in sorted(expected.items()):
        actual[name] = file_sha256(directory / name)
        if actual[name] != digest:
            raise PackCorrupt(directory / name, f"is not the file its manifest names; {_REBUILD}")
    actual[MANIFEST] = file_sha256(directory / MANIFEST)
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(actual.items()))
    try:
        if sidecar["format"] != FORMAT:
            raise PackCorrupt(directory / SIDECAR, f"is not of the format {FORMAT}; {_REBUILD}")
        return ModelPack(
            directory=directory,
            name=_typed(manifest["model_id"], str),
            version=_typed(sidecar["version"], str),
            sha256=hashlib.sha256(lines.encode()).hexdigest(),
            licence=_typed(sidecar["licence"], str),
            commercial_use=_optional(sidecar["commercial_use"], bool),
            dimension=_typed(manifest["tasks"]["recognition"]["embedding_dimension"], int),
            licence_held=_optional(sidecar.get("licence_held"), str),
        )
    except (KeyError, TypeError) as error:
        raise PackCorrupt(directory / SIDECAR, f"lacks or misstates {error}; {_REBUILD}") from error


def file_sha256(path: Path) -> str:
    """Return the lower-case SHA-256 of a file of a pack; raises PackCorrupt if it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    except (OSError, ValueError) as error:
        raise PackCorrupt(path, f"cannot be read ({_reason(error)}); {_REBUILD}") from error
    return digest.hexdigest()


def _expected_digests(directory: Path, manifest: dict[str, Any]) -> dict[str, str]:
    """Return file name -> SHA-256 for the models and the accompanying files that the manifest lists."""
    try:
        tasks = [manifest["tasks"][task] for task in ("detection", "recognition")]
        named = {_typed(task["file"], str): _typed(task["sha256"], str) for task in tasks}
        for name, digest in _typed(manifest["files"], dict).items():
            named[_typed(name, str)] = _typed(digest, str)
        missing = {SIDECAR, LICENCE} - named.keys()
        if missing:
            raise KeyError(f"files.{min(missing)}")
    except (KeyError, TypeError) as error:
        raise PackCorrupt(directory / MANIFEST, f"lacks or misstates {error}; {_REBUILD}") from error
    for name in named:
        if Path(name).name != name or "\\" in name:
            raise PackCorrupt(directory / MANIFEST, f"names a file outside of the pack; {_REBUILD}")
    return named


def is_pack_name(name: str) -> bool:
    """Return whether a pack may be called so: insightface's rule for a model_id, which is a safe folder name too."""
    return _NAME.fullmatch(name) is not None


def document(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file of a pack; raises PackCorrupt."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(_MAX_JSON)
        document = json.loads(raw)
    except (OSError, ValueError, RecursionError) as error:
        raise PackCorrupt(path, f"cannot be read ({_reason(error)}); {_REBUILD}") from error
    if not isinstance(document, dict):
        raise PackCorrupt(path, f"is not a JSON object; {_REBUILD}")
    return document


def _typed(value: Any, kind: type) -> Any:
    """Return value if it is of this very type."""
    if type(value) is not kind:
        raise TypeError(f"a value that should be {kind.__name__}")
    return value


def _optional(value: Any, kind: type) -> Any:
    """Return value if it is None or of this very type."""
    return None if value is None else _typed(value, kind)


def _reason(error: BaseException) -> str:
    """Return the bare reason of a system or parser error, without a path."""
    strerror = getattr(error, "strerror", None)
    return str(strerror or type(error).__name__)
