"""Who is on screen and when, without judging anybody: what `clearance scan` shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from clearance.home import registry_of
from clearance.likeness import face_model, likeness_of
from clearance.report.document import appearance_of, coverage_of, media_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from clearance.likeness import Likeness
    from clearance.settings import Settings
    from detectors.model import FaceModel
    from detectors.values import Identification, Scan


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """One file's faces, and who of the gallery each may be."""

    path: str
    scan: Scan
    identifications: tuple[Identification, ...]
    not_searched: tuple[str, ...]
    """Performers who could not be compared with, because their holder's key was not given."""

    @property
    def document(self) -> dict[str, Any]:
        """The JSON form, with the parts that it shares with an audit's asset."""
        placed = {a.id: a for a in self.scan.appearances}
        return {
            "path": self.path,
            "sha256": self.scan.media.sha256,
            "media": media_of(self.scan.media),
            "coverage": coverage_of(self.scan.coverage),
            "appearances": [appearance_of(placed[i.appearance], i) for i in self.identifications],
            "not_searched": list(self.not_searched),
        }


def scan_files(
    paths: Sequence[Path],
    settings: Settings,
    *,
    search: bool,
    now: datetime,
    on_progress: Callable[[Path, float], None] | None,
) -> tuple[ScannedFile, ...]:
    """Return the faces in each file, compared with the enrolled performers where search is true.

    Raises the error of the first file that cannot be read. Side effect of a search: one event per file in the
    registry, since every search over people's faces is on the record.
    """
    model = face_model(settings)
    likeness = _likeness(settings, model, now) if search else likeness_of(settings, model, None, {})
    scanned = tuple(
        ScannedFile(
            str(path),
            *likeness.seen_in(
                path, declared=frozenset(), on_progress=partial(on_progress, path) if on_progress else None
            ),
            not_searched=likeness.not_searched,
        )
        for path in paths
    )
    if search:
        with registry_of(settings) as registry:
            for file in scanned:
                registry.record_event("search", file.scan.media.sha256, {"mode": "registry"}, now=now)
    return scanned


def _likeness(settings: Settings, model: FaceModel, now: datetime) -> Likeness:
    with registry_of(settings) as registry:
        opened = registry.biometrics.gallery(
            model.key, on=now.date(), purpose="scan", operator=settings.operator.value, now=now
        )
        return likeness_of(settings, model, opened, registry.relatives())
