"""Signed answers and waivers, from the command that signs them to the report that shows them."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import jsonschema
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clearance.declaration import TEMPLATE, load
from clearance.demo import media
from clearance.errors import DocumentRejected, SettingsInvalid
from clearance.papers import Papers, attestations_of, attestors_in, papers_of
from clearance.report.document import audit_schema
from clearance.report.html import page
from clearance.report.sentences import reason
from clearance.report.text import lines_of
from clearance.settings import load as load_settings
from clearance.verdict import Verdict, verdict_of
from policies.dsse import fingerprint
from policies.finding import AlsoAsked, Citation, Finding

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from policies.finding import Outcome, Severity
    from tests.clearance.conftest import Studio, Typed

    CommandLine = Callable[..., Typed]

HOUSE = """\
pack: HOUSE
title: House rules
version: "1"
effective: 2026-01-01
legal_review: pending
facts:
  asset: {sha256: "0000000000000000000000000000000000000000000000000000000000000000"}
rules:
  - id: H1
    title: The work is a parody
    severity: review
    citation: {instrument: House, section: "1", paraphrase: P., confidence: high, checked: "2026-11-22"}
    for_each: asset
    attestation: {question: Is it a parody?, answers: ["yes", "no"], roles: [legal counsel]}
    require: [{expr: attestation.answer == "yes", say: It is none.}]
    remedy: Ask counsel.
  - id: H2
    title: A rule that nobody may waive
    severity: review
    waivable: false
    citation: {instrument: House, section: "2", paraphrase: P., confidence: high, checked: "2026-11-22"}
    for_each: asset
    require: [{expr: 1 < 2, say: never}]
    remedy: None is needed.
"""


@pytest.fixture
def key(tmp_path: Path) -> tuple[Path, str]:
    """A person's key file, and its fingerprint."""
    private = Ed25519PrivateKey.generate()
    path = tmp_path / "key.pem"
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path, fingerprint(private.public_key())


@pytest.fixture
def house(tmp_path: Path) -> Path:
    path = tmp_path / "house.yaml"
    path.write_text(HOUSE, encoding="utf-8")
    return path


def trust(home: Path, key: str, role: str) -> None:
    (home / "attestors.toml").write_text(f'[[attestor]]\nkey = "{key}"\nroles = ["{role}"]\n', encoding="utf-8")


def test_a_waived_finding_is_shown_with_its_approver_and_the_file_passes_with_a_warning(
    studio: Studio, clearance: CommandLine, tmp_path: Path, key: tuple[Path, str]
) -> None:
    image = tmp_path / "senator-1.jpg"
    media.portrait(media.OBAMA_STANDING).save(image, quality=92)
    arguments = ("gate", image, "-d", studio.declaration(tmp_path), "--policy", "CORE")
    assert clearance("--home", studio.home, *arguments).code == 1
    waivers: list[object] = []
    for rule in ("core.k2", "CORE.K7"):
        out = tmp_path / f"{rule}.json"
        scope = ("--file", image) if rule == "core.k2" else ("--project", "NIGHT-HARBOUR")
        how = ("--reason", "Extended by\nletter.", "--expires", "2126-12-31", "--key", key[0], "--out", out)
        done = clearance("waive", rule, *scope, *how)
        assert (done.code, key[1] in done.out) == (0, True), done.err
        waivers += ["--waivers", out]
    refused = clearance("--home", studio.home, *arguments, *waivers)
    assert refused.code == 1
    assert "A waiver does not count: it is signed with the key" in refused.out
    try:
        trust(studio.home, key[1], "waiver approver")
        waived = clearance("--home", studio.home, *arguments, *waivers)
        document = json.loads(clearance("--home", studio.home, *arguments, *waivers, "--json").out)
    finally:
        (studio.home / "attestors.toml").unlink()
    assert waived.code == 0, waived.out
    assert "K2 (waived)" in waived.out
    assert "waived: Extended by letter. (it failed; approved with the key" in waived.out
    jsonschema.validate(document, audit_schema())
    assert document["verdict"] == "warn"
    (told,) = (f for f in document["assets"][0]["findings"] if f["outcome"] == "waived")
    assert (told["waived"]["approver"], told["waived"]["instead_of"]) == (key[1], "fail")
    shown = page(document, {})
    assert "What was waived" in shown
    assert "Extended by letter. (it failed; approved with the key" in shown
    assert document["assets"][0]["verdict"] == "warn"
    assert reason(document["assets"][0]).endswith("but for 1 that were waived.")


def test_every_citation_of_a_joined_finding_is_shown(studio: Studio, clearance: CommandLine, tmp_path: Path) -> None:
    image = tmp_path / "senator-1.jpg"
    media.portrait(media.OBAMA_STANDING).save(image, quality=92)
    arguments = ("gate", image, "-d", studio.declaration(tmp_path), "--policy", "CORE")
    document = json.loads(clearance("--home", studio.home, *arguments, "--json").out)
    (late,) = (f for f in document["assets"][0]["findings"] if f["rule"] == "K2" and f["outcome"] == "fail")
    citation = {"instrument": "An <agreement>", "section": "12", "address": None, "paraphrase": "P."}
    late["also"] = [
        {**{k: late[k] for k in ("title", "severity", "why")}, "rule": "S9", "pack": "SAG", "citation": citation}
    ]
    jsonschema.validate(document, audit_schema())
    assert "S9 of pack SAG: An &lt;agreement&gt;, 12" in page(document, {})
    assert "             also: S9 of SAG, An <agreement>, 12" in list(lines_of(document))


def test_an_answer_that_the_declaration_names_decides_the_rule(
    studio: Studio, clearance: CommandLine, tmp_path: Path, key: tuple[Path, str], house: Path
) -> None:
    image = tmp_path / "nobody.png"
    media.portrait(media.OBAMA_STANDING).crop((0, 0, 64, 64)).save(image)
    out = tmp_path / "answer.json"
    question = ("declare", "attest", "HOUSE.H1", "--policy", house, "--answer", "yes", "--role", "legal counsel")
    done = clearance(*question, "--reasons", "Satire.", "--project", "NIGHT-HARBOUR", "--key", key[0], "--out", out)
    assert done.code == 0, done.err
    declaration = studio.declaration(tmp_path)
    declaration.write_text(declaration.read_text() + "attestations: [answer.json]\n", encoding="utf-8")
    arguments = ("--home", studio.home, "gate", image, "-d", declaration, "--policy", house, "--search", "detect")
    held = clearance(*arguments)
    assert held.code == 3
    assert "Asked of legal counsel: Is it a parody? (yes / no) An answer on record does not count" in held.out
    try:
        trust(studio.home, key[1], "legal counsel")
        assert clearance(*arguments).code == 0
    finally:
        (studio.home / "attestors.toml").unlink()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"--answer": "perhaps"}, "Answer one of yes, no"),
        ({"--role": "vendor"}, "asks the legal counsel, not the vendor"),
        ({"--expires": "2020-01-01"}, "expires_at lies before given_at"),
        ({"--expires": "2126-01-01T00:00:00Z"}, "is not a day"),
        ({"--key": "house.yaml"}, "is no private key"),
        ({"--key": "absent.pem"}, "can't be read"),
        ({"rule": "HOUSE.H2"}, "asks no question"),
        ({"rule": "HOUSE.H9"}, "there is no rule HOUSE.H9"),
        ({"--out": "house.yaml"}, "exists"),
    ],
)
def test_nothing_useless_is_signed(
    clearance: CommandLine, tmp_path: Path, key: tuple[Path, str], house: Path, changes: dict[str, str], message: str
) -> None:
    values = {"--answer": "yes", "--role": "legal counsel", "--key": "key.pem", "--out": "answer.json"} | changes
    rule = values.pop("rule", "HOUSE.H1")
    flags = [part for flag, value in values.items() for part in (flag, tmp_path / value if "." in value else value)]
    done = clearance("declare", "attest", rule, "--policy", house, "--reasons", "R", "--project", "P", *flags)
    assert (done.code, message in done.err) == (2, True), done.err


def test_what_may_not_be_waived_or_has_no_scope_is_refused_before_it_is_signed(
    clearance: CommandLine, tmp_path: Path, key: tuple[Path, str], house: Path
) -> None:
    how = ("--reason", "R", "--expires", "2126-12-31", "--key", key[0], "--policy", house, "--out", tmp_path / "w.json")
    assert "can not be waived" in clearance("waive", "HOUSE.H2", "--project", "P", *how).err
    assert clearance("waive", "HOUSE.H1", *how).code == 2
    assert not (tmp_path / "w.json").exists()


def test_waivers_in_the_homes_folder_are_read(
    clearance: CommandLine, tmp_path: Path, key: tuple[Path, str], house: Path
) -> None:
    (tmp_path / "waivers").mkdir()
    how = ("--reason", "R", "--expires", "2126-12-31", "--key", key[0], "--policy", house)
    clearance("waive", "HOUSE.H1", "--project", "P", *how, "--out", tmp_path / "waivers" / "w.json")
    papers = papers_of(load_settings(home=str(tmp_path)), waivers=())
    assert [signed.record.rule for signed in papers.waivers] == ["HOUSE.H1"]
    assert papers.attestors == Papers().attestors == {}


def test_an_answer_that_can_not_be_read_is_told_by_its_place_in_the_declaration(
    clearance: CommandLine, tmp_path: Path
) -> None:
    path = tmp_path / "d.yaml"
    path.write_text(TEMPLATE.replace("attestations: []", "attestations: [absent.json, d.yaml]"), encoding="utf-8")
    with pytest.raises(DocumentRejected) as caught:
        attestations_of(path, load(path))
    assert len(caught.value.problems) == 2
    assert all(": attestations." in problem and "d.yaml:" in problem for problem in caught.value.problems)
    assert "absent.json" in caught.value.problems[0]
    linted = clearance("--home", tmp_path, "declare", "lint", path)
    assert (linted.code, "attestations.1" in linted.err) == (2, True)


@pytest.mark.parametrize(
    "text",
    [
        "x = ",
        'people = "x"',
        "[[attestor]]\nkey = 'short'\nroles = ['director']",
        f"[[attestor]]\nkey = '{'ab' * 32}'\nroles = ['king']",
        f"[[attestor]]\nkey = '{'ab' * 32}'\nroles = []",
        f"[[attestor]]\nkey = '{'ab' * 32}'\nroles = ['director']\n[[people]]",
    ],
)
def test_a_list_of_attestors_that_is_wrong_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "attestors.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsInvalid, match=r"attestors\.toml"):
        attestors_in(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_for_attestors_give_a_list_or_our_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "attestors.toml"
    path.write_bytes(content)
    with contextlib.suppress(SettingsInvalid):
        assert attestors_in(path) == {}


CITATION = Citation("I", "1", "P.", "high", "2026-11-22")


def finding(outcome: Outcome, severity: Severity, pack: str, *also: tuple[Severity, str]) -> Finding:
    others = tuple(AlsoAsked("X1", "T", other, "1", grave, "W.", CITATION) for grave, other in also)
    return Finding(
        "X1", "T", pack, "1", severity, outcome, "asset", "ab" * 32, "W.", (), (), CITATION, "R.", also=others
    )


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (finding("waived", "block", "CORE"), Verdict.WARN),
        (finding("fail", "block", "SAG-TV", ("review", "CORE")), Verdict.REVIEW),
        (finding("fail", "block", "SAG-TV", ("block", "CORE")), Verdict.BLOCK),
        (finding("unknown", "block", "CORE", ("block", "PROV")), Verdict.REVIEW),
        (finding("fail", "warn", "US-CA"), Verdict.WARN),
        (finding("pass", "block", "CORE", ("block", "PROV")), Verdict.PASS),
    ],
)
def test_a_joined_finding_weighs_as_much_as_the_gravest_of_its_rules_may(found: Finding, verdict: Verdict) -> None:
    assert verdict_of(found) == verdict
