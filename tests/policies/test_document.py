"""The reader of handwritten documents: what it accepts, refuses, and where it says things stand."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from policies.document import Document, located_problems, permitted_keys, read_document
from policies.errors import DocumentInvalid, DocumentUnreadable
from policies.located_yaml import MAX_DEPTH
from policies.rule import Day, PackDocument

if TYPE_CHECKING:
    from pathlib import Path


def refusal(text: str | bytes) -> str:
    with pytest.raises(DocumentInvalid) as caught:
        read_document(text, name="d.yaml")
    return str(caught.value)


def test_scalars_stay_text_except_true_false_null_and_whole_numbers() -> None:
    text = "a: NO\nb: yes\nc: true\nd: false\ne: null\nf:\ng: 12\nh: -3\ni: 007\nj: 1.5\nk: 2026-02-30\nl: '12'\n"
    assert read_document(text).data == {
        "a": "NO",
        "b": "yes",
        "c": True,
        "d": False,
        "e": None,
        "f": None,
        "g": 12,
        "h": -3,
        "i": "007",
        "j": "1.5",
        "k": "2026-02-30",
        "l": "12",
    }


def test_a_number_too_long_for_the_engine_stays_text() -> None:
    assert read_document("a: 1" + "0" * 30).data == {"a": "1" + "0" * 30}


def test_nested_values_and_block_texts_are_read() -> None:
    text = "a:\n  - {b: [1, x]}\n  - |\n    two\n    lines\n"
    assert read_document(text).data == {"a": [{"b": [1, "x"]}, "two\nlines\n"]}


def test_an_empty_text_has_no_data_and_a_byte_order_mark_is_skipped() -> None:
    assert read_document("").data is None
    assert read_document("# only a comment\n").data is None
    assert read_document("\ufeffa: 1".encode()).data == {"a": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "d.yaml:3:1: key 'a' is given twice (first in line 1)"),
        ("a: {x: 1, x: 2}\n", "d.yaml:1:11: key 'x' is given twice (first in line 1)"),
        ("a: &name 1\n", "d.yaml:1:4: anchors (&name) are not allowed; write the value out"),
        ("a: 1\nb: *name\n", "d.yaml:2:4: aliases (*name) are not allowed; write the value out"),
        ("a: !!str 1\n", "d.yaml:1:4: tags (!name) are not allowed; write the plain value"),
        ("a: !!python/object:os.system x\n", "d.yaml:1:4: tags (!name) are not allowed; write the plain value"),
        ("a: ! 1\n", "d.yaml:1:4: tags (!name) are not allowed; write the plain value"),
        ("!!str a: 1\n", "d.yaml:1:1: tags (!name) are not allowed; write the plain value"),
        ("a: !!map {}\n", "d.yaml:1:4: tags (!name) are not allowed; write the plain value"),
        ("a: 1\n---\nb: 2\n", "d.yaml:2:1: a second document begins here; write one document per file"),
        ("? [a]\n: 1\n", "d.yaml:1:3: a key must be a word or a text"),
        ("'': 1\n", "d.yaml:1:1: a key must be a word or a text"),
        ("a: [1,\n", "d.yaml:2:1: not YAML: did not find expected node content"),
        ("ok: 1\nb: \x07\n", "d.yaml:2:4: not YAML: control characters are not allowed"),
        ("é: \x00", "d.yaml:1:4: not YAML: control characters are not allowed"),
    ],
)
def test_what_is_outside_the_subset_is_refused_with_its_position(text: str, message: str) -> None:
    assert refusal(text) == message


def test_a_yaml_bomb_is_refused_at_its_first_line() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{n}: &{n} [*a, *a, *a]\n" for n in "bcdefghi")
    assert refusal(bomb).startswith("d.yaml:1:4: anchors")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused_without_reading_it_all(opening: str) -> None:
    assert f"nested deeper than {MAX_DEPTH} levels" in refusal(opening * 100_000)


def test_too_many_values_and_too_many_bytes_are_refused() -> None:
    assert "more than 50000 values" in refusal("- 1\n" * 60_000)
    assert "larger than 1048576 bytes" in refusal("#" * (1024 * 1024 + 1))
    with pytest.raises(DocumentInvalid, match="larger than 10 bytes"):
        read_document("é" * 6, limit_bytes=10)


def test_bytes_that_are_not_utf8_are_refused_with_their_line() -> None:
    assert refusal(b"a: 1\nb: \xff\n") == "d.yaml:2:1: not UTF-8 text; save it as UTF-8"
    assert refusal("a: 1\nb: \ud800") == "d.yaml:2:1: not UTF-8 text; save it as UTF-8"


def test_a_file_is_called_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "d.yaml"
    path.write_text("a: [", encoding="utf-8")
    with pytest.raises(DocumentInvalid, match=f"^{re.escape(str(path))}:2:1: not YAML"):
        read_document(path)


def test_a_missing_file_a_folder_and_a_pipe_are_unreadable(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("missing.yaml", ".", "pipe", "nul\0byte"):
        with pytest.raises(DocumentUnreadable):
            read_document(tmp_path / name)


def test_a_path_is_located_at_its_value_or_the_nearest_enclosing_one() -> None:
    document = read_document("a:\n  b: [x, yy]\n", name="d.yaml")
    assert document.locate(("a", "b", 1)) == "d.yaml:2:10"
    assert document.locate(("a", "b", 9, "z")) == "d.yaml:2:6"
    assert document.locate(("nothing",)) == "d.yaml:1:1"
    assert document.locate_key(("a", "b")) == "d.yaml:2:3"


def test_a_place_inside_a_text_is_located_after_quotes_and_block_marks() -> None:
    document = read_document("a: one\nb: 'two'\nc: |\n    x\n    three\nd: >-\n  folded\n", name="d.yaml")
    assert document.locate_in_text(("a",), 1, 3) == "d.yaml:1:6"
    assert document.locate_in_text(("b",), 1, 1) == "d.yaml:2:5"
    assert document.locate_in_text(("c",), 2, 2) == "d.yaml:5:6"
    # A folded text's lines are not the document's lines: its beginning is all that can be told.
    assert document.locate_in_text(("d",), 1, 4) == "d.yaml:6:4"


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    severity: Literal["block", "warn"] = "warn"
    count: int = 0


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    day: Day | None = None
    flag: bool = False
    items: tuple[Inner, ...] = ()
    one: Inner | None = None


def problems(text: str, *, with_model: bool = True) -> tuple[str, ...]:
    document = read_document(text, name="d.yaml")
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(document.data)
    return located_problems(document, caught.value, Outer if with_model else None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("title: x\ntitel: y\n", "d.yaml:2:1: titel: unknown key 'titel'; did you mean 'title'?"),
        (
            "title: x\nzzz: y\n",
            "d.yaml:2:1: zzz: unknown key 'zzz'; permitted are title, day, flag, items, one",
        ),
        (
            "title: x\nitems:\n  - severty: warn\n",
            "d.yaml:3:5: items.0.severty: unknown key 'severty'; did you mean 'severity'?",
        ),
        (
            "title: x\none: {cuont: 1}\n",
            "d.yaml:2:7: one.cuont: unknown key 'cuont'; did you mean 'count'?",
        ),
        ("flag: true\n", "d.yaml:1:1: title: the key 'title' is missing; add it"),
        ("title: [a]\n", "d.yaml:1:8: title: must be text, not a list"),
        ("title: 5\n", "d.yaml:1:8: title: must be text, not the number 5"),
        (
            "title: x\nitems:\n  - severity: fatal\n",
            "d.yaml:3:15: items.0.severity: must be 'block' or 'warn', not 'fatal'",
        ),
        ("title: x\nflag: [1]\n", "d.yaml:2:7: flag: must be true or false, not a list"),
        ("title: x\nitems: 3\n", "d.yaml:2:8: items: must be a list, not the number 3"),
        (
            "title: x\nitems: [3]\n",
            "d.yaml:2:9: items.0: must be a group of keys and values, not the number 3",
        ),
        (
            "title: x\nitems: [{count: many}]\n",
            "d.yaml:2:17: items.0.count: must be a whole number, not 'many'",
        ),
        ("title: x\nday: 2026-02-30\n", "d.yaml:2:6: day: 2026-02-30 is not a day of the calendar"),
        ("title: x\nday: 20260230\n", "d.yaml:2:6: day: must be a day such as 2026-11-22"),
        ("- x\n", "d.yaml:1:1: document: must be a group of keys and values, not a list"),
        ("", "d.yaml:1:1: document: must be a group of keys and values, not nothing"),
    ],
)
def test_a_problem_is_told_in_plain_words_where_it_stands(text: str, problem: str) -> None:
    assert problems(text) == (problem,)


def test_without_the_model_an_unknown_key_is_still_located() -> None:
    found = problems("title: x\ntitel: y\n", with_model=False)
    assert found == ("d.yaml:2:1: titel: unknown key 'titel'; remove it",)


def test_every_problem_is_told_at_once() -> None:
    assert len(problems("titel: y\nflag: [1]\nitems: [{x: 1}, {y: 2}]\n")) == 5


def test_permitted_keys_follow_lists_options_and_aliases() -> None:
    assert permitted_keys(Outer, ("items", 3)) == ("severity", "count")
    assert permitted_keys(Outer, ("one",)) == ("severity", "count")
    assert "from" in permitted_keys(PackDocument, ("rules", 0))
    assert "instrument" in permitted_keys(PackDocument, ("rules", 0, "citation"))
    assert permitted_keys(Outer, ("title", "deeper")) == ()


yaml_text = st.text(alphabet=st.sampled_from("ab1 \n-:[]{},'\"|>&*!#%?\t\r\\~\x85\u2028é\x00")) | st.text(
    st.characters()
)


def plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(type(key) is str and plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(plain(item) for item in value)
    return value is None or type(value) in (bool, int, str)


@settings(deadline=None)
@given(yaml_text)
def test_any_text_gives_a_document_of_plain_values_or_document_invalid(text: str) -> None:
    try:
        document = read_document(text)
    except DocumentInvalid as error:
        where = error.where
    else:
        where = document.locate(("anywhere",))
        assert plain(document.data)
    assert where.startswith("<text>:")


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_give_a_document_or_document_invalid(content: bytes) -> None:
    try:
        where = read_document(content).locate(())
    except DocumentInvalid as error:
        where = error.where
    assert where.startswith("<text>:")


tree = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(list(Outer.model_fields)), inner),
    max_leaves=12,
)


@settings(deadline=None)
@given(tree)
def test_every_problem_of_any_document_has_a_position(data: Any) -> None:
    document = Document(data, {(): (1, 1)}, {}, {}, "d.yaml")
    try:
        Outer.model_validate(data)
    except ValidationError as error:
        found = located_problems(document, error, Outer)
        assert found
        assert all(problem.startswith("d.yaml:1:1: ") and problem.isprintable() for problem in found)
