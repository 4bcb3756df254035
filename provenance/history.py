"""What a new manifest says about where its file came from: the source's own history, and what went into it.

A history that is broken, lies elsewhere or would be lost is refused: signing over it would bless it.
Standard: C2PA Technical Specification 2.x, section 18.16 (ingredients).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from provenance import formats, verify
from provenance.digests import sha256_of
from provenance.errors import IngredientUnusable, ParentUnusable, ProvenanceError
from provenance.sidecar import content, find_sidecar
from provenance.signing_engine import PARENT, IngredientFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from provenance.reading import ProvenanceReading
    from provenance.trust import TrustProfile


@dataclass(frozen=True, slots=True)
class History:
    """Everything that a new manifest names as made before."""

    parent: IngredientFile | None
    components: tuple[IngredientFile, ...]
    manifests: frozenset[str]
    """The labels of the manifests that the new one must name, that of the parent among them."""

    @property
    def ingredients(self) -> tuple[IngredientFile, ...]:
        """The parent, if any, then the components."""
        return (*((self.parent,) if self.parent else ()), *self.components)


def history_of(source: Path, components: Sequence[Path], trust: TrustProfile) -> History:
    """Return what source and its components bring along.

    Raises ParentUnusable or IngredientUnusable for a history that cannot be kept truthfully, SourceError for a
    file that cannot be read.
    """
    media_type, sidecar, reading = _read(source, trust, ParentUnusable)
    parent = IngredientFile(PARENT, "parentOf", source, media_type, None, sidecar) if reading.present else None
    labels = {reading.manifest_label}
    placed = []
    for number, path in enumerate(components, 1):
        if path.exists() and path.samefile(source):
            raise IngredientUnusable(f"{path.name} is the source itself; name what it was made from")
        media_type, sidecar, reading = _read(path, trust, IngredientUnusable)
        placed.append(IngredientFile(f"component-{number}", "componentOf", path, media_type, sha256_of(path), sidecar))
        labels.add(reading.manifest_label)
    return History(parent, tuple(placed), frozenset(label for label in labels if label is not None))


def _read(
    path: Path, trust: TrustProfile, unusable: type[ProvenanceError]
) -> tuple[str, bytes | None, ProvenanceReading]:
    """Return a file's media type, the manifest beside it, and the reading of that or of the one inside."""
    media_type = formats.detected(formats.file_head(path))
    inside = (
        verify.read(path, trust, look_beside=False)
        if media_type in formats.READABLE
        else verify.without_manifest("of no such format")
    )
    if inside.remote_manifest:
        raise unusable(f"{path.name} names a manifest elsewhere, which would be lost; embed it first")
    if inside.integrity.value not in {"valid", "absent"}:
        raise unusable(f"{path.name} carries a broken manifest ({inside.integrity.why}); go back to an intact file")
    found = find_sidecar(path)
    if found is None:
        return media_type or formats.ANY, None, inside
    sidecar = content(found)
    beside = verify.read(path, trust, sidecar=sidecar)
    if beside.integrity.value != "valid":
        raise unusable(
            f"{found.name} beside {path.name} does not hold ({beside.integrity.why}); go back to an intact file"
        )
    known = {beside.manifest_label, *(ingredient.manifest_label for ingredient in beside.ingredients)}
    if inside.present and inside.manifest_label not in known:
        raise unusable(
            f"{path.name} carries one manifest and has another beside it that does not name it; "
            "one history would be lost: move away the one that does not belong to it"
        )
    return media_type or formats.ANY, sidecar, beside
