"""Media types by content: names prove nothing, and odd beginnings are no accident."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance import formats
from provenance.errors import SourceError, SourceMissing, SourceUnreadable, UnsupportedFormat

if TYPE_CHECKING:
    from pathlib import Path

TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "tif": "image/tiff",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
}


@pytest.mark.parametrize("suffix", TYPES)
def test_the_content_decides_whatever_the_name_says(tmp_path: Path, media: dict[str, bytes], suffix: str) -> None:
    path = tmp_path / "misnamed.txt"
    path.write_bytes(media[suffix])
    assert formats.media_type(path) == TYPES[suffix]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\xff\xd8\xff\xdb\0\x43", "image/jpeg"),
        (b"\xff\xd8\xff\xeb\0\x43JP", "image/jpeg"),
        (b"MM\0*\0\0\0\x08", "image/tiff"),
        (b"\0\0\0\x1cftypdash\0\0\0\0", "video/mp4"),
        (b"\0\0\0\x1cftypXAVC\0\0\0\0", "video/mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0", "video/quicktime"),
        (b"\0\0\0\x1cftypM4A \0\0\0\0", "audio/mp4"),
        (b"\0\0\0\x1cftypheic\0\0\0\0", "image/heic"),
        (b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0", "audio/wav"),
        (b"", None),
        (b"hello", None),
    ],
)
def test_a_beginning_shows_its_type(head: bytes, expected: str | None) -> None:
    assert formats.detected(head) == expected


def test_a_known_format_that_cannot_be_signed_is_named(tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(b"%PDF-1.7\n%more")
    with pytest.raises(UnsupportedFormat, match="application/pdf"):
        formats.media_type(path)
    path.write_bytes(b"nothing known")
    with pytest.raises(UnsupportedFormat, match="no known format"):
        formats.media_type(path)


def test_what_is_no_regular_file_is_missing(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path / "none", tmp_path, pipe, tmp_path / "a\0b"):
        with pytest.raises(SourceMissing):
            formats.media_type(path)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the administrator may read everything")
def test_a_file_without_permission_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "locked"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(SourceUnreadable):
        formats.media_type(path)


@given(st.binary(max_size=200))
def test_any_beginning_gives_a_type_or_none(head: bytes) -> None:
    found = formats.detected(head)
    assert found is None or "/" in found


def test_both_refusals_are_source_errors() -> None:
    assert issubclass(UnsupportedFormat, SourceError)
    assert issubclass(SourceMissing, SourceError)
