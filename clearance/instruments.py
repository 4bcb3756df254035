"""What an audit works with: the open registry, the face model with its gallery and calibration, packs and trust.

Made once per command from the settings and passed in; `audit` itself opens nothing.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from clearance.home import registry_of, trust_profile
from clearance.packs import packs_named
from detectors.calibration import calibration_for
from detectors.gallery import Gallery
from detectors.installation import pack_named
from detectors.model import FaceModel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from clearance.settings import Settings
    from consent.registry import Registry
    from consent.values import StoredTemplate
    from detectors.calibration import Calibration
    from detectors.pack import ModelPack
    from detectors.runtime import Device
    from policies.pack import Pack
    from provenance.trust import TrustProfile


@dataclass(frozen=True, slots=True)
class Instruments:
    """Everything that one audit is made with; see the module's docstring."""

    registry: Registry
    today: date
    pack: ModelPack
    model: FaceModel
    calibration: Calibration
    gallery: Gallery
    trust: TrustProfile | None
    packs: tuple[Pack, ...]
    search_mode: str
    commercial_purpose: bool
    approved_packs: frozenset[str]

    @property
    def performers_searched(self) -> int:
        """How many different performers the gallery holds."""
        return len(set(self.gallery.performers))

    def gallery_for(self, declared: frozenset[str]) -> Gallery:
        """Return the gallery to search: all of it, or the declared performers alone in that search mode."""
        if self.search_mode == "registry":
            return self.gallery
        rows = [row for row, performer in enumerate(self.gallery.performers) if performer in declared]
        return Gallery(
            tuple(self.gallery.performers[row] for row in rows),
            self.gallery.vectors[rows],
            self.gallery.model_key,
        )


@contextmanager
def instruments_of(settings: Settings, *, packs: Sequence[str], today: date) -> Iterator[Instruments]:
    """Yield the instruments for one command; the registry is closed at the end.

    packs: names of built-in packs or paths of pack files; none means all built-in packs. today: the day on which
    faces are compared; only performers whose biometric release is in force then are searched, whatever moment
    the judgement is about.
    """
    chosen = packs_named(packs)
    model, pack = face_model(settings)
    with registry_of(settings) as registry:
        gallery = gallery_of(registry.templates(model.key, on=today), model)
        yield Instruments(
            registry=registry,
            today=today,
            pack=pack,
            model=model,
            calibration=calibration_for(pack, len(gallery.performers)),
            gallery=gallery,
            trust=trust_profile(settings),
            packs=chosen,
            search_mode=settings.search_mode.value,
            commercial_purpose=settings.commercial_purpose.value == "true",
            approved_packs=settings.approved,
        )


def face_model(settings: Settings) -> tuple[FaceModel, ModelPack]:
    """Return the face model on the device that the settings name, of the pack that they name.

    The default pack is built on first need; an installed one is compared with its pin."""
    pack = pack_named(settings.cache_path, settings.model_pack.value)
    return FaceModel.load(pack, cast("Device", settings.device.value), cache=settings.cache_path), pack


def gallery_of(templates: Sequence[StoredTemplate], model: FaceModel) -> Gallery:
    """Return decrypted templates as the matrix to search; one row per template."""
    rows = [np.frombuffer(t.vector, dtype=np.float32) for t in templates]
    vectors = np.stack(rows) if rows else np.zeros((0, model.pack.dimension), dtype=np.float32)
    return Gallery(tuple(t.performer for t in templates), vectors, model.key)
