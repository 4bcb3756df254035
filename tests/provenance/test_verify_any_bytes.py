"""Reading whatever bytes there are: a value or our error, and never more trust than the original earned."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provenance import verify
from provenance.errors import ProvenanceError, SourceMissing

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.reading import ProvenanceReading
    from provenance.trust import TrustProfile

EDITS = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def reading_of(data: bytes, profile: TrustProfile | None) -> ProvenanceReading:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        return verify.read(path, profile)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jpg", tmp_path, tmp_path / "a\0b"):
        with pytest.raises(SourceMissing):
            verify.read(path, None)


@pytest.mark.parametrize("bare", [b"\xff\x0a" + bytes(64), b"\xff\x0a\xfa\x1f\x01\x91\x08\x06\x01\x00"])
def test_a_bare_stream_of_jpeg_xl_which_the_engine_cannot_parse_is_no_broken_manifest(
    tmp_path: Path, bare: bytes
) -> None:
    path = tmp_path / "bare.jxl"
    path.write_bytes(bare)
    reading = verify.read(path, None)
    assert (reading.present, reading.trust.value) == (False, "absent")


def test_a_format_without_manifests_is_no_fault_of_the_file(profile: TrustProfile) -> None:
    bitmap = b"BM" + (58).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little") + bytes(44)
    assert reading_of(bitmap, profile).integrity.value == "absent"
    assert reading_of(b"", profile).integrity.value == "unreadable"
    assert reading_of(b"plain words", profile).integrity.value == "unreadable"


HEADS = [
    b"",
    b"\xff\xd8\xff\xeb",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\0\0\0\x20WEBP",
    b"II*\0",
    b"\0\0\0\x18ftypmp42",
    b"%PDF-1.7",
]


@EDITS
@given(st.sampled_from(HEADS), st.binary(max_size=400))
def test_arbitrary_bytes_give_a_reading_or_our_error(profile: TrustProfile, head: bytes, rest: bytes) -> None:
    try:
        reading = reading_of(head + rest, profile)
    except ProvenanceError:
        return
    assert reading.integrity.value in {"absent", "unreadable", "invalid"}
    assert reading.trust.value == "absent"


def said(reading: ProvenanceReading) -> dict[str, Any]:
    """Everything a reading says, for comparison."""
    return {field.name: getattr(reading, field.name) for field in dataclasses.fields(reading)}


@EDITS
@given(st.data())
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "mp4", "mov"])
def test_no_changed_byte_makes_a_trusted_file_say_anything_else(
    signed_bytes: Callable[[str], bytes], profile: TrustProfile, suffix: str, data: st.DataObject
) -> None:
    original = signed_bytes(suffix)
    at = data.draw(st.integers(0, len(original) - 1))
    mask = data.draw(st.integers(1, 255))
    changed = original[:at] + bytes([original[at] ^ mask]) + original[at + 1 :]
    reading = reading_of(changed, profile)
    if (reading.integrity.value, reading.trust.value) == ("valid", "trusted"):
        assert said(reading) == said(reading_of(original, profile))
        # Only bytes of the manifest itself (padding, unsigned headers) may change unnoticed, and the box that
        # names a movie's brands, which C2PA leaves out of the binding (appendix A.5).
        start = original.index(b"jumb") - 64
        brands = int.from_bytes(original[:4], "big") if original[4:8] == b"ftyp" else 0
        assert start <= at < start + 30_000 or at < brands


@EDITS
@given(st.data())
def test_cut_and_repeated_parts_of_a_signed_file_never_pass(
    signed_bytes: Callable[[str], bytes], profile: TrustProfile, data: st.DataObject
) -> None:
    original = signed_bytes(data.draw(st.sampled_from(["jpg", "png", "mp4"])))
    at = data.draw(st.integers(0, len(original) - 2))
    length = data.draw(st.integers(1, min(64, len(original) - 1 - at)))
    part = original[at : at + length]
    changed = original[:at] + part * data.draw(st.sampled_from([0, 2])) + original[at + length :]
    reading = reading_of(changed, profile)
    if changed != original and reading.integrity.value == "valid":
        assert said(reading) == said(reading_of(original, profile))
