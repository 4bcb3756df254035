"""A reference is one clear face; anything else is refused with the file, the reason and what to do."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.enrolment import Pose, ReferenceFace, completeness, pose_of, reference_face
from detectors.errors import DetectorError, FaceTooPoor, FaceTooSmall, FaceUnsuitable, NoFace, SeveralFaces
from detectors.media import identify
from detectors.model import FaceModel
from detectors.values import Picture, Quality, Template
from tests.detectors.test_accuracy import faces_dev

Save = Callable[[Path, Picture], Path]


def test_one_clear_face_gives_a_template_and_the_digest_of_its_picture(
    tmp_path: Path, save: Save, model: FaceModel, astronaut: Picture
) -> None:
    path = save(tmp_path / "a.png", astronaut)
    reference = reference_face(path, model)
    assert reference.template.model_key == model.key
    assert float(np.linalg.norm(reference.template.vector)) == pytest.approx(1.0, abs=1e-5)
    assert reference.quality.level == "usable"
    assert reference.image_sha256 == identify(path).sha256
    assert reference.pose == "front"


def test_a_large_portrait_is_one_face(tmp_path: Path, save: Save, model: FaceModel, astronaut: Picture) -> None:
    large = np.asarray(cv2.resize(astronaut, (4000, 4000), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    assert reference_face(save(tmp_path / "large.jpg", large), model).quality.face_width_px > 600


def test_a_tiny_face_in_the_background_is_no_second_person(
    tmp_path: Path, save: Save, model: FaceModel, astronaut: Picture, stranger: Callable[[int], Picture]
) -> None:
    picture = astronaut.copy()
    head = stranger(1)
    scale = 19 / (head.shape[1] / 1.9)
    small = cv2.resize(head, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    picture[20 : 20 + small.shape[0], 440 : 440 + small.shape[1]] = small
    assert reference_face(save(tmp_path / "a.png", picture), model).quality.face_width_px > 80


def test_a_picture_of_nobody_is_refused(tmp_path: Path, save: Save, model: FaceModel, faceless: Picture) -> None:
    path = save(tmp_path / "sky.png", faceless)
    with pytest.raises(NoFace, match="use a sharp picture") as caught:
        reference_face(path, model)
    assert caught.value.path == path


def test_a_group_is_refused_with_its_number(tmp_path: Path, save: Save, model: FaceModel, strangers: Picture) -> None:
    with pytest.raises(SeveralFaces, match=r"shows 6 faces; crop it"):
        reference_face(save(tmp_path / "group.jpg", strangers), model)


@pytest.mark.parametrize("width", [20, 28])
def test_a_small_face_is_refused_with_its_width(
    tmp_path: Path, save: Save, model: FaceModel, astronaut: Picture, width: int
) -> None:
    small = cv2.resize(astronaut, None, fx=width / 90, fy=width / 90, interpolation=cv2.INTER_AREA)
    with pytest.raises(FaceTooSmall, match=r"pixels wide; use one of 32 or more"):
        reference_face(save(tmp_path / "small.png", np.asarray(small, np.uint8)), model)


def test_a_blurred_face_is_refused(tmp_path: Path, save: Save, model: FaceModel, astronaut: Picture) -> None:
    blurred = np.asarray(cv2.GaussianBlur(astronaut, (0, 0), 4), dtype=np.uint8)
    with pytest.raises(FaceTooPoor, match="blurred"):
        reference_face(save(tmp_path / "blurred.png", blurred), model)


def test_a_film_is_no_reference(story: Path, model: FaceModel) -> None:
    with pytest.raises(FaceUnsuitable, match="not a single still"):
        reference_face(story, model)


@given(content=st.binary(max_size=300), suffix=st.sampled_from(["", ".jpg", ".png", ".mp4"]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_as_reference_are_one_of_our_errors(
    tmp_path: Path, model: FaceModel, content: bytes, suffix: str
) -> None:
    path = tmp_path / f"any{suffix}"
    path.write_bytes(content)
    with pytest.raises(DetectorError):
        reference_face(path, model)


def reference(pose: Pose, moment: int, *, sha256: str = "", likeness: float = 0.0) -> ReferenceFace:
    """A reference of one pose; references of one moment are as alike as likeness."""
    vector = np.zeros(32, dtype=np.float32)
    vector[0], vector[1 + moment] = likeness, np.sqrt(1 - likeness**2)
    return ReferenceFace(Template(vector, "k"), Quality("usable", (), 90, 40, 0.2), sha256 or f"{moment}", pose)


@pytest.mark.parametrize(
    ("poses", "missing"),
    [
        ("", ("a picture from the front", "a picture in which the face looks to the left", "a picture in which")),
        ("F", ("a picture in which the face looks to the left", "a picture in which the face looks to the right")),
        ("FFFF", ("a picture in which the face looks to the left", "a picture in which the face looks to the right")),
        ("FR", ("a picture in which the face looks to the left",)),
        ("LR", ("a picture from the front",)),
        ("FLR", ()),
    ],
)
def test_references_are_complete_with_the_front_and_both_sides(poses: str, missing: tuple[str, ...]) -> None:
    kinds: dict[str, Pose] = {"F": "front", "L": "left", "R": "right"}
    answer = completeness([reference(kinds[pose], n) for n, pose in enumerate(poses)])
    assert answer.enough == (not missing)
    assert len(answer.missing) == len(missing)
    assert all(said.startswith(wanted) for said, wanted in zip(answer.missing, missing, strict=True))


def test_pictures_nearly_the_same_count_once_and_are_said_so() -> None:
    alike = [reference("front", 0, likeness=0.98), reference("left", 1, likeness=0.98), reference("right", 2)]
    answer = completeness(alike)
    assert not answer.enough
    assert answer.missing[0] == "another moment in place of 1 picture that is nearly the same as another"
    twice = [reference("front", 0, sha256="same"), reference("left", 1, sha256="same")]
    assert "1 picture" in completeness(twice).missing[0]


def test_a_copy_made_darker_and_compressed_is_nearly_the_same(
    tmp_path: Path, save: Save, model: FaceModel, astronaut: Picture
) -> None:
    darker = np.asarray(astronaut * 0.6, dtype=np.uint8)
    pictures = [save(tmp_path / "a.png", astronaut), save(tmp_path / "b.jpg", darker)]
    answer = completeness([reference_face(path, model) for path in pictures])
    assert answer.missing[0].startswith("another moment in place of 1 picture")


def test_two_people_are_not_nearly_the_same(
    tmp_path: Path, save: Save, model: FaceModel, stranger: Callable[[int], Picture]
) -> None:
    pictures = [save(tmp_path / f"{n}.png", stranger(n)) for n in (0, 2)]
    answer = completeness([reference_face(path, model) for path in pictures])
    assert not any("another moment" in said for said in answer.missing)


@pytest.mark.parametrize(("nose", "pose"), [(50, "front"), (44, "front"), (40, "left"), (60, "right")])
def test_the_pose_is_where_the_nose_points(nose: float, pose: Pose) -> None:
    points = np.array([[30, 40], [70, 40], [nose, 60], [38, 80], [62, 80]], dtype=np.float32)
    assert pose_of(points) == pose
    turn = np.array([[0.8, -0.6], [0.6, 0.8]], dtype=np.float32)
    assert pose_of(points @ turn.T) == pose


@pytest.mark.slow
@pytest.mark.skipif(faces_dev() is None, reason="development data not present")
def test_a_person_seen_from_all_sides_is_complete_with_a_sharp_turned_face_among_the_references(
    model: FaceModel,
) -> None:
    folder = faces_dev()
    assert folder is not None
    for person in (each for each in sorted(folder.iterdir()) if len(list(each.glob("*.jpg"))) >= 5):
        references = []
        for path in sorted(person.glob("*.jpg")):
            try:
                references.append(reference_face(path, model))
            except FaceUnsuitable:
                continue
        turned = [reference for reference in references if reference.quality.level == "poor"]
        if completeness(references).enough and turned:
            break
    assert turned
    assert all(reference.pose != "front" for reference in turned)
    assert not completeness([reference for reference in references if reference.pose == "front"]).enough
