"""A calibration of the model pack in use, written with its charts into a new folder, whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearance.errors import DestinationExists
from clearance.folders import is_taken, made_whole
from clearance.likeness import face_model
from detectors.calibrate import CalibrationRun, calibrate
from detectors.calibrate_charts import draw_charts
from detectors.calibration_file import write_calibration

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from clearance.settings import Settings


def calibrate_pack(
    pictures: Path,
    out: Path,
    settings: Settings,
    *,
    target_fpir: float,
    now: datetime,
    on_progress: Callable[[float], None] | None,
) -> CalibrationRun:
    """Return the calibration on the labelled pictures, after writing calibration.json and the charts into out.

    Raises CalibrationUnusable for pictures that cannot serve, DestinationExists.
    """
    if is_taken(out):
        raise DestinationExists(out)
    run = calibrate(pictures, face_model(settings), target_fpir=target_fpir, now=now, on_progress=on_progress)
    with made_whole(out, mode=0o755) as building:
        write_calibration(run.record, building / "calibration.json")
        draw_charts(run.record, building)
    return run
