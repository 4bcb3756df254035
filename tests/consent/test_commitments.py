"""What a commitment binds: every column of a row and every part of an event, and nothing that a later version adds."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Integer, MetaData, String, Table

from consent.commitments import bound_rows, content_of, event_commitment, key_text, row_commitment, table_of, values_of
from consent.tables import GrantEventRow, KinshipRow, ReleaseRow

KEY, OTHER = b"k" * 32, b"o" * 32
NOW = datetime(2026, 9, 30, 12, tzinfo=UTC)
texts = st.text(max_size=8)
details = st.dictionaries(texts, texts, max_size=3)


def release(**changes: Any) -> ReleaseRow:
    given: dict[str, Any] = {
        "id": "R-00000001",
        "performer": "P-00000001",
        "signed_on": date(2026, 9, 1),
        "recorded": NOW,
    }
    return ReleaseRow(**(given | {"purposes": ["enrolment"]} | changes))


def committed(row: ReleaseRow, key: bytes = KEY) -> str:
    return row_commitment(key, table_of(row), values_of(row))


def test_every_change_of_a_column_gives_another_commitment() -> None:
    rows = [
        release(),
        release(id="R-00000002"),
        release(signed_on=date(2026, 9, 2)),
        release(expires_on=date(2026, 9, 1)),
        release(withdrawn_on=date(2026, 9, 1)),
        release(jurisdiction=""),
        release(jurisdiction="2026-09-01"),
        release(purposes=[]),
        release(purposes=["enrolment", ""]),
        release(keeps_images=True),
        release(version=2),
        release(recorded=NOW + timedelta(microseconds=1)),
    ]
    assert len({committed(row) for row in rows}) == len(rows)
    assert committed(release(), OTHER) != committed(release())


def test_the_same_moment_in_another_zone_is_the_same_row() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=9)))
    assert committed(release(recorded=there)) == committed(release())


def test_a_column_that_a_later_version_adds_leaves_older_commitments_as_they_are() -> None:
    columns = [Column("id", String, primary_key=True), Column("name", String)]
    before = Table("thing", MetaData(), *columns)
    later = Table(
        "thing",
        MetaData(),
        Column("id", String, primary_key=True),
        Column("name", String),
        Column("added", String, nullable=True),
        Column("flag", Boolean, default=False),
        Column("version", Integer, default=1),
    )
    row = {"id": "1", "name": "x"}
    assert content_of(before, row) == content_of(later, row | {"added": None, "flag": False, "version": 1})
    assert content_of(before, row) != content_of(later, row | {"added": "", "flag": False, "version": 1})
    assert content_of(before, row) != content_of(later, row | {"added": None, "flag": True, "version": 1})


def test_a_row_is_named_by_its_table_and_the_whole_of_its_key() -> None:
    pair = KinshipRow(performer="P-00000001", other="P-00000002", kind="twin", recorded=NOW)
    step = GrantEventRow(sequence=7, grant="G-00000001", kind="given", on=date(2026, 9, 1), recorded=NOW)
    assert key_text(table_of(pair), values_of(pair)) == "P-00000001+P-00000002"
    (written, removed) = bound_rows(KEY, [pair], [step])
    assert written == ["kinship", "P-00000001+P-00000002", row_commitment(KEY, table_of(pair), values_of(pair))]
    assert removed == ["grant_event", "7", None]


@given(st.tuples(texts, texts, details), st.tuples(texts, texts, details))
def test_two_events_share_a_commitment_only_when_they_are_the_same(
    one: tuple[str, str, dict[str, str]], other: tuple[str, str, dict[str, str]]
) -> None:
    same = event_commitment(KEY, *one, []) == event_commitment(KEY, *other, [])
    assert same == (one == other)
    assert event_commitment(KEY, *one, []) != event_commitment(KEY, *one, [["release", "R-00000001", None]])
