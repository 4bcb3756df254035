"""Who is not known is tried again on a bounded store of pictures; who is known is left alone."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from detectors.crops import context_jpeg, picture_of
from detectors.model import FaceModel
from detectors.retry import relieve, retried
from detectors.scan import scan
from detectors.tracks import Seen, Sighting, Track
from detectors.values import Appearance, Box, Face, Picture, Quality, Template, Vector


@dataclass
class OnePerson:
    """A gallery of one template."""

    reference: Vector
    enough: float = 0.42
    asked: list[float] = field(default_factory=list)

    def score(self, vector: Vector) -> float:
        self.asked.append(float(vector @ self.reference))
        return self.asked[-1]


def test_a_known_appearance_is_left_alone_and_an_unknown_one_is_tried_again(
    model: FaceModel, astronaut: Picture
) -> None:
    (face,) = model.detect(astronaut)
    vector = model.embed(astronaut, [face])[0]
    known = Appearance(
        "A1", (), 1, face.box, None, Quality("usable", (), 90, 40, 0.2), b"", Template(vector, model.key)
    )
    recogniser, contexts = OnePerson(vector), [context_jpeg(astronaut, face.box)]
    assert retried(known, contexts, model, recogniser) is known

    worse = Appearance("A1", (), 1, face.box, None, known.quality, b"", Template(np.roll(vector, 1), model.key))
    helped = retried(worse, contexts, model, recogniser)
    assert helped.retry
    assert helped.template is not None
    assert float(helped.template.vector @ vector) > 0.9
    assert retried(worse, [], model, recogniser) is worse


def test_a_stranger_stays_one(tmp_path: Path, model: FaceModel, story: Path) -> None:
    nobody = np.zeros(128, dtype=np.float32)
    nobody[0] = 1.0
    plain, tried = scan(story, model), scan(story, model, recogniser=OnePerson(nobody))
    assert [a.retry for a in tried.appearances] == [None, None]
    for a, b in zip(plain.appearances, tried.appearances, strict=True):
        assert a.template is not None
        assert b.template is not None
        np.testing.assert_array_equal(a.template.vector, b.template.vector)


def test_the_recogniser_is_asked_about_every_appearance(
    model: FaceModel, story: Path, astronaut: Picture, stranger: Callable[[int], Picture]
) -> None:
    recogniser = OnePerson(model.embed(astronaut, model.detect(astronaut))[0])
    result = scan(story, model, recogniser=recogniser)
    assert [a.retry for a in result.appearances] == [None, None]
    assert recogniser.asked[0] > 0.7
    assert all(score < 0.42 for score in recogniser.asked[1:])


def test_a_context_holds_the_face_with_its_own_width_around_it(astronaut: Picture) -> None:
    context = picture_of(context_jpeg(astronaut, Box(200, 150, 60, 80)))
    assert abs(context.shape[0] - 200) <= 1
    assert abs(context.shape[1] - 180) <= 1
    assert max(picture_of(context_jpeg(np.tile(astronaut, (4, 4, 1)), Box(700, 700, 500, 500))).shape) == 640


def track(rank: float, *sizes: int) -> Track:
    """A track with contexts of these sizes, ranked from the best down."""
    face = Face(Box(0, 0, 50, 60), np.zeros((5, 2), dtype=np.float32), 0.9)
    quality = Quality("usable", (), 50, 25, 0.2)
    look = np.eye(1, 576, dtype=np.float32)[0]
    made = None
    for n, size in enumerate(sizes):
        sighting = Sighting(face, quality, None, rank - n / 100, look, bytes, lambda size=size: bytes(size))  # type: ignore[misc]
        seen = Seen(n, 0, float(n), float(n), n + 0.04)
        if made is None:
            made = Track.begun(seen, sighting)
        else:
            made.add(seen, sighting)
    assert made is not None
    return made


def lengths(tracks: list[Track]) -> list[list[int]]:
    """The sizes of the contexts that are left."""
    return [[len(jpeg) for _, jpeg in t.contexts] for t in tracks]


def test_only_the_three_best_contexts_are_kept() -> None:
    assert lengths([track(0.5, 40, 30, 20, 10)]) == [[40, 30, 20]]


def test_contexts_give_way_third_second_and_then_those_of_the_poorest_faces() -> None:
    tracks = [track(0.9, 10, 10, 10), track(0.3, 10, 10, 10)]
    assert relieve(tracks, most_bytes=60) == 60
    assert relieve(tracks, most_bytes=50) == 50
    assert lengths(tracks) == [[10, 10, 10], [10, 10]]
    assert relieve(tracks, most_bytes=20) == 20
    assert lengths(tracks) == [[10], [10]]
    assert relieve(tracks, most_bytes=15) == 10
    assert lengths(tracks) == [[10], []]
