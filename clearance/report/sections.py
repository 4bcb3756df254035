"""What the sections of a report gather from all assets of an audit document, for pages that people read."""

from __future__ import annotations

import shlex
from collections import Counter
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TITLES: Final = (
    "Submission",
    "Verdict and counts",
    "Files",
    "Likeness register",
    "Match evidence",
    "Synthetic performers",
    "Provenance",
    "Rule results",
    "Attestations",
    "Exceptions and waivers",
    "Tools and data terms",
    "Biometric handling",
    "Limits of this audit",
    "Log, and how to repeat this",
)


def gathered(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page shows besides the document itself, by the names that its templates use."""
    assets = document["assets"]
    facts = [asset["facts"] for asset in assets if asset.get("facts")]
    return {
        "titles": TITLES,
        "production": document["declaration"]["production"],
        "counts": {
            "files": Counter(asset["verdict"] for asset in assets),
            "findings": Counter(f["outcome"] for asset in assets for f in asset["findings"]),
            "appearances": Counter(a["decision"] for asset in assets for a in asset["appearances"]),
        },
        "synthetics": _worst_by(facts, "synthetics", "name", "resembles_enrolled"),
        "attestations": _attestations(facts),
        "waived": [(a["path"], f) for a in assets for f in a["findings"] if f["outcome"] == "waived"],
        "biometrics": facts[0].get("biometrics", {}) if facts else {},
        "performers": sorted(
            {p["ref"]: p for one in facts for p in one.get("performers", ())}.values(), key=lambda p: str(p["ref"])
        ),
        "command": command(document),
    }


def length_s(asset: Mapping[str, Any]) -> float | None:
    """Return how long a timeline of a file must be; a container may state no duration, or too short a one."""
    ends = [end for appearance in asset["appearances"] for _, end in appearance["intervals"]]
    return max([asset["media"]["duration_s"] or 0.0, *ends]) or None


def command(document: Mapping[str, Any]) -> str:
    """Return the command line that repeats an audit, for a shell."""
    words = ["clearance", "audit", *(PurePath(asset["path"]).name for asset in document["assets"])]
    words += ["--declaration", "declaration.yaml"]
    for pack in document["packs"]:
        words += ["--policy", pack["id"]]
    words += ["--as-of", document["as_of"], "--search", document["search_mode"]]
    sampled = {asset["coverage"]["sampling"] for asset in document["assets"] if asset["coverage"]}
    words += [f"--{mode}" for mode in ("every-frame", "preview") if mode in sampled and "default" not in sampled][:1]
    return shlex.join(words)


def _worst_by(facts: list[dict[str, Any]], group: str, key: str, feared: str) -> dict[str, dict[str, Any]]:
    """Return the facts of each member of a group; where files differ, those of the file in which the feared is true."""
    found: dict[str, dict[str, Any]] = {}
    for one in facts:
        for member in one.get(group, ()):
            kept = found.setdefault(member[key], member)
            if member.get(feared) and not kept.get(feared):
                found[member[key]] = member
    return found


def _attestations(facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each answer once, though it may count for many files."""

    def each() -> Iterator[dict[str, Any]]:
        for one in facts:
            yield from one.get("attestations", ())

    names = ("rule", "subject", "answer", "role", "reasons", "problem")
    unlike = dict.fromkeys(tuple(answer.get(name) for name in names) for answer in each())
    return [dict(zip(names, values, strict=True)) for values in unlike]
