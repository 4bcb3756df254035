"""Sentences with facts in them reach the facts and nothing else."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.sentence import filled, placeholders, sentence_problem, wordless

DATA = {"use": {"project": "Harbour {use.date} Lights", "media": ["cinema", "streaming"]}}


def test_facts_are_put_in_and_are_not_read_again_as_placeholders() -> None:
    assert filled("{use.project} in {use.media}.", DATA) == (
        "Harbour {use.date} Lights in cinema, streaming.",
        True,
    )


def test_what_is_not_known_is_said_so() -> None:
    assert filled("On {use.date}.", DATA) == ("On (not known).", False)


def test_a_placeholder_must_be_a_fact() -> None:
    assert sentence_problem("In {use.media}.", "asset") is None
    assert sentence_problem("In {use.mdia}.", "asset") == ("{use.mdia} is not a fact; did you mean 'use.media'?")
    assert sentence_problem("{replica.performer}", "asset") is not None
    assert sentence_problem("{replica.consent.why.term}", "replica") is None
    for odd in ("{}", "{use.media!r}", "{use.media.__class__}", "{use.media[0]}", "{{use.media}}", "{", "a } b"):
        assert sentence_problem(odd, "asset") is not None, odd


def test_a_sentence_of_placeholders_alone_is_wordless() -> None:
    assert wordless("{use.media} {use.date}.")
    assert not wordless("In {use.media}")


@settings(deadline=None)
@given(st.text())
def test_any_sentence_is_accepted_or_told_why_not_and_can_be_filled(sentence: str) -> None:
    assert sentence_problem(sentence, "asset") is None or placeholders(sentence) or set("{}") & set(sentence)
    assert isinstance(filled(sentence, DATA)[0], str)
