"""Trust profiles for people and programs: what is in them, of what date, and what is wrong with them.

Names in certificates were written by strangers and are shown as such. Imports nothing heavy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clearance.report.provenance_text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from provenance.errors import TrustError
    from provenance.trust import TrustAnchor, TrustList, TrustProfile


def summary_of(profile: TrustProfile, now: datetime | None) -> dict[str, Any]:
    """Return what a profile is, without its authorities: the part that stands in every verification."""
    return {
        "name": profile.name,
        "sha256": profile.sha256,
        "lists": [
            {
                "uri": one.uri,
                "purpose": one.purpose,
                "date": one.date.isoformat() if one.date else None,
                "sha256": one.sha256,
                "legacy": one.legacy,
                "origin": one.origin,
                "stale": one.stale(now),
            }
            for one in profile.lists
        ],
    }


def document_of(profile: TrustProfile, now: datetime) -> dict[str, Any]:
    """Return the JSON form of a profile with every authority."""
    summary = summary_of(profile, now)
    for listed, anchor, one in zip(summary["lists"], profile.anchors, profile.lists, strict=True):
        listed |= {
            "source": one.source,
            "max_age_days": one.max_age.days if one.max_age else None,
            "next_update": one.next_update.isoformat() if one.next_update else None,
            "ekus": list(one.ekus) if one.purpose == "claim" else [],
            "authorities": [_authority(certificate) for certificate in anchor.certificates()],
        }
    return summary


def _authority(certificate: Any) -> dict[str, str]:
    from cryptography.hazmat.primitives import hashes

    return {
        "subject": certificate.subject.rfc4514_string(),
        "sha256": certificate.fingerprint(hashes.SHA256()).hex(),
        "expires": f"{certificate.not_valid_after_utc:%Y-%m-%d}",
    }


def lines_of(profile: TrustProfile, now: datetime) -> Iterator[str]:
    """Yield a profile for a terminal."""
    yield f"{profile.name}  {profile.sha256}"
    for anchor, one in zip(profile.anchors, profile.lists, strict=True):
        yield f"  {one.described(now)}, for {_purpose(one)}"
        yield f"    SHA-256 of the file  {one.sha256}{f'  from {printable(one.source)}' if one.source else ''}"
        if one.purpose == "claim":
            yield f"    signers must be for  {', '.join(one.ekus)}"
        for entry in map(_authority, anchor.certificates()):
            yield f"    {entry['expires']}  {entry['sha256']}  {printable(entry['subject'])}"


def rows_of(found: Sequence[tuple[str, TrustProfile | TrustError]], now: datetime) -> list[tuple[str, ...]]:
    """Return one row of a table for each list."""
    rows: list[tuple[str, ...]] = []
    for name, profile in found:
        if isinstance(profile, Exception):
            rows.append((name, "", "", "", "", f"unusable: {printable(profile)}"))
            continue
        for anchor, one in zip(profile.anchors, profile.lists, strict=True):
            rows.append((name, one.name, _purpose(one), str(one.date or ""), _count(anchor), _state(one, now)))
    return rows


def checked(name: str, found: TrustProfile | TrustError, now: datetime) -> dict[str, Any]:
    """Return what is wrong with one profile, or why it cannot be used at all."""
    from provenance.trust_check import concerns

    if isinstance(found, Exception):
        return {"name": name, "problem": str(found), "concerns": []}
    listed = [{"grade": c.grade, "list": c.uri, "sentence": c.sentence} for c in concerns(found, now)]
    return {"name": name, "problem": None, "concerns": listed}


def lines_of_check(check: dict[str, Any]) -> Iterator[str]:
    """Yield the outcome of one check for a terminal."""
    if check["problem"]:
        yield f"{check['name']}: unusable: {printable(check['problem'])}"
    elif not check["concerns"]:
        yield f"{check['name']}: nothing to say against it"
    for concern in check["concerns"]:
        yield f"{check['name']}: {concern['grade']:5}  {concern['list']}: {printable(concern['sentence'])}"


def _purpose(one: TrustList) -> str:
    from provenance.trust_lists import IN_WORDS

    return IN_WORDS[one.purpose]


def _count(anchor: TrustAnchor) -> str:
    return str(len(anchor.certificates()))


def _state(one: TrustList, now: datetime) -> str:
    stale = one.stale(now)
    return f"STALE: {stale}" if stale else "frozen (legacy)" if one.legacy else "current" if one.date else "no date"
