"""The error tree says what, which and what next, and survives the way between processes."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from detectors import errors

LEAVES = [
    errors.MissingMedia,
    errors.UnreadableMedia,
    errors.MislabelledMedia,
    errors.NoPicture,
    errors.NoFace,
    errors.SeveralFaces,
    errors.FaceTooSmall,
    errors.FaceTooPoor,
    errors.PackSourceMissing,
    errors.PackCorrupt,
    errors.PackRefused,
    errors.LicenceRefused,
    errors.PackMissing,
    errors.CalibrationUnusable,
]


@pytest.mark.parametrize("kind", LEAVES)
def test_an_error_about_a_file_keeps_its_path_and_names_it(kind: type[errors.MediaError]) -> None:
    error = kind(Path("a/b.png"), "is empty")
    assert error.path == Path("a/b.png")
    assert str(error) == f"{Path('a/b.png')}: is empty"
    assert isinstance(error, errors.DetectorError)


@pytest.mark.parametrize("kind", LEAVES)
def test_an_error_is_the_same_after_pickling(kind: type[errors.MediaError]) -> None:
    error = pickle.loads(pickle.dumps(kind(Path("x.mp4"), "is empty")))  # noqa: S301  our own bytes
    assert type(error) is kind
    assert (error.path, str(error)) == (Path("x.mp4"), "x.mp4: is empty")


def test_errors_and_values_load_no_model_library() -> None:
    code = (
        "import sys, detectors, detectors.errors, detectors.values, detectors.signatures;"
        "print([m for m in ('cv2', 'onnx', 'onnxruntime', 'insightface', 'av', 'PIL') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_insightface_and_onnxruntime_are_imported_in_at_most_three_files() -> None:
    files = sorted(Path(errors.__file__).parent.glob("*.py"))
    importing = [f.name for f in files if "import onnxruntime" in f.read_text() or "from insightface" in f.read_text()]
    assert 0 < len(importing) <= 3
