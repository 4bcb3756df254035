"""What is remarkable about a grant beside the others of its performer: recorded as agreed, and pointed out.

Pure. A flag refuses nothing: contracts contradict each other, and the record must say what was signed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Final, Literal, TypeAlias

from consent.coverage import same_name
from consent.grant import ANY, Grant, Scope, Terms, TrainingUse
from consent.territory import WORLD, inside

FlagKind: TypeAlias = Literal["boundless", "contradiction", "overlap"]

_LISTED: Final = ("projects", "characters", "use_categories", "media", "replica_kinds", "modalities")
_TERMS: Final = ("form", "prohibitions", "approvals", "training_use", "survivorship", "pay_status")


@dataclass(frozen=True, slots=True)
class Flag:
    """One remark; other is the grant that it concerns besides, if any."""

    kind: FlagKind
    why: str
    other: str | None = None


def flags_of(grant: Grant, others: Iterable[Grant], on: date) -> tuple[Flag, ...]:
    """Return the remarks on a grant among the performer's other grants, as they stand on a day."""
    found = [_boundless(grant.scope)]
    if grant.standing_on(on) == "given":
        beside = (o for o in others if o.id != grant.id and o.performer == grant.performer)
        found += [_beside(grant.as_of(on), other.as_of(on)) for other in beside if other.standing_on(on) == "given"]
    return tuple(flag for flag in found if flag is not None)


def _boundless(scope: Scope) -> Flag | None:
    world = scope.territories is ANY or (isinstance(scope.territories, tuple) and WORLD in scope.territories)
    if world and scope.media is ANY and scope.expires_on is ANY:
        why = "All media, everywhere, without end: a rule will question whether the description is specific."
        return Flag("boundless", why)
    return None


def _beside(grant: Grant, other: Grant) -> Flag | None:
    if not _overlap(grant.scope, other.scope):
        return None
    contradicted = _training_conflicts(grant.training_use, other.training_use)
    prohibited = _prohibited_and_granted(grant, other) | _prohibited_and_granted(other, grant)
    if contradicted or prohibited:
        what = ", ".join([*sorted(prohibited), *(f"training_use.{term}" for term in contradicted)])
        why = f"{other.id} is in force for the same scope, and one rules out what the other permits: {what}."
        return Flag("contradiction", why, other.id)
    different = [name for name in _TERMS if getattr(grant, name) != getattr(other, name)]
    if different:
        why = f"{other.id} is in force for the same scope on other terms: {', '.join(different)}."
        return Flag("overlap", why, other.id)
    return Flag("overlap", f"{other.id} is in force for the same scope on the same terms.", other.id)


def _prohibited_and_granted(one: Grant, other: Grant) -> set[str]:
    """Return what one prohibits that the other names among the uses it grants."""
    granted = {
        same_name(name)
        for terms in (other.scope.use_categories, other.scope.media, other.scope.modalities, other.scope.replica_kinds)
        if isinstance(terms, tuple)
        for name in terms
    }
    return {name for name in one.prohibitions if same_name(name) in granted}


def _training_conflicts(one: TrainingUse, other: TrainingUse) -> list[str]:
    pairs = {field.name: {getattr(one, field.name), getattr(other, field.name)} for field in fields(TrainingUse)}
    return [name for name, stated in pairs.items() if stated == {"allowed", "notAllowed"}]


def _overlap(one: Scope, other: Scope) -> bool:
    """Return whether both could cover one use; what is not stated overlaps with nothing."""
    if not all(_share(getattr(one, name), getattr(other, name)) for name in _LISTED):
        return False
    here, there = one.territories, other.territories
    if not isinstance(here, tuple) or not isinstance(there, tuple):
        return here is not None and there is not None
    return any(inside(code, frozenset(there)) for code in here) or any(inside(code, frozenset(here)) for code in there)


def _share(one: Terms, other: Terms) -> bool:
    if one is None or other is None:
        return False
    if not isinstance(one, tuple) or not isinstance(other, tuple):
        return True
    return not {same_name(name) for name in one}.isdisjoint(same_name(name) for name in other)
