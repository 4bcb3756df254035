"""A second pack for tests: the default one, whose recogniser sees every crop mirrored.

Only one recogniser's weights are at hand. Mirrored it is another function of the crop: it knows faces as well as the
first, and gives other scores.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
from onnx import helper, load_model, numpy_helper, save_model

from detectors.installation import install
from detectors.opencv_zoo import RECOGNISER

if TYPE_CHECKING:
    from pathlib import Path

    from detectors.pack import ModelPack

NAME = "mirrored"
_FROM_LAST, _TO_FIRST, _WIDTH, _BACKWARDS = -1, -(1 << 31), 3, -1


def installed_mirrored(
    pack: ModelPack,
    cache: Path,
    sources: Path,
    *,
    name: str = NAME,
    licence_held: str | None = None,
    commercial_use: bool | None = None,
) -> ModelPack:
    """Return the pack after making it in sources and installing it into cache."""
    folder = sources / name
    shutil.copytree(pack.directory, folder)
    path = folder / RECOGNISER
    model = load_model(str(path))
    graph = model.graph
    seen = graph.input[0].name
    for node in graph.node:
        node.input[:] = ["mirrored" if name == seen else name for name in node.input]
    values = {"from": _FROM_LAST, "to": _TO_FIRST, "axis": _WIDTH, "step": _BACKWARDS}
    graph.initializer.extend(numpy_helper.from_array(np.array([n], np.int64), f"mirror_{k}") for k, n in values.items())
    graph.node.insert(0, helper.make_node("Slice", [seen, *(f"mirror_{key}" for key in values)], ["mirrored"]))
    save_model(model, str(path))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["tasks"]["recognition"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return install(folder, cache, name=name, licence_held=licence_held, commercial_use=commercial_use)
