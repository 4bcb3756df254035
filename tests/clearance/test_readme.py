"""The walk through the registry in README.md runs as it is written, from an empty folder, on a real server too."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from clearance.demo import media
from tests.consent.conftest import new_database, postgres_server

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clearance.conftest import Typed

__all__ = ["new_database", "postgres_server"]

README: Final = Path(__file__).parents[2] / "README.md"
SERVER: Final = "postgresql://account@server/database"
EXAMPLE: Final = re.compile(r"\b[PRGC]-[0-9A-Z]{8}\b")
# What a command ends in when its answer is not a plain yes; all others end in 0.
ANSWERS: Final = {
    "consent check": 3,
    "consent check --known-at": 1,
    # Approvals that the grant asks for are not declared, and no contract was handed in: a person has to decide.
    "audit": 1,
    "sign": 1,
    "consent affected": 3,
}


def commands() -> list[str]:
    """Return the lines of the section's blocks, in order."""
    text = README.read_text(encoding="utf-8")
    section = text.partition("## For legal and compliance")[2].partition("\n### ")[0]
    blocks = re.findall(r"```\n(.*?)```", section, re.DOTALL)
    return [line for block in blocks for line in block.replace("\\\n", "").splitlines()]


def papers(folder: Path) -> None:
    """Put into a folder what the walk takes for granted: pictures, papers, a scene."""
    face = media.portrait(media.COLLINS)
    face.save(folder / "front.jpg", quality=92)
    media.retouched(media.COLLINS).save(folder / "left.jpg", quality=92)
    face.resize((face.width * 3 // 4, face.height * 3 // 4)).save(folder / "right.jpg", quality=92)
    (folder / "release.pdf").write_bytes(b"%PDF-1.4 the release as it was signed")
    (folder / "change.yaml").write_text("signed_on: 2026-10-01\nscope: {media: [theatrical, streaming, broadcast]}\n")
    media.write_video(folder / "scene.mp4", media.HARBOUR[:1])


def filled_in(declaration: Path, performer: str) -> None:
    """Say in a new declaration who is in the scene, as its supplier would."""
    text = declaration.read_text(encoding="utf-8")
    replica = f"[{{performer: {performer}, kind: EBDR, character: Captain Ardent, scenes: ['12']}}]"
    stated = {"NIGHT-HARBOUR": "The Long Shore", "[series]": "[feature film]", "replicas: []": f"replicas: {replica}"}
    for old, new in stated.items():
        assert old in text
        text = text.replace(old, new)
    declaration.write_text(text, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    papers(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLEARANCE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CLEARANCE_DATABASE_URL", "")
    return tmp_path


def test_every_command_of_the_walk_works_as_written(
    clearance: Callable[..., Typed],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    new_database: Callable[..., str],
) -> None:
    known: dict[str, str] = {}
    walked = commands()
    assert len(walked) > 30
    for line in walked:
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").partition("=")
            monkeypatch.setenv(name, value.replace(SERVER, new_database()))
            continue
        written, _, file = line.partition(" > ")
        program, *arguments = shlex.split(EXAMPLE.sub(lambda found: known[found[0][0]], written))
        assert program == "clearance"
        done = clearance(*arguments)
        answers = [code for asked, code in ANSWERS.items() if set(asked.split()) <= set(arguments)]
        assert done.code == (answers or [0])[-1], (line, done)
        if file:
            (folder / file).write_text(done.out, encoding="utf-8")
        if arguments[:2] == ["declare", "new"]:
            filled_in(folder / "declaration.yaml", known["P"])
        for found in EXAMPLE.findall(done.out + done.err):
            known.setdefault(found[0], found)
    assert os.environ["CLEARANCE_DATABASE_URL"].startswith("postgresql://")
    written_files = {"receipt.pdf", "receipt.sd-jwt", "issuer.jwk", "erasure.json", "checkpoint.txt", "registry.zip"}
    assert written_files <= {path.name for path in folder.iterdir()}
