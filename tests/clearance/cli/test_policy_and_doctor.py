"""Packs are listed, shown and tested from the command line; doctor says what is wrong and where settings come from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import policies
from detectors.nvidia import cuda_device_present

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clearance.conftest import Studio, Typed

PACKS = Path(policies.__file__).parent / "packs"


def test_the_packs_are_listed_with_their_review_status(clearance: Callable[..., Typed]) -> None:
    shown = clearance("policy", "list").out
    assert all(name in shown for name in ("CORE", "BIO", "PROV", "pending"))


def test_a_rule_is_shown_with_its_clauses_its_source_and_its_remedy(clearance: Callable[..., Typed]) -> None:
    shown = clearance("policy", "show", "core", "k2").out
    assert all(word in shown for word in ("K2", "requires", "source", "remedy"))
    assert "K3" not in shown


def test_the_built_in_packs_hold_their_own_cases(clearance: Callable[..., Typed]) -> None:
    done = clearance("policy", "test")
    assert done.code == 0, done.out


def test_a_pack_whose_case_does_not_hold_is_named_and_ends_in_1(
    clearance: Callable[..., Typed], tmp_path: Path
) -> None:
    shutil.copytree(PACKS / "bio", tmp_path / "bio")
    file = tmp_path / "bio" / "pack.yaml"
    text = file.read_text(encoding="utf-8")
    assert "expect: fail" in text
    file.write_text(text.replace("expect: fail", "expect: pass", 1), encoding="utf-8")
    done = clearance("policy", "test", tmp_path / "bio")
    assert done.code == 1
    assert "expected pass, got fail" in done.out


def test_a_broken_pack_is_refused_with_file_line_and_column(clearance: Callable[..., Typed], tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text((PACKS / "bio" / "pack.yaml").read_text(encoding="utf-8").replace("severity: ", "severtiy: "))
    done = clearance("policy", "test", file)
    assert done.code == 2
    assert "mine.yaml:" in done.err
    assert "severity" in done.err


def test_an_audit_can_be_judged_by_a_pack_of_ones_own_which_holds_at_most(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    file = tmp_path / "mine.yaml"
    rule = {
        "id": "X1",
        "title": "Nothing passes",
        "severity": "block",
        "citation": {
            "instrument": "A rule of the house",
            "section": "1",
            "paraphrase": "Nothing passes.",
            "confidence": "sourced",
            "checked": "2026-11-22",
        },
        "for_each": "asset",
        "require": [{"expr": 'asset.kind == "none"', "say": "It is here."}],
        "remedy": "Take it away.",
    }
    facts = {"asset": {"sha256": "0" * 64, "kind": "image"}}
    head = {
        "facts": facts,
        "pack": "HOUSE",
        "title": "House",
        "version": "1",
        "effective": "2026-01-01",
        "legal_review": "pending",
    }
    file.write_text(json.dumps(head | {"rules": [rule]}), encoding="utf-8")
    gate = ("gate", studio.papers / "keeper.jpg", "-d", studio.declaration(tmp_path), "--policy", file)
    assert clearance("--home", studio.home, *gate).code == 3
    home = tmp_path / "home"
    shutil.copytree(studio.home, home)
    (home / "clearance.toml").write_text('approved_packs = ["HOUSE"]\n', encoding="utf-8")
    assert clearance("--home", home, *gate).code == 1


def test_doctor_finds_a_good_home_in_order(clearance: Callable[..., Typed], studio: Studio) -> None:
    done = clearance("--home", studio.home, "doctor", "--json")
    assert done.code == 0
    document = json.loads(done.out)
    assert {c["name"]: c["state"] for c in document["checks"]} == dict.fromkeys(
        ("home", "registry", "ONNX Runtime", "OpenCV", "GPU", "face model", "signing identity", "trust", "rule packs"),
        "ok",
    )
    assert document["settings"]["home"]["source"] == "--home"


def test_doctor_names_a_lost_key_file_and_ends_in_2(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(studio.home, home)
    (home / "keys" / "registry.key").unlink()
    done = clearance("--home", home, "doctor")
    assert done.code == 2
    assert "registry.key" in done.out


def test_doctor_works_where_there_is_no_home_yet(clearance: Callable[..., Typed], tmp_path: Path) -> None:
    done = clearance("--home", tmp_path / "none", "doctor")
    assert done.code == 0
    assert "clearance init" in done.out


def test_doctor_says_what_a_gpu_lacks_and_that_only_asking_for_one_makes_it_wrong(
    clearance: Callable[..., Typed], studio: Studio
) -> None:
    if cuda_device_present():
        pytest.skip("a CUDA device is present")
    for device, state in (("auto", "ok"), ("cpu", "ok"), ("cuda", "wrong"), ("tensorrt", "wrong")):
        done = clearance("--home", studio.home, "doctor", "--json", "--device", device)
        assert done.code == (2 if state == "wrong" else 0)
        checks = {c["name"]: c for c in json.loads(done.out)["checks"]}
        assert checks["GPU"]["state"] == state
        assert "an NVIDIA device that answers" in checks["GPU"]["detail"]
        assert ("libnvinfer.so.10" in checks["GPU"]["detail"]) is (device == "tensorrt")
        if device == "auto":
            assert "the CPU (auto: no NVIDIA device answers)" in checks["face model"]["detail"]
