"""The contract that pipelines rely on: 0 pass, 1 blocked, 2 usage, 3 held, 4 evidence invalid, 70 a defect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clearance.demo import media
from clearance.verdict import Verdict, worst
from provenance.identity import load_identity
from provenance.sign import sign
from provenance.trust import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clearance.conftest import Studio, Typed

COMPOSITE = "compositeWithTrainedAlgorithmicMedia"


@pytest.fixture
def signed(studio: Studio, tmp_path: Path) -> Callable[[str, str], Path]:
    """Return a function that makes a retouched, signed still of a portrait, as another vendor's tool would."""

    def make(name: str, portrait: str) -> Path:
        from clearance import clock

        unsigned, out = tmp_path / f"unsigned-{name}", tmp_path / name
        picture = media.strangers() if portrait == "strangers" else media.retouched(portrait)
        picture.save(unsigned, quality=92)
        identity = load_identity(studio.home / "identity")
        trust = load(studio.home / "identity" / "root.pem")
        sign(unsigned, out, identity=identity, trust=trust, source_type=COMPOSITE, now=clock.now())
        return out

    return make


def test_a_declared_and_covered_replica_passes_with_0(
    clearance: Callable[..., Typed], studio: Studio, signed: Callable[[str, str], Path], tmp_path: Path
) -> None:
    still = signed("keeper-still.jpg", media.COLLINS)
    done = clearance("--home", studio.home, "gate", still, "-d", studio.declaration(tmp_path))
    assert (done.code, done.out.split()[0]) == (0, "PASS"), done


def test_an_undeclared_enrolled_face_is_blocked_with_1_by_k10(
    clearance: Callable[..., Typed], studio: Studio, signed: Callable[[str, str], Path], tmp_path: Path
) -> None:
    still = signed("somebody.jpg", media.OBAMA_STANDING)
    done = clearance("--home", studio.home, "gate", still, "-d", studio.declaration(tmp_path))
    assert done.code == 1
    assert "K10" in done.out


def test_a_strangers_face_is_held_with_3(
    clearance: Callable[..., Typed], studio: Studio, signed: Callable[[str, str], Path], tmp_path: Path
) -> None:
    still = signed("dinner.jpg", "strangers")
    done = clearance("--home", studio.home, "gate", still, "-d", studio.declaration(tmp_path))
    assert done.code == 3
    assert "K14" in done.out


def test_a_tampered_file_is_invalid_with_4_in_gate_and_in_verify(
    clearance: Callable[..., Typed], studio: Studio, signed: Callable[[str, str], Path], tmp_path: Path
) -> None:
    still = signed("keeper-still.jpg", media.COLLINS)
    content = bytearray(still.read_bytes())
    content[-len(content) // 4] ^= 1
    still.write_bytes(content)
    assert clearance("--home", studio.home, "gate", still, "-d", studio.declaration(tmp_path)).code == 4
    assert clearance("--home", studio.home, "verify", still).code == 4


def test_an_unsigned_file_is_held_with_3_and_the_missing_manifest_is_named(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    still = tmp_path / "keeper-unsigned.jpg"
    media.retouched(media.COLLINS).save(still, quality=92)
    done = clearance("--home", studio.home, "gate", still, "-d", studio.declaration(tmp_path))
    assert done.code == 3
    assert "manifest" in done.out
    assert clearance("verify", still).code == 3


def test_wrong_usage_ends_in_2(clearance: Callable[..., Typed]) -> None:
    assert clearance("gate").code == 2
    assert clearance("no-such-command").code == 2


@pytest.mark.parametrize("defect", [ZeroDivisionError("x"), RecursionError(), MemoryError(), AssertionError()])
def test_a_defect_of_ours_ends_in_70_and_never_in_1(
    clearance: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch, signed_still: str, defect: Exception
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise defect

    monkeypatch.setattr("clearance.verify.verify_all", broken)
    done = clearance("verify", signed_still)
    assert done.code == 70
    assert "Traceback" not in done.err
    assert "defect of clearance" in done.err


def test_the_worst_of_several_verdicts_decides_whatever_their_order() -> None:
    every = list(Verdict)
    assert worst(every) == worst(reversed(every)) == Verdict.INVALID
    assert worst([Verdict.PASS, Verdict.REVIEW, Verdict.WARN]).exit_code == 3
    assert worst([Verdict.REVIEW, Verdict.BLOCK]).exit_code == 1


def test_nothing_judged_is_held_since_nothing_was_shown_to_pass() -> None:
    assert worst([]).exit_code == 3
