"""A hostile pack is refused when it is loaded, with file, line and column, in bounded time and memory."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.errors import DocumentInvalid, PackInvalid, PolicyError
from policies.look_alikes import foreign_letter, skeleton, steering_mark
from policies.own_packs import checked_pack
from policies.pack import MAX_CASES, MAX_CLAUSES, MAX_RULES, load_pack
from policies.pack_files import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIST = "[" + ", ".join("1" for _ in range(300)) + "]"


def refusal(path: Path) -> str:
    """Return the first problem, which must carry file, line and column, found within two seconds."""
    started = time.monotonic()
    with pytest.raises(PolicyError) as caught:
        load_pack(path)
    assert time.monotonic() - started < 2
    error = caught.value
    assert isinstance(error, DocumentInvalid | PackInvalid)
    return error.problems[0] if isinstance(error, PackInvalid) else str(error)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (
            f"{LIST}.all(a, {LIST}.all(b, a + b > 0))",
            "22:{}: rules.0.require.0.expr: loops over written-out lists may take more than 10000 steps",
        ),
        ("[[1, 2], [3]].all(a, a.all(b, b > 0)) && ([1] + [2]).all(c, c > 0) && use.final", None),
        (f"({LIST} + {LIST}).all(a, {LIST}.exists(b, a == b))", "22:{}: rules.0.require.0.expr: loops over written"),
        ("use.project.matches('(a+)+$')", "22:{}: rules.0.require.0.expr: the pattern repeats a repetition"),
        ("use.project.matches('((a*)b)+')", "22:{}: rules.0.require.0.expr: the pattern repeats a repetition"),
        ("use.project.matches('(x{2,})*')", "22:{}: rules.0.require.0.expr: the pattern repeats a repetition"),
        ("use.project.matches('a{1000}')", "22:{}: rules.0.require.0.expr: the pattern repeats more than 100 times"),
        ("use.project.matches('" + "a" * 201 + "')", "22:{}: rules.0.require.0.expr: the pattern is longer than 200"),
        ("use.project.matches(asset.sha256)", "22:{}: rules.0.require.0.expr: the pattern must be written out"),
        ("matches(use.project, 'x')", "22:{}: rules.0.require.0.expr: the pattern must be written out"),
        ("use.project.matches('^[A-Z+*]+-[0-9]{4}(x|y)?$')", None),
        ("'" + "a" * 2000 + "' == use.project", "22:{}: rules.0.require.0.expr: longer than 2000 characters"),
        ("(" * 400 + "use.final" + ")" * 400, "22:{}: rules.0.require.0.expr: "),
        (
            "[1].exists(a, [1].exists(b, [1].exists(c, [1].exists(d, true))))",
            "22:{}: rules.0.require.0.expr: more than",
        ),
    ],
)
def test_an_expression_that_can_only_explode_is_refused(
    written: Callable[[str], Path], pack_text: str, expression: str, reason: str | None
) -> None:
    path = written(pack_text.replace('use.media.all(m, m == "streaming")', json.dumps(expression)))
    if reason is None:
        assert load_pack(path).rules
        return
    where, found = refusal(path).split(": rules", 1)
    line, column = where.removeprefix(f"{path}:").split(":")
    assert f"{line}:{{}}: rules{found}".startswith(reason)
    assert int(column) >= 15


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("pack: &a HOUSE\ntitle: *a\n", ":1:7: anchors"),
        ("a: [x, *b]\n", ":1:8: aliases"),
        ("pack: HOUSE\npack: OTHER\n", ":2:1: key 'pack' is given twice"),
        ("[" * 5000, ":1:26: nested deeper than 24"),
        ("{a: " * 5000, ": nested deeper than 24"),
        ("- x\n" * 60_000, ":50000:3: more than 50000 values"),
        ("title: " + "x" * (1024 * 1024), ":1:1: larger than 1048576 bytes"),
        ("title: ab\u202ecd\n", ":1:10: RIGHT-TO-LEFT OVERRIDE hides or reorders text"),
        ("title: x\n# a zero\u200bwidth comment\n", ":2:9: ZERO WIDTH SPACE hides or reorders text"),
        ("pack: !!python/object/apply:os.system [x]\n", ":1:7: tags"),
    ],
    ids=["anchor", "alias", "double", "nested list", "nested map", "many", "long", "reordered", "hidden", "tag"],
)
def test_a_document_outside_the_subset_is_refused_where_it_leaves_it(
    written: Callable[[str], Path], text: str, reason: str
) -> None:
    assert reason in refusal(written(text))


@pytest.mark.parametrize(
    ("right", "wrong", "reason"),
    [
        ("pack: HOUSE", "pack: НOUSE", ":1:7: pack: character 1 is CYRILLIC CAPITAL LETTER EN"),
        ("id: H1", "id: H１", "10:9: rules.0.id: character 2 is FULLWIDTH DIGIT ONE"),
        ("use.media.all", "use.mеdia.all", "22:15: rules.0.require.0.expr: "),
        ("severity: block", "sevеrity: block", "12:5: rules.0.sev"),
        ("effective: 2026-01-01", "effective: 2026-01-01T00:00:00+02:00", "4:12: effective: must be a day such as"),
        ("effective: 2026-01-01", "effective: 2026-1-1", "4:12: effective: must be a day such as 2026-11-22"),
        ("effective: 2026-01-01", "effective: ２０２６-01-01", "4:12: effective: must be a day such as"),
        ("for_each: asset", "for_each: asset\n    from: 2026-02-30", "20:11: rules.0.from: 2026-02-30 is not a day"),
        ("date: 2026-09-01", "date: 2026-09-01T10:00:00", "8:15: facts.use.date: must be a date"),
        ("date: 2026-09-01", '"date": "2026-09-01T10:00:00+25:00"', ": facts.use.date: "),
        ("date: 2026-09-01", '"date": "0001-01-01T00:00:00+14:00"', ": facts.use.date: is outside the years"),
        ("name: cinema", "name: cinema, on: 2026-13-01", "27:28: rules.0.cases.1.on: 2026-13-01 is not a day"),
    ],
)
def test_look_alikes_and_wrong_times_are_refused_where_they_stand(
    written: Callable[[str], Path], pack_text: str, right: str, wrong: str, reason: str
) -> None:
    assert right in pack_text
    path = written(pack_text.replace(right, wrong, 1))
    with pytest.raises(PackInvalid) as caught:
        load_pack(path)
    assert any(reason in problem for problem in caught.value.problems), caught.value


def test_facts_of_a_case_compare_in_utc_whatever_offset_they_are_written_in(
    written: Callable[[str], Path], pack_text: str
) -> None:
    # 2026-09-01 00:30 in Berlin is still August in UTC.
    text = pack_text.replace("date: 2026-09-01", '"date": "2026-09-01T00:30:00+02:00"')
    text = text.replace('use.media.all(m, m == "streaming")', "'use.date < \"2026-09-01T00:00:00Z\"'")
    text = text.partition("      - {name: cinema")[0]
    assert checked_pack(written(text)).rules


def test_a_rule_whose_cases_contradict_it_judges_nothing(written: Callable[[str], Path], pack_text: str) -> None:
    path = written(pack_text.replace("expect: fail", "expect: pass"))
    with pytest.raises(PackInvalid, match="27:9: rule H1 contradicts its case 'cinema'"):
        checked_pack(path)


def test_too_many_rules_clauses_or_cases_are_refused_before_anything_is_compiled(tmp_path: Path) -> None:
    for what, clauses, cases, count in (
        ("rules", 1, 0, MAX_RULES + 1),
        ("clauses", 20, 0, MAX_CLAUSES // 20 + 1),
        ("cases", 1, 50, MAX_CASES // 50 + 1),
    ):
        folder = tmp_path / what
        folder.mkdir()
        head = {"pack": "HOUSE", "title": "t", "version": "1", "effective": "2026-01-01", "legal_review": "pending"}
        (folder / "pack.yaml").write_text(json.dumps(head))
        for start in range(0, count, 20):
            rules = [_rule(number, clauses, cases) for number in range(start, min(start + 20, count))]
            (folder / f"{start:03}.yaml").write_text(json.dumps({"rules": rules}))
        assert f"{what}, more than" in refusal(folder)


def _rule(number: int, clauses: int, cases: int) -> dict[str, object]:
    citation = {"instrument": "i", "section": "s", "paraphrase": "p", "confidence": "low", "checked": "2026-01-01"}
    return {
        "id": f"H{number}",
        "title": "t",
        "severity": "block",
        "citation": citation,
        "for_each": "asset",
        "require": [{"expr": "use.final", "say": "not final"}] * clauses,
        "remedy": "r",
        "cases": [{"name": "n", "expect": "unknown"}] * cases,
    }


def test_a_pack_of_more_text_than_the_limit_is_refused(tmp_path: Path, pack_text: str) -> None:
    (tmp_path / "pack.yaml").write_text(pack_text)
    for number in range(3):
        (tmp_path / f"{number}.yaml").write_text("#" * (MAX_BYTES // 3 + 1))
    assert "the pack holds more than" in refusal(tmp_path)


def test_thousands_of_wrong_keys_are_told_in_bounded_time(written: Callable[[str], Path], pack_text: str) -> None:
    wrong = "".join(f"severtiy{number}: x\n" for number in range(20_000))
    assert "unknown key 'severtiy0'" in refusal(written(pack_text + wrong))


def test_the_worst_packs_stay_within_time_and_memory_in_a_process_of_their_own(tmp_path: Path, pack_text: str) -> None:
    bombs = {
        "aliases": "a: &a [x]\n" + "b: [*a, *a]\n" * 1000,
        "depth": "[" * 500_000,
        "values": "- x\n" * 250_000,
        "keys": "".join(f"k{n}: 1\n" for n in range(49_000)),
        "facts": pack_text.replace("use.media: [cinema]", ", ".join(f"use.mdia{n}: 1" for n in range(20_000))),
        "loops": pack_text.replace("use.media.all(m,", f"{LIST}.all(a, {LIST}.all(b, a > b)) && use.media.all(m,"),
        "text": pack_text.replace("Harbour Lights", "x" * 900_000),
    }
    for name, text in bombs.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    program = """
        import resource, sys, time
        from pathlib import Path
        from policies.errors import PolicyError
        from policies.pack import load_pack
        resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for path in sorted(Path(sys.argv[1]).glob("*.yaml")):
            started = time.process_time()
            try:
                load_pack(path)
            except PolicyError as error:
                told = len(str(error))
            else:
                sys.exit(f"{path.name} was loaded")
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
            print(path.stem, f"{time.process_time() - started:.2f}", grown, told)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert sorted(row[0] for row in rows) == sorted(bombs)
    for name, seconds, megabytes, characters in rows:
        assert float(seconds) < 5, (name, seconds)
        assert int(megabytes) < 200, (name, megabytes)
        assert int(characters) < 100_000, (name, characters)


@given(st.text(max_size=30))
def test_only_plain_ascii_has_no_foreign_letter(text: str) -> None:
    assert (foreign_letter(text) is None) == text.isascii()


@settings(max_examples=30)
@given(st.text(max_size=20), st.sampled_from("\u202e\u200b\u2066\ufeff\u00ad"), st.text(max_size=20))
def test_a_mark_that_hides_text_is_found_wherever_it_stands(before: str, mark: str, after: str) -> None:
    found = steering_mark(before + mark + after)
    assert found is not None
    assert found[0] <= len(before)


def test_ids_that_a_reader_takes_for_one_another_have_one_skeleton() -> None:
    assert skeleton("C0RE") == skeleton("CORE")
    assert skeleton("US-CA") == skeleton("USCA") == skeleton("U5-CA")
    assert skeleton("BIO") == skeleton("B1O") == skeleton("BL0")
    assert skeleton("HOUSE") != skeleton("MOUSE")
