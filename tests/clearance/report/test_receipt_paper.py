"""A receipt on paper: plain words, nothing that could act, archival and accessible, and never boxes for letters."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from clearance.errors import PaperUnprintable
from clearance.report.receipt import receipt_page, receipt_pdf
from clearance.report.receipt_paper import paper_of
from clearance.report.typst_pdf import render_pdf
from consent.receipt import Kind, Receipt

ISSUED = datetime(2026, 11, 22, 8, 0, 0, 123456, tzinfo=UTC)
GRANT: dict[str, Any] = {
    "iss": "urn:uuid:0",
    "signed_on": "2026-09-01",
    "projects": ["NIGHT-HARBOUR"],
    "territories": ["US", "EU", "CA-QC", "ATLANTIS"],
    "replica_kinds": ["DA"],
    "media": "any",
    "survivorship": "representative",
    "description": "<script>alert(1)</script> #panic() $x$ *bold*",
    "prohibitions": ["nudity"],
    "approvals": [{"step": "final picture", "due": "2026-12-01"}],
    "training_use": {"ai_training": "notAllowed"},
    "term": {"starts_on": "2026-09-01", "expires_on": "2031-12-31"},
    "evidence": {"sha256": "ab" * 32, "hash_verified": True, "signature": "valid", "page": "3"},
    "withdrawal_method": "in writing",
    "lifecycle": [{"kind": "given", "on": "2026-09-01"}],
    "kind": "grant",
    "a_term_of_tomorrow": ["x", "y"],
}
RELEASE: dict[str, Any] = {
    "iss": "urn:uuid:0",
    "signed_on": "2026-09-01",
    "purposes": ["audit"],
    "keeps_images": False,
    "term": {"starts_on": "2026-09-01"},
    "retention_period": "until withdrawn",
    "withdrawal_method": "in writing",
    "lifecycle": [{"kind": "given", "on": "2026-09-01"}],
    "kind": "release",
    "ledger": {},
}


def paper(claims: dict[str, Any], stage_name: str = "Ada Vale") -> dict[str, Any]:
    kind: Kind = claims["kind"]
    receipt = Receipt(
        id="C-00000001",
        version=2,
        kind=kind,
        record="G-00000001",
        performer="P-00000001",
        issued=ISSUED,
        text="",
    )
    return paper_of(receipt, claims, stage_name=stage_name, issuer="thumbprint")


def test_the_words_of_a_grant_are_plain_and_leave_nothing_out() -> None:
    made = paper(GRANT)
    agreed = dict(made["agreed"])
    assert agreed["Territories"] == "United States (US), European Union (EU), Quebec (CA-QC), ATLANTIS"
    assert agreed["Kinds of replica"] == "digital alteration"
    assert agreed["After death"] == "the representative decides"
    assert agreed["A term of tomorrow"] == "x, y"
    assert made["unstated"] == (
        "Nothing is stated about characters, scenes, what is copied and uses. What is not stated is not agreed."
    )
    prohibited = dict(made["prohibited"])
    assert prohibited["Prohibited"] == "nudity"
    assert prohibited["Needs approval first"] == "step final picture, due 2026-12-01"
    assert prohibited["Training of generative AI"] == "not stated, so not agreed"
    assert prohibited["Training of other AI"] == "not allowed"
    assert dict(made["term"])["To"] == "2031-12-31, the last day"
    assert "its signature was valid" in dict(made["evidence"])["When it was recorded"]


@pytest.mark.parametrize(
    ("term", "words"), [({"expires_on": "any"}, "no end was agreed"), ({}, "not stated")], ids=["any", "not stated"]
)
def test_an_end_that_was_not_agreed_is_told_from_one_that_was_not_stated(term: dict[str, str], words: str) -> None:
    assert dict(paper({**GRANT, "term": term})["term"])["To"] == words


def test_a_release_covers_face_templates_and_nothing_else() -> None:
    made = paper(RELEASE)
    assert "grant of its own" in dict(made["prohibited"])["Not covered"]
    assert dict(made["term"])["To"] == "until withdrawn"
    assert "--standing" in dict(made["checks"])["Check the receipt, offline"]


def test_the_page_escapes_everything_and_fetches_nothing() -> None:
    page = receipt_page(paper(GRANT, "<img>"))
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"(?:src|href)\s*=", page)
    assert "default-src 'none'" in page


@pytest.mark.parametrize("claims", [GRANT, RELEASE], ids=["grant", "release"])
def test_the_pdf_is_archival_accessible_and_the_same_each_time(claims: dict[str, Any]) -> None:
    made = paper(claims)
    pdf = receipt_pdf(made, issued=ISSUED)
    assert receipt_pdf(made, issued=ISSUED) == pdf
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in pdf
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf
    assert b"/Lang (en)" in pdf or b"/Lang(en)" in pdf
    assert b"2026-11-22T08:00:00" in pdf


@pytest.mark.parametrize("name", ["Zoë Łukasz", "Ντίνα Παππά", "Алёна", "عمر", "שרה", "გიორგი", "Արամ"])
def test_a_stage_name_in_many_scripts_is_printed(name: str) -> None:
    assert receipt_pdf(paper(RELEASE, name), issued=ISSUED).startswith(b"%PDF")


@pytest.mark.parametrize("name", ["李小龍", "ไทย", "आमिर", "김민준"])
def test_a_stage_name_for_which_no_font_has_letters_is_refused_for_print_and_stands_on_the_page(name: str) -> None:
    with pytest.raises(PaperUnprintable, match=f"{name[0]}.*make the HTML"):
        receipt_pdf(paper(RELEASE, name), issued=ISSUED)
    assert name in receipt_page(paper(RELEASE, name))


def test_a_faulty_template_is_named() -> None:
    with pytest.raises(PaperUnprintable, match="no PDF"):
        render_pdf("#nonsense", {}, timestamp=ISSUED)
