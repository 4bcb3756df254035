"""What `accuracy` counts: photographs with their faces, galleries, thresholds, and shares with their intervals."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from detectors.assessment import AssessedFace, assessed_faces
from detectors.model import FaceModel
from detectors.values import Face, Picture, Vector

TARGET_FPIR = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Photograph:
    """One picture with its central face."""

    person: str
    path: Path
    seen: AssessedFace

    @property
    def vector(self) -> Vector:
        """The template's numbers."""
        assert self.seen.vector is not None
        return self.seen.vector

    def picture(self) -> Picture:
        """Its pixels."""
        return np.asarray(cv2.imread(str(self.path), cv2.IMREAD_COLOR), dtype=np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Enrolled:
    """A gallery that answers with the best person; the recogniser of the ladder."""

    people: tuple[str, ...]
    """One per row."""
    rows: Vector
    enough: float = 1.0

    def score(self, vector: Vector) -> float:
        """Return the best score."""
        return float(np.max(self.rows @ vector))

    def best(self, vector: Vector) -> tuple[str, float]:
        """Return the best person with the score."""
        scores = self.rows @ vector
        return self.people[int(scores.argmax())], float(scores.max())

    def leading(self, vector: Vector, count: int) -> list[str]:
        """Return the best people, each once."""
        ordered = dict.fromkeys(self.people[n] for n in np.argsort(-(self.rows @ vector)))
        return list(ordered)[:count]


@dataclass(slots=True)
class Tally:
    """What became of the probes of one row."""

    probes: int = 0
    undetected: int = 0
    unassessable: int = 0
    """Too poor to compare, or not usable and named as nobody."""
    named: int = 0
    """At the threshold: rightly for the enrolled, whoever it is for strangers."""

    def count(self, found: AssessedFace | None, named: bool) -> None:
        """Add one probe."""
        self.probes += 1
        self.named += named
        self.undetected += found is None
        self.unassessable += found is not None and not named and found.quality.level != "usable"


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share."""
    if of == 0:
        return 0.0, 1.0
    z = 1.959964
    share, spread = hits / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def share(hits: int, of: int) -> str:
    """Return a share in per cent with its interval."""
    low, high = wilson(hits, of)
    return f"{100 * hits / max(of, 1):.1f} ({100 * low:.1f}-{100 * high:.1f})"


def central(picture: Picture, model: FaceModel) -> AssessedFace | None:
    """Return the face nearest to the middle; None if no face is found."""
    height, width = picture.shape[:2]

    def away(each: AssessedFace) -> float:
        box = each.face.box
        return float(abs(box.left + (box.width - width) / 2) + abs(box.top + (box.height - height) / 2))

    return min(assessed_faces(picture, model), key=away, default=None)


def photographs(folders: Iterable[Path], model: FaceModel, wanted: int) -> dict[str, list[Photograph]]:
    """Return comparable photographs of each person: so many of those who have them, of everybody else one."""
    found: dict[str, list[Photograph]] = {}
    for folder in folders:
        paths = sorted(folder.glob("*.jpg"))
        for path in paths[: wanted if len(paths) >= wanted else 1]:
            picture = np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), dtype=np.uint8)
            seen = central(picture, model)
            if seen is not None and seen.vector is not None:
                found.setdefault(folder.name, []).append(Photograph(folder.name, path, seen))
    return found


def gallery_of(people: Sequence[Sequence[Photograph]]) -> Enrolled:
    """Return the gallery of these photographs."""
    pictures = [photograph for person in people for photograph in person]
    return Enrolled(tuple(p.person for p in pictures), np.stack([p.vector for p in pictures]))


def threshold_for(gallery: Enrolled, strangers: Sequence[Photograph]) -> float:
    """Return the score that TARGET_FPIR of these strangers reach."""
    scores = sorted((gallery.score(s.vector) for s in strangers), reverse=True)
    allowed = int(TARGET_FPIR * len(scores))
    return (scores[allowed - 1] + scores[allowed]) / 2 if allowed else scores[0] + 1e-3


def faces_dev() -> Path | None:
    """Return the folder of press photographs, in a sibling of the checkout."""
    for parent in Path(__file__).resolve().parents:
        folder = parent.parent / "shared" / "assets" / "faces-dev"
        if folder.is_dir():
            return folder
    return None


def context_of(picture: Picture, face: Face) -> Picture:
    """Return the face with a margin of its own width."""
    box = face.box
    top, left = max(0, round(box.top - box.width)), max(0, round(box.left - box.width))
    return picture[top : round(box.top + box.height + box.width), left : round(box.left + 2 * box.width)]


def look_alikes(probes: Sequence[Photograph]) -> list[tuple[Photograph, Photograph]]:
    """Return each probe with the most similar other one, each pair once."""
    rows = np.stack([p.vector for p in probes])
    scores = rows @ rows.T
    np.fill_diagonal(scores, -1.0)
    pairs = {tuple(sorted((n, int(scores[n].argmax())))) for n in range(len(probes))}
    return [(probes[a], probes[b]) for a, b in sorted(pairs)]
