"""A reading as lines for a terminal: the answer first, one line each, and no stranger's text drives the screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from clearance.report.provenance_text import lines_of_reading, lines_of_verification, printable
from clearance.verdict import Verdict
from clearance.verify import Verification
from provenance.reading import (
    Action,
    Answer,
    ConsentAssertion,
    Ingredient,
    ProvenanceReading,
    Remark,
    SignerIdentity,
)


def reading_with(text: str) -> ProvenanceReading:
    """Return a reading that has a stranger's text wherever one can stand."""
    answer = Answer("valid", text)
    signer = SignerIdentity(text, text, text, "ab")
    return ProvenanceReading(
        present=True,
        integrity=answer,
        trust=answer,
        identity=answer,
        time=answer,
        revocation=answer,
        time_at=datetime(2026, 11, 22, tzinfo=UTC),
        signer=signer,
        source_type=text,
        actions=(Action(text, text, text, None, created=True, target_language=text),),
        ingredients=(Ingredient(text, text, Answer("invalid", text), Answer("untrusted", text), (), text, text),),
        consent=ConsentAssertion(text, {}, created=False),
        remarks=(Remark("redaction", text),),
        asked=text,
    )


@given(st.text(min_size=1))
def test_whatever_strangers_wrote_every_line_is_one_printable_line(text: str) -> None:
    verification = Verification(text, "ab" * 32, reading_with(text), Verdict.REVIEW, text)
    lines = list(lines_of_verification(verification))
    assert all(line.isprintable() for line in lines)
    assert len(lines) == len(list(lines_of_verification(replace(verification, reading=reading_with("x")))))


def test_text_that_turns_the_writing_around_is_replaced() -> None:
    assert printable("a\u202eb\x1b[2Jc\nd") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}[2Jc\ufffdd"


def test_the_verdict_and_its_reason_come_first() -> None:
    verification = Verification("a.jpg", "ab" * 32, reading_with("x"), Verdict.INVALID, "it was changed")
    assert list(lines_of_verification(verification))[:2] == ["INVALID a.jpg", "        it was changed"]


def test_an_ingredient_two_steps_back_says_so_with_five_answers_and_why() -> None:
    good = reading_with("x")
    lines = list(lines_of_reading(replace(good, ingredients=(replace(good.ingredients[0], depth=2),))))
    (at,) = (n for n, line in enumerate(lines) if "made from" in line)
    assert "2 steps back" in lines[at]
    assert all(name in lines[at] for name in ("integrity invalid", "trust untrusted", "identity", "time", "revocation"))
    assert lines[at + 1].split() == ["x"]


def test_thousands_of_ingredients_do_not_bury_the_rest() -> None:
    many = replace(reading_with("x"), ingredients=reading_with("x").ingredients * 5000)
    lines = list(lines_of_reading(many))
    assert len(lines) < 700
    assert any("4800 more" in line for line in lines)
