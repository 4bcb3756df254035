"""Loading packs: the shipped ones load whole, a broken one says where, a hostile one does no harm."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.errors import DocumentInvalid, DocumentUnreadable, PackInvalid, PolicyError, UnknownPack
from policies.pack import Pack, builtin, builtin_ids, builtin_packs, load_pack
from policies.rule import pack_schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_the_shipped_packs_come_in_the_order_of_their_ids() -> None:
    assert [pack.id for pack in builtin_packs()] == list(builtin_ids()) == sorted(builtin_ids())
    assert {"BIO", "CORE", "PROV"} <= set(builtin_ids())


def test_a_shipped_pack_is_found_in_any_case_and_an_unknown_one_names_those_that_exist() -> None:
    assert builtin("core") is builtin("CORE")
    for name in ("HOUSE", "../core", ""):
        with pytest.raises(UnknownPack, match="BIO, CORE, "):
            builtin(name)


def test_the_digest_is_that_of_the_listing_that_sha256sum_prints(tmp_path: Path, pack_text: str) -> None:
    header, rules = pack_text.split("rules:\n")
    (tmp_path / "pack.yaml").write_text(header, encoding="utf-8")
    (tmp_path / "more.yaml").write_text("rules:\n" + rules, encoding="utf-8")
    (tmp_path / "README.md").write_text("not part of the pack", encoding="utf-8")
    listing = "".join(
        f"{hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()}  {name}\n" for name in ("more.yaml", "pack.yaml")
    )
    loaded = load_pack(tmp_path)
    assert loaded.sha256 == hashlib.sha256(listing.encode()).hexdigest()
    assert [rule.id for rule in loaded.rules] == ["H1"]
    (tmp_path / "more.yaml").write_text("rules:\n" + rules + "\n", encoding="utf-8")
    assert load_pack(tmp_path).sha256 != loaded.sha256


def test_one_file_is_a_pack_too(written: Callable[[str], Path], pack_text: str) -> None:
    loaded = load_pack(written(pack_text))
    assert isinstance(loaded, Pack)
    assert (loaded.id, loaded.title, loaded.version, loaded.effective.isoformat()) == (
        "HOUSE",
        "House rules",
        "1",
        "2026-01-01",
    )
    assert loaded.only("H1").rules == loaded.rules
    assert loaded.only("H2").rules == ()


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ("severity: block", "severty: block", "12:5: rules.0.severty: unknown key 'severty'; did you mean"),
        ("severity: block", "severity: fatal", "12:15: rules.0.severity: must be 'block', 'review', 'warn'"),
        ("title: Only", "title: [Only]\n    x: Only", "11:12: rules.0.title: must be text, not a list"),
        ("2026-01-01", "2026-02-30", "4:12: effective: 2026-02-30 is not a day of the calendar"),
        ("2026-01-01", "1767225600", "4:12: effective: must be a day such as 2026-11-22"),
        ("      confidence: high\n", "", "14:7: rules.0.citation.confidence: the key 'confidence' is missing"),
        ('checked: "2026-11-22"', "checked: lately", "14:7: rules.0.citation: must be a day such as 2026-11-22"),
        ("section:", "sektion:", "15:7: rules.0.citation.sektion: unknown key 'sektion'; did you mean 'sec"),
        ('version: "1"', "version: 1", "3:10: version: must be text, not the number 1"),
        ("use.media.all", "use.meda.all", "22:15: rules.0.require.0.expr: unknown fact 'use.meda'; did you"),
        (
            'm == "streaming"',
            "m == 3",
            "22:34: rules.0.require.0.expr: found no matching overload for '_==_' applied to '(string, int)'",
        ),
        ('use.media.all(m, m == "streaming")', "use.project", "22:15: rules.0.require.0.expr: must be true or"),
        (
            'use.media.all(m, m == "streaming")',
            "|\n          use.final &&\n          use.projet == ''",
            "24:11: rules.0.require.0.expr: unknown fact 'use.projet'; did you mean 'use.project'?",
        ),
        ('expr: use.project != "Test"', "expr: 'use.project !!'", "20:31: rules.0.when.expr: Syntax error"),
        ("in {use.media}", "in {use.mdia}", "23:14: rules.0.require.0.say: {use.mdia} is not a fact; did you"),
        ("for_each: asset", "for_each: asset\n    needs: [use.dat]", "20:13: rules.0.needs.0: unknown fact"),
        ("project: Harbour Lights", "projekt: Harbour", "8:27: facts.use.projekt: unknown fact; did you mean"),
        ("date: 2026-09-01", "date: soon", "8:15: facts.use.date: must be a date (2026-11-22) or a time"),
        ("use.media: [cinema]", "use.mdia: [cinema]", "27:32: rules.0.cases.1.facts: unknown fact 'use.mdia'"),
        ("use.media: [cinema]", "use.media: 3", "27:43: rules.0.cases.1.facts: use.media: must be a list, not"),
        ("for_each: asset", "for_each: replica", "26:7: rules.0.cases: the pack's base facts hold no replica"),
        ("for_each: asset", "for_each: asset\n    from: 2027-01-01\n    until: 2026-01-01", "10:5: rules.0: the day"),
        ("id: H1", "id: house1", "10:9: rules.0.id: "),
        ("      - {name: cinema", "      - {nme: cinema", "27:10: rules.0.cases.1.nme: unknown key 'nme'; did"),
    ],
)
def test_a_broken_pack_does_not_load_and_says_where(
    written: Callable[[str], Path], pack_text: str, right: str, wrong: str, problem: str
) -> None:
    assert right in pack_text
    path = written(pack_text.replace(right, wrong, 1))
    with pytest.raises(PackInvalid) as caught:
        load_pack(path)
    assert any(found.startswith(f"{path}:{problem}") for found in caught.value.problems), caught.value
    assert str(path) in str(caught.value)


def test_every_problem_of_a_pack_is_told_at_once(written: Callable[[str], Path], pack_text: str) -> None:
    text = pack_text.replace("use.media.all", "use.meda.all").replace("{use.media}", "{use.mdia}")
    with pytest.raises(PackInvalid) as caught:
        load_pack(written(text.replace("use.project !=", "use.projct !=")))
    assert len(caught.value.problems) == 3


def test_a_rule_written_twice_is_refused_across_files(tmp_path: Path, pack_text: str) -> None:
    (tmp_path / "pack.yaml").write_text(pack_text, encoding="utf-8")
    (tmp_path / "again.yaml").write_text("rules:\n" + pack_text.split("rules:\n")[1], encoding="utf-8")
    with pytest.raises(PackInvalid, match=r"again\.yaml:2:9: rule H1 is already written at .*pack\.yaml:10:9"):
        load_pack(tmp_path)


def test_what_is_no_pack_at_all_is_refused(tmp_path: Path, written: Callable[[str], Path]) -> None:
    with pytest.raises(DocumentUnreadable, match=r"holds no pack\.yaml"):
        load_pack(tmp_path)
    with pytest.raises(DocumentUnreadable):
        load_pack(tmp_path / "missing.yaml")
    with pytest.raises(PackInvalid, match="must be a group of keys and values"):
        load_pack(written(""))
    with pytest.raises(DocumentInvalid, match=r"pack\.yaml:1:7: anchors"):
        load_pack(written("pack: &a X"))
    for number in range(40):
        (tmp_path / f"{number}.yaml").touch()
    with pytest.raises(DocumentInvalid, match="more than 32 YAML files"):
        load_pack(tmp_path)


def test_the_published_schema_accepts_the_shipped_packs() -> None:
    schema = pack_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for pack in builtin_packs():
        rules = [rule.model_dump(mode="json", by_alias=True, exclude_none=True) for rule in pack.rules]
        header = {"pack": pack.id, "title": pack.title, "version": pack.version, "effective": "2026-11-22"}
        jsonschema.validate(header | {"legal_review": pack.legal_review, "rules": rules}, schema)


KEYS = ["pack", "title", "version", "effective", "legal_review", "facts", "rules", "id", "severity", "citation"]
KEYS += ["for_each", "when", "require", "expr", "say", "remedy", "cases", "name", "expect", "use", "asset", "from"]
WORDS = ["X", "H1", "block", "asset", "replica", "2026-01-01", "pending", "use.final", "pass", "{use.date}", "{"]
tree = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(WORDS) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.data())
def test_any_text_is_a_pack_or_is_refused_with_our_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    text = data.draw(st.text(max_size=60) | tree.map(json.dumps))
    path = tmp_path_factory.getbasetemp() / "any-pack.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError):
        load_pack(path)


@settings(deadline=None)
@given(st.data())
def test_a_pack_with_anything_in_one_place_loads_or_is_refused_with_our_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    document: Any = {
        "pack": "HOUSE",
        "title": "t",
        "version": "1",
        "effective": "2026-01-01",
        "legal_review": "pending",
        "facts": {"asset": {"sha256": "ab" * 32}, "use": {"final": True}},
        "rules": [
            {
                "id": "H1",
                "title": "t",
                "severity": "block",
                "citation": {
                    "instrument": "i",
                    "section": "s",
                    "paraphrase": "p",
                    "confidence": "low",
                    "checked": "2026-01-01",
                },
                "for_each": "asset",
                "require": [{"expr": "use.final", "say": "not final"}],
                "remedy": "r",
                "cases": [{"name": "n", "facts": {"use.final": False}, "expect": "fail"}],
            }
        ],
    }
    here = document
    while True:
        key = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
        if not isinstance(here[key], dict | list) or data.draw(st.booleans()):
            here[key] = data.draw(tree)
            break
        here = here[key]
    path = tmp_path_factory.getbasetemp() / "near-pack.yaml"
    path.write_text(json.dumps(document), encoding="utf-8")
    try:
        told = load_pack(path).id
    except PolicyError as error:
        told = str(error)
    assert told
