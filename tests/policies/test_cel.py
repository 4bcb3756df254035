"""The expression port: its four traps, its bounds, and the positions of its refusals."""

from __future__ import annotations

import time
from typing import Any

import pytest
from cel_expr_python import cel
from google.protobuf import message_factory
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.cel import MAX_CHARACTERS, Answer, ExpressionRefused, compile_expression
from policies.fact_types import fact_types
from policies.facts import Facts
from policies.person_facts import ReplicaFacts
from policies.use_facts import AssetFacts, UseFacts
from policies.vocabulary import evaluation_map

ASSET = AssetFacts(sha256="ab" * 32, kind="image")


def answer(expression: str, facts: Facts) -> Answer:
    return compile_expression(expression, "asset").evaluate(evaluation_map(facts))


def refusal(expression: str, subject: Any = "asset") -> tuple[int, int, str]:
    with pytest.raises(ExpressionRefused) as caught:
        compile_expression(expression, subject)
    return caught.value.line, caught.value.column, caught.value.reason


def test_the_engine_gives_errors_as_values_that_are_true_and_they_count_as_unknown() -> None:
    raw = cel.NewEnv(variables={"use": cel.Type.DYN}).compile("use.final").eval(data={"use": {}})
    assert bool(raw) is True
    assert raw.type() == cel.Type.ERROR
    assert answer("use.final", Facts(asset=ASSET)).value is None


def test_a_null_or_a_number_from_the_engine_is_not_true_either() -> None:
    program = compile_expression("use.final", "asset")
    assert program.evaluate({"use": {"final": None}}).value is None
    assert program.evaluate({"use": {"final": 1}}).value is None


def test_over_protobuf_an_unknown_bool_would_read_as_false_but_not_here() -> None:
    types = fact_types()
    message = message_factory.GetMessageClass(types.pool.FindMessageTypeByName("facts.UseFacts"))()
    typed = cel.NewEnv(types.pool, variables={"use": cel.Type("facts.UseFacts")})
    assert typed.compile("!use.final").eval(data={"use": message}).value() is True
    assert answer("!use.final", Facts(asset=ASSET)) == Answer(None, "a fact is missing", ("use.final",))


def test_moments_compare_as_text_and_as_timestamps_alike_across_offsets() -> None:
    early, late = "2026-09-01T01:00:00+02:00", "2026-08-31T23:30:00Z"
    assert early > late  # as the texts stand, the order is wrong
    for expression in ("use.date < {}", "timestamp(use.date) < timestamp({})"):
        facts = Facts(asset=ASSET, use=UseFacts(date=early))
        assert answer(expression.format(f'"{UseFacts(date=late).date}"'), facts).value is True


def test_only_the_typed_check_sees_a_comparison_of_text_with_a_number() -> None:
    raw = cel.NewEnv(variables={"use": cel.Type.DYN}).compile("use.date == 3")
    assert raw.eval(data={"use": {"date": "2026-09-01T00:00:00Z"}}).value() is False
    line, column, reason = refusal("use.date == 3")
    assert (line, column) == (1, 10)
    assert "no matching overload for '_==_' applied to '(string, int)'" in reason


@pytest.mark.parametrize(
    ("expression", "value", "missing"),
    [
        ('asset.kind == "image"', True, ()),
        ('asset.kind == "video"', False, ()),
        ('use.project == "x" || asset.kind == "image"', True, ()),
        ('use.project == "x" && asset.kind == "video"', False, ()),
        ('use.project == "x" && asset.kind == "image"', None, ("use.project",)),
        ('use.project == "x" || use.final', None, ("use.project", "use.final")),
        ("has(use.project)", False, ()),
        ("size(replicas) == 1 && replicas.exists(r, r.performer == 'P-1')", True, ()),
        ("replicas.all(r, r.seen)", None, ("seen",)),
        ("asset.kind.size() == 5", True, ()),
        ('asset.kind.matches("im.*")', True, ()),
        ("asset.kind // the kind\n == 'image'", True, ()),
    ],
)
def test_logic_is_three_valued_and_names_what_is_missing(
    expression: str, value: bool | None, missing: tuple[str, ...]
) -> None:
    found = answer(expression, Facts(asset=ASSET, replicas=(ReplicaFacts(performer="P-1"),)))
    assert (found.value, found.missing) == (value, missing)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [("1 / 0 == 1", "divide by zero"), ('asset.kind.matches("(")', "invalid regular expression")],
)
def test_a_failed_evaluation_is_unknown_with_the_engines_reason(expression: str, reason: str) -> None:
    found = answer(expression, Facts(asset=ASSET))
    assert found.value is None
    assert reason in found.reason
    assert found.missing == ()


def test_a_program_knows_which_facts_it_reads() -> None:
    program = compile_expression(
        'use.media.exists(m, m == "use.final") && "use.date" != asset.kind && replica.consent.term != r"\\d"',
        "replica",
    )
    assert program.facts == ("use.media", "asset.kind", "replica.consent.term")


@pytest.mark.parametrize(
    ("expression", "line", "column", "reason"),
    [
        ("use.projct == 'x'", 1, 1, "unknown fact 'use.projct'; did you mean 'use.project'?"),
        ("true &&\n  use.knd == 'x'", 2, 3, "unknown fact 'use.knd'"),
        ("replica.seen", 1, 8, "undeclared reference"),
        ("use == use", 1, 1, "'use' is a group of facts; name one of them"),
        ("use.date", 1, 1, "must be true or false, but is of type STRING"),
        ("dyn(use.date) == 3", 1, 1, "dyn() is not allowed"),
        ('r"\\" != "" && dyn(use.date) == 3', 1, 15, "dyn() is not allowed"),
        ("use.final &&", 1, 13, "Syntax error"),
        ("", 1, 1, "Syntax error"),
        ("'\ud800' == ''", 1, 1, "compile()"),
        ("facts.UseFacts{final: true}.final", 1, 1, "undeclared reference"),
        ("use.media == 3", 1, 11, "no matching overload"),
        ("no_such_function(use.media)", 1, 17, "undeclared reference to 'no_such_function'"),
    ],
)
def test_an_expression_that_must_not_run_is_refused_where_it_is_wrong(
    expression: str, line: int, column: int, reason: str
) -> None:
    found = refusal(expression)
    assert found[:2] == (line, column)
    assert reason in found[2]


def test_a_sentence_for_messages_can_not_decide_a_rule() -> None:
    assert "is a sentence for messages" in refusal('replica.consent.why.term == ""', "replica")[2]
    assert "is a group of facts" in refusal("replica.consent.why == 1", "replica")[2]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("true" + " " * MAX_CHARACTERS, "longer than"),
        ("(" * 500 + "true" + ")" * 500, "recursion"),
        ("size(['aaaaaaaaaa']" + ".map(a, a + a)" * 24 + ") > 0", "more than 3 loops"),
        ("[1].exists(a, [1].exists(b, [1].exists(c, [1].exists(d, true))))", "more than 3 loops"),
    ],
)
def test_a_hostile_expression_is_refused_before_it_runs(expression: str, reason: str) -> None:
    assert reason in refusal(expression)[2]


def test_a_loop_over_too_much_gives_up_as_unknown_in_no_time() -> None:
    facts = Facts(asset=ASSET, replicas=tuple(ReplicaFacts(performer=f"P-{n}") for n in range(400)))
    expression = "replicas.all(a, replicas.all(b, replicas.all(c, a.performer != 'x')))"
    before = time.monotonic()
    found = answer(expression, facts)
    assert time.monotonic() - before < 2
    assert found.value is None
    assert "gave up" in found.reason


words = st.sampled_from(
    (
        *("use", ".", "date", "media", "all(", "exists(", "m", ",", ")", "==", "<", "!", "&&", "||", "'x'", '"'),
        *("3", "has(", "replicas", "r", "+", "[", "]", "{", "}", "?", ":", "dyn(", "//", "\n", "timestamp("),
        *("\\", "-", "'"),
    )
)


@settings(deadline=None)
@given(st.lists(words, max_size=25).map(" ".join) | st.lists(words, max_size=25).map("".join) | st.text())
def test_any_text_is_a_program_with_an_answer_or_is_refused(expression: str) -> None:
    try:
        program = compile_expression(expression, "asset")
    except ExpressionRefused as refused:
        place = (refused.line, refused.column)
    else:
        place = (1, 1)
        assert program.evaluate(evaluation_map(Facts(asset=ASSET))).value in (True, False, None)
    assert min(place) >= 1
