"""Whatever a supplier writes is shown as text, and the sentences of the page say what the record says."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearance.cli.main import run
from clearance.declaration import TEMPLATE
from clearance.report.html import page
from clearance.report.sentences import coverage_sentence, probability, reason

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clearance.conftest import Studio, Typed

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def test_hostile_text_from_a_declaration_is_inert_in_the_page(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    declaration = studio.declaration(
        tmp_path, **{"Example VFX Ltd": json.dumps(EVIL), "FaceComposer": json.dumps(EVIL)}
    )
    still = studio.papers / "keeper.jpg"
    done = clearance("--home", studio.home, "gate", still, "-d", declaration, "--json")
    document = json.loads(done.out)
    assert document["declaration"]["supplier"] == EVIL
    document["assets"][0]["provenance"]["remarks"] = [{"code": "redaction", "sentence": f"\u202e\x1b{EVIL}"}]
    shown = page(document, {})
    assert "<script" not in shown
    assert "onerror=alert(1)&gt;" in shown
    assert "\u202e" not in shown
    assert "\x1b" not in shown


@pytest.fixture(scope="module")
def record(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The record of one audit."""
    folder = tmp_path_factory.mktemp("record")
    declaration, out = studio.declaration(folder), folder / "report"
    run(
        [
            *("--home", str(studio.home)),
            "audit",
            str(studio.papers / "keeper.jpg"),
            "-d",
            str(declaration),
            "--out",
            str(out),
        ]
    )
    found: dict[str, Any] = json.loads((out / "report.json").read_text("utf-8"))
    return found


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=40).map(lambda text: f"<{text}>") | st.sampled_from([EVIL, "\u202e\x1b[2J<b>"]))
def test_no_text_of_a_manifest_becomes_markup_or_drives_a_reader(record: dict[str, Any], text: str) -> None:
    plain, hostile = (page(_said(record, said), {}) for said in ("x", text))
    tags = [_Tags.of(shown) for shown in (plain, hostile)]
    assert tags[0] == tags[1]
    assert "\x1b" not in hostile
    assert "\u202e" not in hostile


def _said(record: dict[str, Any], text: str) -> dict[str, Any]:
    """Return a record in whose manifest a stranger wrote text wherever text can stand."""
    document: dict[str, Any] = json.loads(json.dumps(record))
    for asset in document["assets"]:
        found = asset["provenance"]
        answer = {"value": "valid", "why": text}
        found |= {
            **dict.fromkeys(("integrity", "trust", "identity", "time", "revocation"), answer),
            "present": True,
            "signer": {"subject": text, "organisation": text, "issuer": text, "serial": "ab", "sha256": "cd"},
            "source_type": text,
            "actions": [{"name": text, "source_type": text, "agent": text, "created": True, "target_language": text}],
            "remarks": [{"code": "redaction", "sentence": text}],
            "generator": text,
            "trust_list": text,
            "redactions": [text],
        }
    return document


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, [name for name, _ in attrs]))

    @classmethod
    def of(cls, shown: str) -> list[tuple[str, list[str]]]:
        parser = cls()
        parser.feed(shown)
        parser.close()
        return parser.found


def test_a_file_that_could_not_be_assessed_is_shown_with_its_reason(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    done = clearance(
        *("--home", studio.home, "audit", tmp_path / "broken.jpg", studio.papers / "keeper.jpg"),
        *("-d", studio.declaration(tmp_path), "--out", tmp_path / "report"),
    )
    assert done.code == 4
    text = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "could not be assessed" in text
    assert "broken.jpg" in text


def test_the_printed_template_as_declaration_is_enough_for_a_report(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    (tmp_path / "d.yaml").write_text(TEMPLATE, encoding="utf-8")
    still, out = studio.papers / "pilot.jpg", tmp_path / "report"
    done = clearance("--home", studio.home, "audit", still, "-d", tmp_path / "d.yaml", "--out", out)
    assert done.code == 1, done
    assert "Night Harbour" in (out / "report.html").read_text(encoding="utf-8")


def finding(severity: str, outcome: str, rule: str) -> dict[str, str]:
    return {"severity": severity, "outcome": outcome, "rule": rule, "why": "because"}


def judged(*findings: dict[str, str]) -> dict[str, Any]:
    return {
        "problem": None,
        "provenance": {
            "present": True,
            "integrity": {"value": "valid", "why": ""},
            "revocation": {"value": "not_checked", "why": ""},
            "ingredients": [],
            "remarks": [],
        },
        "coverage": {"unreadable_from_s": None},
        "findings": findings,
    }


@pytest.mark.parametrize(
    ("findings", "first"),
    [
        ((finding("warn", "fail", "W1"), finding("block", "unknown", "U1")), "U1"),
        ((finding("block", "unknown", "U1"), finding("review", "fail", "R1")), "R1"),
        ((finding("review", "fail", "R1"), finding("block", "fail", "B1")), "B1"),
    ],
)
def test_the_reason_shown_is_the_finding_that_decided(findings: tuple[dict[str, str], ...], first: str) -> None:
    assert reason(judged(*findings)) == f"{first}: because (and 1 more)"


@pytest.mark.parametrize(
    ("value", "words"), [(0, "less than 0.01 %"), (0.003, "0.3 %"), (0.016, "1.6 %"), (0.5, "50 %"), (1, "100 %")]
)
def test_a_probability_reads_as_people_say_it(value: float, words: str) -> None:
    assert probability(value) == words


def test_coverage_says_what_was_not_looked_at() -> None:
    said = coverage_sentence(
        {
            "frames_total": 200,
            "frames_decoded": 200,
            "frames_searched": 25,
            "longest_gap_s": 0.72,
            "faces_seen": 22,
            "faces_searched": 20,
            "faces_too_small": 1,
            "faces_too_blurred": 1,
            "unreadable_from_s": 3.5,
        }
    )
    assert "25 of 200" in said
    assert "0.72 s" in said
    assert "unreadable from 00:00:03.500" in said
