"""A pack of any layout is installed whole, pinned and with its licence on record, or leaves nothing behind."""

import json
import shutil
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from detectors.errors import LicenceRefused, PackCorrupt, PackMissing, PackRefused
from detectors.installation import install, installed, pack_named
from detectors.model import FaceModel
from detectors.opencv_zoo import DETECTOR, RECOGNISER
from detectors.pack import ModelPack
from detectors.values import Picture

DETECTOR_OLD, RECOGNISER_OLD = "det_yunet.onnx", "rec_sface.onnx"


@pytest.fixture
def old_layout(pack: ModelPack, tmp_path: Path) -> Path:
    """A folder as insightface published them before it had manifests, with a model for something else."""
    folder = tmp_path / "sources" / "old_pack"
    folder.mkdir(parents=True)
    shutil.copyfile(pack.directory / DETECTOR, folder / DETECTOR_OLD)
    shutil.copyfile(pack.directory / RECOGNISER, folder / RECOGNISER_OLD)
    (folder / "README.md").write_text("What this is.")
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def entries(cache: Path) -> set[str]:
    """What lies in the folder of packs."""
    return {entry.name for entry in (cache / "packs").iterdir()} if (cache / "packs").is_dir() else set()


def test_our_own_pack_under_another_name_keeps_licence_and_version_and_gives_the_same_templates(
    pack: ModelPack, model: FaceModel, home: Path, strangers: Picture
) -> None:
    found = install(pack.directory, home, name="studio")
    assert (found.name, found.version, found.licence, found.commercial_use, found.licence_held, found.dimension) == (
        "studio", pack.version, pack.licence, True, None, 128,
    )  # fmt: skip
    faces = model.detect(strangers)
    theirs = FaceModel.load(found, "cpu", threads=1)
    assert len(theirs.detect(strangers)) == 6
    np.testing.assert_allclose(theirs.embed(strangers, faces), model.embed(strangers, faces), atol=1e-5)
    assert theirs.key != model.key
    assert pack_named(home, "studio") == found
    assert entries(home) == {"studio", "studio.pin.json"}


@pytest.mark.parametrize("kind", ["folder", "zip", "tar.gz"])
def test_the_older_layout_is_told_apart_by_shapes_and_needs_a_licence(old_layout: Path, home: Path, kind: str) -> None:
    source = old_layout
    if kind == "zip":
        source = old_layout.parent / "old_pack.zip"
        with zipfile.ZipFile(source, "w") as zipped:
            for entry in old_layout.iterdir():
                zipped.write(entry, entry.name)
    elif kind == "tar.gz":
        source = old_layout.parent / "old_pack.tar.gz"
        with tarfile.open(source, "w:gz", compresslevel=1) as tarred:
            tarred.add(old_layout, "old_pack")
    with pytest.raises(LicenceRefused, match="is not stated"):
        install(source, home)
    assert entries(home) == set()
    found = install(source, home, licence_held="a contract of 2026-11-01")
    assert (found.name, found.commercial_use, found.licence_held) == ("old_pack", None, "a contract of 2026-11-01")
    assert {entry.name for entry in found.directory.iterdir()} == {
        DETECTOR_OLD, RECOGNISER_OLD, "README.md", "MODEL.LICENSE", "manifest.json", "pack.json",
    }  # fmt: skip
    tasks = json.loads((found.directory / "manifest.json").read_text())["tasks"]
    # insightface sees from SFace's first nodes that the graph scales its input itself.
    assert tasks["recognition"]["preprocessing"] == {"mean": 0.0, "std": 1.0}
    assert tasks["recognition"]["embedding_dimension"] == 128
    assert FaceModel.load(found, "cpu", threads=1).pack.licence_held == "a contract of 2026-11-01"


@pytest.mark.parametrize("name", ["buffalo_l", "antelopev2", "raccoon_s"])
def test_a_research_pack_is_refused_without_a_licence_even_if_it_calls_itself_free(
    pack: ModelPack, home: Path, tmp_path: Path, name: str
) -> None:
    source = tmp_path / name
    shutil.copytree(pack.directory, source)
    with pytest.raises(LicenceRefused, match="non-commercial"):
        install(source, home, name="mine")
    found = install(source, home, name="mine", licence_held="InsightFace 2026-17", commercial_use=True)
    assert (found.commercial_use, found.licence_held) == (True, "InsightFace 2026-17")
    assert "non-commercial" in found.licence


def test_a_copy_of_an_installed_pack_does_not_carry_the_licence_of_the_one_who_installed_it(
    old_layout: Path, home: Path, tmp_path: Path
) -> None:
    theirs = install(old_layout, tmp_path / "theirs", licence_held="their contract", commercial_use=True)
    assert theirs.commercial_use is True
    with pytest.raises(LicenceRefused, match="is not stated"):
        install(theirs.directory, home, name="ours")


def test_a_recogniser_alone_takes_its_detector_from_an_installed_pack(
    pack: ModelPack, home: Path, tmp_path: Path, strangers: Picture
) -> None:
    alone = tmp_path / "glintr100.onnx"
    shutil.copyfile(pack.directory / RECOGNISER, alone)
    with pytest.raises(PackRefused, match="--detector-from"):
        install(alone, home, licence_held="Apache-2.0")
    with pytest.raises(PackMissing, match="absent"):
        install(alone, home, licence_held="Apache-2.0", detector_from="absent")
    found = install(alone, home, licence_held="Apache-2.0", commercial_use=True, detector_from="opencv-zoo")
    assert (found.name, found.licence, found.commercial_use) == (
        "glintr100", "not known AND MIT AND Apache-2.0", True,
    )  # fmt: skip
    assert len(FaceModel.load(found, "cpu", threads=1).detect(strangers)) == 6


@pytest.mark.parametrize("name", [DETECTOR, RECOGNISER, "MODEL.LICENSE", "manifest.json", "pack.json"])
def test_a_file_that_changed_or_went_after_installation_is_named(pack: ModelPack, home: Path, name: str) -> None:
    directory = install(pack.directory, home, name="studio").directory
    kept = (directory / name).read_bytes()
    (directory / name).write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    with pytest.raises(PackCorrupt, match="was changed") as changed:
        pack_named(home, "studio")
    assert changed.value.path == directory / name
    (directory / name).unlink()
    with pytest.raises(PackCorrupt, match="is missing"):
        pack_named(home, "studio")
    listed = {entry.name: entry for entry in installed(home)}
    assert listed["opencv-zoo"].fault is None
    assert name in str(listed["studio"].fault)


def test_a_manifest_that_vouches_for_another_model_does_not_pass_the_pin(pack: ModelPack, home: Path) -> None:
    directory = install(pack.directory, home, name="studio").directory
    other = install(pack.directory, home, name="other", licence_held="x").directory
    for entry in other.iterdir():
        shutil.copyfile(entry, directory / entry.name)
    with pytest.raises(PackCorrupt, match=r"manifest\.json: was changed"):
        pack_named(home, "studio")


def test_a_file_that_was_added_and_a_pin_that_is_gone_are_named(pack: ModelPack, home: Path) -> None:
    directory = install(pack.directory, home, name="studio").directory
    (directory / "extra.onnx").write_bytes(b"x")
    with pytest.raises(PackCorrupt, match=r"extra\.onnx: was not there"):
        pack_named(home, "studio")
    (home / "packs" / "studio.pin.json").unlink()
    with pytest.raises(PackCorrupt, match=r"studio\.pin\.json"):
        pack_named(home, "studio")
    assert [entry.name for entry in installed(home)] == ["opencv-zoo", "studio"]


def test_a_name_is_taken_once_and_the_default_pack_keeps_its_own(pack: ModelPack, home: Path) -> None:
    install(pack.directory, home, name="studio")
    with pytest.raises(PackRefused, match="installed already"):
        install(pack.directory, home, name="studio")
    for name in ("opencv-zoo", "opencv-zoo-1", "../up", "", ".hidden", "a b"):
        if name:
            with pytest.raises(PackRefused, match="--name"):
                install(pack.directory, home, name=name)
    with pytest.raises(PackRefused, match="--name"):
        install(pack.directory, home)
    for name in ("..", "", "absent", "studio.pin.json"):
        with pytest.raises(PackMissing):
            pack_named(home, name)


def test_models_that_do_not_run_are_refused_and_leave_nothing(old_layout: Path, home: Path) -> None:
    (old_layout / DETECTOR_OLD).write_bytes(b"no model")
    with pytest.raises(PackRefused, match="does not load") as refused:
        install(old_layout, home, licence_held="x")
    assert refused.value.path == old_layout
    (old_layout / DETECTOR_OLD).unlink()
    (old_layout / RECOGNISER_OLD).rename(old_layout / "a.onnx")
    with pytest.raises(PackRefused, match="no model for detection"):
        install(old_layout, home, licence_held="x")
    assert entries(home) == set()


@pytest.mark.parametrize("content", ["{", "[]", '{"manifest_version": 2}', '{"manifest_version": 2, "tasks": 7}'])
def test_a_manifest_that_is_wrong_is_refused_and_not_guessed_around(old_layout: Path, home: Path, content: str) -> None:
    (old_layout / "manifest.json").write_text(content)
    with pytest.raises(PackRefused) as refused:
        install(old_layout, home, licence_held="x")
    assert refused.value.path == old_layout
    assert ".installing" not in str(refused.value)


def test_a_manifest_whose_digest_or_dimension_is_wrong_is_refused(pack: ModelPack, home: Path, tmp_path: Path) -> None:
    source = tmp_path / "mine"
    shutil.copytree(pack.directory, source)
    manifest = json.loads((source / "manifest.json").read_text())
    manifest["tasks"]["recognition"]["embedding_dimension"] = 512
    (source / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(PackRefused, match="length of templates"):
        install(source, home, name="mine")
    with (source / RECOGNISER).open("ab") as stream:
        stream.write(b"\0")
    with pytest.raises(PackRefused, match="does not load"):
        install(source, home, name="mine")


def test_a_cache_that_cannot_be_written_is_named(pack: ModelPack, tmp_path: Path) -> None:
    (tmp_path / "packs").write_text("a file in the way")
    with pytest.raises(PackRefused, match="cannot be written"):
        install(pack.directory, tmp_path, name="studio")
