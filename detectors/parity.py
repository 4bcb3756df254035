"""Whether a GPU gives the same measurements as the CPU, checked before a model is first used on it.

Thresholds and enrolled templates were made in float32; a processor, a driver or an engine in float16 that answers
otherwise would shift every score. The check is recorded per pack, device, architecture and versions of the runtimes,
since a change of any of them can change the result.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from detectors.errors import ParityFailed
from detectors.opencv_zoo import write_json
from detectors.pack import ModelPack
from detectors.passes import overlaps
from detectors.values import Face, Vector

LEAST_COSINE = 0.999
"""Below it scores would move by more than the third digit, in which thresholds are given."""
LEAST_OVERLAP = 0.9
"""Shared area of the boxes of one face found by both."""
_FORMAT = "clearance.parity/2"


@dataclass(frozen=True, slots=True)
class Place:
    """All that the arithmetic of a model depends on: change one, and engines and parity are made anew."""

    pack_sha256: str
    device: str
    architecture: str
    runtime: str
    """Version of ONNX Runtime."""
    tensorrt: str

    def folder(self, cache: Path, pack: ModelPack) -> Path:
        """Return the folder of this place's engines and parity record in a cache."""
        digest = hashlib.sha256(json.dumps(astuple(self)).encode()).hexdigest()
        return cache / "engines" / f"{pack.name}-{self.architecture}-{self.device}-{digest[:16]}"


def least_cosine(vectors: Vector, reference: Vector) -> float:
    """Return the lowest cosine between rows that should be equal; -1 where they are not comparable at all."""
    if vectors.shape != reference.shape or not len(vectors) or not np.isfinite(vectors).all():
        return -1.0
    return float(np.einsum("nd,nd->n", vectors, reference).min())


def least_overlap(faces: Sequence[Face], reference: Sequence[Face]) -> float:
    """Return the lowest share by which each reference face is covered; 0 where another number of faces was found."""
    if len(faces) != len(reference) or not reference:
        return 0.0
    return float(overlaps(_rows(reference), _rows(faces)).max(axis=1).min())


def require_parity(
    device: str,
    vectors: Vector,
    reference: Vector,
    faces: Sequence[Sequence[Face]],
    reference_faces: Sequence[Sequence[Face]],
) -> float:
    """Return the lowest cosine between templates of a device and of the CPU; faces: of each picture.

    Raises ParityFailed if it is below 0.999, or if the detector finds other faces.
    """
    cosine = least_cosine(vectors, reference)
    overlap = min(least_overlap(here, there) for here, there in zip(faces, reference_faces, strict=True))
    if cosine < LEAST_COSINE or overlap < LEAST_OVERLAP:
        raise ParityFailed(
            f'device "{device}" gives other results than the CPU (cosine {cosine:.4f}, at least {LEAST_COSINE} is '
            f'needed; boxes of faces {overlap:.2f}, at least {LEAST_OVERLAP}); ask for another device, such as "cpu"'
        )
    return cosine


def recorded(folder: Path, place: Place) -> bool:
    """Return whether parity was shown before, for just this place."""
    try:
        document = json.loads((folder / "parity.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(document, dict) and document.get("place") == list(astuple(place)) and _passed(document)


def record(folder: Path, place: Place, cosine: float) -> None:
    """Write down that parity was shown; a folder that cannot be written means that it is shown again next time."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "parity.json", {"format": _FORMAT, "place": list(astuple(place)), "cosine": cosine})
    except OSError:
        return


def _passed(document: dict[str, object]) -> bool:
    cosine = document.get("cosine")
    return document.get("format") == _FORMAT and isinstance(cosine, float) and cosine >= LEAST_COSINE


def _rows(faces: Sequence[Face]) -> Vector:
    boxes = [(f.box.left, f.box.top, f.box.left + f.box.width, f.box.top + f.box.height, f.score) for f in faces]
    return np.array(boxes, dtype=np.float32)
