"""Twins and relatives are marked in pairs, for both of them, and the mark is on the record."""

from datetime import datetime
from pathlib import Path

import pytest

from consent.errors import RecordInvalid, UnknownPerformer
from consent.registry import Registry
from consent.values import Performer

pytestmark = pytest.mark.both_databases


@pytest.fixture
def twin(registry: Registry, now: datetime) -> Performer:
    return registry.add_performer("Bea Vale", now=now)


def test_a_mark_holds_for_both_and_survives_closing(
    registry: Registry, performer: Performer, twin: Performer, now: datetime, home: Path, url: str | None
) -> None:
    assert registry.relatives() == {}
    registry.mark_relatives(twin.ref, performer.ref, "twin", now=now)
    registry.close()
    with Registry.open(home, url) as reopened:
        assert reopened.relatives() == {performer.ref: frozenset({twin.ref}), twin.ref: frozenset({performer.ref})}


def test_marking_again_changes_the_kind_and_the_state_of_the_registry(
    registry: Registry, performer: Performer, twin: Performer, now: datetime
) -> None:
    before = registry.ledger.checkpoint(now)
    registry.mark_relatives(performer.ref, twin.ref, "relative", now=now)
    marked = registry.ledger.checkpoint(now)
    registry.mark_relatives(twin.ref, performer.ref, "twin", now=now)
    assert len({before, marked, registry.ledger.checkpoint(now)}) == 3
    assert len(registry.relatives()) == 2
    (latest, *_) = registry.events()
    assert (latest.kind, dict(latest.detail)["kind"]) == ("relatives-marked", "twin")


def test_nobody_is_a_relative_of_oneself_or_of_a_stranger(
    registry: Registry, performer: Performer, now: datetime
) -> None:
    with pytest.raises(RecordInvalid, match="itself"):
        registry.mark_relatives(performer.ref, performer.ref, "twin", now=now)
    with pytest.raises(UnknownPerformer, match="P-NOBODY00"):
        registry.mark_relatives(performer.ref, "P-NOBODY00", "twin", now=now)
    with pytest.raises(RecordInvalid, match="look-alike"):
        registry.mark_relatives(performer.ref, performer.ref[:-1], "cousin", now=now)  # type: ignore[arg-type] # wrong
    assert registry.relatives() == {}
