"""The auditor's verdict on a file follows from its five answers, in the order of the table."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from clearance import evidence
from clearance.evidence import judge
from clearance.verdict import Verdict
from clearance.verify import verify
from provenance import remarks
from provenance.identity import create_development_identity
from provenance.reading import Answer, Ingredient, ProvenanceReading, Remark
from provenance.trust import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clearance.conftest import Typed

GOOD = ProvenanceReading(
    present=True,
    integrity=Answer("valid", "it holds"),
    trust=Answer("trusted", "on the list"),
    identity=Answer("absent", "none"),
    time=Answer("trusted", "stamped"),
    revocation=Answer("good", "asked"),
)


def ingredient(integrity: str, trust: str) -> Ingredient:
    return Ingredient("plate.mov", "parentOf", Answer(integrity, "so"), Answer(trust, "so"), (), None, "active")


SIGNED = replace(ingredient("valid", "trusted"), manifest_label="parent", revocation=Answer("good", "asked"))


@pytest.mark.parametrize(
    ("reading", "verdict"),
    [
        (GOOD, Verdict.PASS),
        (replace(GOOD, present=False, integrity=Answer("absent", "none")), Verdict.REVIEW),
        (replace(GOOD, integrity=Answer("invalid", "changed")), Verdict.INVALID),
        (replace(GOOD, integrity=Answer("unreadable", "damaged")), Verdict.INVALID),
        (replace(GOOD, revocation=Answer("revoked", "listed")), Verdict.INVALID),
        (replace(GOOD, trust=Answer("untrusted", "unknown root")), Verdict.REVIEW),
        (replace(GOOD, trust=Answer("not_checked", "no list")), Verdict.REVIEW),
        (replace(GOOD, revocation=Answer("not_checked", "offline")), Verdict.WARN),
        (replace(GOOD, time=Answer("none", "no stamp")), Verdict.WARN),
        (replace(GOOD, ingredients=(ingredient("invalid", "trusted"),)), Verdict.INVALID),
        (replace(GOOD, ingredients=(ingredient("valid", "untrusted"),)), Verdict.REVIEW),
        (replace(GOOD, ingredients=(ingredient("not_checked", "not_checked"),)), Verdict.REVIEW),
        (replace(GOOD, ingredients=(ingredient("absent", "absent"),)), Verdict.PASS),
        (replace(GOOD, remarks=(Remark("reader.stopped", "x"),), integrity=Answer("unreadable", "y")), Verdict.REVIEW),
        (replace(GOOD, remarks=(Remark("manifest.duplicate", "x"),)), Verdict.INVALID),
        (replace(GOOD, remarks=(Remark("consent.redacted", "x"),)), Verdict.REVIEW),
        (replace(GOOD, remarks=(Remark("source_type.retired", "x"),)), Verdict.WARN),
        (replace(GOOD, remarks=(Remark("manifest.update", "x"),)), Verdict.PASS),
        (replace(GOOD, ingredients=(replace(SIGNED, revocation=Answer("revoked", "x")),)), Verdict.INVALID),
        (replace(GOOD, trust=Answer("untrusted", "x"), integrity=Answer("invalid", "y")), Verdict.INVALID),
    ],
)
def test_the_gravest_answer_decides(reading: ProvenanceReading, verdict: Verdict) -> None:
    assert judge(reading)[0] == verdict


@pytest.mark.parametrize("value", ["not_checked", "unknown", "unreachable"])
def test_an_auditor_takes_nothing_but_good_for_good(value: str) -> None:
    doubtful = Answer(value, "x")
    assert judge(GOOD, "auditor")[0] == judge(replace(GOOD, ingredients=(SIGNED,)), "auditor")[0] == Verdict.PASS
    assert judge(replace(GOOD, revocation=doubtful), "auditor")[0] == Verdict.REVIEW
    behind = replace(GOOD, ingredients=(replace(SIGNED, revocation=doubtful),))
    assert (judge(behind, "auditor")[0], judge(behind)[0]) == (Verdict.REVIEW, Verdict.PASS)


def test_a_file_verifies_offline_against_the_root_it_was_signed_under_and_under_no_other(
    clearance: Callable[..., Typed], signed_still: str, tmp_path: Path
) -> None:
    root = signed_still.replace("signed.jpg", "identity/root.pem")
    create_development_identity(tmp_path / "other", now=datetime.now(UTC))
    assert clearance("verify", signed_still, "--trust", root).code == 0
    foreign = clearance("verify", signed_still, "--trust", tmp_path / "other" / "root.pem")
    assert foreign.code == 3
    assert "untrusted" in foreign.out


def test_the_json_of_a_verification_is_one_document_with_a_schema(
    clearance: Callable[..., Typed], signed_still: str
) -> None:
    document = json.loads(clearance("verify", signed_still, "--json").out)
    assert document["schema"] == "clearance.verification/1"
    assert document["verdict"] == "review"
    assert set(document["provenance"]) >= {"integrity", "trust", "identity", "time", "revocation"}


def test_an_unsigned_file_is_held_and_not_called_invalid(tmp_path: Path) -> None:
    Image.new("RGB", (32, 32)).save(tmp_path / "plain.png")
    assert verify(tmp_path / "plain.png", None).verdict == Verdict.REVIEW


@pytest.mark.parametrize("trust", ["missing.pem", "empty.pem"])
def test_an_unusable_trust_file_is_named_and_nothing_is_trusted_instead(
    clearance: Callable[..., Typed], signed_still: str, tmp_path: Path, trust: str
) -> None:
    (tmp_path / "empty.pem").touch()
    done = clearance("verify", signed_still, "--trust", tmp_path / trust)
    assert done.code == 2
    assert trust in done.err


def test_text_out_of_a_manifest_cannot_drive_the_terminal(
    clearance: Callable[..., Typed], studio_signed_with_escape: Path
) -> None:
    done = clearance("inspect", studio_signed_with_escape)
    assert done.code == 0
    assert "\x1b" not in done.out


@pytest.fixture
def studio_signed_with_escape(tmp_path: Path) -> Path:
    from provenance.manifest import Agent
    from provenance.sign import sign

    now = datetime.now(UTC)
    identity = create_development_identity(tmp_path / "identity", now=now)
    Image.new("RGB", (32, 32)).save(tmp_path / "plain.jpg")
    sign(
        tmp_path / "plain.jpg",
        tmp_path / "signed.jpg",
        identity=identity,
        trust=load(tmp_path / "identity" / "root.pem"),
        source_type="digitalCapture",
        agent=Agent("\x1b[2J evil", "1"),
        now=now,
    )
    return tmp_path / "signed.jpg"


def test_every_remark_is_weighed_or_only_noted() -> None:
    noted = {
        "reader.stopped", "manifest.duplicate", "redaction", "manifest.update", "manifest.remote", "sidecar.used",
        "sidecar.newer", "fragments.checked", "sequence.checked",
    }  # fmt: skip
    assert {*evidence._HELD, *evidence._WARNED, *noted} == set(remarks.CODES)
