"""Who is on screen: the face model, those it may recognise, and how sure it must be; shared by scan and audit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from detectors.calibration import calibration_for
from detectors.fusion import fused
from detectors.gallery import Gallery
from detectors.identify import GalleryRecogniser, identify
from detectors.installation import pack_named
from detectors.model import FaceModel
from detectors.scan import scan
from detectors.values import Identification

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clearance.settings import Settings
    from consent.values import OpenedGallery
    from detectors.calibration import Calibration
    from detectors.pack import ModelPack
    from detectors.runtime import Device
    from detectors.values import Sampling, Scan

# With so many references of everybody, the rates of the calibration for that number hold.
_SEVERAL = 3


@dataclass(frozen=True, slots=True)
class Likeness:
    """Everything that faces are found and compared with.

    search_mode: registry (everybody in the gallery), declared (those a declaration names) or detect (nobody, and no
    template is made). relatives: performers marked as looking alike.
    """

    pack: ModelPack
    model: FaceModel
    gallery: Gallery
    calibration: Calibration
    relatives: Mapping[str, frozenset[str]]
    search_mode: str
    sampling: Sampling
    not_searched: tuple[str, ...] = ()
    """Performers whose templates stayed closed, because their holder's key was not given."""

    @property
    def performers_searched(self) -> int:
        """How many different performers the gallery holds."""
        return len(set(self.gallery.performers))

    def seen_in(
        self, path: Path, *, declared: frozenset[str], on_progress: Callable[[float], None] | None
    ) -> tuple[Scan, tuple[Identification, ...]]:
        """Return what was seen in a file, and who each appearance may be. Raises MediaError."""
        if self.search_mode == "detect":
            found = scan(path, self.model, sampling=self.sampling, make_templates=False, on_progress=on_progress)
            return found, tuple(
                Identification(a.id, "not_assessable", (), "Faces were found and not compared: no templates are made.")
                for a in found.appearances
            )
        gallery = self.gallery if self.search_mode == "registry" else _only(self.gallery, declared)
        recogniser = GalleryRecogniser(gallery, self.calibration)
        found = scan(path, self.model, recogniser=recogniser, sampling=self.sampling, on_progress=on_progress)
        return found, identify(found.appearances, gallery, self.calibration, relatives=self.relatives)


def likeness_of(
    settings: Settings,
    model: FaceModel,
    opened: OpenedGallery | None,
    relatives: Mapping[str, frozenset[str]],
) -> Likeness:
    """Return what faces are compared with: the opened templates of the performers to be searched, None for nobody."""
    gallery = _gallery_of(opened, model)
    fewest = min(Counter(gallery.performers).values(), default=1)
    return Likeness(
        pack=model.pack,
        model=model,
        gallery=gallery,
        calibration=calibration_in_use(
            settings, model.pack, len(gallery.performers), references=_SEVERAL if fewest >= _SEVERAL else 1
        ),
        relatives=relatives,
        search_mode=settings.search_mode.value,
        sampling=cast("Sampling", settings.sampling.value),
        not_searched=opened.not_searched if opened else (),
    )


def calibration_in_use(settings: Settings, pack: ModelPack, templates: int, *, references: int = 1) -> Calibration:
    """Return the calibration that the settings name for a pack, or the shipped one, for so many templates.

    Raises ModelMismatch where it is another pack's, or there is none: what nobody calibrated judges nobody.
    """
    file = Path(settings.calibration.value) if settings.calibration.value else None
    return calibration_for(pack, templates, file=file, references=references)


def face_model(settings: Settings) -> FaceModel:
    """Return the face model on the device that the settings name, of the pack or the pair that they name.

    The default pack is built on first need; an installed one is compared with its pin.
    """
    pack, *second = (pack_named(settings.cache_path, name) for name in settings.packs_in_use)
    if second:
        pack = fused(pack, *second)
    return FaceModel.load(pack, cast("Device", settings.device.value), cache=settings.cache_path)


def _gallery_of(opened: OpenedGallery | None, model: FaceModel) -> Gallery:
    vectors = np.frombuffer(opened.block if opened else b"", dtype=np.float32).reshape(-1, model.pack.dimension)
    return Gallery(opened.performers if opened else (), vectors, model.key)


def _only(gallery: Gallery, performers: frozenset[str]) -> Gallery:
    rows = [row for row, performer in enumerate(gallery.performers) if performer in performers]
    return Gallery(tuple(gallery.performers[row] for row in rows), gallery.vectors[rows], gallery.model_key)
