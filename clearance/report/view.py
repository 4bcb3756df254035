"""The audit document for an audience: "full" for supplier and studio, "auditor" for whoever may see no faces.

The auditor's view is a document of the same schema. What is personal and not needed to judge again is left out, and
the document says what, how much, and what stands in its place. The facts stay whole, so that anybody can judge again.
"""

from __future__ import annotations

import hashlib
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

View = Literal["full", "auditor"]
VIEWS: Final[tuple[View, ...]] = ("full", "auditor")

_WITHHELD: Final = "left out of the auditor's view"
_KEPT: Final = "Facts, findings, references of performers and the declaration are kept, so that it can be judged again."


def seen_by(view: View, document: dict[str, Any], crops: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the document as an audience sees it; of the auditor's view the pictures are named by their SHA-256.

    crops: the JPEG files by the name that the document gives each appearance's crop. A digest of a picture commits to
    it, since nobody guesses a picture; what could be guessed (a score, a credit) is left out without a digest.
    """
    if view == "full":
        return document
    least = document["calibration"]["review_threshold"]
    assets = [_asset(asset, crops, least) for asset in document["assets"]]
    return document | {"view": _what_is_left_out(document, assets), "assets": assets}


def _asset(asset: dict[str, Any], crops: Mapping[str, bytes], least: float) -> dict[str, Any]:
    # Folders name people and machines: /home/ada/..., \\server\ada.
    name = PurePath(asset["path"]).name
    return asset | {
        "path": name,
        "problem": asset["problem"].replace(asset["path"], name) if asset["problem"] else None,
        "appearances": [_appearance(appearance, crops, least) for appearance in asset["appearances"]],
        "marks": [m | {"value": _WITHHELD} if m["kind"] == "credit" else m for m in asset["marks"]],
    }


def _appearance(appearance: dict[str, Any], crops: Mapping[str, bytes], least: float) -> dict[str, Any]:
    # Whom a face was compared with and is not: the likeness of people who have nothing to do with the file.
    named = appearance["decision"] in ("match", "review")
    return appearance | {
        "candidates": [c for c in appearance["candidates"] if named and c["score"] >= least],
        "crop": f"sha256:{hashlib.sha256(crops[appearance['crop']]).hexdigest()}",
    }


def _what_is_left_out(document: dict[str, Any], assets: list[dict[str, Any]]) -> dict[str, Any]:
    before = [a for asset in document["assets"] for a in asset["appearances"]]
    after = [a for asset in assets for a in asset["appearances"]]
    credited = sum(m["kind"] == "credit" for asset in assets for m in asset["marks"])
    folders = sum(a["path"] != b["path"] for a, b in zip(document["assets"], assets, strict=True))
    compared = sum(len(a["candidates"]) for a in before) - sum(len(a["candidates"]) for a in after)
    left_out = (
        ("pictures of faces", len(before), "the SHA-256 of each picture"),
        ("performers whom a face was compared with and who are not named for it", compared, "nothing"),
        ("credits that files carry", credited, "a note in place of each"),
        ("folders in which files lay", folders, "the name of each file"),
    )
    return {
        "audience": "auditor",
        "left_out": [{"what": what, "count": count, "instead": instead} for what, count, instead in left_out if count],
        "kept": _KEPT,
    }
