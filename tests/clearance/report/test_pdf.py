"""The report on paper: the fourteen sections, in every writing our fonts have, the same bytes for the same record."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from clearance.errors import PaperUnprintable
from clearance.report.document import audit_schema
from clearance.report.pdf import Seal, paper_of, report_pdf
from clearance.report.pdf_blocks import broken, cleaned
from tests.bench.report_pdf import crowded

RECORD = Path(__file__).with_name("record.json")
SEAL = Seal("ab" * 32, "O=Example VFX Ltd,CN=Reports")
SECTIONS = (
    "Submission",
    "Verdict",
    "Files",
    "Register of likenesses",
    "Evidence of recognition",
    "Synthetic performers",
    "Provenance",
    "Results of the rules",
    "Attestations",
    "Exceptions and waivers",
    "Tools and data terms",
    "Handling of biometric data",
    "Limits of this audit",
    "Log and repetition",
)
needs_poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None and "CI" not in os.environ, reason="poppler is not installed"
)


@pytest.fixture
def record() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    return document


def words_of(pdf: bytes, *options: str) -> str:
    done = subprocess.run(["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def printed(record: dict[str, Any], crops: dict[str, bytes] | None = None) -> str:
    """Return everything that the template is given, as one text."""
    return json.dumps(paper_of(record, crops or {}, SEAL), ensure_ascii=False)


def test_the_record_that_these_tests_print_follows_the_schema(record: dict[str, Any]) -> None:
    jsonschema.validate(record, audit_schema())


@needs_poppler
def test_all_fourteen_sections_stand_in_order_in_the_contents_and_in_the_text(record: dict[str, Any]) -> None:
    text = words_of(report_pdf(record, {}, seal=SEAL), "-layout")
    for number, title in enumerate(SECTIONS, 1):
        assert len(re.findall(rf"^\s*{number}\s+{title}", text, re.MULTILINE)) == 2, title
    assert "ab" * 32 in text


def test_the_pdf_claims_to_be_archival_and_accessible(record: dict[str, Any]) -> None:
    pdf = report_pdf(record, {}, seal=SEAL)
    for claim in (b"<pdfaid:part>2<", b"<pdfaid:conformance>A<", b"<pdfuaid:part>1<", b"/MarkInfo", b"/StructTreeRoot"):
        assert claim in pdf


def test_the_same_record_gives_the_same_bytes(record: dict[str, Any]) -> None:
    assert report_pdf(record, {}, seal=SEAL) == report_pdf(record, {}, seal=SEAL)


def test_a_crop_is_shown_with_words_for_those_who_cannot_see_it() -> None:
    document, crops = crowded(2, 1)
    pdf = report_pdf(document, crops, seal=SEAL)
    assert pdf.count(b"/Subtype/Image") + pdf.count(b"/Subtype /Image") == 2
    assert "Face of appearance A1, 00:00:00.000 to 00:00:02.000" in printed(document, crops)


def test_a_crop_that_the_report_leaves_out_leaves_no_gap(record: dict[str, Any]) -> None:
    pdf = report_pdf(record, {}, seal=SEAL)
    assert b"/Subtype/Image" not in pdf
    assert b"/Subtype /Image" not in pdf


@needs_poppler
def test_a_long_table_names_its_columns_on_every_page() -> None:
    document, _ = crowded(120, 1)
    pages = words_of(report_pdf(document, {}, seal=SEAL), "-layout").split("\f")
    shown = [page for page in pages if re.search(r"^\s+A\d+\s+00:", page, re.MULTILINE)]
    assert len(shown) > 3
    assert all("Nearest, with score" in page for page in shown)


@needs_poppler
@pytest.mark.parametrize("name", ["Ночная гавань", "Ελένη", "ميناء الليل", "נמל לילה", "Նավահանգիստ", "Đặng Thị"])
def test_names_in_other_writings_are_set_and_can_be_copied(record: dict[str, Any], name: str) -> None:
    record["declaration"]["production"]["title"] = name
    text = words_of(report_pdf(record, {}, seal=SEAL))
    # Both orders occur, since extraction may give right-to-left text as it stands on paper.
    assert all(word in text or word[::-1] in text for word in name.split())


def test_right_to_left_text_turns_nothing_beside_it() -> None:
    assert cleaned({"a": ["نور 12"]}) == {"a": ["\u2068نور 12\u2069"]}
    assert cleaned("Nora 12") == "Nora 12"


def test_text_that_would_steer_its_reader_is_made_visible() -> None:
    assert cleaned("a\u202eb\x1bc\nd") == "a\ufffdb\ufffdc\ufffdd"


def test_letters_that_no_font_has_are_refused_by_name(record: dict[str, Any]) -> None:
    record["declaration"]["supplier"] = "夜の港"
    with pytest.raises(PaperUnprintable, match="夜"):
        report_pdf(record, {}, seal=SEAL)


@needs_poppler
def test_what_a_supplier_writes_is_never_read_as_markup(record: dict[str, Any]) -> None:
    evil = '#panic("x") $x$ *bold* <script> = Heading'
    record["declaration"]["supplier"] = evil
    assert evil in words_of(report_pdf(record, {}, seal=SEAL))


def test_a_word_that_no_line_holds_may_break_and_a_short_one_may_not() -> None:
    assert broken("short words stay") == "short words stay"
    assert broken("x" * 30).split("\u200b") == ["x" * 12, "x" * 12, "x" * 6]


def test_a_finding_says_what_was_seen_which_clause_and_what_cures_it(record: dict[str, Any]) -> None:
    blocks = [b for s in paper_of(record, {}, SEAL)["sections"] for b in s["blocks"] if b["kind"] == "finding"]
    labels = {label for label, _ in blocks[0]["rows"]}
    assert {"Rule", "About", "Facts used", "Source", "What cures it"} <= labels
    assert blocks[0]["tone"] == "block"


def test_a_waiver_stands_in_its_section_and_in_place_of_the_cure(record: dict[str, Any]) -> None:
    finding = record["assets"][0]["findings"][0]
    finding["outcome"] = "waived"
    finding["waived"] = {
        "waiver": "1" * 64,
        "approver": "2" * 64,
        "reason": "settled with the estate",
        "expires": "2027-01-01",
        "instead_of": "fail",
    }
    assert printed(record).count("settled with the estate") == 2
    assert finding["remedy"] not in printed(record)


def test_synthetic_performers_and_attestations_are_listed(record: dict[str, Any]) -> None:
    facts = record["assets"][0]["facts"]
    facts["synthetics"] = [{"name": "Nobody One", "resembles_enrolled": False}]
    facts["attestations"] = [{"rule": "CORE.K9", "problem": "its signature does not verify"}]
    assert "Nobody One" in printed(record)
    assert "does not count: its signature does not verify" in printed(record)


def test_a_file_that_could_not_be_read_is_in_the_report_with_its_reason(record: dict[str, Any]) -> None:
    broken_file = dict.fromkeys(record["assets"][0]) | {
        "path": "deliverables/broken.mp4",
        "verdict": "invalid",
        "problem": "broken.mp4 ends in the middle of a frame",
        "appearances": [],
        "marks": [],
        "replicas": [],
        "findings": [],
    }
    record["assets"].append(broken_file)
    record["verdict"] = "invalid"
    assert printed(record).count("broken.mp4 ends in the middle of a frame") == 4
    assert report_pdf(record, {}, seal=SEAL).startswith(b"%PDF-1.7")


def test_an_unsigned_report_says_that_nobody_signs_it(record: dict[str, Any]) -> None:
    assert "this report is not signed" in json.dumps(paper_of(record, {}, Seal("00" * 32)))
    assert "O=Example VFX Ltd,CN=Reports, by the signature" in printed(record)
