"""How long a template may be kept: per jurisdiction, from which day, and the clause that says so.

A schedule in the sense of BIPA 15(a): known before anything is collected. Where the law is unknown or has no row
here, the strictest of all rows holds. Not legal advice; counsel may shorten a term by ending the purpose.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from consent import territory
from consent.values import BiometricRelease


@dataclass(frozen=True, slots=True)
class RetentionLaw:
    """The terms of one law, in years; None where it sets none."""

    places: frozenset[str]
    years_after_purpose: int
    years_after_interaction: int | None
    citation: str


LAWS: Final = (
    RetentionLaw(
        frozenset({"US-IL"}),
        years_after_purpose=0,
        years_after_interaction=3,
        citation="BIPA, 740 ILCS 14/15(a): when the purpose is met, or within 3 years of the last interaction",
    ),
    RetentionLaw(
        frozenset({"US-TX"}),
        years_after_purpose=1,
        years_after_interaction=None,
        citation="Tex. Bus. & Com. Code 503.001(c)(3): by the first anniversary of the purpose's end",
    ),
    RetentionLaw(
        frozenset({"US-WA"}),
        years_after_purpose=0,
        years_after_interaction=None,
        citation="RCW 19.375.020(4): no longer than reasonably necessary for the purpose",
    ),
    RetentionLaw(
        territory.GROUPS["EEA"] | {"EU", "EEA", "GB"},
        years_after_purpose=0,
        years_after_interaction=None,
        citation="GDPR Art. 5(1)(e) and 17(1)(a): no longer than necessary for the purpose",
    ),
)
STRICTEST: Final = RetentionLaw(
    frozenset(),
    years_after_purpose=0,
    years_after_interaction=3,
    citation="no law is named or known here; the strictest terms of those known",
)
_WITHDRAWN: Final = "GDPR Art. 7(3) and 17(1)(b), BIPA 15(a): consent was withdrawn"


@dataclass(frozen=True, slots=True)
class Due:
    """The day from which a template must be gone, why, and the clause; day is None while nothing limits it."""

    on: date | None
    why: str
    citation: str

    def reached(self, today: date) -> bool:
        """Return whether it must be gone by today."""
        return self.on is not None and self.on <= today


def law_of(jurisdiction: str | None) -> RetentionLaw:
    """Return the law of a jurisdiction, by its code or its country's; the strictest terms where none is known."""
    if jurisdiction is None:
        return STRICTEST
    found = [law for law in LAWS if jurisdiction in law.places or jurisdiction.split("-")[0] in law.places]
    return found[0] if found else STRICTEST


def schedule(jurisdiction: str | None) -> str:
    """Return what a release's receipt says about how long its templates are kept, in one sentence with its clause."""
    law = law_of(jurisdiction)
    said = "face templates are searched until the release expires or is withdrawn, and not a day longer; they are "
    said += "destroyed at once when it is withdrawn, "
    if law.years_after_purpose:
        said += f"{_counted(law.years_after_purpose)} after it has expired or its purpose is met"
    else:
        said += "else when it has expired or its purpose is met"
    if law.years_after_interaction is not None:
        said += f", and at the latest {_counted(law.years_after_interaction)} after the last interaction"
    return f"{said} ({law.citation})"


def _counted(years: int) -> str:
    return f"{years} year{'s' * (years != 1)}"


def due(release: BiometricRelease, last_interaction: date) -> Due:
    """Return when what rests on one release must be gone: the first day that any clause names."""
    law = law_of(release.jurisdiction)
    days = [Due(None, "the release is in force and its purpose goes on", law.citation)]
    if release.withdrawn_on is not None:
        days.append(Due(release.withdrawn_on, "the release was withdrawn", _WITHDRAWN))
    ends = [
        (release.purpose_ended_on, "the purpose was met"),
        (release.expires_on, "the release expired"),
    ]
    for ended, why in ends:
        if ended is not None:
            # The last day still belongs to the purpose.
            day = _years_after(ended, law.years_after_purpose) + timedelta(days=not law.years_after_purpose)
            days.append(Due(day, f"{why} on {ended}", law.citation))
    if law.years_after_interaction is not None:
        day = _years_after(last_interaction, law.years_after_interaction)
        days.append(Due(day, f"the last interaction was on {last_interaction}", law.citation))
    return min(days, key=lambda each: each.on or date.max)


def due_of_template(release: str, releases: Sequence[BiometricRelease], last_interaction: date) -> Due:
    """Return when a template that was made under one release of a performer must be gone.

    A withdrawn release takes its templates with it; one that ended otherwise may have been renewed by another, and
    then the latest day counts.
    """
    own = next(each for each in releases if each.id == release)
    if own.withdrawn_on is not None:
        return due(own, last_interaction)
    lasting = [due(each, last_interaction) for each in releases if each.withdrawn_on is None]
    return max(lasting, key=lambda each: each.on or date.max)


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        # 29 February, or beyond the calendar: the day before, so that no term grows.
        return date(day.year + years, 2, 28) if day.year + years <= date.max.year else date.max
