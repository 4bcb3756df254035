"""Who else on record resembles the faces to be enrolled: two performers as similar as one go to a human first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from detectors.calibration import calibration_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clearance.settings import Settings
    from consent.values import StoredTemplate
    from detectors.enrolment import ReferenceFace
    from detectors.pack import ModelPack


def lookalikes(
    faces: Sequence[ReferenceFace],
    templates: Sequence[StoredTemplate],
    *,
    except_for: frozenset[str],
    pack: ModelPack,
    settings: Settings,
) -> tuple[tuple[str, float], ...]:
    """Return the performers that reach the calibrated review threshold, with their best score, most similar first.

    except_for: the performer to be enrolled, and those that are known to look alike. Raises ModelMismatch for a pack
    without a calibration, since then nobody can say what similar means.
    """
    others = [template for template in templates if template.performer not in except_for]
    if not others:
        return ()
    file = Path(settings.calibration.value) if settings.calibration.value else None
    threshold = calibration_for(pack, len(others), file=file).review_threshold
    gallery = np.stack([np.frombuffer(template.vector, dtype=np.float32) for template in others])
    best = (gallery @ np.stack([face.template.vector for face in faces]).T).max(axis=1)
    scores: dict[str, float] = {}
    for row in np.flatnonzero(best >= threshold):
        performer = others[row].performer
        scores[performer] = max(scores.get(performer, -1.0), float(best[row]))
    return tuple(sorted(scores.items(), key=lambda item: -item[1]))
