"""Make the shipped calibration anew: `python -m tests.bench.calibration FOLDER [CHARTS]`.

FOLDER holds the pictures, one subfolder per identity. Needed whenever the pack or the preparation of pictures
changes; until then the shipped file is refused. The charts go into the folder CHARTS, where one is named.
"""

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from detectors.calibrate import calibrate
from detectors.calibrate_charts import draw_charts
from detectors.calibration import SHIPPED
from detectors.calibration_file import write_calibration
from detectors.model import FaceModel
from detectors.opencv_zoo import default_pack

NAME = "Labeled Faces in the Wild (a part)"


def main(folder: Path, charts: Path | None = None) -> None:
    """Measure the default pack on the identities kept for calibration, and replace the shipped file."""
    with tempfile.TemporaryDirectory() as cache:
        model = FaceModel.load(default_pack(Path(cache)), "cpu")
        now = datetime.now(UTC).replace(microsecond=0)
        run = calibrate(folder, model, now=now, name=NAME, part="calibration")
    SHIPPED.parent.mkdir(exist_ok=True)
    write_calibration(run.record, SHIPPED)
    print(f"{SHIPPED}: {run.record.id}, {run.record.dataset.pictures} pictures, {len(run.left_out)} left out")
    for path in draw_charts(run.record, charts) if charts else ():
        print(path)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
