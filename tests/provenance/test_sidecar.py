"""Manifests kept beside their files: named, found, bound to every byte, and never at the cost of the source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance import verify
from provenance.errors import (
    DestinationExists,
    DestinationUnusable,
    ParentUnusable,
    SourceUnreadable,
    UnsupportedFormat,
)
from provenance.sidecar import content, find_sidecar, is_embeddable, list_path, sidecar_path
from provenance.sign import SigningReceipt, sign

from . import films

if TYPE_CHECKING:
    from provenance.identity import SigningIdentity

    from .conftest import Studio


def kept_apart(studio: Studio, source: Path, destination: Path | None = None, **more: Any) -> SigningReceipt:
    return sign(
        source,
        destination,
        identity=studio.identity,
        trust=studio.profile,
        source_type="compositeWithTrainedAlgorithmicMedia",
        now=studio.now,
        **more,
    )


@pytest.fixture
def frame(studio: Studio) -> Path:
    path = studio.folder / "shot.exr"
    path.write_bytes(films.made("OpenEXR"))
    return path


@pytest.mark.parametrize(
    ("media", "beside"),
    [
        ("shot.exr", "shot.exr.c2pa"),
        ("a.b.mov", "a.b.mov.c2pa"),
        ("shot.%04d.exr", "shot.####.exr.c2pa"),
        ("shot.%d.dpx", "shot.#.dpx.c2pa"),
        ("100%.mov", "100%.mov.c2pa"),
        ("shot.####.exr.sha256.json", "shot.####.exr.c2pa"),
        ("checksums.sha256.json", "checksums.sha256.json.c2pa"),
    ],
)
def test_a_sidecar_is_named_after_its_file_or_pattern(media: str, beside: str) -> None:
    assert sidecar_path(Path("reel") / media) == Path("reel") / beside


def test_the_list_of_a_sequence_is_named_after_its_pattern() -> None:
    assert list_path(Path("reel/shot.%04d.exr")) == Path("reel/shot.####.exr.sha256.json")


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_any_name_has_a_sidecar_of_its_own(name: str) -> None:
    if name not in {".", ".."}:
        assert sidecar_path(Path("folder") / name).name.endswith(".c2pa")
        assert sidecar_path(Path("folder") / name).parent == Path("folder")


def test_a_frame_is_signed_without_a_copy_and_its_manifest_is_found_again(studio: Studio, frame: Path) -> None:
    assert not is_embeddable("image/x-exr")
    assert find_sidecar(frame) is None
    receipt = kept_apart(studio, frame)
    found = find_sidecar(frame)
    assert found == studio.folder / "shot.exr.c2pa"
    assert receipt.written == found
    assert {path.name for path in studio.folder.iterdir()} == {"shot.exr", "shot.exr.c2pa"}
    assert frame.read_bytes() == films.made("OpenEXR")
    reading = verify.read(frame, studio.profile, sidecar=content(found))
    assert (reading.integrity.value, reading.trust.value) == ("valid", "trusted")


@pytest.mark.parametrize("place", [0, 500, -1])
def test_an_altered_byte_of_a_frame_or_of_its_manifest_is_found(studio: Studio, frame: Path, place: int) -> None:
    kept_apart(studio, frame)
    manifest = content(sidecar_path(frame))
    altered = bytearray(frame.read_bytes())
    altered[place] ^= 1
    frame.write_bytes(altered)
    assert verify.read(frame, studio.profile, sidecar=manifest).integrity.value == "invalid"
    frame.write_bytes(films.made("OpenEXR"))
    damaged = manifest.replace(b"compositeWithTrained", b"compositeWithPainted")
    assert damaged != manifest
    assert verify.read(frame, studio.profile, sidecar=damaged).integrity.value != "valid"


def test_the_sidecar_of_another_file_does_not_hold(studio: Studio, frame: Path) -> None:
    other = studio.folder / "other.dpx"
    other.write_bytes(films.made("DPX"))
    kept_apart(studio, other)
    reading = verify.read(frame, studio.profile, sidecar=content(sidecar_path(other)))
    assert reading.integrity.value == "invalid"


@given(st.binary(max_size=300))
def test_any_bytes_as_a_sidecar_give_an_answer(tmp_path_factory: pytest.TempPathFactory, beside: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "hostile.exr"
    if not path.exists():
        path.write_bytes(films.made("OpenEXR"))
    assert verify.read(path, None, sidecar=beside).integrity.value in {"invalid", "unreadable", "absent"}


@pytest.mark.parametrize("name", ["MP3", "FLAC", "PDF"])
def test_a_sidecar_never_alters_a_format_whose_own_sidecar_would(studio: Studio, name: str) -> None:
    source = studio.folder / "source"
    source.write_bytes(films.made(name))
    kept_apart(studio, source, sidecar=True)
    assert source.read_bytes() == films.made(name)
    reading = verify.read(source, studio.profile, sidecar=content(sidecar_path(source)))
    assert reading.integrity.value == "valid"


def test_a_history_kept_beside_a_file_stays_the_parent(studio: Studio, frame: Path) -> None:
    first = kept_apart(studio, frame)
    receipt = kept_apart(studio, frame, overwrite=True)
    reading = verify.read(frame, studio.profile, sidecar=content(sidecar_path(frame)))
    assert receipt.parent_kept
    assert reading.manifests == 2
    (parent,) = reading.ingredients
    assert (parent.manifest_label, parent.integrity.value, parent.trust.value) == (
        first.manifest_label,
        "valid",
        "trusted",
    )
    assert reading.actions[0].name == "c2pa.opened"


def test_a_history_inside_a_file_stays_the_parent_of_a_manifest_beside_it(studio: Studio) -> None:
    signed = studio.signed("mp4")
    kept_apart(studio, signed, sidecar=True)
    reading = verify.read(signed, studio.profile, sidecar=content(sidecar_path(signed)))
    assert (reading.manifests, reading.chain_intact) == (2, True)
    found = verify.read(signed, studio.profile)
    assert (found.manifest_label, found.sidecar) == (reading.manifest_label, sidecar_path(signed).name)
    assert [remark.code for remark in found.remarks] == ["sidecar.newer"]
    again = kept_apart(studio, signed, studio.folder / "again.mp4")
    assert again.parent_kept
    assert verify.read(studio.folder / "again.mp4", studio.profile).manifests == 3


def test_the_newest_of_three_manifests_counts(studio: Studio) -> None:
    signed = studio.signed("jpg")
    kept_apart(studio, signed, sidecar=True)
    kept_apart(studio, signed, sidecar=True, overwrite=True)
    found = verify.read(signed, studio.profile)
    assert (found.manifests, found.sidecar) == (3, sidecar_path(signed).name)


def test_a_newer_manifest_beside_an_altered_file_does_not_save_it(studio: Studio) -> None:
    signed = studio.signed("jpg")
    kept_apart(studio, signed, sidecar=True)
    data = bytearray(signed.read_bytes())
    data[-20] ^= 1
    signed.write_bytes(data)
    found = verify.read(signed, studio.profile)
    assert (found.integrity.value, found.sidecar) == ("invalid", None)


def test_a_newer_manifest_by_a_stranger_counts_and_is_not_trusted(studio: Studio, stranger: SigningIdentity) -> None:
    signed = studio.signed("jpg")
    kept_apart(replace(studio, identity=stranger), signed, sidecar=True)
    found = verify.read(signed, studio.profile)
    assert (found.sidecar, found.trust.value) == (sidecar_path(signed).name, "untrusted")


def test_a_broken_or_foreign_manifest_beside_the_source_is_never_signed_over(studio: Studio, frame: Path) -> None:
    sidecar_path(frame).write_bytes(b"no manifest")
    with pytest.raises(ParentUnusable, match=r"shot\.exr\.c2pa"):
        kept_apart(studio, frame, studio.folder / "new.c2pa")
    signed = studio.signed("jpg")
    plain = studio.source("jpg")
    kept_apart(studio, plain, sidecar=True)
    two = studio.folder / "two.jpg"
    two.write_bytes(signed.read_bytes())
    sidecar_path(two).write_bytes(sidecar_path(plain).read_bytes())
    with pytest.raises(ParentUnusable):
        kept_apart(studio, two, studio.folder / "new.jpg")
    assert not (studio.folder / "new.jpg").exists()


def test_an_existing_sidecar_is_kept_unless_overwriting_is_asked_for(studio: Studio, frame: Path) -> None:
    kept_apart(studio, frame)
    before = sidecar_path(frame).read_bytes()
    with pytest.raises(DestinationExists):
        kept_apart(studio, frame)
    assert sidecar_path(frame).read_bytes() == before


def test_a_destination_that_cannot_be_meant_is_refused(studio: Studio, frame: Path) -> None:
    with pytest.raises(DestinationUnusable, match=r"shot\.exr\.c2pa"):
        kept_apart(studio, frame, studio.folder / "copy.exr")
    with pytest.raises(DestinationUnusable, match="signed copy"):
        kept_apart(studio, studio.source(), None)


def test_what_is_no_media_is_signed_only_if_a_sidecar_is_asked_for(studio: Studio) -> None:
    notes = studio.folder / "notes"
    notes.write_text("a cue sheet")
    with pytest.raises(UnsupportedFormat, match="kept beside"):
        kept_apart(studio, notes)
    assert kept_apart(studio, notes, sidecar=True).trust.value == "trusted"


def test_a_sidecar_without_end_is_not_read_into_memory(tmp_path: Path) -> None:
    huge = tmp_path / "shot.exr.c2pa"
    with huge.open("wb") as stream:
        stream.truncate(40 << 20)
    with pytest.raises(SourceUnreadable, match="larger"):
        content(huge)
