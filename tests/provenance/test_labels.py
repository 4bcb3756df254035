"""Labels of assertions: the traps of the engine, by form."""

from __future__ import annotations

import pytest

from provenance import labels
from provenance.errors import ManifestInvalid


@pytest.mark.parametrize("label", ["org.example.notes", "cawg.training-mining", "c2pa.metadata", labels.CONSENT])
def test_a_proper_label_is_allowed(label: str) -> None:
    assert labels.checked(label) == label


@pytest.mark.parametrize(
    "label",
    [
        "c2pa.likeness-consent",
        "c2pa.actions.v2",
        "cawg.identity",
        "stds.exif",
        "org.example/likeness consent",
        "org.example.likeness consent",
        "org.example.notes.v2",
        "org.example.notes__3",
        "single",
        "org..notes",
        ".notes",
        "org.example.notes\n",
        "",
    ],
)
def test_a_label_that_the_engine_would_bend_or_that_is_not_ours_is_refused(label: str) -> None:
    with pytest.raises(ManifestInvalid, match="label"):
        labels.checked(label)


def test_the_number_of_a_repetition_is_not_part_of_the_label() -> None:
    assert labels.base("c2pa.ingredient.v3__12") == "c2pa.ingredient.v3"
