"""Whether a rule binds at all: on the day of its anchor, under the production's agreements, where the use touches.

A rule's dates count against the day that the law or contract itself names (signature, fixation, start of
photography, ...), not always against the day that is judged. What decides and is not known makes the rule unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from policies.vocabulary import value_at, worded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.rule import Anchor, Rule

ANCHORS: Final[Mapping[Anchor, str | None]] = MappingProxyType(
    {
        "judged": None,
        "used": "use.date",
        "distributed": "use.first_distributed",
        "photographed": "production.photography_began",
        "signed": "replica.consent.signed",
        "fixed": "replica.fixed",
        "scanned": "replica.scanned",
        "captured": "performer.captured",
    }
)
"""Anchor -> the fact that holds its day; None: the day that is judged."""

# Treaty on European Union, Art. 52, as it stands since 1 February 2020; EEA Agreement, Art. 2.
_EU: Final = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905 - one line of codes reads better than 27 literals
)
_GROUPS: Final = {"EU": _EU, "EEA": _EU | {"IS", "LI", "NO"}}


@dataclass(frozen=True, slots=True)
class Limit:
    """Why a rule is not judged: it does not apply, or what decides that is missing."""

    outcome: Literal["not_applicable", "unknown"]
    why: str
    missing: tuple[str, ...] = ()


def in_force(rule: Rule, data: Mapping[str, Any], day: date) -> Limit | None:
    """Return why the rule's dates leave this out; None when it is in force on the day of its anchor."""
    if rule.in_force_from is None and rule.in_force_until is None:
        return None
    path = ANCHORS[rule.anchor]
    if path is not None:
        stated = value_at(data, path)
        if stated is None:
            return Limit("unknown", "", (path,))
        day = date.fromisoformat(str(stated)[:10])
    if rule.in_force(day):
        return None
    span = f"from {rule.in_force_from or 'the beginning'} until {rule.in_force_until or 'further notice'}"
    what = f"on {day}" if path is None else f"to what was {rule.anchor} on {day}"
    return Limit("not_applicable", f"does not apply {what}: it is in force {span}")


def bound(rule: Rule, data: Mapping[str, Any]) -> Limit | None:
    """Return why the production's agreements leave the rule out; None when one of them carries it."""
    if not rule.contracts:
        return None
    stated = value_at(data, "production.contracts")
    if stated is None:
        return Limit("unknown", "", ("production.contracts",))
    if set(stated) & set(rule.contracts):
        return None
    return Limit("not_applicable", f"does not apply: the production is not under {' or '.join(rule.contracts)}")


def placed(rule: Rule, data: Mapping[str, Any]) -> Limit | None:
    """Return why the places that the use touches leave the rule out; None when one of them is among its own."""
    if not rule.jurisdictions:
        return None
    stated = value_at(data, "production.jurisdictions")
    if stated is None:
        return Limit("unknown", "", ("production.jurisdictions",))
    if any(_touches(place, own) for place in stated for own in rule.jurisdictions):
        return None
    open_places = value_at(data, "production.jurisdictions_unknown")
    if open_places is None:
        return Limit("unknown", "", ("production.jurisdictions_unknown",))
    if open_places:
        why = (
            f"whether {' or '.join(rule.jurisdictions)} is among the places of the use is not known: nobody has named "
        )
        return Limit("unknown", why + ", ".join(worded(place) for place in open_places), ("production.jurisdictions",))
    return Limit("not_applicable", f"does not apply: the use touches none of {', '.join(rule.jurisdictions)}")


def _touches(place: str, own: str) -> bool:
    """Return whether a place of the use and a place of a rule overlap: US and US-CA do, so do EU and DE."""
    if place == "WORLD" or place == own:
        return True
    if place.startswith(f"{own}-") or own.startswith(f"{place}-"):
        return True
    countries = {name.split("-")[0] for name in (place, own)}
    return any(name in _GROUPS and bool(countries & _GROUPS[name]) for name in (place, own))
