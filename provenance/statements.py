"""The assertions beside actions and consent: training and mining, the production, and that nobody judged the file.

Standard: CAWG Training and Data Mining 1.1, CAWG Metadata 1.1 (JSON-LD with XMP's schemas), ISO 26324 and
ISO 15706 for the identifiers of films.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from provenance import labels
from provenance.errors import ManifestInvalid
from provenance.manifest import ExtraAssertion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.json_shapes import Json

Permission: TypeAlias = Literal["allowed", "notAllowed"]
TRAINING_USES: Final = ("data_mining", "ai_inference", "ai_generative_training", "ai_training")
"""The four uses of cawg.training-mining, as the consent record names them."""

_SCHEMAS: Final[dict[str, Json]] = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmpDM": "http://ns.adobe.com/xmp/1.0/DynamicMedia/",
}
_EIDR: Final = re.compile(r"10\.5240/([0-9A-F]{4}-){5}[0-9A-Z]")
_ISAN: Final = re.compile(r"([0-9A-F]{4}-){3}[0-9A-F]{4}-[0-9A-Z](-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-Z])?")
_LONGEST_REASON: Final = 400


@dataclass(frozen=True, slots=True)
class Production:
    """What a file belongs to."""

    title: str
    project: str
    eidr: str | None = None
    """As in 10.5240/7791-8534-2C23-9030-8610-5."""
    isan: str | None = None
    """As in 0000-0000-D07A-0090-Q, with or without a version."""


def training_mining(stated: Sequence[dict[str, str | None]]) -> ExtraAssertion | None:
    """Return what all of several statements permit together, or None where nobody stated anything.

    stated: per performer, allowed | notAllowed | constrained | None for each of TRAINING_USES. A use is allowed only
    if everybody allows it: silence is not consent, and a constraint that is not spelled out counts as notAllowed
    (CAWG Training and Data Mining 1.1, "constrained").
    """
    if not stated:
        return None
    entries: dict[str, Json] = {}
    for use in TRAINING_USES:
        permission: Permission = "allowed" if all(one.get(use) == "allowed" for one in stated) else "notAllowed"
        entries[f"cawg.{use}"] = {"use": permission}
    return ExtraAssertion("cawg.training-mining", {"entries": entries})


def production(stated: Production) -> ExtraAssertion:
    """Return the assertion that names a production. Raises ManifestInvalid for an identifier that is none."""
    identifiers: list[Json] = []
    if stated.eidr is not None:
        if not _EIDR.fullmatch(stated.eidr):
            raise ManifestInvalid("the EIDR is malformed; write it as 10.5240/7791-8534-2C23-9030-8610-5")
        identifiers.append(f"https://doi.org/{stated.eidr}")
    if stated.isan is not None:
        if not _ISAN.fullmatch(stated.isan):
            raise ManifestInvalid("the ISAN is malformed; write it as 0000-0000-D07A-0090-Q")
        identifiers.append(f"urn:isan:{stated.isan}")
    data: dict[str, Json] = {
        "@context": _SCHEMAS,
        "dc:title": stated.title,
        "xmpDM:projectName": stated.project,
    }
    if identifiers:
        data["dc:identifier"] = identifiers
    return ExtraAssertion("cawg.metadata", data)


def without_audit(reason: str) -> ExtraAssertion:
    """Return the assertion that nobody judged the file before it was signed, and why.

    Raises ManifestInvalid for a reason that is empty or too long: it is public, and no place for contracts.
    """
    said = reason.strip()
    if not said or len(said) > _LONGEST_REASON or not said.isprintable():
        raise ManifestInvalid(
            f"the reason for signing without an audit must be one line of 1 to {_LONGEST_REASON} characters"
        )
    return ExtraAssertion(labels.NO_AUDIT, {"schemaVersion": "1.0", "reason": said})
