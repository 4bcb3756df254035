"""A pack is only what its manifest names, byte for byte; anything else is PackCorrupt."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.errors import PackCorrupt
from detectors.pack import ModelPack, file_sha256, load_pack


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A pack of tiny files with right digests."""
    files = {"d.onnx": b"detector", "r.onnx": b"recogniser", "MODEL.LICENSE": b"MIT"}
    sidecar = {"format": "clearance.pack/1", "version": "1", "licence": "MIT", "commercial_use": True}
    files["pack.json"] = json.dumps(sidecar).encode()
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    digests = {name: file_sha256(tmp_path / name) for name in files}
    manifest: dict[str, Any] = {
        "model_id": "tiny",
        "tasks": {
            "detection": {"file": "d.onnx", "sha256": digests["d.onnx"]},
            "recognition": {"file": "r.onnx", "sha256": digests["r.onnx"], "embedding_dimension": 128},
        },
        "files": {name: digests[name] for name in ("MODEL.LICENSE", "pack.json")},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def test_a_pack_has_the_same_digest_wherever_it_lies(pack: ModelPack, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere"
    shutil.copytree(pack.directory, copy)
    assert load_pack(copy).sha256 == pack.sha256


@pytest.mark.parametrize("name", ["d.onnx", "r.onnx", "MODEL.LICENSE", "pack.json"])
def test_a_changed_or_missing_file_is_named(small: Path, name: str) -> None:
    assert load_pack(small).name == "tiny"
    (small / name).write_bytes((small / name).read_bytes() + b" ")
    with pytest.raises(PackCorrupt) as changed:
        load_pack(small)
    assert changed.value.path == small / name
    (small / name).unlink()
    with pytest.raises(PackCorrupt) as missing:
        load_pack(small)
    assert missing.value.path == small / name


@pytest.mark.parametrize("name", ["../d.onnx", "/etc/passwd", "..\\d.onnx", "a/b.onnx", ""])
def test_a_manifest_cannot_name_a_file_outside_of_the_pack(small: Path, name: str) -> None:
    manifest = json.loads((small / "manifest.json").read_text())
    manifest["tasks"]["detection"]["file"] = name
    (small / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(PackCorrupt):
        load_pack(small)


def test_a_folder_that_is_not_there_is_pack_corrupt(tmp_path: Path) -> None:
    with pytest.raises(PackCorrupt, match=r"manifest\.json"):
        load_pack(tmp_path / "absent")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["tasks", "files", "x"]), inner),
    max_leaves=8,
)


@given(content=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_as_manifest_or_sidecar_give_pack_corrupt(small: Path, content: bytes) -> None:
    for name in ("manifest.json", "pack.json"):
        kept = (small / name).read_bytes()
        (small / name).write_bytes(content)
        with pytest.raises(PackCorrupt):
            load_pack(small)
        (small / name).write_bytes(kept)
