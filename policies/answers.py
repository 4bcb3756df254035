"""The recorded answer to a rule's question: which one counts for a subject, and what to ask for where there is none.

Whether a record counts at all (signature, role, term) was settled before the facts were made (`attestation`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policies.vocabulary import worded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.rule import Attestation


def answer_to(rule: str, asked: Attestation, subject: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the recorded answer to a rule's question about a subject, or nothing; the last one given counts.

    An answer about the whole file, or about the whole project, answers for each of their subjects.
    """
    for given in reversed(tuple(_about(rule, subject, data))):
        if given.get("role") in asked.roles and given.get("answer") in asked.answers:
            return dict(given)
    return {}


def request(rule: str, asked: Attestation, subject: str, data: Mapping[str, Any]) -> str:
    """Return what is asked of whom, and why the answers on record do not count."""
    refused = "".join(
        f" An answer on record does not count: {worded(given['problem'])}."
        for given in _about(rule, subject, data)
        if "problem" in given
    )
    return f"Asked of {' or '.join(asked.roles)}: {asked.question} ({' / '.join(asked.answers)}){refused}"


def _about(rule: str, subject: str, data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for given in data.get("attestations", ()):
        if given["rule"] == rule and given.get("subject") in (None, subject, data["asset"]["sha256"]):
            yield given
