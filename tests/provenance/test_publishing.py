"""The place where a signed file appears: never the source, never somebody else's file, never half-written."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from provenance import verify
from provenance.errors import DestinationExists, DestinationUnusable, InPlaceSigning
from provenance.sign import sign

if TYPE_CHECKING:
    from pathlib import Path

    from provenance.identity import SigningIdentity

    from .conftest import Studio


def sign_it(
    studio: Studio,
    source: Path,
    destination: Path,
    *,
    identity: SigningIdentity | None = None,
    overwrite: bool = False,
) -> None:
    sign(
        source,
        destination,
        identity=identity or studio.identity,
        trust=studio.profile,
        source_type="trainedAlgorithmicMedia",
        now=studio.now,
        overwrite=overwrite,
    )


def left_behind(studio: Studio) -> set[str]:
    return {path.name for path in studio.folder.iterdir()} - {"source.jpg", "signed.jpg"}


@pytest.mark.parametrize("way", ["the same path", "another spelling", "a symbolic link", "a hard link"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_signing_onto_itself_is_refused_and_the_source_stays_whole(studio: Studio, way: str, overwrite: bool) -> None:
    source = studio.source()
    destination = studio.folder / "link.jpg"
    match way:
        case "the same path":
            destination = source
        case "another spelling":
            destination = studio.folder / ".." / studio.folder.name / "source.jpg"
        case "a symbolic link":
            destination.symlink_to(source)
        case _:
            destination.hardlink_to(source)
    with pytest.raises(InPlaceSigning):
        sign_it(studio, source, destination, overwrite=overwrite)
    assert source.read_bytes() == studio.media["jpg"]


def test_an_existing_destination_is_kept_unless_overwriting_is_asked_for(studio: Studio) -> None:
    destination = studio.folder / "signed.jpg"
    destination.write_bytes(b"precious" * 20_000)
    with pytest.raises(DestinationExists):
        sign_it(studio, studio.source(), destination)
    assert destination.read_bytes() == b"precious" * 20_000
    sign_it(studio, studio.source(), destination, overwrite=True)
    assert verify.read(destination, studio.profile).integrity.value == "valid"
    assert left_behind(studio) == set()


def test_a_dangling_link_at_the_destination_counts_as_existing(studio: Studio) -> None:
    destination = studio.folder / "signed.jpg"
    destination.symlink_to(studio.folder / "nowhere")
    with pytest.raises(DestinationExists):
        sign_it(studio, studio.source(), destination)


def test_a_destination_without_a_folder_is_refused(studio: Studio) -> None:
    with pytest.raises(DestinationUnusable):
        sign_it(studio, studio.source(), studio.folder / "no" / "out.jpg")
    with pytest.raises(DestinationUnusable):
        sign_it(studio, studio.source(), studio.folder)


def test_a_file_that_appears_during_signing_is_not_overwritten(studio: Studio) -> None:
    destination = studio.folder / "signed.jpg"

    def slow(data: bytes) -> bytes:
        destination.write_bytes(b"somebody else's")
        return studio.identity.sign(data)

    with pytest.raises(DestinationExists):
        sign_it(studio, studio.source(), destination, identity=replace(studio.identity, sign=slow))
    assert destination.read_bytes() == b"somebody else's"
    assert left_behind(studio) == set()


def test_the_signed_file_has_the_permissions_of_the_source(studio: Studio) -> None:
    source = studio.source()
    source.chmod(0o640)
    sign_it(studio, source, studio.folder / "signed.jpg")
    if os.name == "posix":
        assert (studio.folder / "signed.jpg").stat().st_mode & 0o777 == 0o640
