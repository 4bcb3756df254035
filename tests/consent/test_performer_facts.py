"""What is stated about performers: what is refused, what is sealed, and what was known before."""

import sqlite3
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.errors import RecordInvalid
from consent.foreign_ids import foreign_id
from consent.registry import Registry
from consent.values import Performer

AUTHORITY = "ab" * 32


def test_every_fact_comes_back_as_stated(registry: Registry, now: datetime) -> None:
    added = registry.add_performer(
        "Bo Reyes",
        now=now,
        birth_years="1980-1989",
        minor_until=date(2030, 1, 1),
        guardian_authority=AUTHORITY.upper(),
        deceased_on=date(2026, 5, 1),
        domicile_at_death="us-ny",
        estate_role="estate",
        estate_authority=AUTHORITY,
        estate_survivorship="survives",
        foreign_ids=["ISNI:0000 0001 2103 2683", "imdb:nm0000001", "union.sag-aftra:123"],
    )
    assert registry.performer(added.ref) == added
    assert registry.performers() == (added,)
    assert added.minor is True
    assert added.guardian_authority == AUTHORITY
    assert added.domicile_at_death == "US-NY"
    assert added.foreign_ids == (
        ("imdb", "nm0000001"),
        ("isni", "0000000121032683"),
        ("union.sag-aftra", "123"),
    )


def test_names_of_guardians_and_estates_are_sealed_like_the_legal_name(
    registry: Registry, home: Path, now: datetime
) -> None:
    added = registry.add_performer("Bo", legal_name="Robert", guardian_name="Quuxley", estate_contact="zork@x", now=now)
    registry.update_performer(added.ref, guardian_contact="fnord@x", now=now)
    opened = registry.open_identity(added.ref, operator="legal-1", now=now)
    assert (opened.legal_name, opened.guardian_name, opened.guardian_contact) == ("Robert", "Quuxley", "fnord@x")
    assert opened == registry.identity(added.ref)
    newest = registry.events(1)[0]
    assert (newest.kind, newest.subject, newest.detail) == ("identity-opened", added.ref, (("operator", "legal-1"),))
    registry.close()
    for file in home.rglob("*.db*"):
        content = file.read_bytes()
        assert not [name for name in (b"Quuxley", b"zork", b"fnord", b"Robert") if name in content]


def test_who_opens_an_identity_is_an_account_and_no_name(
    registry: Registry, performer: Performer, now: datetime
) -> None:
    with pytest.raises(RecordInvalid, match="operator"):
        registry.open_identity(performer.ref, operator="Jo Smith", now=now)


def test_what_is_not_restated_stays_and_none_takes_a_fact_back(registry: Registry, now: datetime) -> None:
    added = registry.add_performer("Bo", domicile="DE", unions=["A"], foreign_ids=["hand:x1"], now=now)
    after = registry.update_performer(added.ref, domicile="FR", now=now)
    assert (after.domicile, after.unions, after.foreign_ids) == ("FR", ("A",), (("hand", "x1"),))
    cleared = registry.update_performer(added.ref, domicile=None, unions=[], foreign_ids=["hcid:y"], now=now)
    assert (cleared.domicile, cleared.unions, cleared.foreign_ids) == (None, (), (("hcid", "y"),))
    assert registry.performer(added.ref) == cleared


def test_a_change_alters_the_state_and_what_was_known_before_stays(registry: Registry, now: datetime) -> None:
    added = registry.add_performer("Bo", domicile="DE", now=now)
    before = registry.ledger.size()
    later = now + timedelta(days=2)
    registry.update_performer(added.ref, deceased_on=now.date(), domicile="FR", now=later)
    assert registry.ledger.size() == before + 1
    known = registry.performer(added.ref, known_at=now + timedelta(days=1))
    assert (known.domicile, known.deceased_on) == ("FR", None)
    assert registry.performer(added.ref, known_at=later).deceased_on == now.date()


def test_a_performer_from_before_versions_keeps_what_was_known(registry: Registry, home: Path, now: datetime) -> None:
    added = registry.add_performer("Bo", minor=True, now=now)
    with closing(sqlite3.connect(home / "registry.db")) as database, database:
        database.execute("DROP TRIGGER performer_version_no_delete")
        database.execute("DELETE FROM performer_version")
    assert registry.performer(added.ref, known_at=now) == added
    registry.update_performer(added.ref, minor=False, now=now + timedelta(days=1))
    assert registry.performer(added.ref, known_at=now).minor is True
    assert registry.performer(added.ref).minor is False


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"deceased_on": date(2027, 1, 1)}, "future"),
        ({"domicile_at_death": "DE"}, "day of death"),
        ({"birth_years": "1980"}, "band"),
        ({"birth_years": "1950-1999"}, "band"),
        ({"birth_years": "1989-1980"}, "band"),
        ({"guardian_authority": "abc"}, "authority"),
        ({"estate_role": "cousin"}, "estate"),
        ({"estate_survivorship": "maybe"}, "survives"),
        ({"domicile_at_death": "Narnia", "deceased_on": date(2026, 1, 1)}, "territory"),
        ({"foreign_ids": ["isni:0000000121032684"]}, "check character"),
        ({"foreign_ids": ["imdb:tt0000001"]}, "IMDb"),
        ({"foreign_ids": ["passport:1"]}, "scheme"),
        ({"foreign_ids": ["hand:a b"]}, "one word"),
    ],
)
def test_a_fact_that_cannot_be_is_refused_and_nothing_is_kept(
    registry: Registry, performer: Performer, now: datetime, facts: dict[str, object], why: str
) -> None:
    before = registry.performer(performer.ref)
    with pytest.raises(RecordInvalid, match=why):
        registry.update_performer(performer.ref, now=now, **facts)  # type: ignore[arg-type]  # faulty on purpose
    with pytest.raises(RecordInvalid, match=why):
        registry.add_performer("Bo", now=now, **facts)  # type: ignore[arg-type]  # faulty on purpose
    assert registry.performer(performer.ref) == before
    assert len(registry.performers()) == 1


def test_an_identifier_is_of_one_performer_alone(registry: Registry, performer: Performer, now: datetime) -> None:
    registry.update_performer(performer.ref, foreign_ids=["imdb:nm1234567"], now=now)
    with pytest.raises(RecordInvalid, match=performer.ref):
        registry.add_performer("Bo", foreign_ids=["IMDB:nm1234567"], now=now)
    registry.update_performer(performer.ref, foreign_ids=[], now=now)
    registry.add_performer("Bo", foreign_ids=["imdb:nm1234567"], now=now)


@given(st.text(max_size=40) | st.from_regex(r"(isni|imdb|hand|hcid|union\.[a-z]{1,4}):.{0,20}", fullmatch=True))
def test_whatever_is_written_is_an_identifier_or_refused(text: str) -> None:
    try:
        scheme, value = foreign_id(text)
    except RecordInvalid:
        return
    assert foreign_id(f"{scheme}:{value}") == (scheme, value)


@given(st.integers(0, 10**15 - 1), st.integers(0, 15), st.integers(1, 9))
def test_one_wrong_digit_of_an_isni_is_found(number: int, place: int, shift: int) -> None:
    found = []
    for check in "0123456789X":
        try:
            found.append(foreign_id(f"isni:{number:015}{check}")[1])
        except RecordInvalid:
            continue
    (isni,) = found
    digit = "0123456789X".index(isni[place])
    wrong = isni[:place] + str((digit + shift) % 10) + isni[place + 1 :]
    if wrong != isni:
        with pytest.raises(RecordInvalid):
            foreign_id(f"isni:{wrong}")
