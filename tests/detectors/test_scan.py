"""A scan says who is seen when, counts what it looked at, and never fails with anything but our errors."""

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from detectors.errors import DetectorError, UnreadableMedia
from detectors.model import FaceModel
from detectors.nvidia import cuda_device_present
from detectors.pack import ModelPack
from detectors.runtime import CUDA
from detectors.scan import scan
from detectors.values import Appearance, Picture, Vector

Save = Callable[[Path, Picture], Path]


def vector_of(appearance: Appearance) -> Vector:
    """Its template's numbers."""
    assert appearance.template is not None
    return appearance.template.vector


def test_a_group_photograph_gives_six_appearances_with_crops(
    tmp_path: Path, save: Save, model: FaceModel, strangers: Picture
) -> None:
    result = scan(save(tmp_path / "group.jpg", strangers), model)
    assert [a.id for a in result.appearances] == ["A1", "A2", "A3", "A4", "A5", "A6"]
    lefts = [a.box.left for a in result.appearances]
    assert lefts == sorted(lefts)
    for appearance in result.appearances:
        assert (appearance.intervals, appearance.frames, appearance.best_time_s) == ((), 1, None)
        crop = cv2.imdecode(np.frombuffer(appearance.crop_jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert crop is not None
        assert max(crop.shape) <= 256
    coverage = result.coverage
    assert (coverage.frames_total, coverage.frames_searched, coverage.longest_gap_s) == (1, 1, None)
    assert (coverage.faces_seen, coverage.faces_searched) == (6, 6)
    assert result.model_key == model.key


def test_a_film_gives_one_appearance_per_person_over_all_their_shots(story: Path, model: FaceModel) -> None:
    steps: list[float] = []
    result = scan(story, model, on_progress=steps.append)
    assert len(result.appearances) == 2
    astronaut, other = result.appearances
    np.testing.assert_allclose(astronaut.intervals, [(0.0, 1.5), (4.5, 6.0)], atol=0.01)
    np.testing.assert_allclose(other.intervals, [(1.5, 3.0)], atol=0.01)
    coverage = result.coverage
    assert (coverage.frames_total, coverage.frames_decoded, coverage.unreadable_from_s) == (72, 72, None)
    assert 6 <= coverage.frames_searched <= 20
    assert coverage.sampling == "default"
    assert coverage.longest_gap_s is not None
    assert coverage.longest_gap_s <= 1.0
    assert coverage.faces_seen == astronaut.frames + other.frames
    assert steps == sorted(steps)
    assert steps[-1] == 1.0


def test_every_frame_and_keyframes_alone_can_be_asked_for(story: Path, model: FaceModel) -> None:
    everything, preview = (scan(story, model, sampling=how) for how in ("every-frame", "preview"))
    assert (everything.coverage.sampling, everything.coverage.frames_searched) == ("every-frame", 72)
    assert len(everything.appearances) == 2
    assert everything.appearances[0].frames >= 34
    # Its only keyframe is the first frame.
    coverage = preview.coverage
    assert (coverage.sampling, coverage.frames_searched, coverage.frames_decoded) == ("preview", 1, 1)
    assert (coverage.frames_total, coverage.unreadable_from_s) == (72, None)
    assert coverage.longest_gap_s == pytest.approx(6.0, abs=0.1)
    assert len(preview.appearances) == 1


def test_without_templates_faces_are_followed_by_place_and_counted(story: Path, pack: ModelPack) -> None:
    class Blind(FaceModel):
        """A model that must not embed."""

        def embed_crops(self, crops: Sequence[Picture]) -> Vector:
            raise AssertionError(len(crops))

    result = scan(story, Blind.load(pack, "cpu", threads=1), make_templates=False)
    assert [a.template for a in result.appearances] == [None] * 3
    np.testing.assert_allclose(
        [a.intervals for a in result.appearances], [[(0.0, 1.5)], [(1.5, 3.0)], [(4.5, 6.0)]], atol=0.01
    )
    assert result.coverage.faces_seen == sum(a.frames for a in result.appearances)
    # Nobody was compared with anybody, and the record must not say so.
    assert result.coverage.faces_searched == 0


def test_a_preview_of_a_film_that_breaks_off_says_so(tmp_path: Path, story: Path, model: FaceModel) -> None:
    content = story.read_bytes()
    path = tmp_path / "half.mp4"
    path.write_bytes(content[: len(content) * 6 // 10])
    assert scan(path, model, sampling="preview").coverage.unreadable_from_s is not None


def test_a_template_from_a_film_is_alike_to_one_from_a_still(
    tmp_path: Path, save: Save, story: Path, model: FaceModel, astronaut: Picture
) -> None:
    (still,) = scan(save(tmp_path / "a.png", astronaut), model).appearances
    film = scan(story, model).appearances[0]
    assert float(vector_of(still) @ vector_of(film)) > 0.7


def test_a_turned_photograph_is_searched_upright(tmp_path: Path, model: FaceModel, astronaut: Picture) -> None:
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.ascontiguousarray(np.rot90(astronaut[:, :, ::-1]))).save(path, quality=95, exif=exif)
    (appearance,) = scan(path, model).appearances
    assert appearance.box.left == pytest.approx(178, abs=8)
    assert appearance.box.top == pytest.approx(63, abs=8)


def test_a_face_too_small_to_compare_is_shown_and_counted(
    tmp_path: Path, save: Save, model: FaceModel, astronaut: Picture
) -> None:
    small = cv2.resize(astronaut, None, fx=18 / 90, fy=18 / 90, interpolation=cv2.INTER_AREA)
    (appearance,) = (result := scan(save(tmp_path / "s.png", np.asarray(small, np.uint8)), model)).appearances
    assert (appearance.template, appearance.quality.level) == (None, "too_poor")
    assert (result.coverage.faces_too_small, result.coverage.faces_searched) == (1, 0)


def test_every_page_of_an_animation_is_searched(tmp_path: Path, model: FaceModel, astronaut: Picture) -> None:
    path = tmp_path / "a.webp"
    face = Image.fromarray(np.ascontiguousarray(astronaut[:, :, ::-1]))
    blank = Image.new("RGB", face.size, (90, 90, 90))
    blank.save(path, save_all=True, append_images=[face, blank], duration=100)
    result = scan(path, model)
    assert (result.coverage.frames_total, result.coverage.frames_searched) == (3, 3)
    assert len(result.appearances) == 1


def test_a_film_that_breaks_off_is_scanned_as_far_as_it_goes(tmp_path: Path, story: Path, model: FaceModel) -> None:
    content = story.read_bytes()
    path = tmp_path / "half.mp4"
    path.write_bytes(content[: len(content) * 6 // 10])
    result = scan(path, model)
    assert result.coverage.frames_total == 72
    assert 0 < result.coverage.frames_decoded < 72
    assert result.coverage.unreadable_from_s is not None
    assert result.appearances


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_photograph_is_unreadable(
    tmp_path: Path, save: Save, model: FaceModel, strangers: Picture, share: float
) -> None:
    path = save(tmp_path / "half.jpg", strangers)
    content = path.read_bytes()
    path.write_bytes(content[: round(share * len(content))])
    with pytest.raises(UnreadableMedia):
        scan(path, model)


@given(edits=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=8))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tiff", ".bmp"])
def test_a_still_with_any_bytes_changed_is_scanned_or_one_of_our_errors(
    tmp_path: Path, save: Save, model: FaceModel, faceless: Picture, suffix: str, edits: list[tuple[int, int]]
) -> None:
    path = save(tmp_path / f"changed{suffix}", np.ascontiguousarray(faceless[:48, :64]))
    content = bytearray(path.read_bytes())
    for at, value in edits:
        content[at % len(content)] = value
    path.write_bytes(content)
    try:
        assert scan(path, model).coverage.frames_searched >= 1
    except DetectorError:
        return


@pytest.mark.gpu
@pytest.mark.skipif(not cuda_device_present(), reason="no CUDA device answers")
def test_a_scan_on_cuda_sees_what_a_scan_on_the_cpu_sees(story: Path, pack: ModelPack, model: FaceModel) -> None:
    on_gpu = FaceModel.load(pack, "cuda")
    assert on_gpu.providers[0] == CUDA
    assert on_gpu.key == model.key
    here, there = scan(story, model), scan(story, on_gpu)
    assert [a.frames for a in here.appearances] == [a.frames for a in there.appearances]
    for a, b in zip(here.appearances, there.appearances, strict=True):
        assert float(vector_of(a) @ vector_of(b)) >= 0.999
