"""Reference pictures are kept only where the release allows it, sealed, and handed out for a model that lacks them."""

from datetime import date, datetime
from pathlib import Path

import pytest

from consent.errors import RecordInvalid
from consent.registry import Registry
from consent.values import NewTemplate, Performer

DAY = date(2026, 9, 30)
PICTURE = b"the whole file of a portrait, " * 40


def kept(model_key: str) -> NewTemplate:
    return NewTemplate(b"\1" * 64, model_key, "cd" * 32, "usable", PICTURE)


def test_a_picture_is_refused_where_the_release_does_not_allow_it_and_nothing_is_enrolled(
    registry: Registry, performer: Performer, now: datetime
) -> None:
    registry.add_release(performer.ref, signed_on=DAY, jurisdiction="US-IL", purposes=["matching"], now=now)
    with pytest.raises(RecordInvalid, match="does not allow reference pictures"):
        registry.enrol(performer.ref, [kept("model@1")], on=DAY, now=now)
    assert registry.template_count(performer.ref) == 0


def test_a_kept_picture_comes_back_for_another_model_until_that_has_its_template(
    registry: Registry, performer: Performer, now: datetime
) -> None:
    registry.add_release(
        performer.ref, signed_on=DAY, jurisdiction="US-IL", purposes=["matching"], keeps_images=True, now=now
    )
    registry.enrol(performer.ref, [kept("model@1"), kept("model@1")], on=DAY, now=now)
    assert registry.kept_images(without="model@1", on=DAY) == ()
    (image,) = registry.kept_images(without="model@2", on=DAY)
    assert (image.performer, image.image) == (performer.ref, PICTURE)
    assert "portrait" not in repr(image)
    registry.enrol(performer.ref, [kept("model@2")], on=DAY, now=now)
    assert registry.kept_images(without="model@2", on=DAY) == ()


def test_a_picture_is_not_handed_out_once_the_release_has_ended(
    registry: Registry, performer: Performer, now: datetime
) -> None:
    registry.add_release(
        performer.ref,
        signed_on=DAY,
        jurisdiction="US-IL",
        purposes=["matching"],
        expires_on=DAY,
        keeps_images=True,
        now=now,
    )
    registry.enrol(performer.ref, [kept("model@1")], on=DAY, now=now)
    assert registry.kept_images(without="model@2", on=date(2026, 10, 1)) == ()


def test_a_kept_picture_is_nowhere_in_the_files_of_the_home(
    registry: Registry, performer: Performer, now: datetime, home: Path
) -> None:
    registry.add_release(
        performer.ref, signed_on=DAY, jurisdiction="US-IL", purposes=["matching"], keeps_images=True, now=now
    )
    registry.enrol(performer.ref, [kept("model@1")], on=DAY, now=now)
    registry.close()
    files = [path for path in home.rglob("*") if path.is_file()]
    assert len(files) >= 3
    assert not [path for path in files if PICTURE[:24] in path.read_bytes()]
