"""Whether the grants of a performer cover a use, dimension by dimension, with a sentence for each.

Pure: no database, no clock. Three-valued logic (Kleene): "covered" needs both sides stated, except that
a grant for "any" covers whatever the use turns out to be. One grant must cover the use by itself; two
grants are never added up, because each carries its own conditions.
"""

import calendar
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime

from consent import authority, territory
from consent.answer import ConsentAnswer, Dimension, DimensionAnswer, GrantAnswer, Outcome, Use
from consent.grant import ANY, Every, Grant, Terms
from consent.values import Performer

_SHOWN = 6


def assess(
    performer_ref: str,
    grants: Iterable[Grant],
    use: Use,
    *,
    performer: Performer | None = None,
    known_at: datetime | None = None,
) -> ConsentAnswer:
    """Return what each of the performer's grants says about the use, best first.

    Each grant is read in the version that holds on the day of the use; grants of other performers are left
    out. performer: what is known of minority, death and authority; without it nothing is said of them.
    known_at is passed on. Best is: covered, then the fewest dimensions not covered, then the fewest
    unknown, then the one signed last.
    """
    of_performer = (grant.as_of(use.date) for grant in grants if grant.performer == performer_ref)
    answers = [_answer(grant, use, performer) for grant in of_performer]
    answers.sort(key=lambda answer: (-answer.grant.signed_on.toordinal(), answer.grant.id))
    answers.sort(key=_distance)
    return ConsentAnswer(performer_ref, use, tuple(answers), known_at)


def same_name(text: str) -> str:
    """Return the form in which names are compared: casefolded, white space collapsed."""
    return " ".join(text.split()).casefold()


def _distance(answer: GrantAnswer) -> tuple[int, int]:
    outcomes = [dimension.outcome for dimension in answer.dimensions]
    return outcomes.count("not_covered"), outcomes.count("unknown")


def _answer(grant: Grant, use: Use, performer: Performer | None) -> GrantAnswer:
    scope = grant.scope
    dimensions = [_status(grant, use.date), _term(grant, use.date)]
    listed: tuple[tuple[Dimension, str, Terms, tuple[str, ...] | None], ...] = (
        ("project", "projects", scope.projects, _one(use.project)),
        ("use_category", "use_categories", scope.use_categories, use.use_categories),
        ("medium", "media", scope.media, use.media),
        ("territory", "territories", scope.territories, use.territories),
        ("character", "characters", scope.characters, _one(use.character)),
        ("scene", "scenes", scope.scenes, use.scenes),
        ("replica_kind", "replica_kinds", scope.replica_kinds, _one(use.replica_kind)),
        ("modality", "modalities", scope.modalities, use.modalities),
    )
    for dimension, field, granted, requested in listed:
        judge = _territory if dimension == "territory" else _name
        dimensions.append(_listed(grant, dimension, field, granted, requested, judge))
    # A grant that names no advertiser or product sets no limit by them.
    if scope.advertiser is not None:
        limit, asked = (scope.advertiser,), _one(use.advertiser)
        dimensions.append(_listed(grant, "advertiser", "advertiser", limit, asked, _name))
    if scope.product is not None:
        limit, asked = (scope.product,), _one(use.product)
        dimensions.append(_listed(grant, "product", "product", limit, asked, _name))
    dimensions += _conditions(grant, use)
    if performer is not None:
        dimensions += _person(grant, use, performer)
    return GrantAnswer(grant, tuple(dimensions))


def _conditions(grant: Grant, use: Use) -> Iterator[DimensionAnswer]:
    """Yield the answers of limits that bind only where they are stated: the period of use, and sequels."""
    months = grant.scope.mpu_months
    if months is not None:
        start = grant.scope.starts_on or grant.given_on
        end = months_after(start, months)
        # It counts from the first use, which is no earlier than the start; beyond, only the first use decides.
        outcome: Outcome = "covered" if use.date < end else "unknown"
        why = f"The period of use is {months} months from the first use, which is {start} or later"
        yield DimensionAnswer(
            "period_of_use", outcome, f"{why}; the use is on {use.date}.", f"{grant.id} scope.mpu_months"
        )
    if use.sequel:
        said = grant.scope.sequels
        outcome = "unknown" if said is None else "covered" if said == "included" else "not_covered"
        why = f"The use is in a sequel; sequels are {said or 'not mentioned in the grant'}."
        yield DimensionAnswer("sequel", outcome, why, f"{grant.id} scope.sequels")


def months_after(day: date, months: int) -> date:
    """Return the day that lies so many months later; in a shorter month its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def _person(grant: Grant, use: Use, performer: Performer) -> Iterator[DimensionAnswer]:
    """Yield the answers about whoever signed and about the performer's death, where there is something to say."""
    signed = authority.authority(grant, performer, use.date)
    if signed is not None:
        yield DimensionAnswer("authority", *signed, f"{grant.id} signatory")
    survives = authority.survival(grant, performer, use.date)
    if survives is not None:
        yield DimensionAnswer("survivorship", *survives, f"{grant.id} survivorship")


def _one(value: str | None) -> tuple[str, ...] | None:
    return None if value is None else (value,)


def _status(grant: Grant, day: date) -> DimensionAnswer:
    status = grant.status_on(day)
    clause = f"{grant.id} status"
    if status is None:
        why = f"The grant was signed on {grant.given_on}; on {day}, the day of the use, nothing was agreed."
        return DimensionAnswer("status", "not_covered", why, clause)
    outcome: Outcome = "covered" if status == "given" else "not_covered"
    why = f"The use is on {day}, when the grant stood as {status}"
    last = [event for event in grant.events if event.on <= day and event.kind == status]
    if last and status != "given":
        why += f" since {last[-1].on}"
        why += f" ({last[-1].reason})" if last[-1].reason else ""
        why += f"; {last[-1].by} took its place" if last[-1].by else ""
    return DimensionAnswer("status", outcome, f"{why}.", clause)


def _term(grant: Grant, day: date) -> DimensionAnswer:
    scope = grant.scope
    start = scope.starts_on or grant.given_on
    if day < start:
        why = f"The grant starts on {start}; the use is earlier, on {day}."
        return DimensionAnswer("term", "not_covered", why, f"{grant.id} scope.starts_on")
    clause = f"{grant.id} scope.expires_on"
    if scope.expires_on is None:
        why = f"The grant starts on {start} and does not state when it ends; the use is on {day}."
        return DimensionAnswer("term", "unknown", why, clause)
    if isinstance(scope.expires_on, Every):
        why = f"The grant runs from {start} without end; the use is on {day}."
        return DimensionAnswer("term", "covered", why, clause)
    if day > scope.expires_on:
        why = f"The grant expired on {scope.expires_on}; the use is later, on {day}."
        return DimensionAnswer("term", "not_covered", why, clause)
    why = f"The grant runs from {start} to {scope.expires_on}; the use is on {day}."
    return DimensionAnswer("term", "covered", why, clause)


def _listed(
    grant: Grant,
    dimension: Dimension,
    field: str,
    granted: Terms,
    requested: tuple[str, ...] | None,
    judge: Callable[[str, tuple[str, ...]], Outcome],
) -> DimensionAnswer:
    """Return the answer of a dimension that lists names: each requested one must be among the granted."""
    word = dimension.replace("_", " ")
    clause = f"{grant.id} scope.{field}"
    use_side = f"the use names {_joined(requested)}" if requested else f"the use names no {word}"
    if granted is ANY or (dimension == "territory" and _is_world(granted)):
        return DimensionAnswer(dimension, "covered", f"The grant covers any {word}; {use_side}.", clause)
    if not isinstance(granted, tuple):
        why = f"The grant does not say which {word} it covers; {use_side}."
        return DimensionAnswer(dimension, "unknown", why, clause)
    grant_side = f"The grant covers {word} {_joined(granted)}"
    if not requested:
        return DimensionAnswer(dimension, "unknown", f"{grant_side}; {use_side}.", clause)
    outcomes = {name: judge(name, granted) for name in requested}
    for outcome, remark in (("not_covered", "not covered"), ("unknown", "not a territory code we know")):
        failing = tuple(name for name, each in outcomes.items() if each == outcome)
        if failing:
            why = f"{grant_side}; {use_side}: {_joined(failing)} is {remark}."
            return DimensionAnswer(dimension, outcomes[failing[0]], why, clause)
    return DimensionAnswer(dimension, "covered", f"{grant_side}; {use_side}.", clause)


def _name(requested: str, granted: tuple[str, ...]) -> Outcome:
    return "covered" if same_name(requested) in {same_name(name) for name in granted} else "not_covered"


def _territory(requested: str, granted: tuple[str, ...]) -> Outcome:
    code = territory.recognised(requested)
    if code is None:
        return "unknown"
    return "covered" if territory.inside(code, _codes(granted)) else "not_covered"


def _is_world(granted: Terms) -> bool:
    return isinstance(granted, tuple) and territory.WORLD in _codes(granted)


def _codes(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(code for code in map(territory.recognised, names) if code is not None)


def _joined(names: tuple[str, ...]) -> str:
    shown = list(names[:_SHOWN])
    if len(names) > _SHOWN:
        shown.append(f"{len(names) - _SHOWN} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else "nothing"
