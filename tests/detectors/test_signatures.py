"""Formats are told by their first bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.signatures import signature_of

HEADS = {
    "JPEG": b"\xff\xd8\xff\xe0",
    "PNG": b"\x89PNG\r\n\x1a\n",
    "WebP": b"RIFF\x10\x00\x00\x00WEBPVP8 ",
    "TIFF": b"II*\x00",
    "GIF": b"GIF89a",
    "EXR": b"\x76\x2f\x31\x01\x02",
    "DPX": b"XPDS",
    "HEIC": b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic",
    "AVIF": b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1avif",
    "MP4": b"\x00\x00\x00\x20ftypisom",
    "MOV": b"\x00\x00\x00\x14ftypqt  ",
    "WebM": b"\x1a\x45\xdf\xa3\x01\x42\x82\x84webm",
    "Matroska": b"\x1a\x45\xdf\xa3\x01\x42\x82\x88matroska",
    "AVI": b"RIFF\x10\x00\x00\x00AVI LIST",
    "MPEG-TS": (b"\x47" + bytes(187)) * 3,
    "WAV": b"RIFF\x10\x00\x00\x00WAVEfmt ",
}


@pytest.mark.parametrize("name", HEADS)
def test_a_format_is_told_by_its_first_bytes(name: str) -> None:
    signature = signature_of(HEADS[name])
    assert signature is not None
    assert signature.name == name


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"#EXTM3U\nhttp://example.org/a.ts",
        b"ffconcat version 1.0\nfile '/etc/passwd'",
        b"<svg xmlns=''/>",
        b"\x00\x00\x00\x18ftypjp2 ",
        b"%PDF-1.7",
    ],
)
def test_playlists_scripts_and_formats_nobody_reads_here_are_unknown(head: bytes) -> None:
    assert signature_of(head) is None


@given(head=st.binary(max_size=600))
def test_any_bytes_are_some_format_or_none(head: bytes) -> None:
    signature = signature_of(head)
    assert signature is None or signature.suffixes
