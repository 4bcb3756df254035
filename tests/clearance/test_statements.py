"""What a manifest states follows from the declaration, and what contradicts the declaration is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clearance.declaration import TEMPLATE, load
from clearance.errors import ConfigurationError, DocumentRejected, SigningRefused
from clearance.statements import derived_source_type, stated_of
from provenance import source_types

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clearance.declaration import Declaration

COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
REPLICA = ("replicas: []", "replicas: [{performer: P-7K2M9QXA, kind: DA}]")
GENERATED = ("synthetic_performers: []", "synthetic_performers: [{name: Dockhand 2}]")
FILMED = ("on_camera: []", "on_camera: [{performer: P-7K2M9QXA}]")
BY_HAND = ("generative: true", "generative: false")


@pytest.fixture
def declared(tmp_path: Path) -> Callable[..., Declaration]:
    def made(*changes: tuple[str, str]) -> Declaration:
        text = TEMPLATE
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path = tmp_path / "declaration.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path)

    return made


@pytest.mark.parametrize(
    ("changes", "plates", "expected"),
    [
        ((REPLICA,), False, COMPOSITE),
        ((REPLICA, BY_HAND), False, "composite"),
        ((GENERATED,), False, "trainedAlgorithmicMedia"),
        ((GENERATED, FILMED), False, COMPOSITE),
        ((GENERATED,), True, COMPOSITE),
        ((), False, "compositeSynthetic"),
        ((BY_HAND,), False, None),
        ((GENERATED, BY_HAND), False, None),
    ],
)
def test_the_source_type_follows_from_what_was_declared(
    declared: Callable[..., Declaration], changes: Any, plates: bool, expected: str | None
) -> None:
    declaration = declared(*changes)
    assert derived_source_type(declaration, "shot.mp4", plates=plates) == expected
    if expected is None:
        with pytest.raises(ConfigurationError, match="--source-type"):
            stated_of(declaration, "shot.mp4", source_type=None, plates=plates)
    else:
        # What is derived may also be named.
        stated = stated_of(declaration, "shot.mp4", source_type=expected, plates=plates)
        assert stated.source_type == expected


@pytest.mark.parametrize(
    ("changes", "plates", "named", "why"),
    [
        ((), False, "digitalCapture", "camera"),
        ((REPLICA, BY_HAND), False, "negativeFilm", "camera"),
        ((), False, "digitalCreation", "no trained model"),
        ((), False, "http://cv.iptc.org/newscodes/digitalsourcetype/humanEdits", "no trained model"),
        ((BY_HAND,), False, "trainedAlgorithmicMedia", "nothing generated"),
        ((FILMED,), False, "trainedAlgorithmicMedia", "filmed"),
        ((), True, "trainedAlgorithmicMedia", "filmed"),
    ],
)
def test_a_source_type_that_contradicts_the_declaration_is_refused(
    declared: Callable[..., Declaration], changes: Any, plates: bool, named: str, why: str
) -> None:
    with pytest.raises(SigningRefused, match=why):
        stated_of(declared(*changes), "shot.mp4", source_type=named, plates=plates)


@pytest.mark.parametrize("named", [*sorted(source_types.RETIRED), "madeUp", ""])
def test_a_retired_or_unknown_source_type_is_refused(declared: Callable[..., Declaration], named: str) -> None:
    with pytest.raises(ConfigurationError, match="no current"):
        stated_of(declared(), "shot.mp4", source_type=named, plates=False)


def test_every_declared_tool_is_named_the_generative_one_first(declared: Callable[..., Declaration]) -> None:
    declaration = declared(("tools:     ", 'tools:\n  - {name: Grade, version: "9", generative: false}\n# '))
    stated = stated_of(declaration, "shot.mp4", source_type=None, plates=False)
    assert stated.agent is not None
    assert (stated.agent.name, stated.agent.version) == ("FaceComposer", "4.1")
    (edit,) = stated.edits
    assert edit.name == "c2pa.edited"
    assert edit.agent is not None
    assert edit.agent.name == "Grade"


def test_dubbing_is_stated_with_its_languages_for_the_files_it_names(declared: Callable[..., Declaration]) -> None:
    declaration = declared(("dubbing: []", "dubbing: [{language: pt-BR, original: en, files: ['*-br.mp4']}]"))
    stated = stated_of(declaration, "shot-br.mp4", source_type=None, plates=False)
    assert [edit.name for edit in stated.edits] == ["c2pa.dubbed", "c2pa.translated"]
    assert stated.edits[1].parameters == {"sourceLanguage": "en", "targetLanguage": "pt-BR"}
    assert stated_of(declaration, "shot.mp4", source_type=None, plates=False).edits == ()


def test_actions_are_called_complete_only_if_the_declaration_says_so(declared: Callable[..., Declaration]) -> None:
    assert not stated_of(declared(), "a.mp4", source_type=None, plates=False).all_actions_included
    complete = declared(("complete: false", "complete: true"))
    assert stated_of(complete, "a.mp4", source_type=None, plates=False).all_actions_included


def test_the_production_is_named_with_the_identifiers_that_are_declared(declared: Callable[..., Declaration]) -> None:
    declaration = declared(("  # eidr: ", "  eidr: "))
    data = stated_of(declaration, "a.mp4", source_type=None, plates=False).production.data
    assert data["xmpDM:projectName"] == "NIGHT-HARBOUR"
    assert data["dc:identifier"] == ["https://doi.org/10.5240/7791-8534-2C23-9030-8610-5"]


@pytest.mark.parametrize(
    "change",
    [
        ("  # eidr: 10.5240/", "  eidr: 10.5239/"),
        ("  # client: Example Studio", "  isan: Jane Doe"),
        ("dubbing: []", "dubbing: [{language: French please}]"),
        ("complete: false", "complete: perhaps"),
    ],
)
def test_a_malformed_identifier_or_language_is_located(
    declared: Callable[..., Declaration], change: tuple[str, str]
) -> None:
    with pytest.raises(DocumentRejected, match=r"declaration\.yaml:\d+:\d+"):
        declared(change)
