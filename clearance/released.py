"""What the registry knows about the faces it keeps, as facts: under which release, since when, until when.

The terms that laws set are judged in the BIO pack; here are the days from which they count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.person_facts import PerformerFacts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from consent.biometrics import Dealings
    from consent.values import BiometricRelease


def performer_facts(
    ref: str, releases: Sequence[BiometricRelease], dealings: Dealings, *, templates_kept: bool, today: date
) -> PerformerFacts:
    """Return the facts of one performer whose templates are used, on the day of the check.

    releases: by day of signature. The one that counts is the last in force; where none is, the last that was.
    """
    standing = [release for release in releases if release.in_force(today)]
    counts = (standing or [*releases])[-1:]
    release = counts[0] if counts else None
    ended = release.purpose_ended_on if release is not None else None
    if ended is not None and ended > today:
        ended = None
    withdrawn = any(each.withdrawn_on is not None and each.withdrawn_on <= today for each in releases)
    return PerformerFacts.model_validate(
        {
            "ref": ref,
            "release_in_force": bool(standing),
            "release_jurisdiction": release.jurisdiction if release is not None else None,
            "captured": dealings.captured,
            "basis": _basis(standing),
            # Whoever withdrew one release and signed another has agreed again.
            "withdrawn": withdrawn and not standing,
            "templates_kept": templates_kept,
            "last_interaction": dealings.last_interaction,
            "days_since_interaction": max(0, (today - dealings.last_interaction).days),
            "purpose_ended": ended,
            "days_since_purpose": (today - ended).days if ended is not None else None,
        }
    )


def _basis(standing: Sequence[BiometricRelease]) -> str:
    """Return the legal basis of the templates.

    A signed release that names what faces are compared for is an express statement for a specific purpose (GDPR 4(11)
    and 9(2)(a); EDPB Guidelines 05/2020, 93). Without a purpose it is a release and no more.
    """
    if not standing:
        return "none"
    return "explicit consent" if standing[-1].purposes else "release"
