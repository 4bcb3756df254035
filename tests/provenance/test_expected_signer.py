"""Who should have signed: how it is stated, what fits, and that nothing vague lets anybody pass."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.errors import SignerUnclear
from provenance.expected_signer import parse
from provenance.reading import SignerIdentity

STUDIO = SignerIdentity("Release", "Studio X", "Some CA", "1f0a", "ab" * 32)


@pytest.mark.parametrize(
    "stated",
    [
        "O=Studio X",
        "CN=Release",
        "O=Studio X,CN=Release",
        "CN=Release,O=Studio X",
        "sha256:" + "ab" * 32,
        "SHA256:" + ":".join(["AB"] * 32),
        "ab" * 32,
        "serial:1F0A",
        "serial:0x1f0a",
        "serial:00:1f:0a",
    ],
)
def test_the_one_who_is_described_fits(stated: str) -> None:
    assert parse(stated).difference(STUDIO) is None


@pytest.mark.parametrize(
    "stated",
    [
        "O=Studio Y",
        "O=studio x",
        "O=Studio",
        "O=Release",
        "O=Studio X,CN=Other",
        "sha256:" + "ac" * 32,
        "serial:1f0b",
        "serial:1f0a00",
    ],
)
def test_anybody_else_differs_in_words(stated: str) -> None:
    difference = parse(stated).difference(STUDIO)
    assert difference is not None
    assert stated in difference


def test_a_signer_whose_certificate_names_nobody_or_cannot_be_read_is_not_the_one() -> None:
    assert parse("O=Studio X").difference(SignerIdentity(None, None, None, "1")) is not None
    assert parse("O=Studio X").difference(None) is not None


def test_two_ways_to_write_one_letter_are_one_name() -> None:
    name = unicodedata.normalize("NFD", "Étoile Films")
    assert parse("O=Étoile Films").difference(SignerIdentity(None, name, None, "1")) is None


def test_a_comma_in_a_name_is_escaped() -> None:
    assert parse("O=Studio X\\, Inc.").difference(SignerIdentity(None, "Studio X, Inc.", None, "1")) is None


@pytest.mark.parametrize(
    "stated",
    ["", " ", "Studio X", "O=", "O=Studio X, Inc.", "OU=Films", "O=A,O=B", "O=A+CN=B,CN=C", "sha256:ab", "serial:",
     "serial:0", "serial:xyz", "C=US", "1.2.3=x", "*", "O=Studio X,"],
)  # fmt: skip
def test_what_is_unclear_is_refused(stated: str) -> None:
    with pytest.raises(SignerUnclear):
        parse(stated)


@given(st.text(max_size=60))
def test_any_text_names_somebody_or_is_refused(stated: str) -> None:
    try:
        expected = parse(stated)
    except SignerUnclear:
        return
    assert any((expected.organisation, expected.subject, expected.sha256, expected.serial))
    assert expected.difference(SignerIdentity(None, None, None, "", "")) is not None
