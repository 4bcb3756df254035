"""What a pack's weights may be used for: as published, as far as it is known, and what the operator holds instead.

insightface's own packs (buffalo, antelope, raccoon) are published for non-commercial research alone, under whatever
name they are passed on, so their files are known by name too. A licence that is not known is treated like one that
forbids: the operator then says in writing which licence is held. Nothing here is advice on law.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from detectors.errors import LicenceRefused

# Packs of insightface's model zoo, and the files by which a renamed one is recognised.
_RESEARCH_PACKS = re.compile(r"^(buffalo|antelope|raccoon)", re.IGNORECASE)
_RESEARCH_FILES = re.compile(
    r"^(det_(10g|2\.5g|500m)|scrfd_\w+|w600k_\w+|1k3d68|2d106det|genderage|raccoon\w*)\.onnx$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms under which weights may be used."""

    text: str
    """SPDX expression, or the terms in words."""
    commercial_use: bool | None
    """None: not known."""
    held: str | None = None
    """The licence that the operator names, where the published terms are not enough."""

    def joined(self, other: "Licence") -> "Licence":
        """Return the terms of two models used together: allowed only where both allow it."""
        permissions = {self.commercial_use, other.commercial_use}
        allowed = False if False in permissions else None if None in permissions else True
        text = self.text if self.text == other.text else f"{self.text} AND {other.text}"
        return Licence(text, allowed, "; ".join(filter(None, (self.held, other.held))) or None)


RESEARCH_ONLY = Licence("InsightFace: non-commercial research only", commercial_use=False)
UNKNOWN = Licence("not known", commercial_use=None)


def published_licence(names: Iterable[str], files: Iterable[str], stated: Licence | None) -> Licence:
    """Return the terms under which a pack is published.

    names: what the pack, its folder or its archive is called; files: its models. stated: what the pack says of itself,
    which counts unless it is one of insightface's research packs.
    """
    if any(_RESEARCH_PACKS.match(name) for name in names) or any(_RESEARCH_FILES.match(file) for file in files):
        return RESEARCH_ONLY
    return stated or UNKNOWN


def licence_in_force(source: Path, published: Licence, held: str | None, *, commercial_use: bool | None) -> Licence:
    """Return the terms that hold for this operator.

    held: the licence the operator names. commercial_use: whether that licence allows it, None where the operator does
    not say, which a commercial audit then holds for a person. Raises LicenceRefused if published is not enough and
    no licence is named.
    """
    if published.commercial_use is True and not held:
        return published
    if held and held.strip():
        return Licence(published.text, commercial_use, held.strip())
    why = "does not allow commercial use" if published.commercial_use is False else "is not stated"
    raise LicenceRefused(
        source,
        f"the licence of this model pack {why} ({published.text}); if you hold one that covers your use, name it with "
        '--licence "LICENSOR, CONTRACT, DATE"',
    )
