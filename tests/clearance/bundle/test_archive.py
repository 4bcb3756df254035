"""A bundle's archive is read in its one form alone; everything that archives can do to a reader is refused by name."""

from __future__ import annotations

import io
import stat
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.bundle import archive
from clearance.errors import BundleInvalid, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MEMBERS = {
    archive.LIST: b"{}\n",
    archive.ENVELOPE: b"{}\n",
    "report.json": b"{}\n",
    "packs/CORE/pack.yaml": b"id: CORE\n",
}


def zipped(change: Callable[[zipfile.ZipFile], None]) -> bytes:
    """Return a zip made by other means."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        made.writestr(archive.LIST, b"{}")
        change(made)
    return out.getvalue()


def link(made: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("report.json")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    made.writestr(info, b"/etc/passwd")


def encrypted() -> bytes:
    """Return a bundle whose second member claims to be encrypted, in both headers."""
    raw = bytearray(archive.written({"a.json": b"{}"}))
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


def twice(made: zipfile.ZipFile) -> None:
    made.writestr("Report.json", b"{}")
    made.writestr("report.json", b"[]")


BROKEN = {
    "compressed": (zipped(lambda z: z.writestr("a.json", b"0" * 9_000_000, zipfile.ZIP_DEFLATED)), "compressed"),
    "a name that leads out of the folder": (zipped(lambda z: z.writestr("../a.json", b"")), "no bundle does"),
    "an absolute name": (zipped(lambda z: z.writestr("/etc/a.json", b"")), "no bundle does"),
    "a hidden name": (zipped(lambda z: z.writestr(".a.json", b"")), "no bundle does"),
    "a name that steers a terminal": (zipped(lambda z: z.writestr("a\x1b[2J", b"")), "no bundle does"),
    "a folder": (zipped(lambda z: z.mkdir("packs")), "no bundle does"),
    "two names that are one on some systems": (zipped(twice), "twice"),
    "a symbolic link": (zipped(link), "symbolic link"),
    "encrypted": (encrypted(), "encrypted"),
    "an archive within": (archive.written({"a.json": archive.written(MEMBERS)}), "archive itself"),
    "cut short": (archive.written(MEMBERS)[:-30], "damaged"),
    "bytes in front": (b"MZ" + archive.written(MEMBERS), "other bytes"),
    "bytes behind": (archive.written(MEMBERS) + b"\0", "other bytes"),
    "made by another program": (zipped(lambda z: z.writestr("report.json", b"{}")), "other bytes"),
    "no archive": (b"<html>", "no bundle at all"),
    "nothing": (b"", "no bundle at all"),
    "too many members": (archive.written({f"m{n}": b"" for n in range(archive.MEMBER_LIMIT + 1)}), "more than"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_archive_is_refused_by_the_name_of_its_fault(fault: str, tmp_path: Path) -> None:
    raw, word = BROKEN[fault]
    file = tmp_path / "broken.zip"
    file.write_bytes(raw)
    with pytest.raises(BundleInvalid, match=word):
        archive.read(file)


def test_the_same_members_give_the_same_bytes_in_whatever_order_they_come(tmp_path: Path) -> None:
    backwards = dict(reversed(MEMBERS.items()))
    assert archive.written(MEMBERS) == archive.written(backwards)
    file = tmp_path / "bundle.zip"
    file.write_bytes(archive.written(backwards))
    assert list(archive.read(file)) == [archive.LIST, archive.ENVELOPE, "packs/CORE/pack.yaml", "report.json"]


def test_every_single_altered_byte_of_an_archive_is_found(tmp_path: Path) -> None:
    whole, file = archive.written(MEMBERS), tmp_path / "bundle.zip"
    for place in range(len(whole)):
        altered = bytearray(whole)
        altered[place] ^= 0x40
        file.write_bytes(altered)
        try:
            found = archive.read(file)
        except BundleInvalid:
            continue
        # What is left is another content, which the list's digests are for.
        assert found != MEMBERS


def test_a_file_larger_than_a_bundle_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LIMIT_BYTES", 100)
    file = tmp_path / "bundle.zip"
    file.write_bytes(archive.written(MEMBERS))
    with pytest.raises(BundleInvalid, match="larger"):
        archive.read(file)


def test_a_file_that_is_not_there_is_a_wrong_argument_and_no_bad_bundle(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="check the path"):
        archive.read(tmp_path / "absent.zip")


@given(raw=st.binary(max_size=400), cut=st.integers(0, 500))
def test_any_bytes_are_members_or_an_error_of_ours(
    raw: bytes, cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.zip"
    for content in (raw, archive.written(MEMBERS)[:cut] + raw):
        file.write_bytes(content)
        try:
            found = archive.read(file)
        except BundleInvalid:
            continue
        assert archive.written(found) == content
