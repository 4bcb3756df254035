"""The demo tells the whole story on real photographs and real video, and its record is what the product promises."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from clearance.cli.main import run
from clearance.demo.story import DELIVERABLES
from clearance.report.document import audit_schema
from clearance.report.folder import RENDERINGS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clearance.conftest import Typed

pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("told") / "demo"
    assert run(["demo", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def record(told: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((told / "report" / "report.json").read_text(encoding="utf-8"))
    return document


def asset(record: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (a for a in record["assets"] if a["path"].endswith(name))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("deliverable", DELIVERABLES, ids=lambda d: d.name)
def test_each_deliverable_gets_the_verdict_and_the_rule_of_the_story(record: dict[str, Any], deliverable: Any) -> None:
    judged = asset(record, deliverable.name)
    # Notes change no verdict: an edit that nobody recorded is possible in every file of the story.
    failed = {f["rule"] for f in judged["findings"] if f["outcome"] == "fail" and f["severity"] != "info"}
    assert judged["verdict"] == deliverable.verdict
    assert failed == ({deliverable.rule} if deliverable.rule else set())
    assert not [f for f in judged["findings"] if f["outcome"] == "unknown"]


def test_the_record_follows_its_published_schema(record: dict[str, Any]) -> None:
    schema = audit_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    assert [f"{list(e.path)}: {e.message}" for e in checker.iter_errors(record)] == []


def test_a_record_with_a_field_that_the_schema_does_not_know_is_refused_by_it(record: dict[str, Any]) -> None:
    checker = jsonschema.Draft202012Validator(audit_schema())
    assert not checker.is_valid(record | {"vector": [0.1]})


def test_every_shot_of_the_undeclared_performer_is_found_and_placed_in_time(record: dict[str, Any]) -> None:
    found = asset(record, "gala-scene.mp4")
    (finding,) = (f for f in found["findings"] if f["rule"] == "K10" and f["outcome"] == "fail")
    ((start, end),) = finding["where"]["intervals"]
    # The second shot runs from 2.0 to 5.0 seconds.
    assert start == pytest.approx(2.0, abs=0.2)
    assert end == pytest.approx(5.0, abs=0.2)


def test_one_person_in_several_shots_is_one_appearance_with_several_intervals(record: dict[str, Any]) -> None:
    (appearance,) = asset(record, "harbour-scene.mp4")["appearances"]
    assert len(appearance["intervals"]) == 2


def test_the_page_is_self_contained_runs_no_script_and_shows_every_crop(told: Path, record: dict[str, Any]) -> None:
    class Page(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.tags: list[str] = []
            self.addresses: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.tags.append(tag)
            self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    page = Page()
    text = (told / "report" / "report.html").read_text(encoding="utf-8")
    page.feed(text)
    assert "script" not in page.tags
    assert all(a.startswith(("data:image/jpeg;base64,", "#")) for a in page.addresses)
    crops = [a["crop"] for judged in record["assets"] for a in judged["appearances"]]
    assert page.tags.count("img") == len(crops)
    assert all((told / "report" / crop).is_file() for crop in crops)


def test_no_name_no_vector_and_no_contract_text_is_in_the_report_or_the_manifests(told: Path) -> None:
    secret = ("stand-in", "DIGITAL REPLICA RIDER", "invented document")
    # The PDF is compressed; what it says comes out of the record alone.
    report = [file for file in (told / "report").glob("*.*") if file.suffix != ".pdf"]
    written = [*report, *(told / "deliverables").iterdir()]
    assert len(written) == 1 + len(RENDERINGS) + len(DELIVERABLES)
    for path in written:
        content = path.read_bytes()
        assert not [word for word in secret if word.encode() in content], path


def test_the_refused_file_was_not_signed(told: Path) -> None:
    assert not (told / "deliverables" / "never.png").exists()
    assert {p.name for p in (told / "deliverables").iterdir()} == {d.name for d in DELIVERABLES}


def test_the_signed_still_states_its_consent_as_the_signers_own_words(
    clearance: Callable[..., Typed], told: Path
) -> None:
    done = clearance("inspect", told / "deliverables" / "keeper-still.jpg", "--json")
    assert done.code == 0
    reading = json.loads(done.out)
    assert reading["consent_assertion"] == {"label": "org.clearance.likeness-consent", "created": True}
    assert [a["created"] for a in reading["actions"]] == [True]


def test_auditing_twice_gives_the_same_findings(clearance: Callable[..., Typed], told: Path) -> None:
    arguments = ("--home", told / "home", "gate", told / "deliverables" / "gala-scene.mp4")
    options = ("-d", told / "declaration.yaml", "--json", "--as-of", "2026-11-22T08:00:00Z")
    first, second = (json.loads(clearance(*arguments, *options).out) for _ in range(2))
    # The record of the first audit is in the registry that the second one saw.
    passing = {"created": "", "registry": {}}
    assert first | passing == second | passing


def test_a_demo_replaces_an_earlier_demo_and_nothing_else(clearance: Callable[..., Typed], tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    done = clearance("demo", tmp_path)
    assert done.code == 2
    assert (tmp_path / "mine.txt").exists()
