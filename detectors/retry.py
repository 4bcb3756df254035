"""Appearances that the gallery does not know, tried again on the pictures kept of them."""

from collections.abc import Sequence
from dataclasses import replace

from detectors.crops import picture_of
from detectors.ladder import Recogniser, climb
from detectors.model import FaceModel
from detectors.tracks import Track
from detectors.values import Appearance, Template

_KEPT_BYTES = 64_000_000


def retried(appearance: Appearance, contexts: Sequence[bytes], model: FaceModel, recogniser: Recogniser) -> Appearance:
    """Return the appearance with the template and the name of the rung that made it known, or as it is.

    contexts: as `crops.context_jpeg` makes them, best first.
    """
    template = appearance.template
    if not contexts or (template is not None and recogniser.score(template.vector) >= recogniser.enough):
        return appearance
    helped = climb([picture_of(jpeg) for jpeg in contexts], model, recogniser)
    if helped is None:
        return appearance
    return replace(appearance, template=Template(helped.vector, model.key), retry=helped.rung)


def relieve(tracks: Sequence[Track], *, most_bytes: int = _KEPT_BYTES) -> int:
    """Drop contexts until they fit into most_bytes, and return what they take.

    The third and then the second of each track go first, then those of the tracks with the poorest faces: there
    a second try has the least to go by.
    """
    held = sum(len(jpeg) for track in tracks for _, jpeg in track.contexts)
    for least in (2, 1, 0):
        for track in sorted(tracks, key=lambda t: t.best_rank):
            if held <= most_bytes:
                return held
            held -= sum(len(jpeg) for _, jpeg in track.contexts[least:])
            del track.contexts[least:]
    return held
