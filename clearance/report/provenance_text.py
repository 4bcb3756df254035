"""What a file says about its own making, as lines for a terminal: the answer first, then why.

Imports nothing heavy: it is part of the auditor's path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clearance.verify import Verification
    from provenance.reading import Ingredient, ProvenanceReading

_QUESTIONS = ("integrity", "trust", "identity", "time", "revocation")
_WIDTH = 12
_MOST_INGREDIENTS = 200


def printable(text: object) -> str:
    """Return a stranger's text on one line, without characters that drive a terminal or turn its writing around."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(text))


def lines_of_verification(verification: Verification) -> Iterator[str]:
    """Yield the verdict, why, and what it rests on."""
    yield f"{str(verification.verdict).upper():8}{printable(verification.path)}"
    yield f"        {printable(verification.why)}"
    yield f"        SHA-256 {verification.sha256}"
    yield from lines_of_reading(verification.reading)
    terms, as_expected = verification.terms, verification.as_expected
    if terms.expected is not None and as_expected is not None:
        said = "as expected, by what the certificate says" if as_expected else "SOMEBODY ELSE"
        yield _line("signer", f"{said}: {terms.expected.stated}")
    if verification.cross_check is not None:
        yield _line(
            "cross-check", f"{verification.cross_check.outcome.replace('_', ' ')}: {verification.cross_check.sentence}"
        )
    for one, stale in terms.trust.stale(terms.now) if terms.trust and terms.now else ():
        yield _line("trust list", f"{one.uri} is STALE: {stale}")


def lines_of_reading(reading: ProvenanceReading) -> Iterator[str]:
    """Yield the five answers, who signed, and what was found besides."""
    for name in _QUESTIONS:
        answer = getattr(reading, name)
        yield _line(name, f"{answer.value.replace('_', ' ')}: {answer.why}")
    if reading.present:
        yield from _statements(reading)
    for remark in reading.remarks:
        yield _line("note", remark.sentence)


def _statements(reading: ProvenanceReading) -> Iterator[str]:
    signer = reading.signer
    if signer:
        # "Signed by" says whom the certificate names, never that it is who was expected.
        yield _line("signed by", f"{signer.subject}, certificate {signer.serial} by {signer.issuer}")
    if reading.time_at:
        yield _line("signed at", f"{reading.time_at:%Y-%m-%d %H:%M:%S} UTC")
    if reading.asked:
        yield _line("asked", f"{reading.asked}, about revocation")
    yield _line("source type", f"{reading.source_type or 'none stated'} ({reading.source_type_status})")
    for action in reading.actions:
        into = f" into {action.target_language}" if action.target_language else ""
        yield _line("action", f"{action.name}{into}{f' with {action.agent}' if action.agent else ''}")
    for ingredient in reading.ingredients[:_MOST_INGREDIENTS]:
        yield from _ingredient(ingredient)
    if len(reading.ingredients) > _MOST_INGREDIENTS:
        yield _line("made from", f"{len(reading.ingredients) - _MOST_INGREDIENTS} more, see --json")
    if reading.consent:
        how = "by the signer" if reading.consent.created else "merely gathered, not by the signer"
        yield _line("consent", f"assertion {reading.consent.label}, stated {how}")


def _ingredient(ingredient: Ingredient) -> Iterator[str]:
    steps = "" if ingredient.depth == 1 else f", {ingredient.depth} steps back" if ingredient.depth else ", unreached"
    answers = ", ".join(f"{name} {getattr(ingredient, name).value.replace('_', ' ')}" for name in _QUESTIONS)
    yield _line("made from", f"{ingredient.title or 'untitled'} ({ingredient.relationship}{steps}): {answers}")
    for name in ("integrity", "trust"):
        answer = getattr(ingredient, name)
        # "Trusted" is never said without the list and its date.
        if answer.value in {"invalid", "trusted", "untrusted", "not_checked"}:
            yield _line("", answer.why)


def _line(label: str, text: str) -> str:
    return f"        {label:{_WIDTH}}{printable(text)}"
