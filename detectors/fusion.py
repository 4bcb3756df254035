"""Two packs as one: both recognisers see the same aligned crop, and the score is the mean of their two cosines.

No search has to know of it. The two unit vectors, each times the root of one half, make one vector of unit length, and

    <(a, b) / sqrt(2), (a', b') / sqrt(2)> = (cos(a, a') + cos(b, b')) / 2

The cosines are taken as they are, without a scale of either pack: the one whose scores spread more widely counts for
more, and what the mean is worth is measured on the pair, which therefore needs a calibration of its own.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from detectors.embedding import MakesTemplates
from detectors.licences import Licence
from detectors.pack import ModelPack
from detectors.values import Picture, Vector

RULE: Final = "mean-of-cosines/1"
"""Part of the pair's digest and of the key of its templates: another rule gives templates that do not compare."""
_SHARE = np.float32(math.sqrt(0.5))


def fused(first: ModelPack, second: ModelPack) -> ModelPack:
    """Return two packs as one: the first finds the faces, and the recognisers of both make the template.

    Its digest is what `sha256sum` gives for three lines: the digests of first and second, and RULE. Its licence is
    both, and a use is allowed where both allow it.
    """
    terms = _terms(first).joined(_terms(second))
    return ModelPack(
        directory=first.directory,
        # A pack's own name has no plus sign, so no single pack is called like a pair.
        name=f"{first.name}+{second.name}",
        version=f"{first.version}+{second.version}",
        sha256=hashlib.sha256(f"{first.sha256}\n{second.sha256}\n{RULE}\n".encode()).hexdigest(),
        licence=terms.text,
        commercial_use=terms.commercial_use,
        dimension=first.dimension + second.dimension,
        licence_held=terms.held,
        parts=(first, second),
    )


@dataclass(frozen=True, slots=True)
class FusedEmbedder:
    """Turns aligned crops into unit vectors with two recognisers; see the module's docstring."""

    first: MakesTemplates
    second: MakesTemplates

    @property
    def providers(self) -> tuple[str, ...]:
        """The providers that both recognisers really run on, best first."""
        return tuple(name for name in self.first.providers if name in self.second.providers)

    def embed(self, crops: Sequence[Picture]) -> Vector:
        """Return one unit vector per aligned crop, (n, d + d') float32, in their order."""
        return self.embed_with_strength(crops)[0]

    def embed_with_strength(self, crops: Sequence[Picture]) -> tuple[Vector, Vector]:
        """Return embed's unit vectors and, (n,) float32, how long the first recogniser's was before.

        The second's length is on another scale, and the quality of a face should not depend on whether it is there.
        """
        ours, strength = self.first.embed_with_strength(crops)
        return np.hstack([ours, self.second.embed(crops)]) * _SHARE, strength


def _terms(pack: ModelPack) -> Licence:
    return Licence(pack.licence, pack.commercial_use, pack.licence_held)
