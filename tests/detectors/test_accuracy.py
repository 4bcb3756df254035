"""The calibrated rates hold on press photographs of strangers, where that development data is at hand."""

from pathlib import Path

import numpy as np
import pytest

from detectors.calibration import calibration_for
from detectors.enrolment import reference_face
from detectors.errors import FaceUnsuitable
from detectors.gallery import Gallery, search
from detectors.model import FaceModel
from detectors.pack import ModelPack
from detectors.values import Template

PEOPLE, STRANGERS = 40, 40


def faces_dev() -> Path | None:
    """The folder of press photographs, in a sibling of the checkout."""
    for parent in Path(__file__).resolve().parents:
        folder = parent.parent / "shared" / "assets" / "faces-dev"
        if folder.is_dir():
            return folder
    return None


def first_usable(pictures: list[Path], model: FaceModel, count: int) -> list[Template]:
    """Templates of the first pictures that can be enrolled."""
    found: list[Template] = []
    for picture in pictures:
        try:
            found.append(reference_face(picture, model).template)
        except FaceUnsuitable:
            continue
        if len(found) == count:
            break
    return found


@pytest.mark.slow
@pytest.mark.skipif(faces_dev() is None, reason="development data not present")
def test_enrolled_people_are_found_and_strangers_are_not(pack: ModelPack, model: FaceModel) -> None:
    folder = faces_dev()
    assert folder is not None
    people: dict[str, list[Template]] = {}
    strangers: list[Template] = []
    for person in sorted(folder.iterdir())[::7]:
        pictures = sorted(person.glob("*.jpg"))
        if len(pictures) >= 2 and len(people) < PEOPLE and len(found := first_usable(pictures, model, 2)) == 2:
            people[person.name] = found
        elif len(pictures) == 1 and len(strangers) < STRANGERS:
            strangers += first_usable(pictures, model, 1)
    rows = np.stack([reference.vector for reference, _ in people.values()])
    gallery = Gallery(tuple(people), rows, model.key)
    calibration = calibration_for(pack, len(gallery))
    answers = search([probe for _, probe in people.values()], gallery, limit=1)
    right = [name == best[0][0] for name, best in zip(people, answers, strict=True)]
    surfaced = [ok and best[0][1] >= calibration.review_threshold for ok, best in zip(right, answers, strict=True)]
    alarms = [best[0][1] for best in search(strangers, gallery, limit=1)]
    assert np.mean(right) >= 0.93
    assert np.mean(surfaced) >= 0.9
    assert max(alarms) < calibration.threshold
