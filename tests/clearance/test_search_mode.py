"""Searching everybody or only the declared is an explicit setting, on the record and in the report."""

from __future__ import annotations

import json
import shutil
from datetime import date
from typing import TYPE_CHECKING

import pytest

from clearance.demo import media
from clearance.home import registry_of
from clearance.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clearance.conftest import Studio, Typed


@pytest.fixture
def home(studio: Studio, tmp_path: Path) -> Path:
    shutil.copytree(studio.home, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def senator(tmp_path: Path) -> Path:
    path = tmp_path / "undeclared.jpg"
    media.retouched(media.OBAMA_STANDING).save(path)
    return path


def judged(clearance: Callable[..., Typed], home: Path, path: Path, declaration: Path) -> dict[str, object]:
    document: dict[str, object] = json.loads(clearance("--home", home, "gate", path, "-d", declaration, "--json").out)
    return document


def decisions(document: dict[str, object]) -> list[str]:
    (asset,) = document["assets"]  # type: ignore[misc]  # JSON
    return [appearance["decision"] for appearance in asset["appearances"]]  # type: ignore[has-type]  # JSON


def test_the_registry_mode_finds_whom_nobody_declared_and_the_declared_mode_does_not(
    clearance: Callable[..., Typed], studio: Studio, home: Path, senator: Path, tmp_path: Path
) -> None:
    declaration = studio.declaration(tmp_path)
    everybody = judged(clearance, home, senator, declaration)
    assert (everybody["search_mode"], decisions(everybody)) == ("registry", ["match"])
    (home / "clearance.toml").write_text('search_mode = "declared"\n', encoding="utf-8")
    declared = judged(clearance, home, senator, declaration)
    assert (declared["search_mode"], decisions(declared)) == ("declared", ["no_match"])
    assert "declaration names" in str(declared["limits"])


def test_every_search_over_the_registry_is_on_the_record(
    clearance: Callable[..., Typed], studio: Studio, home: Path, senator: Path, tmp_path: Path
) -> None:
    clearance("--home", home, "scan", senator)
    judged(clearance, home, senator, studio.declaration(tmp_path))
    with registry_of(load(home=str(home))) as registry:
        kinds = [event.kind for event in registry.events(3)]
    assert kinds == ["audit", "gallery-opened", "search"]


def test_a_performer_whose_release_has_ended_is_not_searched_for(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    home = ("--home", tmp_path / "home")
    clearance(*home, "init")
    image, still = tmp_path / "reference.jpg", tmp_path / "still.jpg"
    media.portrait(media.COLLINS).save(image)
    media.retouched(media.COLLINS).save(still)
    performer = clearance(*home, "performer", "add", "short release").out.strip()
    today = date.today()  # noqa: DTZ011 -- the release must end today, whatever the zone
    released = ("--release-signed", "2026-01-01", "--jurisdiction", "US-CA", "--release-expires", today.isoformat())
    assert clearance(*home, "performer", "enrol", performer, image, *released).code == 0
    settings = load(home=str(tmp_path / "home"))
    with registry_of(settings) as registry:
        from clearance.likeness import face_model

        model = face_model(settings)
        assert len(registry.templates(model.key, on=today)) == 1
        assert registry.templates(model.key, on=date(2200, 1, 1)) == ()


def test_detecting_alone_opens_no_registry_and_names_nobody(
    clearance: Callable[..., Typed], senator: Path, tmp_path: Path
) -> None:
    done = clearance("--home", tmp_path / "nowhere", "scan", "--detect-only", senator, "--json")
    assert done.code == 0
    (file,) = json.loads(done.out)["files"]
    assert [a["decision"] for a in file["appearances"]] == ["not_assessable"]
    assert file["appearances"][0]["candidates"] == []
