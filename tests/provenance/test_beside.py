"""Manifests beside the file, frame sequences and fragments: found, compared, and never taken for more than they are."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from provenance import sequence_list, verify
from provenance.errors import SourceMissing
from provenance.sidecar import list_path, sidecar_path

from .beside import ANY, sealed_beside

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Studio


def codes(path: Path, studio: Studio) -> list[str]:
    return [remark.code for remark in verify.read(path, studio.profile).remarks]


@pytest.fixture
def plate(studio: Studio) -> Path:
    """A file of a format that cannot carry a manifest, with one beside it."""
    path = studio.folder / "plate.exr"
    path.write_bytes(b"\x76\x2f\x31\x01" + bytes(range(256)) * 8)
    sidecar_path(path).write_bytes(sealed_beside(studio.identity, studio.profile, path.read_bytes()))
    return path


def test_a_manifest_beside_a_file_is_found(studio: Studio, plate: Path) -> None:
    reading = verify.read(plate, studio.profile)
    assert (reading.integrity.value, reading.trust.value, reading.sidecar) == ("valid", "trusted", "plate.exr.c2pa")
    assert codes(plate, studio) == ["sidecar.used"]


def test_a_file_changed_beside_its_manifest_is_found(studio: Studio, plate: Path) -> None:
    plate.write_bytes(plate.read_bytes() + b"\0")
    reading = verify.read(plate, studio.profile)
    assert (reading.integrity.value, reading.trust.value) == ("invalid", "untrusted")


def test_a_manifest_moved_beside_another_file_is_found(studio: Studio, plate: Path) -> None:
    other = studio.folder / "other.exr"
    other.write_bytes(plate.read_bytes()[::-1])
    shutil.copy(sidecar_path(plate), sidecar_path(other))
    assert verify.read(other, studio.profile).integrity.value == "invalid"


@pytest.mark.parametrize("suffix", ["jpg", "mp4"])
def test_a_manifest_beside_a_format_that_could_carry_it_is_bound_either_way(studio: Studio, suffix: str) -> None:
    path = studio.source(suffix)
    for media_type in ("image/jpeg" if suffix == "jpg" else "video/mp4", ANY):
        sidecar_path(path).write_bytes(sealed_beside(studio.identity, studio.profile, path.read_bytes(), media_type))
        assert verify.read(path, studio.profile).integrity.value == "valid"


def test_two_manifests_that_differ_are_said_and_the_one_in_the_file_counts(studio: Studio) -> None:
    path = studio.signed()
    label = verify.read(path, studio.profile).manifest_label
    sidecar_path(path).write_bytes(sealed_beside(studio.identity, studio.profile, path.read_bytes()))
    reading = verify.read(path, studio.profile)
    assert (reading.manifest_label, reading.sidecar) == (label, None)
    assert [remark.code for remark in reading.remarks] == ["sidecar.disagrees"]


@pytest.mark.parametrize("content", [b"", b"no manifest", b"\0" * 5000, b"\0\0\0\x10jumb\0\0\0\x08jumd"])
def test_rubbish_beside_a_file_is_never_a_pass(studio: Studio, plate: Path, content: bytes) -> None:
    sidecar_path(plate).write_bytes(content)
    assert verify.read(plate, studio.profile).integrity.value in {"unreadable", "absent"}
    signed = studio.signed()
    sidecar_path(signed).write_bytes(content)
    assert verify.read(signed, studio.profile).integrity.value == "valid"
    assert codes(signed, studio)[0] in {"sidecar.unreadable", "sidecar.disagrees"}


def test_a_manifest_beside_the_file_of_a_hundred_megabytes_is_refused_at_once(studio: Studio, plate: Path) -> None:
    with sidecar_path(plate).open("wb") as stream:
        stream.truncate(100 << 20)
    reading = verify.read(plate, studio.profile)
    assert reading.integrity.value == "unreadable"
    assert "larger than" in reading.integrity.why


def test_a_manifest_alone_is_told_from_media(studio: Studio, plate: Path) -> None:
    reading = verify.read(sidecar_path(plate), studio.profile)
    assert not reading.present
    assert "name the media" in reading.integrity.why


# --- sequences


@pytest.fixture
def shot(studio: Studio) -> Path:
    """The pattern of ten signed frames."""
    frames = []
    for number in range(1, 11):
        frames.append(studio.folder / f"shot.{number:04d}.exr")
        frames[-1].write_bytes(b"\x76\x2f\x31\x01" + bytes([number]) * 500)
    pattern = studio.folder / "shot.%04d.exr"
    content = sequence_list.list_of(frames)
    list_path(pattern).write_bytes(content)
    sidecar_path(pattern).write_bytes(sealed_beside(studio.identity, studio.profile, content))
    return pattern


def test_a_sequence_is_what_its_signed_list_says(studio: Studio, shot: Path) -> None:
    reading = verify.read(shot, studio.profile)
    assert (reading.integrity.value, reading.trust.value, reading.sidecar) == (
        "valid",
        "trusted",
        "shot.####.exr.c2pa",
    )
    assert codes(shot, studio) == ["sequence.checked"]


def _swapped(folder: Path) -> None:
    one, other, aside = (folder / f"shot.{n}.exr" for n in ("0003", "0004", "aside"))
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


def _changed(folder: Path) -> None:
    frame = folder / "shot.0007.exr"
    frame.write_bytes(frame.read_bytes()[:-1] + b"\xff")


@pytest.mark.parametrize(
    "change",
    [
        _swapped,
        _changed,
        lambda folder: (folder / "shot.0010.exr").unlink(),
        lambda folder: shutil.copy(folder / "shot.0001.exr", folder / "shot.0011.exr"),
        lambda folder: (folder / "shot.0005.exr").rename(folder / "shot.0050.exr"),
    ],
    ids=["two swapped", "one changed", "one lost", "one added", "one renamed"],
)
def test_a_sequence_that_is_not_what_was_signed_is_invalid(
    studio: Studio, shot: Path, change: Callable[[Path], object]
) -> None:
    change(studio.folder)
    reading = verify.read(shot, studio.profile)
    assert (reading.integrity.value, reading.trust.value) == ("invalid", "untrusted")


def test_a_list_that_was_rewritten_for_changed_frames_is_invalid(studio: Studio, shot: Path) -> None:
    _changed(studio.folder)
    frames = sorted(studio.folder.glob("shot.0*.exr"))
    list_path(shot).write_bytes(sequence_list.list_of(frames))
    assert verify.read(shot, studio.profile).integrity.value == "invalid"


def test_a_sequence_without_a_signed_list_has_no_manifest(studio: Studio, shot: Path) -> None:
    sidecar_path(shot).unlink()
    assert not verify.read(shot, studio.profile).present
    with pytest.raises(SourceMissing, match="no file matches"):
        verify.read(studio.folder / "none.%04d.exr", studio.profile)


# --- fragments


@pytest.fixture
def fragments(development_data: Path, tmp_path: Path) -> tuple[Path, Path]:
    init, part = tmp_path / "dashinit.mp4", tmp_path / "dash1.m4s"
    for path in (init, part):
        path.write_bytes((development_data / path.name).read_bytes())
    return init, part


def test_a_fragment_holds_with_its_init_segment(fragments: tuple[Path, Path]) -> None:
    reading = verify.read(fragments[0], None, fragments=[fragments[1]])
    assert reading.integrity.value == "valid"
    assert "fragments.checked" in [remark.code for remark in reading.remarks]


def test_an_init_segment_alone_does_not_hold(fragments: tuple[Path, Path]) -> None:
    assert verify.read(fragments[0], None).integrity.value == "invalid"


@pytest.mark.parametrize("first", [True, False])
def test_one_changed_fragment_among_good_ones_is_found(fragments: tuple[Path, Path], first: bool) -> None:
    init, good = fragments
    broken = good.with_name("broken.m4s")
    data = bytearray(good.read_bytes())
    data[-100] ^= 1
    broken.write_bytes(data)
    reading = verify.read(init, None, fragments=[broken, good] if first else [good, broken])
    assert reading.integrity.value == "invalid"
    assert any("broken.m4s" in remark.sentence for remark in reading.remarks)


def test_a_fragment_that_is_not_there_is_an_error(fragments: tuple[Path, Path]) -> None:
    with pytest.raises(SourceMissing):
        verify.read(fragments[0], None, fragments=[fragments[0].with_name("none.m4s")])
