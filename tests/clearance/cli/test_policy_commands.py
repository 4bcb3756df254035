"""Packs are tested, linted, written, signed and put on a page; reports are judged again under other rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from clearance.errors import DocumentRejected
from clearance.recorded import recorded_assets
from clearance.report.document import audit_schema
from policies.facts import Facts, facts_from_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clearance.conftest import Studio, Typed

RULE = """\
  - id: {id}
    title: {id}
    severity: block
    citation: {{instrument: i, section: s, paraphrase: p, confidence: low, checked: "2026-01-01"}}
    for_each: {each}
    require: [{{expr: '{expr}', say: 'It is not so.'}}]
    remedy: r
"""
PACK = """\
pack: HOUSE
title: What the house asks
version: "1"
effective: 2026-01-01
legal_review: pending
facts: {asset: {sha256: "0000000000000000000000000000000000000000000000000000000000000000"}}
rules:
"""
PACK += RULE.format(id="H1", each="asset", expr="use.final")
PACK += RULE.format(id="H2", each="replica", expr='replica.consent.term == "covered"')


@pytest.fixture
def home(tmp_path: Path, clearance: Callable[..., Typed]) -> Path:
    """A home with one pack of its own, HOUSE, as `policy new` writes it."""
    folder = tmp_path / "home"
    assert clearance("--home", folder, "policy", "new", "house", folder / "packs" / "house").code == 0
    return folder


@pytest.fixture(scope="session")
def passed() -> dict[str, Any]:
    """The record of one conforming asset, as far as these commands read it."""
    text = (Path(__file__).parent / "recorded.json").read_text(encoding="utf-8")
    recorded: dict[str, Any] = json.loads(text)
    return recorded


@pytest.fixture
def report(tmp_path: Path, passed: dict[str, Any]) -> Path:
    path = tmp_path / "report" / "report.json"
    path.parent.mkdir()
    path.write_text(json.dumps(passed), encoding="utf-8")
    return path


def test_a_new_pack_is_in_order_from_the_first_day(clearance: Callable[..., Typed], home: Path) -> None:
    tested = clearance("--home", home, "policy", "test", "house")
    assert (tested.code, "HOUSE: 4 of 4 cases hold" in tested.out) == (0, True)
    assert clearance("policy", "lint", home / "packs" / "house").code == 0
    assert "HOUSE" in clearance("--home", home, "policy", "list").out
    assert "HOUSE" not in clearance("policy", "list").out


def test_a_new_pack_overwrites_nothing_and_takes_no_shipped_id(
    clearance: Callable[..., Typed], tmp_path: Path, home: Path
) -> None:
    assert "exists" in clearance("policy", "new", "other", home / "packs" / "house").err
    for name, reason in (
        ("core", "is the id of a shipped"),
        ("c0re", "looks like"),
        ("НOUSE", "CYRILLIC"),
        ("1", "id"),
    ):
        done = clearance("policy", "new", name, tmp_path / "other")
        assert (done.code, reason in done.err) == (2, True), done.err
    assert not (tmp_path / "other").exists()


def test_a_rule_is_found_by_its_id_alone_and_shown_in_words(clearance: Callable[..., Typed]) -> None:
    shown = clearance("policy", "show", "k10").out
    for words in ("CORE", "No enrolled performer is on screen undeclared", "blocks the file", "for each person on"):
        assert words in shown
    assert "except when this is no confident match" in shown
    assert "example   pass: a reviewer found" in shown
    assert "It does not hold that replica.consent.character ==" in clearance("policy", "show", "k6").out
    document = json.loads(clearance("policy", "show", "k10", "--json").out)
    assert document["schema"] == "clearance.rules/1"
    assert [r["id"] for p in document["packs"] for r in p["rules"]] == ["K10"]


def test_what_is_neither_a_rule_nor_a_pack_is_told_with_those_that_exist(
    clearance: Callable[..., Typed], home: Path
) -> None:
    done = clearance("--home", home, "policy", "show", "Z9")
    assert done.code == 2
    assert "CORE" in done.err
    assert "HOUSE" in done.err
    assert clearance("policy", "show", "core", "Z9").code == 2


def test_the_facts_are_listed_with_their_descriptions(clearance: Callable[..., Typed]) -> None:
    shown = clearance("policy", "facts", "replica.consent.te").out
    assert "replica.consent.term_years" in shown
    assert "asset.sha256" not in shown
    schema = json.loads(clearance("policy", "facts", "--json").out)["json_schema"]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert clearance("policy", "facts", "nonsense").code == 2


def test_test_prints_coverage_and_a_rule_without_a_case_at_its_date_ends_in_1(
    clearance: Callable[..., Typed], home: Path
) -> None:
    file = home / "packs" / "house" / "pack.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("    # from: 2027-01-01 ", "    from: 2027-01-01 "), encoding="utf-8")
    done = clearance("--home", home, "policy", "test", "house", "--json")
    (tested,) = json.loads(done.out)["packs"]
    assert done.code == 1
    assert tested["gaps"] == ["rule H1 has no case judged on 2026-12-31, the day before it binds; add one"]
    assert tested["clauses"] == [{"rule": "H1", "clause": 1, "broken": 1, "open": 1}]


def test_lint_warns_and_tells_errors_apart(clearance: Callable[..., Typed], home: Path) -> None:
    file = home / "packs" / "house" / "pack.yaml"
    text = file.read_text(encoding="utf-8")
    done = clearance("policy", "lint", file)
    assert "warning: HOUSE H1: its source has no address" in done.out
    assert "no rule reads the base fact asset.kind" in done.out
    file.write_text(text.replace("confidence: sourced", "confidence: low", 1), encoding="utf-8")
    assert "is of low confidence" in clearance("policy", "lint", file).out
    file.write_text(text.replace("expect: fail", "expect: pass"), encoding="utf-8")
    wrong = clearance("policy", "lint", file, "--json")
    assert (wrong.code, "contradicts its case" in json.loads(wrong.out)["errors"][0]) == (1, True)
    file.write_text(text.replace("severity:", "severtiy:"), encoding="utf-8")
    broken = clearance("policy", "lint", file)
    assert (broken.code, "pack.yaml:19:5: rules.0.severtiy" in broken.err) == (2, True)


def test_an_own_pack_that_contradicts_itself_stops_every_judgement(clearance: Callable[..., Typed], home: Path) -> None:
    file = home / "packs" / "house" / "pack.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("expect: fail", "expect: pass"), encoding="utf-8")
    done = clearance("--home", home, "policy", "list")
    assert done.code == 2
    assert "contradicts its case" in done.err


def test_a_pack_is_signed_and_its_signature_asked_for(
    clearance: Callable[..., Typed], tmp_path: Path, home: Path
) -> None:
    key, pack = Ed25519PrivateKey.generate(), home / "packs" / "house"
    pem = tmp_path / "counsel.key"
    pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (home / "packs" / "keys").mkdir()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (home / "packs" / "keys" / "counsel.pem").write_bytes(public)
    assert "it is not signed" in clearance("--home", home, "policy", "list").err
    signed = clearance("policy", "sign", pack, "--key", pem)
    assert (signed.code, "signed by key" in signed.out) == (0, True), signed.err
    assert clearance("--home", home, "policy", "list").code == 0
    (pack / "more.yaml").write_text("rules: []\n", encoding="utf-8")
    assert "changed after it was signed" in clearance("--home", home, "policy", "list").err
    assert clearance("policy", "sign", pack, "--key", pack / "pack.yaml").code == 2


def test_a_pin_holds_for_shipped_packs_too(clearance: Callable[..., Typed], home: Path) -> None:
    packs = {
        p["id"]: p["sha256"] for p in json.loads(clearance("--home", home, "policy", "list", "--json").out)["packs"]
    }
    lock = home / "packs" / "packs.lock"
    lock.write_text(f"HOUSE {packs['HOUSE']}\nCORE {packs['CORE']}\n", encoding="utf-8")
    assert clearance("--home", home, "policy", "list").code == 0
    lock.write_text(f"HOUSE {packs['HOUSE']}\nCORE {'0' * 64}\n", encoding="utf-8")
    done = clearance("--home", home, "policy", "list")
    assert (done.code, "CORE is not used" in done.err) == (2, True)


def test_pin_writes_the_lock_and_replaces_a_version_only_when_told(clearance: Callable[..., Typed], home: Path) -> None:
    done = clearance("--home", home, "policy", "pin", "us-ca")
    lock, file = home / "packs" / "packs.lock", home / "packs" / "house" / "pack.yaml"
    lines = lock.read_text(encoding="utf-8").splitlines()
    assert (done.code, [line.split()[0] for line in lines]) == (0, ["BIO", "CORE", "HOUSE", "PROV", "US-CA"])
    assert clearance("--home", home, "policy", "list").code == 0
    file.write_text(
        file.read_text(encoding="utf-8").replace("title: What our", "title: All that our"), encoding="utf-8"
    )
    stopped = clearance("--home", home, "policy", "list")
    assert (stopped.code, "clearance policy pin --replace" in stopped.err) == (2, True)
    refused = clearance("--home", home, "policy", "pin")
    assert (refused.code, "have the change looked at" in refused.err) == (2, True)
    assert lock.read_text(encoding="utf-8").splitlines() == lines
    replaced = clearance("--home", home, "policy", "pin", "--replace")
    assert replaced.code == 0
    # What was pinned once stays pinned.
    assert "US-CA" in replaced.out
    assert "in place of" in next(line for line in replaced.out.splitlines() if line.startswith("HOUSE"))
    assert clearance("--home", home, "policy", "list").code == 0
    assert clearance("--home", home, "policy", "pin", "nonsense").code == 2


def test_a_pack_that_is_not_in_use_says_so_wherever_it_is_shown(
    clearance: Callable[..., Typed], tmp_path: Path, home: Path
) -> None:
    page = tmp_path / "rules.html"
    assert clearance("--home", home, "policy", "index", "--out", page).code == 0
    reason = "The draft was planned to take effect on 31 March 2026"
    assert f"DK is not in use: {reason}" in clearance("policy", "list").out
    assert f"Not in use: {reason}" in clearance("policy", "show", "dk").out
    assert "Not in use" not in clearance("policy", "show", "core").out
    assert page.read_text(encoding="utf-8").count("Not in use:") == 1
    listed = json.loads(clearance("policy", "list", "--json").out)["packs"]
    assert {pack["id"] for pack in listed if pack["disabled_because"]} == {"DK"}


def test_the_index_is_one_page_without_scripts_and_with_every_string_escaped(
    clearance: Callable[..., Typed], tmp_path: Path, home: Path
) -> None:
    file = home / "packs" / "house" / "pack.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("title: What our", 'title: "<script>x</script>" #'), encoding="utf-8")
    page = tmp_path / "rules.html"
    assert clearance("--home", home, "policy", "index", "--out", page).code == 0
    html = page.read_text(encoding="utf-8")
    assert "&lt;script&gt;x&lt;/script&gt;" in html
    assert "<script" not in html
    assert all(f'id="{rule}"' in html for rule in ("CORE.K1", "BIO.B13", "PROV.P12", "HOUSE.H1"))
    assert html.index('id="BIO.B2"') < html.index('id="BIO.B12"')
    assert clearance("--home", home, "policy", "index", "--out", page).code == 2


def test_a_report_records_the_facts_that_its_findings_follow_from(
    clearance: Callable[..., Typed], studio: Studio, tmp_path: Path
) -> None:
    gate = ("gate", studio.papers / "keeper.jpg", "-d", studio.declaration(tmp_path), "--json")
    document = json.loads(clearance("--home", studio.home, *gate).out)
    jsonschema.validate(document, audit_schema())
    facts = facts_from_json(json.dumps(document["assets"][0]["facts"]))
    assert facts.asset.sha256 == document["assets"][0]["sha256"]
    path = tmp_path / "report.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    # The very same rules find the very same again.
    same = clearance("--home", studio.home, "policy", "diff", "CORE", "CORE", "--over", path)
    assert (same.code, same.out) == (0, "1 assets: 0 verdicts change, 0 keep theirs with other findings\n")


def versions(folder: Path) -> tuple[Path, Path]:
    """Write two versions of a pack: the second asks for a use that is not final, and about one thing more."""
    old, new = folder / "old.yaml", folder / "new.yaml"
    old.write_text(PACK, encoding="utf-8")
    more = RULE.format(id="H3", each="asset", expr='asset.kind == "video"')
    new.write_text(PACK.replace("'use.final'", "'!use.final'") + more, encoding="utf-8")
    return old, new


def test_diff_says_whose_verdict_changes_and_why(clearance: Callable[..., Typed], tmp_path: Path, report: Path) -> None:
    old, new = versions(tmp_path)
    done = clearance("policy", "diff", old, new, "--over", report.parent, "--json")
    document = json.loads(done.out)
    assert done.code == 3
    assert document["schema"] == "clearance.policy-diff/1"
    (change,) = document["changes"]
    assert (change["recorded"], change["before"], change["after"]) == ("pass", "pass", "review")
    assert [(f["rule"], f["was"] and f["was"]["outcome"], f["now"]["outcome"]) for f in change["findings"]] == [
        ("H1", "pass", "fail"),
        ("H3", None, "pass"),
    ]
    text = clearance("policy", "diff", old, new, "--over", report, report).out
    assert "pass → review" in text
    assert "HOUSE H1" in text
    assert "2 assets: 2 verdicts change" in text
    assert clearance("policy", "diff", new, old, "--over", report).code == 0


def test_a_waived_finding_and_invalid_evidence_stay_as_they_were(
    clearance: Callable[..., Typed], tmp_path: Path, passed: dict[str, Any]
) -> None:
    old, new = versions(tmp_path)
    asset = passed["assets"][0]
    broken = json.loads(json.dumps(asset))
    broken["facts"]["replicas"][0]["consent"]["term"] = "not_covered"
    subject = {"kind": "replica", "id": broken["facts"]["replicas"][0]["performer"]}
    waived = {"pack": "HOUSE", "rule": "H2", "outcome": "waived", "subject": subject}
    file = tmp_path / "report.json"
    for changed, before in (
        (broken, ["review"]),
        (broken | {"findings": [waived]}, ["warn"]),
        (broken | {"verdict": "invalid"}, ["invalid"]),
        (asset | {"facts": None, "verdict": "review"}, []),
    ):
        file.write_text(json.dumps(passed | {"assets": [changed]}), encoding="utf-8")
        done = clearance("policy", "diff", old, new, "--over", file, "--json")
        assert [change["before"] for change in json.loads(done.out)["changes"]] == before


def test_a_pack_that_is_not_here_as_it_was_then_is_said(
    clearance: Callable[..., Typed], tmp_path: Path, report: Path, passed: dict[str, Any]
) -> None:
    old, new = versions(tmp_path)
    report.write_text(json.dumps(passed | {"packs": [{"id": "CORE", "sha256": "0" * 64}]}), encoding="utf-8")
    done = clearance("policy", "diff", old, new, "--over", report, "--json")
    assert json.loads(done.out)["notes"] == [f"CORE is not the version that {report} was judged by"]


def test_what_is_no_report_or_records_no_facts_is_refused(
    clearance: Callable[..., Typed], tmp_path: Path, passed: dict[str, Any]
) -> None:
    file = tmp_path / "report.json"
    old = {key: value for key, value in passed["assets"][0].items() if key != "facts"}
    wrong = passed["assets"][0] | {"facts": {"asset": {}}}
    for content, reason in (
        ("[]", "not a clearance.audit/1 document"),
        ("[" * 100_000, "not a clearance.audit/1 document"),
        (json.dumps(passed | {"assets": [old]}), "assets.0 records no facts"),
        (json.dumps(passed | {"assets": [wrong]}), "assets.0.facts.asset.sha256: the key 'sha256' is missing"),
    ):
        file.write_text(content, encoding="utf-8")
        done = clearance("policy", "diff", "CORE", "CORE", "--over", file)
        assert (done.code, reason in done.err) == (2, True), done.err
    assert clearance("policy", "diff", "CORE", "CORE", "--over", tmp_path / "none.json").code == 2


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_report_with_anything_in_one_place_gives_assets_or_our_error(
    tmp_path_factory: pytest.TempPathFactory, passed: dict[str, Any], data: st.DataObject
) -> None:
    document = json.loads(json.dumps(passed))
    here: Any = document
    while True:
        key = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
        if not isinstance(here[key], dict | list) or not here[key] or data.draw(st.booleans()):
            here[key] = data.draw(st.none() | st.integers() | st.text(max_size=5) | st.lists(st.none(), max_size=2))
            break
        here = here[key]
    path = tmp_path_factory.getbasetemp() / "any-report.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    try:
        told = [asset.facts for asset in recorded_assets(path)]
    except DocumentRejected as error:
        assert str(path) in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert all(facts is None or isinstance(facts, Facts) for facts in told)


def test_a_draft_from_a_sample_is_green_and_asks_for_what_was_true(
    clearance: Callable[..., Typed], tmp_path: Path, report: Path
) -> None:
    out = tmp_path / "draft.yaml"
    done = clearance("policy", "from-sample", report, "--out", out)
    assert done.code == 0, done.err
    text = out.read_text(encoding="utf-8")
    assert text.startswith("# DRAFT")
    assert 'replica.consent.term == "covered"' in text
    tested = clearance("policy", "test", out)
    assert tested.code == 0, tested.out
    assert clearance("policy", "from-sample", report).out == text


def test_no_rules_are_drafted_from_a_deliverable_that_did_not_pass(
    clearance: Callable[..., Typed], report: Path, passed: dict[str, Any]
) -> None:
    report.write_text(json.dumps(passed | {"assets": [passed["assets"][0] | {"verdict": "review"}]}), encoding="utf-8")
    done = clearance("policy", "from-sample", report)
    assert (done.code, "was judged review" in done.err) == (2, True)
    assert "no file number 7" in clearance("policy", "from-sample", report, "--asset", "7").err
