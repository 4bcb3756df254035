"""A command line to type on, and a studio: a home with three enrolled performers, made once per worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from clearance.cli.main import run
from clearance.demo import media, paperwork

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Typed:
    """What one command line came out as."""

    code: int
    out: str
    err: str


@pytest.fixture
def clearance(capfd: pytest.CaptureFixture[str]) -> Callable[..., Typed]:
    """Return a function that runs a command line in this process."""

    def typed(*arguments: object) -> Typed:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return Typed(code, captured.out, captured.err)

    return typed


@dataclass(frozen=True, slots=True)
class Studio:
    """A home with the demo's three stand-in performers, the papers they signed, and unsigned media."""

    home: Path
    papers: Path
    keeper: str
    senator: str
    pilot: str

    def declaration(self, folder: Path, **changes: str) -> Path:
        """Write the demo's declaration with texts replaced."""
        path = folder / "declaration.yaml"
        paperwork.write_declaration(path, day="2026-11-22", keeper=self.keeper, senator=self.senator, pilot=self.pilot)
        text = path.read_text(encoding="utf-8")
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """The keeper has a valid grant, the senator an expired one, the pilot none."""
    folder = tmp_path_factory.mktemp("studio")
    home, papers = folder / "home", folder / "papers"
    papers.mkdir()
    assert run(["--home", str(home), "init", "--dev"]) == 0
    from clearance import clock
    from clearance.enrol import SignedRelease, enrol
    from clearance.grants import load_grant
    from clearance.home import registry_of
    from clearance.settings import load

    now = clock.now()
    settings = load(home=str(home))
    release = SignedRelease(clock.parse("2025-01-20").date(), jurisdiction="US-CA")
    cast: dict[str, str] = {}
    for role, photograph in (
        ("keeper", media.COLLINS),
        ("senator", media.OBAMA_ENROLLED),
        ("pilot", media.BIDEN),
    ):
        image = papers / f"{role}.jpg"
        media.portrait(photograph).save(image, quality=92)
        with registry_of(settings) as registry:
            cast[role] = registry.add_performer(f"stand-in {role}", now=now).ref
        enrol(settings, cast[role], [image], release=release, now=now)
    for role, expires in (("keeper", "2031-12-31"), ("senator", "2026-03-01")):
        file = paperwork.write_grant(papers, role, stage_name=role, character=f"The {role.title()}", expires=expires)
        with registry_of(settings) as registry:
            registry.record_grant(load_grant(file, performer=cast[role]), now=now)
    return Studio(home, papers, **cast)
