"""A second pack is used where both are calibrated together, named in every record, and never mixes with one alone."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from clearance.demo import media
from clearance.errors import SettingsInvalid
from clearance.likeness import face_model
from clearance.report.document import audit_schema
from clearance.report.html import page
from clearance.settings import load
from detectors.calibration import SHIPPED
from detectors.calibration_file import PackBinding, read_calibration, write_calibration
from detectors.fusion import fused
from detectors.installation import pack_named
from provenance.verify import read
from tests.detectors.test_accuracy import faces_dev
from tests.mirrored_pack import installed_mirrored

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clearance.conftest import Studio, Typed

# As long as a pack's name may be; with the first one's it is longer than the consent assertion's field.
NAME = "mirrored-" + "x" * 55
FORBIDDING = "research"


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with the default pack, a second one, and the same again under a licence that forbids commercial use."""
    folder = tmp_path_factory.mktemp("packs")
    default = pack_named(folder / "cache", "opencv-zoo")
    installed_mirrored(default, folder / "cache", folder, name=NAME)
    installed_mirrored(
        default, folder / "cache", folder, name=FORBIDDING, licence_held="for research", commercial_use=False
    )
    return folder / "cache"


@pytest.fixture
def both(packs: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The second pack is set beside the default one."""
    monkeypatch.setenv("CLEARANCE_CACHE", str(packs))
    monkeypatch.setenv("CLEARANCE_SECOND_PACK", NAME)
    return monkeypatch


@pytest.fixture
def home(studio: Studio, tmp_path: Path) -> Path:
    """A copy of the studio, where everybody is enrolled with the default pack alone."""
    shutil.copytree(studio.home, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def still(tmp_path: Path) -> Path:
    path = tmp_path / "keeper-still.jpg"
    media.retouched(media.COLLINS).save(path, quality=92)
    return path


def stand_in(packs: Path, path: Path, second: str = NAME) -> Path:
    """Write the shipped calibration as one of the pair: the rates are another model's, form and binding are real."""
    default = pack_named(packs, "opencv-zoo")
    pair = fused(default, pack_named(packs, second))
    binding = PackBinding(name=pair.name, version=pair.version, sha256=pair.sha256)
    write_calibration(read_calibration(SHIPPED, default).model_copy(update={"pack": binding}), path)
    return path


def test_without_a_calibration_of_both_nothing_is_judged_and_the_sentence_says_how_to_make_one(
    clearance: Callable[..., Typed], studio: Studio, home: Path, still: Path, tmp_path: Path, both: pytest.MonkeyPatch
) -> None:
    declaration = ("-d", studio.declaration(tmp_path))
    for command in (
        ("gate", still, *declaration),
        ("audit", still, *declaration, "--out", tmp_path / "report"),
        ("scan", still),
    ):
        done = clearance("--home", home, *command)
        assert done.code == 2, done
        assert f"opencv-zoo 1 and {NAME} 1 have no calibration together" in done.err
        assert "clearance models calibrate DIR" in done.err
    both.setenv("CLEARANCE_CALIBRATION", str(SHIPPED))
    done = clearance("--home", home, "gate", still, *declaration)
    assert done.code == 2
    assert "was made with opencv-zoo 1" in done.err


def test_with_both_somebody_is_enrolled_matched_and_signed_for_and_every_record_names_both_packs(
    clearance: Callable[..., Typed],
    studio: Studio,
    home: Path,
    still: Path,
    packs: Path,
    tmp_path: Path,
    both: pytest.MonkeyPatch,
) -> None:
    both.setenv("CLEARANCE_CALIBRATION", str(stand_in(packs, tmp_path / "calibration.json")))
    gate = ("--home", home, "gate", still, "-d", studio.declaration(tmp_path), "--json")
    # 1. The templates of the default pack alone are not compared with.
    (asset,) = json.loads(clearance(*gate).out)["assets"]
    assert [(a["decision"], a["candidates"]) for a in asset["appearances"]] == [("no_match", [])]
    # 2. Enrolled again, the keeper is found.
    assert clearance("--home", home, "performer", "enrol", studio.keeper, studio.papers / "keeper.jpg").code == 0
    document: dict[str, Any] = json.loads(clearance(*gate).out)
    jsonschema.validate(document, audit_schema())
    (asset,) = document["assets"]
    (seen,) = asset["appearances"]
    assert (seen["decision"], seen["candidates"][0]["performer"]) == ("match", studio.keeper)
    # 3. The record, the page and the signature name both.
    first, second = (pack_named(packs, name) for name in ("opencv-zoo", NAME))
    described = document["model_pack"]
    assert described["name"] == f"opencv-zoo+{NAME}"
    assert [part["sha256"] for part in described["parts"]] == [first.sha256, second.sha256]
    shown = page(document, {})
    assert all(part in shown for part in (first.sha256[:16], second.sha256[:16], f"and of {NAME} 1, licence MIT"))
    signed = ("sign", still, "--out", tmp_path / "signed.jpg", "-d", studio.declaration(tmp_path))
    done = clearance("--home", home, *signed, "--source-type", "compositeWithTrainedAlgorithmicMedia")
    assert done.code == 0, done
    consent: Any = read(tmp_path / "signed.jpg", None).consent
    assert consent.data["assetScan"]["detector"] == f"opencv-zoo+{NAME}"[:64]
    assert consent.data["assetScan"]["modelSha256"] == described["sha256"]
    # 4. Alone again, the default pack finds its own templates and refuses the calibration of both.
    both.delenv("CLEARANCE_SECOND_PACK")
    assert clearance(*gate).code == 2
    both.delenv("CLEARANCE_CALIBRATION")
    document = json.loads(clearance(*gate).out)
    assert document["assets"][0]["appearances"][0]["decision"] == "match"
    assert "parts" not in document["model_pack"]


def test_kept_pictures_give_the_templates_of_both(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path, both: pytest.MonkeyPatch
) -> None:
    home = ("--home", tmp_path / "new")
    clearance(*home, "init")
    both.delenv("CLEARANCE_SECOND_PACK")
    performer = clearance(*home, "performer", "add", "keeper").out.strip()
    kept = ("--release-signed", "2026-01-01", "--jurisdiction", "US-IL", "--keep-images")
    assert clearance(*home, "performer", "enrol", performer, studio.papers / "keeper.jpg", *kept).code == 0
    assert "0 templates" in clearance(*home, "performer", "enrol", "--rebuild").err
    both.setenv("CLEARANCE_SECOND_PACK", NAME)
    done = clearance(*home, "performer", "enrol", "--rebuild")
    assert performer in done.out
    assert "0 templates" in clearance(*home, "performer", "enrol", "--rebuild").err


def test_the_stricter_licence_of_the_two_decides(
    clearance: Callable[..., Typed],
    studio: Studio,
    home: Path,
    still: Path,
    packs: Path,
    tmp_path: Path,
    both: pytest.MonkeyPatch,
) -> None:
    both.setenv("CLEARANCE_SECOND_PACK", FORBIDDING)
    both.setenv("CLEARANCE_CALIBRATION", str(stand_in(packs, tmp_path / "calibration.json", FORBIDDING)))
    done = clearance("--home", home, "gate", still, "-d", studio.declaration(tmp_path), "--json")
    document = json.loads(done.out)
    assert done.code == 1
    assert "B13" in {f["rule"] for f in document["assets"][0]["findings"] if f["outcome"] == "fail"}
    assert [part["commercial_use"] for part in document["model_pack"]["parts"]] == [True, False]
    assert "operator named: for research" in page(document, {})


def test_doctor_and_the_list_name_both_and_doctor_says_what_an_audit_would_fail_on(
    clearance: Callable[..., Typed], packs: Path, tmp_path: Path, both: pytest.MonkeyPatch
) -> None:
    def checked() -> tuple[int, dict[str, str]]:
        done = clearance("--home", tmp_path / "none", "doctor", "--json")
        return done.code, next(c for c in json.loads(done.out)["checks"] if c["name"] == "face model")

    code, check = checked()
    assert (code, check["state"]) == (2, "wrong")
    assert "have no calibration together" in check["detail"]
    both.setenv("CLEARANCE_CALIBRATION", str(stand_in(packs, tmp_path / "calibration.json")))
    code, check = checked()
    assert (code, check["state"]) == (0, "ok")
    for name in ("opencv-zoo", NAME):
        pack = pack_named(packs, name)
        assert f"{name} 1: licence {pack.licence}, commercial use allowed, SHA-256 {pack.sha256}" in check["detail"]
    listed = clearance("models", "list").out.splitlines()
    assert [line.split()[1] for line in listed if line.startswith("*")] == ["opencv-zoo", NAME]


def test_a_second_pack_that_is_the_first_or_is_not_installed_is_refused(
    clearance: Callable[..., Typed], tmp_path: Path, both: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsInvalid, match=r"CLEARANCE_SECOND_PACK.*as is model_pack"):
        load(home=None, environment={"CLEARANCE_SECOND_PACK": "opencv-zoo"})
    both.setenv("CLEARANCE_SECOND_PACK", "absent")
    done = clearance("--home", tmp_path / "none", "doctor")
    assert done.code == 2
    assert "absent" in done.out


def test_without_a_second_pack_the_key_is_that_of_the_pack_alone(packs: Path, both: pytest.MonkeyPatch) -> None:
    both.delenv("CLEARANCE_SECOND_PACK")
    alone = face_model(load(home=None))
    assert alone.key == f"opencv-zoo-1:{pack_named(packs, 'opencv-zoo').sha256[:16]}:umeyama5-112-rgb/1"


@pytest.mark.slow
@pytest.mark.skipif(faces_dev() is None, reason="development data not present")
def test_a_calibration_of_both_made_from_the_command_line_is_one_that_audits_use(
    clearance: Callable[..., Typed], studio: Studio, home: Path, still: Path, tmp_path: Path, both: pytest.MonkeyPatch
) -> None:
    source = faces_dev()
    assert source is not None
    people = [each for each in sorted(source.iterdir()) if len(list(each.glob("*.jpg"))) >= 2][:50]
    for person in people:
        (tmp_path / "people" / person.name).mkdir(parents=True)
        for picture in sorted(person.glob("*.jpg"))[:2]:
            (tmp_path / "people" / person.name / picture.name).symlink_to(picture)
    done = clearance("models", "calibrate", tmp_path / "people", "--out", tmp_path / "made")
    assert done.code == 0, done
    assert f"opencv-zoo+{NAME}-1+1/" in done.out
    both.setenv("CLEARANCE_CALIBRATION", str(tmp_path / "made" / "calibration.json"))
    assert clearance("--home", home, "performer", "enrol", studio.keeper, studio.papers / "keeper.jpg").code == 0
    document = json.loads(clearance("--home", home, "gate", still, "-d", studio.declaration(tmp_path), "--json").out)
    assert document["calibration"]["id"].startswith(f"opencv-zoo+{NAME}-1+1/")
    assert document["assets"][0]["appearances"][0]["decision"] == "match"
