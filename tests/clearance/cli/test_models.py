"""Packs are installed with a licence, listed with it, verified by file, used by name, and printed in reports."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from clearance.settings import load
from detectors.installation import pack_named

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clearance.conftest import Studio, Typed


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test alone, since an installed pack stays."""
    monkeypatch.setenv("CLEARANCE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def buffalo(cache: Path, tmp_path: Path) -> Path:
    """The default pack's own models under a name of insightface's, in the layout it had before manifests."""
    folder = tmp_path / "buffalo_x"
    folder.mkdir()
    for model in pack_named(cache, "opencv-zoo").directory.glob("*.onnx"):
        shutil.copyfile(model, folder / model.name)
    return folder


HELD = ("--licence", "InsightFace, contract 2026-17")


def test_a_research_pack_is_refused_until_the_licence_held_is_named_and_then_listed_with_it(
    clearance: Callable[..., Typed], buffalo: Path
) -> None:
    refused = clearance("models", "install", buffalo)
    assert (refused.code, refused.out) == (2, "")
    assert all(words in refused.err for words in ("buffalo_x", "non-commercial research", "--licence"))
    done = clearance("models", "install", buffalo, *HELD)
    assert (done.code, done.out) == (0, "buffalo_x\n")
    assert "not stated" in done.err
    listed = clearance("models", "list").out.splitlines()
    assert any(line.startswith("* opencv-zoo") and "MIT AND Apache-2.0" in line for line in listed)
    assert any(line.startswith("  buffalo_x") and "contract 2026-17" in line for line in listed)


def test_whether_commercial_use_is_allowed_is_said_of_a_licence_that_is_named(
    clearance: Callable[..., Typed], buffalo: Path
) -> None:
    done = clearance("models", "install", buffalo, "--commercial-use")
    assert done.code == 2
    assert "--licence" in done.err
    assert clearance("models", "install", buffalo, *HELD, "--commercial-use", "--name", "ours").code == 0
    packs = json.loads(clearance("models", "list", "--json").out)["packs"]
    assert [(p["name"], p["commercial_use"]) for p in packs] == [("opencv-zoo", True), ("ours", True)]


def test_verify_names_the_file_that_changed_and_ends_in_2(
    clearance: Callable[..., Typed], buffalo: Path, cache: Path
) -> None:
    clearance("models", "install", buffalo, *HELD)
    whole = clearance("models", "verify")
    assert (whole.code, whole.out.count("whole")) == (0, 2)
    with (cache / "packs" / "buffalo_x" / "sface_112.onnx").open("ab") as stream:
        stream.write(b"\0")
    broken = clearance("models", "verify", "--json")
    assert broken.code == 2
    faults = {p["name"]: p["fault"] for p in json.loads(broken.out)["packs"]}
    assert faults["opencv-zoo"] is None
    assert "sface_112.onnx" in faults["buffalo_x"]
    assert clearance("models", "verify", "opencv-zoo").code == 0
    assert clearance("models", "verify", "absent").code == 2


def test_a_recogniser_alone_borrows_a_detector(clearance: Callable[..., Typed], buffalo: Path) -> None:
    alone = buffalo.parent / "glintr100.onnx"
    shutil.move(buffalo / "sface_112.onnx", alone)
    done = clearance("models", "install", alone, "--detector-from", "opencv-zoo", "--licence", "Apache-2.0")
    assert (done.code, done.out) == (0, "glintr100\n")


def test_the_setting_chooses_the_pack_and_one_that_is_missing_is_named(
    clearance: Callable[..., Typed], buffalo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(home=None, environment={}).model_pack.value == "opencv-zoo"
    clearance("models", "install", buffalo, *HELD, "--name", "ours")
    monkeypatch.setenv("CLEARANCE_MODEL_PACK", "ours")
    shown = clearance("doctor").out
    assert all(words in shown for words in ("ours", "contract 2026-17", "CLEARANCE_MODEL_PACK"))
    monkeypatch.setenv("CLEARANCE_MODEL_PACK", "theirs")
    done = clearance("doctor")
    assert done.code == 2
    assert "theirs" in done.out


def test_a_pack_nobody_calibrated_judges_nobody(
    clearance: Callable[..., Typed], buffalo: Path, studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clearance("models", "install", buffalo, *HELD, "--name", "ours")
    monkeypatch.setenv("CLEARANCE_MODEL_PACK", "ours")
    still = studio.papers / "keeper.jpg"
    done = clearance("--home", studio.home, "gate", still, "-d", studio.declaration(tmp_path))
    assert done.code == 2
    assert "calibrat" in done.err
