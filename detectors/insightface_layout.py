"""What the ONNX files of an uninstalled pack are for, as insightface itself decides it.

Packs with a manifest of version 2 say so; the older layout (`det_*.onnx`, `w600k_*.onnx`, ...) says nothing, and
insightface tells models apart by the shapes of their inputs and outputs and guesses the scaling from the first nodes.
Its own code is asked here, so that an installed pack gives the templates that insightface gives.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from insightface.model_zoo import get_model
from insightface.model_zoo.package_manifest import has_model_package_manifest, load_model_package

from detectors.errors import PackRefused
from detectors.runtime import CPU, session_options

CROP_SIDE = 112
"""Side of the aligned crops that `detectors.align` cuts."""
_TASKS = ("detection", "recognition")


@dataclass(frozen=True, slots=True)
class TaskModel:
    """One model of a pack: its file, and how pixels are scaled for it."""

    file: str
    preprocessing: dict[str, float] | str
    """{"mean", "std"} for x -> (x - mean) / std, or "embedded" where the graph does it."""
    dimension: int = 0
    """Length of a template, measured; 0 for a detector."""


def task_models(folder: Path, files: Iterable[str]) -> dict[str, TaskModel]:
    """Return the detector and the recogniser among files of folder, by task; where several fit, the first by name.

    Raises PackRefused for a manifest that is wrong, for a model that does not run, and for a recogniser that takes
    crops of another size or one face at a time.
    """
    try:
        return _of_manifest(folder) if has_model_package_manifest(folder) else _of_shapes(folder, files)
    except PackRefused:
        raise
    # insightface, onnx and ONNX Runtime raise errors of a dozen unrelated types, some of them plain Exception.
    except Exception as error:
        raise PackRefused(folder, f"does not load in insightface ({type(error).__name__}); fetch it again") from error


def _of_manifest(folder: Path) -> dict[str, TaskModel]:
    package = load_model_package(folder)
    found = {}
    for task in _TASKS:
        if task not in package.tasks:
            continue
        described = package.verify_task(task)
        if Path(described.file).name != described.file:
            raise PackRefused(
                folder, f"its manifest names {described.file!a}, which is not a file of the pack's folder"
            )
        stated = described.as_config()
        model = get_model(str(folder), model_task=task, model_descriptor=described, **_on_the_cpu())
        dimension = _measured(folder, model) if task == "recognition" else 0
        if dimension != stated.get("embedding_dimension", 0):
            raise PackRefused(folder, f"its manifest states another length of templates than the {dimension} it gives")
        found[task] = TaskModel(described.file, stated["preprocessing"], dimension)
    return found


def _of_shapes(folder: Path, files: Iterable[str]) -> dict[str, TaskModel]:
    found: dict[str, TaskModel] = {}
    for file in sorted(name for name in files if name.endswith(".onnx")):
        model = get_model(str(folder / file), **_on_the_cpu())
        task = getattr(model, "taskname", None)
        if task in _TASKS and task not in found:
            scaling = {"mean": float(model.input_mean), "std": float(model.input_std)}
            found[task] = TaskModel(file, scaling, _measured(folder, model) if task == "recognition" else 0)
    return found


def _on_the_cpu() -> dict[str, Any]:
    return {"providers": [CPU], "sess_options": session_options(None), "static_shape_sessions": False}


def _measured(folder: Path, model: Any) -> int:
    """Return the length of the templates that a recogniser makes of two crops at once."""
    if tuple(model.input_size) != (CROP_SIDE, CROP_SIDE):
        raise PackRefused(
            folder, f"its recogniser takes crops of {model.input_size}; {CROP_SIDE} x {CROP_SIDE} are made"
        )
    crops = [np.full((CROP_SIDE, CROP_SIDE, 3), grey, dtype=np.uint8) for grey in (60, 180)]
    found = np.asarray(model.get_feat(crops))
    if found.ndim != 2 or len(found) != len(crops) or not np.isfinite(found).all():
        raise PackRefused(folder, "its recogniser does not give one template for each of two faces")
    return int(found.shape[1])
