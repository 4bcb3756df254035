"""Each format says what the record says, in the form its readers expect, and stays safe and closed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sarif_pydantic import Sarif

from clearance.recorded import recorded_assets
from clearance.report.document import audit_schema
from clearance.report.findings_csv import COLUMNS, csv_text, neutral
from clearance.report.folder import RENDERINGS, crops_of
from clearance.report.junit import junit_text
from clearance.report.sarif import VERDICT_RULE, sarif_of
from tests.clearance.report.fixed_audit import EVIL, FILM_SHA, KEEPER, fixed_audit
from tests.clearance.report.rendered import SNAPSHOTS, renderings, seen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clearance.conftest import Studio, Typed

RENDERED = renderings()


@pytest.mark.parametrize("name", sorted(RENDERED))
def test_a_rendering_of_the_fixed_audit_is_its_snapshot(name: str) -> None:
    # Renew with: python -m tests.clearance.report.rendered
    assert RENDERED[name] == (SNAPSHOTS / name).read_bytes().decode("utf-8")


def test_no_snapshot_is_left_of_a_rendering_that_is_no_more() -> None:
    assert {file.name for file in SNAPSHOTS.iterdir()} == set(RENDERED)


@pytest.mark.parametrize("view", ["full", "auditor"])
def test_the_document_of_either_audience_follows_the_schema(view: Any) -> None:
    jsonschema.validate(seen(view), audit_schema())


def test_the_auditor_sees_no_face_and_nobody_who_is_not_named_and_is_told_so() -> None:
    full, auditor = json.dumps(seen("full")), seen("auditor")
    text = json.dumps(auditor)
    for personal in ("P-OTHER003", "Jane Photographer", "/home/ada", "crops/"):
        assert personal in full
        assert personal not in text
    first, second = auditor["assets"][0]["appearances"]
    pictures = {f"sha256:{hashlib.sha256(jpeg).hexdigest()}" for jpeg in crops_of(fixed_audit()).values()}
    assert {first["crop"], second["crop"]} == pictures
    assert [c["performer"] for c in second["candidates"]] == [KEEPER, "P-SISTER02"]
    assert {entry["what"].split()[0]: entry["count"] for entry in auditor["view"]["left_out"]} == {
        "pictures": 2,
        "performers": 3,
        "credits": 1,
        "folders": 3,
    }
    assert "data:image" not in RENDERED["auditor.html"]


def test_the_auditor_judges_the_same_facts() -> None:
    full, auditor = seen("full"), seen("auditor")
    for kept in ("facts", "findings", "verdict", "sha256", "provenance", "coverage", "replicas"):
        assert [a[kept] for a in auditor["assets"]] == [a[kept] for a in full["assets"]]


def test_sarif_is_valid_and_names_rule_citation_place_and_time() -> None:
    log = sarif_of(seen("full"))
    (run,) = Sarif.model_validate(log).runs
    assert run.results is not None
    rules = run.tool.driver.rules
    assert rules is not None
    for result in run.results:
        assert rules[result.rule_index or 0].id == result.rule_id
    by_rule = {r["ruleId"]: r for r in log["runs"][0]["results"]}
    held = by_rule["CORE.K10"]
    assert held["properties"]["citation"]["section"] == "article 39"
    (location,) = held["locations"]
    assert location["properties"]["intervals_s"] == [[2.0, 5.0]]
    assert location["properties"]["box_px"]["width"] == 378.3
    (rule,) = (r for r in log["runs"][0]["tool"]["driver"]["rules"] if r["id"] == "CORE.K10")
    assert rule["helpUri"] == "https://example.org/agreement#39"
    assert log["runs"][0]["artifacts"][0]["hashes"] == {"sha-256": FILM_SHA}


def test_sarif_levels_stand_beside_failures_alone_and_a_waiver_suppresses() -> None:
    results = sarif_of(seen("full"))["runs"][0]["results"]
    kinds = {r["ruleId"]: (r["kind"], r["level"], "suppressions" in r) for r in results if r["ruleId"] != VERDICT_RULE}
    assert kinds == {
        "CORE.K2": ("fail", "error", False),
        "CORE.K10": ("open", "none", False),
        "CORE.K14": ("fail", "warning", True),
        "CORE.W1": ("fail", "warning", False),
        "CORE.N1": ("fail", "note", False),
    }


def test_every_file_that_is_not_clear_has_a_failing_result_and_a_red_case() -> None:
    document = seen("full")
    failing = [r for r in sarif_of(document)["runs"][0]["results"] if r["ruleId"] == VERDICT_RULE]
    assert {r["kind"] for r in failing} == {"fail"}
    told = [r["locations"][0]["physicalLocation"]["artifactLocation"]["index"] for r in failing]
    assert told == [0, 2]
    suites = ElementTree.fromstring(junit_text(document))  # noqa: S314 -- our own text
    red = [suite.find("testcase[@name='verdict']/*") is not None for suite in suites]
    assert red == [True, False, True]


def test_junit_has_a_suite_for_each_file_and_a_case_for_each_rule() -> None:
    film, still, broken = ElementTree.fromstring(junit_text(seen("full")))  # noqa: S314 -- our own text
    sort = {str(c.get("name")).split()[0]: next((e.tag for e in c), "passed") for c in film.iter("testcase")}
    assert sort == {
        "verdict": "failure",
        "CORE.K2": "failure",
        "CORE.K10": "error",
        "CORE.K14": "skipped",
        "CORE.W1": "system-out",
        "CORE.N1": "system-out",
        "CORE.P1": "passed",
        "CORE.X9": "skipped",
    }
    assert [film.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["8", "2", "1", "2"]
    assert still.get("failures") == "0"
    assert broken.get("errors") == "1"


def test_csv_has_a_row_for_each_finding_and_one_for_a_file_without() -> None:
    text = csv_text(seen("full"))
    assert text.endswith("\r\n")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert [row["rule"] for row in rows] == ["K2", "K10", "K14", "W1", "N1", "P1", "X9", "K2", ""]
    assert rows[-1]["file_verdict"] == "invalid"
    assert "ends in the middle" in rows[-1]["file_reason"]
    assert rows[0]["also_asked_by"] == "UNION.39.B"
    assert rows[1]["times"] == "00:00:02.000 to 00:00:05.000"
    assert rows[3]["why"].startswith("'=HYPERLINK")


@given(st.text())
def test_no_cell_is_a_formula_whatever_strangers_wrote(text: str) -> None:
    cell = neutral(text)
    assert cell.isprintable()
    assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


@given(st.text())
def test_sarif_and_junit_are_well_formed_whatever_strangers_wrote(text: str) -> None:
    document = seen("full")
    document["assets"][0]["findings"][0] |= {"why": text, "title": text, "remedy": text}
    json.dumps(sarif_of(document)).encode()
    ElementTree.fromstring(junit_text(document).encode("utf-8", "strict"))  # noqa: S314 -- our own text


def test_no_format_for_people_passes_on_what_drives_a_terminal_or_turns_writing_around() -> None:
    assert EVIL in json.loads(RENDERED["full.json"])["declaration"]["supplier"]
    for name in ("full.txt", "full.csv", "full.xml", "full.html"):
        assert "\x1b" not in RENDERED[name], name
        assert "\u202e" not in RENDERED[name], name


@pytest.mark.parametrize("form", ["json", "jsonl", "sarif", "junit", "csv"])
def test_gate_prints_every_form_and_the_exit_code_stays(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path, form: str
) -> None:
    done = clearance(
        *("--home", studio.home, "gate", studio.papers / "pilot.jpg", "-d", studio.declaration(tmp_path)),
        *("--format", form, "--view", "auditor"),
    )
    assert done.code == 1
    assert "pilot.jpg" in done.out
    assert str(studio.papers) not in done.out


def test_a_report_folder_holds_every_form_and_the_auditors_has_no_crops(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    # A name that is no UTF-8, as old disks have them.
    named = os.fsdecode(b"keeper-\xff.jpg")
    (tmp_path / named).write_bytes((studio.papers / "keeper.jpg").read_bytes())
    for view in ("full", "auditor"):
        done = clearance(
            *("--home", studio.home, "audit", tmp_path / named, "-d", studio.declaration(tmp_path)),
            *("--out", tmp_path / view, "--view", view),
        )
        assert done.code in (0, 3), done
        files = {str(file.relative_to(tmp_path / view)) for file in (tmp_path / view).rglob("*") if file.is_file()}
        crops = {name for name in files if name.startswith("crops/")}
        assert files - crops == {"report.html", "report.pdf", *RENDERINGS.values()}
        assert bool(crops) == (view == "full")
        assert "keeper-\\xff.jpg" in (tmp_path / view / "report.json").read_text(encoding="utf-8").replace("\\\\", "\\")


def test_a_record_in_the_auditors_view_is_read_and_judged_again_like_the_full_one(tmp_path: Path) -> None:
    recorded = []
    for view in ("full", "auditor"):
        (tmp_path / "report.json").write_text(RENDERED[f"{view}.json"], encoding="utf-8")
        recorded.append(list(recorded_assets(tmp_path)))
    full, auditor = recorded
    assert [(a.verdict, a.facts, a.packs, a.waived) for a in full] == [
        (a.verdict, a.facts, a.packs, a.waived) for a in auditor
    ]
    assert full[0].facts is not None
