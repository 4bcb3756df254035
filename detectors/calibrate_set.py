"""Labelled pictures as templates: a folder with one subfolder per identity, measured for a calibration.

Of each picture the face nearest to the middle counts, as in Labeled Faces in the Wild; a picture without a face that
can be compared is left out and reported, never guessed at. Nothing of the pictures or names is kept but digests.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detectors.align import aligned
from detectors.errors import CalibrationUnusable, MediaError
from detectors.image import pages
from detectors.media import identify, signature_at
from detectors.model import FaceModel
from detectors.quality import quality_of
from detectors.values import Face, Vector

PICTURES_PER_IDENTITY = 6
"""The first ones by name: a few much-photographed people must not decide the rates."""
_PARTS = 3

Part = Literal["every", "tuning", "calibration"]
"""tuning: a third of the identities, by the digest of their name, on which limits and methods are chosen;
calibration: the others, on which nothing is chosen; every: all, where nothing was chosen on this data set."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledTemplates:
    """Templates whose identities are known."""

    vectors: Vector
    """(n, d) float32 rows of unit length; the pictures of one identity lie together."""
    identities: NDArray[np.intp]
    """(n,) the number of the identity, ascending from 0."""
    sha256: str
    """Over the digests of all names and pictures used."""
    left_out: tuple[tuple[Path, str], ...]
    """Pictures that could not be used, with the reason."""

    def __len__(self) -> int:
        """Return the number of templates."""
        return len(self.vectors)

    @property
    def identity_count(self) -> int:
        """How many different people."""
        return int(self.identities[-1]) + 1 if len(self) else 0


def labelled_templates(
    folder: Path, model: FaceModel, *, part: Part = "every", on_progress: Callable[[float], None] | None = None
) -> LabelledTemplates:
    """Return the templates of the pictures in folder/<identity>/, in the order of names.

    Raises CalibrationUnusable if there is no such folder.
    """
    people = [each for each in _entries(folder) if each.is_dir() and _belongs(each.name, part)]
    vectors: list[Vector] = []
    identities: list[int] = []
    left_out: list[tuple[Path, str]] = []
    digest = hashlib.sha256()
    for done, person in enumerate(people, 1):
        pictures = [path for path in _entries(person) if path.is_file()]
        used = 0
        for path in pictures[:PICTURES_PER_IDENTITY]:
            try:
                vector, sha256 = _template(path, model)
            except (MediaError, _NoUsableFace) as error:
                left_out.append((path, str(error)))
                continue
            digest.update(f"{hashlib.sha256(person.name.encode()).hexdigest()} {sha256}\n".encode())
            vectors.append(vector)
            identities.append(identities[-1] + (used == 0) if identities else 0)
            used += 1
        if on_progress is not None:
            on_progress(done / len(people))
    rows = np.stack(vectors) if vectors else np.zeros((0, model.pack.dimension), dtype=np.float32)
    return LabelledTemplates(rows, np.array(identities, dtype=np.intp), digest.hexdigest(), tuple(left_out))


class _NoUsableFace(Exception):
    """The picture shows no face that can be compared."""


def _entries(folder: Path) -> list[Path]:
    """Return what lies in a folder, by name, hidden files apart."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise CalibrationUnusable(folder, f"cannot be listed ({error.strerror}); name a folder of folders") from error


def _belongs(name: str, part: Part) -> bool:
    """Return whether an identity is in a part; the digest decides, so that a part is the same everywhere."""
    tuning = hashlib.sha256(name.encode()).digest()[0] % _PARTS == 0
    return part == "every" or tuning == (part == "tuning")


def _template(path: Path, model: FaceModel) -> tuple[Vector, str]:
    """Return the template of the face nearest to the middle of a still, and the digest of the file."""
    media = identify(path)
    if media.kind != "image":
        raise _NoUsableFace("is not a still")
    picture = next(pages(path, signature_at(path)))
    middle = np.array([picture.shape[1] / 2, picture.shape[0] / 2])
    faces = sorted(model.detect(picture), key=lambda face: float(np.hypot(*(_centre(face) - middle))))
    if not faces:
        raise _NoUsableFace("shows no face")
    crop = aligned(picture, faces[0].landmarks)
    quality = quality_of(faces[0], crop)
    if quality.level == "too_poor":
        raise _NoUsableFace(f"shows a face that is {' and '.join(quality.reasons)}")
    return model.embed_crops([crop])[0], media.sha256


def _centre(face: Face) -> NDArray[np.float64]:
    """Return the middle of a face's box."""
    return np.array([face.box.left + face.box.width / 2, face.box.top + face.box.height / 2])
