"""A pack comes out flat and whole, or not at all: no link, no way out of the folder, no size beyond the bounds."""

import io
import os
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors import pack_source
from detectors.errors import PackRefused
from detectors.pack_source import unpack

FILES = {"det.onnx": b"detector", "rec.onnx": b"recogniser" * 100, "LICENSE": b"MIT"}


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def zipped(path: Path, members: dict[str, bytes], mode: int = 0) -> Path:
    """Write a zip archive."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return path


def tarred(path: Path, members: dict[str, bytes], compression: str = "") -> Path:
    """Write a tar archive, compressed with gz, bz2, xz or nothing."""
    with tarfile.open(path, f"w:{compression}") as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            info.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            archive.addfile(info, io.BytesIO(content))
    return path


def read(folder: Path) -> dict[str, bytes]:
    return {entry.name: entry.read_bytes() for entry in folder.iterdir()}


@pytest.mark.parametrize("prefix", ["", "buffalo_l/", "./"])
@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz"])
def test_an_archive_comes_out_flat_with_or_without_its_folder(
    tmp_path: Path, into: Path, kind: str, prefix: str
) -> None:
    members = {prefix + name: content for name, content in FILES.items()}
    path = tmp_path / f"pack.{kind}"
    source = zipped(path, members) if kind == "zip" else tarred(path, members, kind[4:])
    assert unpack(source, into) == tuple(sorted(FILES))
    assert read(into) == FILES


def test_a_folder_is_taken_without_its_folders_and_hidden_files(tmp_path: Path, into: Path) -> None:
    source = tmp_path / "pack"
    (source / ".git").mkdir(parents=True)
    for name, content in (FILES | {".DS_Store": b"x"}).items():
        (source / name).write_bytes(content)
    unpack(source, into)
    assert read(into) == FILES


def test_a_single_model_is_a_source(tmp_path: Path, into: Path) -> None:
    (tmp_path / "glintr100.onnx").write_bytes(b"model")
    assert unpack(tmp_path / "glintr100.onnx", into) == ("glintr100.onnx",)


OUTSIDE = ["../det.onnx", "/det.onnx", "a/b/det.onnx", "a/../det.onnx", "..\\det.onnx", "C:\\det.onnx", "a\ndet.onnx"]


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("write", [zipped, tarred])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, into: Path, write: object, name: str) -> None:
    path = tmp_path / "pack"
    source = zipped(path, {name: b"x"}) if write is zipped else tarred(path, {name: b"x"})
    with pytest.raises(PackRefused, match="plain file name"):
        unpack(source, into)
    assert list(into.iterdir()) == []
    assert {entry.name for entry in tmp_path.iterdir()} == {"pack", "into"}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_in_a_tar_archive_are_refused(tmp_path: Path, into: Path, kind: bytes) -> None:
    with tarfile.open(tmp_path / "pack.tar", "w") as archive:
        info = tarfile.TarInfo("det.onnx")
        info.type, info.linkname = kind, "/etc/passwd"
        archive.addfile(info)
    with pytest.raises(PackRefused, match="link or a device"):
        unpack(tmp_path / "pack.tar", into)


def test_links_in_zip_archives_and_folders_and_as_sources_are_refused(tmp_path: Path, into: Path) -> None:
    with pytest.raises(PackRefused, match="link or a device"):
        unpack(zipped(tmp_path / "pack.zip", {"det.onnx": b"/etc/passwd"}, mode=0o120777), into)
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "det.onnx").symlink_to("/etc/passwd")
    with pytest.raises(PackRefused, match="is a link"):
        unpack(tmp_path / "pack", into)
    (tmp_path / "link.zip").symlink_to(tmp_path / "pack.zip")
    with pytest.raises(PackRefused, match="is a link"):
        unpack(tmp_path / "link.zip", into)
    os.mkfifo(tmp_path / "pack" / "a.onnx")
    with pytest.raises(PackRefused, match="neither a file"):
        unpack(tmp_path / "pack", into)


def test_a_bomb_is_stopped_while_it_is_read(tmp_path: Path, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack_source, "LARGEST_FILE", 3 << 20)
    zeros = {"det.onnx": bytes(8 << 20)}
    lying = bytearray(zipped(tmp_path / "pack.zip", zeros).read_bytes())
    assert len(lying) < 20_000
    with pytest.raises(PackRefused, match="larger"):
        unpack(tmp_path / "pack.zip", into)
    with pytest.raises(PackRefused, match="larger"):
        unpack(tarred(tmp_path / "pack.tar.gz", zeros, "gz"), into)
    # An archive that declares fewer bytes than it holds gives no more than it declares, and fails its checksum.
    directory = lying.rfind(b"PK\x01\x02")
    struct.pack_into("<L", lying, directory + 24, 1 << 20)
    (tmp_path / "lying.zip").write_bytes(lying)
    (into / "det.onnx").unlink()
    with pytest.raises(PackRefused):
        unpack(tmp_path / "lying.zip", into)
    assert sum(entry.stat().st_size for entry in into.iterdir()) <= 3 << 20


def test_the_whole_pack_is_bounded_too(tmp_path: Path, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack_source, "LARGEST_PACK", 1000)
    with pytest.raises(PackRefused, match="larger"):
        unpack(zipped(tmp_path / "pack.zip", FILES), into)


def test_a_tar_header_that_declares_gigabytes_is_refused_before_it_is_read(tmp_path: Path, into: Path) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 5 << 30
    (tmp_path / "pack.tar").write_bytes(info.tobuf() + bytes(2048))
    with pytest.raises(PackRefused, match="header"):
        unpack(tmp_path / "pack.tar", into)


def test_more_files_than_a_pack_has_and_files_twice_are_refused(tmp_path: Path, into: Path) -> None:
    with pytest.raises(PackRefused, match="more than 64"):
        unpack(zipped(tmp_path / "many.zip", {f"{n}.onnx": b"x" for n in range(65)}), into)
    for entry in into.iterdir():
        entry.unlink()
    with pytest.raises(PackRefused, match="beside others"):
        unpack(tarred(tmp_path / "twice.tar", {"a.onnx": b"x", "A.onnx": b"y"}), into)
    (into / "a.onnx").unlink()
    folders = {f"f{n}/": b"" for n in range(200)}
    with pytest.raises(PackRefused, match="more than 64"):
        unpack(tarred(tmp_path / "many.tar", folders), into)


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06", b"not an archive", b"\x1f\x8b", bytes(1024)])
def test_what_is_no_archive_is_refused(tmp_path: Path, into: Path, content: bytes) -> None:
    (tmp_path / "pack.zip").write_bytes(content)
    with pytest.raises(PackRefused):
        unpack(tmp_path / "pack.zip", into)


@given(data=st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_to_an_archive_gives_the_pack_or_a_refusal(tmp_path: Path, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["zip", "tar", "tar.gz", "tar.bz2", "tar.xz"]))
    path = tmp_path / f"pack.{kind}"
    content = bytearray((zipped(path, FILES) if kind == "zip" else tarred(path, FILES, kind[4:])).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    into = tmp_path / f"out-{os.urandom(6).hex()}"
    into.mkdir()
    try:
        names = unpack(path, into)
    except PackRefused:
        return
    assert {entry.name for entry in into.iterdir()} == set(names)
