"""The life of a grant and of a release: what stands on a day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import pytest

from consent.grant import Grant, GrantEvent, Status
from consent.values import BiometricRelease

DAY = date(2027, 1, 10)


@pytest.mark.parametrize(
    ("steps", "day", "status"),
    [
        ([], DAY, None),
        ([("requested", DAY)], DAY, "requested"),
        ([("given", DAY)], date(2027, 1, 9), None),
        ([("given", DAY), ("suspended", date(2027, 2, 1))], date(2027, 1, 31), "given"),
        ([("given", DAY), ("suspended", date(2027, 2, 1))], date(2027, 2, 1), "suspended"),
        ([("given", DAY), ("suspended", DAY), ("resumed", DAY)], DAY, "given"),
        ([("requested", DAY), ("resumed", DAY)], DAY, "requested"),
        ([("given", DAY), ("withdrawn", DAY), ("resumed", date(2027, 3, 1))], date.max, "withdrawn"),
        ([("suspended", date(2027, 2, 1)), ("given", DAY)], date(2027, 1, 15), "given"),
    ],
)
def test_the_status_follows_the_events_up_to_the_day(
    given_grant: Callable[..., Grant],
    now: datetime,
    steps: list[tuple[str, date]],
    day: date,
    status: Status | None,
) -> None:
    events = tuple(GrantEvent(kind, on, now) for kind, on in steps)  # type: ignore[arg-type]  # parametrised words
    assert replace(given_grant(), events=events).status_on(day) == status


@pytest.mark.parametrize(
    ("day", "holds"),
    [
        (date(2026, 12, 31), False),
        (date(2027, 1, 1), True),
        (date(2027, 6, 30), True),
        (date(2027, 7, 1), False),
    ],
)
def test_a_release_holds_from_its_signature_to_its_last_day(day: date, holds: bool) -> None:
    release = BiometricRelease(
        id="R-00000001", performer="P-00000001", signed_on=date(2027, 1, 1), expires_on=date(2027, 6, 30)
    )
    assert release.in_force(day) is holds


def test_a_withdrawn_release_does_not_hold_on_the_day_of_withdrawal() -> None:
    release = BiometricRelease(id="R-00000001", performer="P-00000001", signed_on=date(2027, 1, 1), withdrawn_on=DAY)
    assert release.in_force(date(2027, 1, 9))
    assert not release.in_force(DAY)
