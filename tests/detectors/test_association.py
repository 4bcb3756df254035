"""Faces become people: by place and likeness within a shot, by likeness across shots, never two at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.association import Association
from detectors.tracks import Sighting
from detectors.values import Appearance, Box, Face, Quality, Vector

LOOK = np.eye(1, 576, dtype=np.float32)[0]
NOBODY = np.zeros((5, 2), dtype=np.float32)


def person(number: int) -> Vector:
    """A direction of its own for each person."""
    vector = np.zeros(16, dtype=np.float32)
    vector[number] = 1.0
    return vector


def seen(vector: Vector | None, left: float = 0.0, *, rank: float = 1.0, width: float = 50.0) -> Sighting:
    """A face at a place."""
    level = Quality("usable" if vector is not None else "too_poor", (), width, 25.0, 0.2)
    return Sighting(Face(Box(left, 0.0, width, 60.0), NOBODY, 0.9), level, vector, rank, LOOK, f"{rank}".encode)


def watched(*samples: tuple[int, float, list[Sighting]]) -> tuple[Appearance, ...]:
    """The appearances after samples of (shot, time, faces); each picture stays for 0.04 s."""
    association = Association("key")
    for shot, time_s, sightings in samples:
        association.observe(sightings, shot=shot, time_s=time_s, end_s=time_s + 0.04)
    return association.appearances()


def test_a_face_that_stays_is_one_appearance_with_one_interval() -> None:
    (one,) = watched((0, 0.0, [seen(person(0))]), (0, 1.0, [seen(person(0), 10)]), (0, 2.0, [seen(person(0), 20)]))
    assert (one.id, one.frames, one.intervals) == ("A1", 3, ((0.0, 2.04),))
    assert one.template is not None
    assert one.template.model_key == "key"


def test_a_person_who_comes_back_in_a_later_shot_is_the_same_with_a_second_interval() -> None:
    people = watched(
        (0, 0.0, [seen(person(0))]), (1, 1.0, [seen(person(1))]), (2, 2.0, [seen(person(0), 300)]),
    )  # fmt: skip
    assert [p.intervals for p in people] == [((0.0, 0.04), (2.0, 2.04)), ((1.0, 1.04),)]


def test_two_faces_of_one_picture_are_never_one_person_however_alike() -> None:
    twins = [seen(person(0), 0), seen(person(0), 200)]
    people = watched((0, 0.0, twins), (1, 1.0, twins), (2, 2.0, twins))
    assert len(people) == 2
    assert [p.frames for p in people] == [3, 3]


def test_another_face_in_the_same_place_is_another_person() -> None:
    people = watched((0, 0.0, [seen(person(0))]), (0, 1.0, [seen(person(1))]))
    assert len(people) == 2


def test_a_face_that_moves_across_the_frame_is_followed_by_its_likeness() -> None:
    (one,) = watched((0, 0.0, [seen(person(0), 0)]), (0, 1.0, [seen(person(0), 120)]))
    assert one.frames == 2


def test_people_who_change_places_keep_their_identity() -> None:
    people = watched(
        (0, 0.0, [seen(person(0), 0), seen(person(1), 60)]),
        (0, 1.0, [seen(person(1), 0), seen(person(0), 60)]),
    )
    assert [p.frames for p in people] == [2, 2]
    templates = [p.template.vector.argmax() for p in people if p.template is not None]
    assert templates == [0, 1]


def test_a_face_missed_for_a_moment_within_a_shot_does_not_split_its_interval() -> None:
    (one,) = watched((0, 0.0, [seen(person(0))]), (0, 0.2, []), (0, 0.4, [seen(person(0))]))
    assert one.intervals == ((0.0, 0.44),)


def test_somebody_who_leaves_and_returns_within_a_shot_is_one_person_with_two_intervals() -> None:
    (one,) = watched((0, 0.0, [seen(person(0))]), (0, 1.0, []), (0, 2.0, [seen(person(0))]))
    assert one.intervals == ((0.0, 0.04), (2.0, 2.04))


def test_likeness_outweighs_the_place_where_two_people_cross() -> None:
    people = watched(
        (0, 0.0, [seen(person(0), 0), seen(person(1), 100)]),
        (0, 0.4, [seen(person(0), 40), seen(person(1), 60)]),
        # Behind the other one's back: one face is seen, too poor to compare, nearer to the wrong track.
        (0, 0.8, [seen(person(1), 45), seen(None, 62, rank=0.1)]),
        (0, 1.2, [seen(person(0), 100), seen(person(1), 0)]),
    )
    assert [p.template.vector.argmax() for p in people if p.template is not None] == [0, 1]
    assert len(people) == 2
    assert sum(p.frames for p in people) == 8


def test_only_a_lone_face_on_a_track_compared_a_moment_ago_is_plain_from_its_place() -> None:
    association = Association("key")
    for n in range(3):
        association.observe([seen(person(0))], shot=0, time_s=0.1 * n, end_s=0.1 * n + 0.04)
    here, beside = Box(4.0, 0.0, 50.0, 60.0), Box(50.0, 0.0, 50.0, 60.0)
    assert association.is_plain([here], 0, 0.5, LOOK, shot=0, time_s=0.4)
    assert not association.is_plain([here], 0, 1.5, LOOK, shot=0, time_s=0.4), "it would improve the template"
    assert not association.is_plain([here, beside], 0, 0.5, LOOK, shot=0, time_s=0.4), "somebody else is near"
    assert not association.is_plain([beside], 0, 0.5, LOOK, shot=0, time_s=0.4), "it lies elsewhere"
    assert not association.is_plain([here], 0, 0.5, LOOK, shot=1, time_s=0.4), "another shot"
    assert not association.is_plain([here], 0, 0.5, LOOK, shot=0, time_s=2.4), "too long ago"
    assert not association.is_plain([here], 0, 0.5, -LOOK, shot=0, time_s=0.4), "it looks different"


def test_a_face_too_poor_to_compare_continues_the_track_it_lies_on() -> None:
    (one,) = watched((0, 0.0, [seen(person(0))]), (0, 1.0, [seen(None, 3, rank=0.1)]))
    assert one.frames == 2


def test_a_face_that_is_always_too_poor_is_an_appearance_without_template() -> None:
    people = watched((0, 0.0, [seen(None)]), (1, 1.0, [seen(None)]))
    assert [p.template for p in people] == [None, None]


def test_the_best_face_gives_crop_box_and_time_and_the_best_three_give_the_template() -> None:
    weak = np.asarray((person(0) + person(1)) / np.sqrt(2), dtype=np.float32)
    (one,) = watched(
        (0, 0.0, [seen(weak, 0, rank=0.1)]),
        (0, 1.0, [seen(person(0), 4, rank=0.5)]),
        (0, 2.0, [seen(person(0), 8, rank=0.9)]),
        (0, 3.0, [seen(person(0), 12, rank=0.6)]),
    )
    assert (one.best_time_s, one.box.left, one.crop_jpeg) == (2.0, 8, b"0.9")
    assert one.template is not None
    np.testing.assert_allclose(one.template.vector, person(0), atol=1e-6)


def test_pages_without_time_have_no_intervals_and_are_joined_by_likeness() -> None:
    association = Association("key")
    association.observe([seen(person(0)), seen(person(1), 100)])
    association.observe([seen(person(0), 300)])
    first, second = association.appearances()
    assert (first.frames, first.intervals, second.frames) == (2, (), 1)
    assert first.best_time_s is None


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 5), st.floats(0, 600), st.booleans()), max_size=4),
        max_size=12,
    ),
    st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_no_face_is_lost_or_counted_twice(samples: list[list[tuple[int, float, bool]]], cuts: list[bool]) -> None:
    shot, steps = 0, []
    for time_s, (faces, cut) in enumerate(zip(samples, cuts, strict=False)):
        shot += cut
        steps.append((shot, float(time_s), [seen(person(n) if good else None, left) for n, left, good in faces]))
    people = watched(*steps)
    assert sum(p.frames for p in people) == sum(len(faces) for faces in samples)
    assert [p.id for p in people] == [f"A{n}" for n in range(1, len(people) + 1)]
    for p in people:
        assert p.frames <= len(samples)
        assert all(start < end for start, end in p.intervals)
        assert all(a[1] <= b[0] for a, b in zip(p.intervals, p.intervals[1:], strict=False))
        if p.template is not None:
            assert float(np.linalg.norm(p.template.vector)) == pytest.approx(1.0, abs=1e-5)
