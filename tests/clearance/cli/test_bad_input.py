"""Wrong input gives one sentence (what, which, what next), the right code, no traceback, nothing half-written."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from clearance.demo import media

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clearance.conftest import Studio, Typed

RELEASED = ("--release-signed", "2026-01-01", "--jurisdiction", "US-CA")


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder of files that are each wrong in one way."""
    still = tmp_path / "still.jpg"
    media.portrait(media.COLLINS).save(still, quality=90)
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "truncated.jpg").write_bytes(still.read_bytes()[:9000])
    (tmp_path / "noise.jpg").write_bytes(bytes(range(256)) * 40)
    shutil.copy(still, tmp_path / "mislabelled.png")
    (tmp_path / "prose.mp4").write_text("This is no film.", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    media.write_video(tmp_path / "film.mp4", media.HARBOUR[:1])
    film = (tmp_path / "film.mp4").read_bytes()
    (tmp_path / "cut-off.mp4").write_bytes(film[: len(film) // 2])
    return tmp_path


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("missing.jpg", 2),
        ("folder", 2),
        ("empty.jpg", 4),
        ("truncated.jpg", 4),
        ("noise.jpg", 4),
        ("mislabelled.png", 4),
        ("prose.mp4", 4),
        ("cut-off.mp4", 4),
    ],
)
@pytest.mark.parametrize("command", ["gate", "scan", "audit"])
def test_a_file_that_is_not_what_it_should_be_is_named(
    clearance: Callable[..., Typed], studio: Studio, shelf: Path, command: str, name: str, code: int
) -> None:
    arguments = [] if command == "scan" else ["-d", studio.declaration(shelf)]
    out = shelf / "report"
    if command == "audit":
        arguments += ["--out", out]
    done = clearance("--home", studio.home, command, shelf / name, *arguments)
    assert done.code == code, done
    assert name in done.out + done.err
    assert "Traceback" not in done.out + done.err
    assert out.exists() == (command == "audit" and code == 4)
    assert not [p for p in shelf.iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("landscape.jpg", "no face"),
        ("party.jpg", "faces"),
        ("tiny.jpg", "pixels"),
        ("missing.jpg", "no such file"),
    ],
)
def test_a_reference_without_exactly_one_good_face_is_refused_and_nothing_is_kept(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path, name: str, words: str
) -> None:
    Image.effect_mandelbrot((640, 480), (-3, -2.5, 2, 2.5), 100).save(tmp_path / "landscape.jpg")
    media.strangers().save(tmp_path / "party.jpg")
    face = media.portrait(media.COLLINS).resize((120, 120))
    small = Image.new("RGB", (640, 480), (60, 80, 60))
    small.paste(face, (270, 190))
    small.save(tmp_path / "tiny.jpg")
    good = tmp_path / "good.jpg"
    media.portrait(media.COLLINS).save(good)
    home = ("--home", studio.home)
    performer = clearance(*home, "performer", "add", f"hopeful {name}").out.strip()
    done = clearance(*home, "performer", "enrol", performer, good, tmp_path / name, *RELEASED)
    assert done.code == 2, done
    assert name in done.err
    assert words in done.err.lower()
    shown = clearance(*home, "performer", "show", performer).out
    assert "templates: 0" in shown
    assert "release" not in shown


def test_enrolment_without_a_biometric_release_is_refused(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    image = tmp_path / "face.jpg"
    media.portrait(media.COLLINS).save(image)
    home = ("--home", studio.home)
    performer = clearance(*home, "performer", "add", "unreleased").out.strip()
    done = clearance(*home, "performer", "enrol", performer, image)
    assert done.code == 2
    assert "release" in done.err
    assert "--release-signed" in done.err


@pytest.mark.parametrize("dates", [("2999-01-01",), ("2020-01-01", "--release-expires", "2021-01-01")])
def test_a_release_that_does_not_hold_today_is_refused_and_not_recorded(
    clearance: Callable[..., Typed], studio: Studio, dates: tuple[str, ...]
) -> None:
    home = ("--home", studio.home)
    performer = clearance(*home, "performer", "add", f"released {dates[0]}").out.strip()
    image = studio.papers / "keeper.jpg"
    done = clearance(
        *home, "performer", "enrol", performer, image, "--jurisdiction", "US-CA", "--release-signed", *dates
    )
    assert done.code == 2
    assert "no biometric release in force" in done.err
    assert "release R-" not in clearance(*home, "performer", "show", performer).out


def test_a_file_in_the_place_of_a_home_is_said_to_be_none(clearance: Callable[..., Typed], tmp_path: Path) -> None:
    (tmp_path / "home").write_text("no home", encoding="utf-8")
    assert "clearance init" in clearance("--home", tmp_path / "home", "performer", "list").err
    assert "taken" in clearance("--home", tmp_path / "home", "init").err
    assert (tmp_path / "home").read_text(encoding="utf-8") == "no home"


@pytest.mark.parametrize(
    ("old", "new", "where", "words"),
    [
        ("supplier:", "suplier:", "2:1", "supplier"),
        ("final: true", "final: perhaps", "9:10", "final"),
        ("date: 2026-11-22", "date: 2026-13-40", "5:9", "date"),
        ("kind: ICDR", "kind: CLONE", "16:11", "ICDR"),
        ("supplier: Example VFX Ltd", "supplier: [", "", "declaration.yaml"),
        ("supplier: Example VFX Ltd", "supplier: &a x\nmore: *a", "2:", "anchor"),
    ],
)
def test_a_wrong_declaration_is_refused_with_line_and_column(
    clearance: Callable[..., Typed],
    studio: Studio,
    tmp_path: Path,
    old: str,
    new: str,
    where: str,
    words: str,
) -> None:
    file = studio.declaration(tmp_path, **{old: new})
    for arguments in (("declare", "lint", file), ("gate", studio.papers / "keeper.jpg", "-d", file)):
        done = clearance("--home", studio.home, *arguments)
        assert done.code == 2, done
        assert f"declaration.yaml:{where}" in done.err
        assert words in done.err
        assert "Traceback" not in done.err


def test_a_declaration_that_names_an_unknown_performer_is_refused_by_lint_with_its_place(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    done = clearance(
        "--home", studio.home, "declare", "lint", studio.declaration(tmp_path, **{studio.pilot: "P-00000000"})
    )
    assert done.code == 2
    assert "declaration.yaml:21:17" in done.err
    assert "P-00000000" in done.err


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("signed_on: 2025-02-03", "signed_on: yesterday", "signed_on"),
        ("territories: [WORLD]", "territories: [Atlantis]", "Atlantis"),
        ("modalities: [face]", "modality: [face]", "modalit"),
        ("replica_kinds: [ICDR]", "replica_kinds: 7", "replica_kinds"),
    ],
)
def test_a_wrong_grant_is_refused_with_its_place_and_nothing_is_recorded(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path, old: str, new: str, words: str
) -> None:
    for name in ("keeper-contract.txt", "keeper-contract.txt.sig", "keeper-signer.pem"):
        shutil.copy(studio.papers / name, tmp_path)
    text = (studio.papers / "keeper-grant.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "grant.yaml").write_text(text.replace(old, new), encoding="utf-8")
    done = clearance("--home", studio.home, "consent", "grant", studio.pilot, tmp_path / "grant.yaml")
    assert done.code == 2, done
    assert "grant.yaml:" in done.err
    assert words in done.err
    assert studio.pilot not in clearance("--home", studio.home, "consent", "list").out


@pytest.mark.parametrize(
    "arguments",
    [
        ("performer", "show", "P-00000000"),
        ("consent", "show", "G-00000000"),
        ("consent", "list", "P-00000000"),
        ("consent", "check", "P-00000000"),
        ("policy", "show", "NOPE"),
        ("policy", "show", "CORE", "K99"),
        ("policy", "show", "absent.yaml"),
    ],
    ids=" ".join,
)
def test_something_unknown_is_named_with_what_to_do(
    clearance: Callable[..., Typed], studio: Studio, arguments: tuple[str, ...]
) -> None:
    done = clearance("--home", studio.home, *arguments)
    assert done.code == 2
    assert arguments[-1] in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("performer", "list"),
        ("performer", "add", "X"),
        ("consent", "list"),
        ("gate", "{still}", "-d", "{declaration}"),
        ("scan", "{still}"),
        ("sign", "{still}", "--out", "x.jpg", "-d", "{declaration}", "--source-type", "digitalCapture"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_without_a_home_the_command_that_makes_one_is_named(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    known = {"still": studio.papers / "keeper.jpg", "declaration": studio.declaration(tmp_path)}
    done = clearance("--home", tmp_path / "nowhere", *(a.format(**known) for a in arguments))
    assert done.code == 2
    assert "clearance init" in done.err
    assert not (tmp_path / "nowhere").exists()


def test_a_database_of_a_newer_schema_is_refused(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(studio.home, home)
    with closing(sqlite3.connect(home / "registry.db")) as database, database:
        database.execute("update alembic_version set version_num = '9999_future'")
    done = clearance("--home", home, "performer", "list")
    assert done.code == 2
    assert "newer" in done.err


def test_a_home_is_never_made_over_something(clearance: Callable[..., Typed], studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("kept", encoding="utf-8")
    for taken in (studio.home, tmp_path):
        done = clearance("--home", taken, "init")
        assert done.code == 2
        assert str(taken) in done.err
    assert [p.name for p in tmp_path.iterdir()] == ["kept.txt"]


def test_a_report_is_never_written_over_something(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    out = tmp_path / "report"
    out.mkdir()
    (out / "kept.txt").touch()
    done = clearance(
        "--home",
        studio.home,
        "audit",
        studio.papers / "keeper.jpg",
        "-d",
        studio.declaration(tmp_path),
        "--out",
        out,
    )
    assert done.code == 2
    assert [p.name for p in out.iterdir()] == ["kept.txt"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("device = 'tpu'", "tpu"),
        ("colour = 'red'", "colour"),
        ("device = [", "TOML"),
        ("device = 3", "device"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path, text: str, words: str
) -> None:
    home = tmp_path / "home"
    shutil.copytree(studio.home, home)
    (home / "clearance.toml").write_text(text, encoding="utf-8")
    done = clearance("--home", home, "performer", "list")
    assert done.code == 2
    assert "clearance.toml" in done.err
    assert words in done.err


def test_asking_for_cuda_where_there_is_none_is_refused_and_never_runs_on_the_cpu_instead(
    clearance: Callable[..., Typed], studio: Studio
) -> None:
    from detectors.nvidia import cuda_device_present

    if cuda_device_present():
        pytest.skip("a CUDA device is present")
    done = clearance("--home", studio.home, "scan", studio.papers / "keeper.jpg", "--device", "cuda")
    assert done.code == 2
    assert "cuda" in done.err
