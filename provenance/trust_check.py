"""What is wrong with a trust profile at a time, or soon will be: for whoever keeps it.

Standard: RFC 5280, section 4.1.2.5 (validity).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from cryptography.hazmat.primitives import hashes

from provenance.trust_lists import IN_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from cryptography import x509

    from provenance.trust import TrustAnchor, TrustList, TrustProfile

Grade = Literal["wrong", "note"]
SOON: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing to know about a list. wrong: it should not be relied on as it is; note: it may be as intended."""

    grade: Grade
    uri: str
    sentence: str


def concerns(profile: TrustProfile, now: datetime) -> tuple[Concern, ...]:
    """Return what is wrong with a profile at `now`, or will be soon, the grave first."""
    found: list[Concern] = []
    for anchor, one in zip(profile.anchors, profile.lists, strict=True):
        found += _of_age(one, now)
        found += _of_authorities(anchor, now)
    found += _overlaps(profile)
    return tuple(sorted(found, key=lambda concern: concern.grade != "wrong"))


def in_force(certificate: x509.Certificate, now: datetime) -> bool:
    """Return whether a certificate is valid at `now`."""
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def _of_age(one: TrustList, now: datetime) -> Iterator[Concern]:
    stale, soon = one.stale(now), one.stale(now + SOON)
    if stale is not None:
        yield Concern("wrong", one.uri, f"stale: {stale}; get the list anew and add it with --replace")
    elif soon is not None:
        yield Concern("note", one.uri, f"within {SOON.days} days it will be stale: {soon}")
    if one.date is None:
        yield Concern("note", one.uri, "it has no date, so nobody can tell whether it is current")
    elif one.date > now.date():
        yield Concern("wrong", one.uri, f"it is dated in the future, {one.date}")
    if one.legacy:
        yield Concern("note", one.uri, "frozen (legacy): it takes no new authorities, and mail certificates count")


def _of_authorities(anchor: TrustAnchor, now: datetime) -> Iterator[Concern]:
    for certificate in anchor.certificates():
        name, end = certificate.subject.rfc4514_string()[:120], certificate.not_valid_after_utc
        if now > end:
            yield Concern("wrong", anchor.uri, f"{name} expired {end:%Y-%m-%d}")
        elif now < certificate.not_valid_before_utc:
            yield Concern("note", anchor.uri, f"{name} is not valid before {certificate.not_valid_before_utc:%Y-%m-%d}")
        elif now + SOON > end:
            yield Concern("note", anchor.uri, f"{name} expires {end:%Y-%m-%d}")


def _overlaps(profile: TrustProfile) -> Iterator[Concern]:
    where: dict[bytes, list[TrustAnchor]] = {}
    names: dict[bytes, str] = {}
    for anchor in profile.anchors:
        for certificate in anchor.certificates():
            digest = certificate.fingerprint(hashes.SHA256())
            where.setdefault(digest, []).append(anchor)
            names[digest] = certificate.subject.rfc4514_string()[:120]
    for digest, anchors in where.items():
        kinds = dict.fromkeys(anchor.kind for anchor in anchors)
        if len(kinds) > 1:
            purposes = " and for ".join(IN_WORDS[kind] for kind in kinds)
            yield Concern("note", anchors[0].uri, f"{names[digest]} is listed for {purposes}: overlapping purposes")
        elif len(anchors) > 1:
            yield Concern("note", anchors[0].uri, f"{names[digest]} is also on {anchors[1].uri}")
