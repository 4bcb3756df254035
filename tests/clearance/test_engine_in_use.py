"""What the likeness engine found reaches the verdict and the record: sequences, doubts, samplings, marks, rates."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from clearance.demo import media
from clearance.report.document import audit_schema
from clearance.report.html import page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clearance.conftest import Studio, Typed


@pytest.fixture
def judged(clearance: Callable[..., Typed], studio: Studio, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Return a function that gates files, checks the record against its schema, and returns it."""

    def gate(*arguments: object, home: Path | None = None) -> dict[str, Any]:
        done = clearance(
            "--home", home or studio.home, "gate", *arguments, "-d", studio.declaration(tmp_path), "--json"
        )
        document: dict[str, Any] = json.loads(done.out)
        jsonschema.validate(document, audit_schema())
        assert page(document, {})
        return document

    return gate


def test_numbered_stills_are_judged_as_one_film_and_missing_numbers_are_named(
    judged: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    picture = media.retouched(media.COLLINS)
    for number in (1, 2, 3, 5):
        picture.save(tmp_path / f"keeper-shot.{number:04d}.jpg", quality=92)
    (asset,) = judged(tmp_path / "keeper-shot.%04d.jpg")["assets"]
    assert asset["media"]["kind"] == "sequence"
    assert asset["media"]["missing_numbers"] == [[4, 4]]
    assert [a["decision"] for a in asset["appearances"]] == ["match"]
    # A gap in the numbers is a film that cannot be read in full.
    assert asset["verdict"] == "invalid"


def test_a_pattern_that_names_nothing_is_refused_as_usage(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    done = clearance("--home", studio.home, "gate", tmp_path / "x.%04d.exr", "-d", studio.declaration(tmp_path))
    assert done.code == 2
    assert "x.%04d.exr" in done.err


def test_a_match_of_a_marked_twin_goes_to_a_person(
    judged: Callable[..., dict[str, Any]], clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(studio.home, home)
    still = tmp_path / "keeper-still.jpg"
    media.retouched(media.COLLINS).save(still, quality=92)
    assert judged(still, home=home)["assets"][0]["appearances"][0]["decision"] == "match"
    clearance("--home", home, "performer", "relate", studio.keeper, studio.pilot, "--kind", "twin")
    (asset,) = judged(still, home=home)["assets"]
    assert asset["appearances"][0]["decision"] == "review"
    assert asset["appearances"][0]["flags"] == ["relative"]
    assert "K11" in {f["rule"] for f in asset["findings"] if f["outcome"] == "fail"}


@pytest.mark.parametrize(("flag", "sampling"), [("--every-frame", "every-frame"), ("--preview", "preview")])
def test_how_a_film_is_sampled_is_chosen_by_a_flag_and_stated(
    judged: Callable[..., dict[str, Any]], tmp_path: Path, flag: str, sampling: str
) -> None:
    film = tmp_path / "keeper-film.mp4"
    media.write_video(film, media.HARBOUR[:2])
    document = judged(film, flag)
    coverage = document["assets"][0]["coverage"]
    assert coverage["sampling"] == sampling
    searched, total = coverage["frames_searched"], coverage["frames_total"]
    assert searched == total if sampling == "every-frame" else searched < total / 10
    assert any(("every frame" if sampling == "every-frame" else "preview") in limit for limit in document["limits"])


def test_detecting_alone_makes_no_template_and_holds_everybody(
    judged: Callable[..., dict[str, Any]], studio: Studio
) -> None:
    document = judged(studio.papers / "keeper.jpg", "--search", "detect")
    (asset,) = document["assets"]
    assert document["search_mode"] == "detect"
    assert [(a["decision"], a["candidates"]) for a in asset["appearances"]] == [("not_assessable", [])]
    assert asset["coverage"]["faces_searched"] == 0
    assert asset["verdict"] == "review"


def test_marks_of_generation_are_shown_as_evidence_and_decide_nothing(
    judged: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    marked, plain = tmp_path / "keeper-marked.png", tmp_path / "keeper-plain.png"
    text = PngInfo()
    text.add_text("parameters", "portrait of a pilot, Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1")
    media.retouched(media.COLLINS).save(marked, pnginfo=text)
    media.retouched(media.COLLINS).save(plain)
    first, second = judged(marked, plain)["assets"]
    assert [m["kind"] for m in first["marks"]] == ["generation record"]
    assert second["marks"] == []
    assert first["verdict"] == second["verdict"]


def test_the_record_says_how_often_people_are_missed_and_strangers_named_at_this_size(
    judged: Callable[..., dict[str, Any]], studio: Studio
) -> None:
    calibration = judged(studio.papers / "keeper.jpg")["calibration"]
    assert calibration["gallery_size"] == 3
    assert calibration["references"] == 1
    assert 0 < calibration["expected_review_fnir"] < calibration["expected_fnir"] < 0.1
    assert 0 < calibration["expected_fpir"] < calibration["expected_review_fpir"] < 0.05


def test_too_few_pictures_for_a_calibration_are_refused_and_nothing_is_written(
    clearance: Callable[..., Typed], tmp_path: Path
) -> None:
    (tmp_path / "set" / "one").mkdir(parents=True)
    media.portrait(media.COLLINS).save(tmp_path / "set" / "one" / "a.jpg")
    done = clearance("models", "calibrate", tmp_path / "set", "--out", tmp_path / "out")
    assert done.code == 2
    assert "identities" in done.err
    assert not (tmp_path / "out").exists()


def test_a_calibration_that_is_none_stops_the_audit_with_its_name(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "calibration.json").write_text("{}", encoding="utf-8")
    monkeypatch.setenv("CLEARANCE_CALIBRATION", str(tmp_path / "calibration.json"))
    still = studio.papers / "keeper.jpg"
    done = clearance("--home", studio.home, "gate", still, "-d", studio.declaration(tmp_path))
    assert done.code == 2
    assert "calibration.json" in done.err


def test_templates_for_another_pack_are_made_from_the_pictures_that_the_release_allowed_to_keep(
    clearance: Callable[..., Typed],
    studio: Studio,
    apart_from_the_user: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = ("--home", tmp_path / "home")
    clearance(*home, "init")
    names = {}
    for role, keep in (("keeper", ["--keep-images"]), ("pilot", [])):
        names[role] = clearance(*home, "performer", "add", role).out.strip()
        image = studio.papers / f"{role}.jpg"
        done = clearance(
            *home,
            "performer",
            "enrol",
            names[role],
            image,
            "--release-signed",
            "2026-01-01",
            "--jurisdiction",
            "US-CA",
            *keep,
        )
        assert done.code == 0, done
    # The same weights under another name are another pack: its templates are its own.
    (built,) = (apart_from_the_user / "packs").glob("opencv-zoo-*")
    monkeypatch.setenv("CLEARANCE_CACHE", str(tmp_path / "cache"))
    assert clearance(*home, "models", "install", built, "--name", "second").code == 0
    monkeypatch.setenv("CLEARANCE_MODEL_PACK", "second")
    done = clearance(*home, "performer", "enrol", "--rebuild")
    assert done.code == 0, done
    assert names["keeper"] in done.out
    assert names["pilot"] not in done.out
    assert "0 templates" in clearance(*home, "performer", "enrol", "--rebuild").err


def test_enrolment_says_what_the_references_still_lack(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    performer = clearance("--home", studio.home, "performer", "add", "one picture").out.strip()
    Image.open(studio.papers / "pilot.jpg").save(tmp_path / "face.jpg")
    done = clearance(
        "--home",
        studio.home,
        "performer",
        "enrol",
        performer,
        tmp_path / "face.jpg",
        "--release-signed",
        "2026-01-01",
        "--jurisdiction",
        "US-CA",
        "--different-person",
    )
    assert done.code == 0
    assert "still missing" in done.err
    assert "left" in done.err
