"""The sentences that several renderings of an audit document share; light, so that any command can say them."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from clearance.clock import timecode

if TYPE_CHECKING:
    from collections.abc import Mapping


def reason(asset: Mapping[str, Any]) -> str:
    """Return why an asset has its verdict, in one sentence: what decided it, or that all is well."""
    if asset["problem"]:
        return str(asset["problem"])
    provenance, broken = asset["provenance"], asset["coverage"]["unreadable_from_s"]
    if provenance["present"] and provenance["integrity"]["value"] != "valid":
        return str(provenance["integrity"]["why"])
    for ingredient in provenance["ingredients"]:
        if ingredient["integrity"] == "invalid":
            return f"Its ingredient {ingredient['title'] or 'without a title'} does not hold."
    for about in (provenance, *(ingredient["answers"] for ingredient in provenance["ingredients"])):
        if about["revocation"]["value"] == "revoked":
            return str(about["revocation"]["why"])
    for remark in provenance["remarks"]:
        if remark["code"] == "manifest.duplicate":
            return str(remark["sentence"])
    if broken is not None:
        return f"The file is unreadable from {timecode(broken)}."
    open_ = [f for f in asset["findings"] if f["outcome"] in ("fail", "unknown")]
    # A note decides nothing, so it is counted and never given as the reason.
    found = sorted((f for f in open_ if f["severity"] != "info"), key=_gravity)
    if not found:
        waived = sum(f["outcome"] == "waived" for f in asset["findings"])
        met = "Every rule that decides was met" if open_ else "Every rule that applies was met"
        aside = f", but for {waived} that were waived" if waived else ""
        return f"{met}{aside}{f'; notes: {len(open_)}' if open_ else ''}."
    others = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"{found[0]['rule']}: {found[0]['why']}{others}"


def _gravity(finding: Mapping[str, Any]) -> tuple[int, bool]:
    """Return a key that sorts the gravest finding first; what could not be judged weighs no more than a review."""
    order = ("block", "review", "warn", "info")
    unknown = finding["outcome"] == "unknown"
    return max(order.index(finding["severity"]), 1 if unknown else 0), unknown


def waiver_sentence(waived: Mapping[str, Any]) -> str:
    """Return who set a finding aside, why, until when, and by which document."""
    outcome = {"fail": "failed", "unknown": "could not be judged"}[waived["instead_of"]]
    text = (
        f"{waived['reason']} (it {outcome}; approved with the key {waived['approver'][:16]}... "
        f"until {waived['expires']}; waiver {waived['waiver'][:16]}...)"
    )
    # The reason comes out of a file: neither a terminal nor a table may be steered by it.
    return "".join(c if c.isprintable() else " " for c in text)


def coverage_sentence(coverage: Mapping[str, Any]) -> str:
    """Return in words how much of a file was looked at and how many faces were seen, compared and passed over."""
    c = coverage
    frames = (
        "The picture was searched."
        if c["frames_total"] == 1
        else f"{c['frames_searched']} of {c['frames_total'] or 'an unknown number of'} frames were searched"
        f" ({c['frames_decoded']} decoded)"
        + (f"; the longest stretch not looked at is {c['longest_gap_s']:.2f} s." if c["longest_gap_s"] else ".")
    )
    faces = (
        f" Faces seen: {c['faces_seen']}; compared: {c['faces_searched']}; too small to compare: "
        f"{c['faces_too_small']}; too poor otherwise: {c['faces_too_blurred']}."
    )
    broken = c["unreadable_from_s"]
    return frames + faces + (f" The file is unreadable from {timecode(broken)}." if broken is not None else "")


def probability(value: float) -> str:
    """Return a probability as people read it: 12 %, 0.3 %, less than 0.01 %."""
    percent = 100 * value
    if percent < 0.01:
        return "less than 0.01 %"
    return f"{percent:.0f} %" if percent >= 10 else f"{percent:.2g} %"


def appearance_line(appearance: dict[str, Any]) -> str:
    """Return one appearance as a line: id, when, decision, best candidate."""
    best = appearance["candidates"][0] if appearance["candidates"] else None
    when = ", ".join(f"{timecode(start)}-{timecode(end)}" for start, end in appearance["intervals"]) or "still"
    who = f"  {best['performer']} {best['score']:.2f}" if best and appearance["decision"] in ("match", "review") else ""
    return f"{appearance['id']:4} {when}  {appearance['decision'].replace('_', ' ')}{who}"


def short_name(path: str) -> str:
    """Return a file's name without its folders, for tables."""
    return PurePath(path).name
