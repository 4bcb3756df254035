"""Flags over CLEARANCE_* variables over clearance.toml over defaults, and every value knows where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clearance.errors import HomeMissing, SettingsInvalid
from clearance.settings import load, require_home

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "clearance.toml").write_text('device = "cpu"\napproved_packs = ["SAG-TV", "NFLX"]\n', encoding="utf-8")
    return tmp_path


def test_the_file_in_the_home_overrules_the_default(home: Path) -> None:
    settings = load(home=str(home), environment={})
    assert (settings.device.value, settings.device.source) == ("cpu", str(home / "clearance.toml"))
    assert settings.search_mode.source == "default"
    assert settings.approved == {"SAG-TV", "NFLX"}


def test_the_environment_overrules_the_file_and_the_flag_overrules_both(home: Path) -> None:
    environment = {"CLEARANCE_DEVICE": "cuda"}
    assert load(home=str(home), environment=environment).device.source == "CLEARANCE_DEVICE"
    flagged = load(home=str(home), flags={"device": "auto"}, environment=environment)
    assert (flagged.device.value, flagged.device.source) == ("auto", "the command line")


def test_the_home_comes_from_the_flag_then_the_environment(home: Path) -> None:
    environment = {"CLEARANCE_HOME": str(home / "other")}
    assert load(home=str(home), environment=environment).home.source == "--home"
    assert load(home=None, environment=environment).home_path == home / "other"


def test_a_value_that_is_not_permitted_is_refused_with_where_it_came_from(home: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"CLEARANCE_SEARCH_MODE.*registry, declared"):
        load(home=str(home), environment={"CLEARANCE_SEARCH_MODE": "everyone"})


def test_a_folder_without_a_settings_file_is_no_home(tmp_path: Path) -> None:
    with pytest.raises(HomeMissing, match="clearance init"):
        require_home(load(home=str(tmp_path), environment={}))
