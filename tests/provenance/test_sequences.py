"""A frame sequence under one manifest: no frame touched, and no frame swapped, lost or added unnoticed."""

from __future__ import annotations

import hashlib
import json
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance import verify
from provenance.errors import DestinationExists, SigningFailed, SourceMissing
from provenance.sequence_list import check_list, list_of, sum_of
from provenance.sequences import sign_sequence
from provenance.sidecar import content, list_path, sidecar_path
from provenance.sign import SigningReceipt, sign

from . import films

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Studio


@pytest.fixture
def frames(studio: Studio) -> list[Path]:
    made = []
    for number in range(1001, 1005):
        made.append(studio.folder / f"shot.{number}.exr")
        made[-1].write_bytes(films.production_still("exr", "gbrpf32le", shade=number - 950))
    return made


def pattern(studio: Studio) -> Path:
    return studio.folder / "shot.%04d.exr"


def signed(
    studio: Studio, frames: list[Path], *, expected: str | None = None, overwrite: bool = False
) -> SigningReceipt:
    one = partial(
        sign,
        identity=studio.identity,
        trust=studio.profile,
        source_type="compositeWithTrainedAlgorithmicMedia",
        now=studio.now,
        sidecar=True,
        overwrite=overwrite,
    )
    return sign_sequence(pattern(studio), frames, one, expected_sum=expected, overwrite=overwrite)


def test_a_sequence_is_signed_and_every_frame_stays_as_it_was(studio: Studio, frames: list[Path]) -> None:
    before = [hashlib.sha256(frame.read_bytes()).hexdigest() for frame in frames]
    signed(studio, frames)
    listed = list_path(pattern(studio))
    reading = verify.read(listed, studio.profile, sidecar=content(sidecar_path(pattern(studio))))
    assert (reading.integrity.value, reading.trust.value) == ("valid", "trusted")
    assert check_list(listed.read_bytes(), frames) is None
    assert [hashlib.sha256(frame.read_bytes()).hexdigest() for frame in frames] == before
    assert b"shot.1001" not in sidecar_path(pattern(studio)).read_bytes()


def test_two_frames_that_changed_places_are_found(studio: Studio, frames: list[Path]) -> None:
    signed(studio, frames)
    first, second = frames[1].read_bytes(), frames[2].read_bytes()
    frames[1].write_bytes(second)
    frames[2].write_bytes(first)
    problem = check_list(list_path(pattern(studio)).read_bytes(), frames)
    assert problem is not None
    assert "shot.1002.exr" in problem


def test_a_frame_altered_lost_added_or_out_of_order_is_found(studio: Studio, frames: list[Path]) -> None:
    listed = list_of(frames)
    assert "missing" in (check_list(listed, frames[:-1]) or "")
    extra = studio.folder / "shot.1009.exr"
    extra.write_bytes(b"x")
    assert "not in the list" in (check_list(listed, [*frames, extra]) or "")
    assert "order" in (check_list(listed, frames[::-1]) or "")
    with pytest.raises(SourceMissing):
        check_list(listed, [*frames[:-1], studio.folder / "none" / frames[-1].name])
    frames[0].write_bytes(frames[0].read_bytes() + b"\0")
    assert "shot.1001.exr" in (check_list(listed, frames) or "")


def test_a_list_that_was_altered_to_fit_breaks_the_manifest(studio: Studio, frames: list[Path]) -> None:
    signed(studio, frames)
    frames[0].write_bytes(frames[1].read_bytes())
    listed = list_path(pattern(studio))
    listed.write_bytes(list_of(frames))
    assert check_list(listed.read_bytes(), frames) is None
    reading = verify.read(listed, studio.profile, sidecar=content(sidecar_path(pattern(studio))))
    assert reading.integrity.value == "invalid"


def test_the_sum_of_a_list_is_that_of_the_lines_of_sha256sum(frames: list[Path]) -> None:
    lines = "".join(f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.name}\n" for f in frames)
    assert sum_of(list_of(frames)) == hashlib.sha256(lines.encode()).hexdigest()


def test_a_sequence_other_than_the_judged_one_is_not_signed(studio: Studio, frames: list[Path]) -> None:
    judged = sum_of(list_of(frames))
    frames[0].write_bytes(frames[0].read_bytes() + b"\0")
    with pytest.raises(SigningFailed, match="judged"):
        signed(studio, frames, expected=judged)
    assert {path.name for path in studio.folder.iterdir()} == {frame.name for frame in frames}


def test_a_failure_leaves_neither_list_nor_manifest(studio: Studio, frames: list[Path]) -> None:
    def fails(_: Path, __: Path) -> SigningReceipt:
        raise SigningFailed("the key is away")

    with pytest.raises(SigningFailed, match="away"):
        sign_sequence(pattern(studio), frames, fails)
    assert {path.name for path in studio.folder.iterdir()} == {frame.name for frame in frames}


def test_a_list_or_manifest_that_exists_is_kept_unless_overwriting_is_asked_for(
    studio: Studio, frames: list[Path]
) -> None:
    first = signed(studio, frames)
    with pytest.raises(DestinationExists):
        signed(studio, frames)
    again = signed(studio, frames, overwrite=True)
    # The first manifest is found again as the history of the list.
    assert again.parent_kept
    assert first.manifest_label != again.manifest_label


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text(max_size=5), st.lists, max_leaves=5).map(lambda v: json.dumps(v).encode())
)
def test_any_bytes_as_a_list_are_a_problem_in_words(found: bytes) -> None:
    assert sum_of(found) is None
    assert "damaged" in (check_list(found, []) or "")


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=4), st.text(max_size=8))
def test_a_list_with_odd_entries_is_a_problem_in_words(entries: list[tuple[str, str]], total: str) -> None:
    files = [{"name": name, "sha256": digest} for name, digest in entries]
    document = {"schema": "clearance.sequence/1", "sha256": total, "files": files}
    assert check_list(json.dumps(document).encode(), []) is not None
