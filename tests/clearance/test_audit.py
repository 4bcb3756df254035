"""An audit judges one and the same file from its first byte to its last, and says what it could not assess."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from clearance import clock
from clearance.audit import audit
from clearance.declaration import load as load_declaration
from clearance.demo import media
from clearance.instruments import Instruments, instruments_of
from clearance.report.document import audit_schema, document_of
from clearance.report.html import page
from clearance.report.sentences import reason
from clearance.settings import load
from clearance.verdict import Verdict
from detectors.errors import MissingMedia
from provenance.reading import Answer, Ingredient, ProvenanceReading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clearance.declaration import Declaration
    from tests.clearance.conftest import Studio


@pytest.fixture
def declaration(studio: Studio, tmp_path: Path) -> Declaration:
    return load_declaration(studio.declaration(tmp_path))


@contextmanager
def opened(studio: Studio) -> Iterator[Instruments]:
    with instruments_of(load(home=str(studio.home)), packs=(), now=clock.now(), purpose="test") as instruments:
        yield instruments


def test_a_file_that_changes_while_it_is_read_is_never_judged(
    studio: Studio, declaration: Declaration, tmp_path: Path
) -> None:
    film = tmp_path / "keeper-film.mp4"
    media.write_video(film, media.HARBOUR[:1])
    now = clock.now()

    def touched(path: Path, share: float) -> None:
        if share > 0:
            os.utime(path, ns=(1, 1))

    with opened(studio) as instruments:
        judged = audit((film,), declaration, instruments, as_of=now, now=now, on_progress=touched)
    assert judged.verdict == Verdict.INVALID
    assert "was changed while it was read" in (judged.assets[0].problem or "")


def test_a_missing_file_stops_the_audit_before_anything_is_scanned(
    studio: Studio, declaration: Declaration, tmp_path: Path
) -> None:
    now = clock.now()
    seen: list[Path] = []
    with opened(studio) as instruments, pytest.raises(MissingMedia, match=r"absent\.jpg"):
        audit(
            (studio.papers / "keeper.jpg", tmp_path / "absent.jpg"),
            declaration,
            instruments,
            as_of=now,
            now=now,
            on_progress=lambda path, _share: seen.append(path),
        )
    assert seen == []


def test_sound_alone_is_held_and_not_called_faceless(studio: Studio, declaration: Declaration, tmp_path: Path) -> None:
    import av

    sound = tmp_path / "sound.mp4"
    with av.open(str(sound), "w") as container:
        stream = container.add_stream("aac", rate=48000)
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
        frame.sample_rate = 48000
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        for number in range(40):
            frame.pts = number * 1024
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    now = clock.now()
    with opened(studio) as instruments:
        judged = audit((sound,), declaration, instruments, as_of=now, now=now)
    assert "sound alone" in (judged.assets[0].problem or "")


def test_a_film_that_breaks_off_keeps_what_was_seen_and_is_invalid(
    studio: Studio, declaration: Declaration, tmp_path: Path
) -> None:
    film = tmp_path / "keeper-film.mkv"
    media.write_video(film, media.HARBOUR)
    content = film.read_bytes()
    film.write_bytes(content[: len(content) * 6 // 10])
    now = clock.now()
    with opened(studio) as instruments:
        (asset,) = audit((film,), declaration, instruments, as_of=now, now=now).assets
    assert asset.verdict == Verdict.INVALID
    assert asset.scan is not None
    assert asset.scan.coverage.unreadable_from_s is not None
    assert [i.decision for i in asset.identifications] == ["match"]


def test_a_model_that_may_not_be_used_commercially_blocks_by_b13(studio: Studio, declaration: Declaration) -> None:
    now = clock.now()
    with opened(studio) as instruments:
        barred = replace(
            instruments,
            likeness=replace(instruments.likeness, pack=replace(instruments.likeness.pack, commercial_use=False)),
        )
        (asset,) = audit((studio.papers / "keeper.jpg",), declaration, barred, as_of=now, now=now).assets
    assert "B13" in {f.rule for f in asset.findings if f.outcome == "fail"}
    assert asset.verdict == Verdict.BLOCK


def test_a_licence_that_is_held_is_on_the_record_and_leaves_b13_unknown_if_it_says_nothing_of_commerce(
    studio: Studio, declaration: Declaration
) -> None:
    now = clock.now()
    with opened(studio) as instruments:
        held = replace(instruments.likeness.pack, commercial_use=None, licence_held="contract 2026-17")
        likeness = replace(instruments.likeness, pack=held)
        judged = audit(
            (studio.papers / "keeper.jpg",), declaration, replace(instruments, likeness=likeness), as_of=now, now=now
        )
    assert {f.outcome for f in judged.assets[0].findings if f.rule == "B13"} == {"unknown"}
    document = document_of(judged)
    jsonschema.validate(document, audit_schema())
    assert document["model_pack"]["licence_held"] == "contract 2026-17"
    assert "contract 2026-17" in page(document, {})


@pytest.mark.parametrize(
    "spoilt",
    [
        {
            "ingredients": (
                Ingredient("plate.mov", "parentOf", Answer("invalid", "x"), Answer("trusted", "x"), (), None, "a"),
            )
        },
        {"revocation": Answer("revoked", "on the list")},
    ],
    ids=lambda spoilt: next(iter(spoilt)),
)
def test_a_damaged_ingredient_or_a_revoked_signer_makes_an_intact_file_invalid_as_verify_says(
    studio: Studio, declaration: Declaration, monkeypatch: pytest.MonkeyPatch, spoilt: dict[str, Any]
) -> None:
    reading = ProvenanceReading(
        present=True,
        integrity=Answer("valid", "it holds"),
        trust=Answer("trusted", "on the list"),
        identity=Answer("absent", "none"),
        time=Answer("none", "none"),
        revocation=Answer("not_checked", "offline"),
    )
    monkeypatch.setattr("clearance.audit.ReaderPool.read", lambda *_, **__: replace(reading, **spoilt))
    now = clock.now()
    with opened(studio) as instruments:
        judged = audit((studio.papers / "keeper.jpg",), declaration, instruments, as_of=now, now=now)
    assert judged.verdict == Verdict.INVALID
    assert reason(document_of(judged)["assets"][0]) in ("Its ingredient plate.mov does not hold.", "on the list")


def test_an_audit_sees_every_consent_on_record_unless_it_is_asked_what_was_known_before(
    studio: Studio, declaration: Declaration, tmp_path: Path
) -> None:
    still = tmp_path / "keeper-still.jpg"
    shutil.copy(studio.papers / "keeper.jpg", still)
    now, before = clock.now(), clock.parse("2026-01-01")
    with opened(studio) as instruments:
        outcomes = {}
        for known_at in (None, before):
            judged = audit((still,), declaration, instruments, as_of=before, now=now, known_at=known_at)
            keeper = next(r for r in judged.assets[0].replicas if r.declared.performer == studio.keeper)
            assert keeper.consent is not None
            outcomes[known_at] = (
                keeper.consent.best is not None,
                any("2026-01-01" in limit for limit in judged.limits),
            )
            latest = instruments.registry.events(1)[0]
            assert dict(latest.detail).get("known-at") == (None if known_at is None else "2026-01-01T00:00:00Z")
    assert outcomes == {None: (True, False), before: (False, True)}
