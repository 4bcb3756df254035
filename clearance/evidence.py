"""What a reading of a manifest is worth as evidence: one table, for the auditor's check and for the audit alike.

`table` prints it; provenance/README.md and clearance/README.md show what it prints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from clearance.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provenance.reading import Answer, Ingredient, ProvenanceReading

Profile = Literal["default", "auditor"]
PROFILES: Final[tuple[Profile, ...]] = ("default", "auditor")

_HELD: Final = (
    "chain.circular",
    "chain.deep",
    "sidecar.disagrees",
    "consent.redacted",
    "redaction.unstated",
    "consent.several",
    "consent.gathered",
    "actions.contradict",
    "fragments.missing",
)
_WARNED: Final = (
    "audit.missing",
    "trust.list_stale",
    "trust.list_legacy",
    "sidecar.unreadable",
    "actions.gathered",
    "source_type.unknown",
    "source_type.retired",
    "chain.unused",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `applies` returns why the line applies to a reading, None if it does not."""

    found: str
    verdict: Verdict
    applies: Callable[[ProvenanceReading], str | None]
    auditor_only: bool = False


def judge(reading: ProvenanceReading, profile: Profile = "default") -> tuple[Verdict, str]:
    """Return the verdict that a reading leads to, and the answer that decided it: the first row that applies."""
    for row in ROWS:
        if row.auditor_only and profile != "auditor":
            continue
        why = row.applies(reading)
        if why is not None:
            return row.verdict, why
    return Verdict.PASS, reading.integrity.why


def table() -> str:
    """Return the table in Markdown."""
    lines = ["| found, the first line that applies | verdict | exit |", "|---|---|---|"]
    for row in ROWS:
        who = "profile `auditor`: " if row.auditor_only else ""
        lines.append(f"| {who}{row.found} | {row.verdict} | {row.verdict.exit_code} |")
    lines.append(f"| otherwise | {Verdict.PASS} | {Verdict.PASS.exit_code} |")
    return "\n".join(lines)


def _named(ingredient: Ingredient, why: str) -> str:
    return f"its ingredient {ingredient.title or 'without a title'}: {why}"


def _remarked(codes: tuple[str, ...]) -> Callable[[ProvenanceReading], str | None]:
    return lambda reading: next((remark.sentence for remark in reading.remarks if remark.code in codes), None)


def _stopped(reading: ProvenanceReading) -> str | None:
    return reading.integrity.why if any(remark.code == "reader.stopped" for remark in reading.remarks) else None


def _no_manifest(reading: ProvenanceReading) -> str | None:
    return None if reading.present else reading.integrity.why


def _broken(reading: ProvenanceReading) -> str | None:
    return reading.integrity.why if reading.integrity.value != "valid" else None


def _broken_ingredient(reading: ProvenanceReading) -> str | None:
    return next((_named(i, i.integrity.why) for i in reading.ingredients if i.integrity.value == "invalid"), None)


def _each_revocation(reading: ProvenanceReading) -> Iterator[tuple[Answer, str]]:
    yield reading.revocation, reading.revocation.why
    for ingredient in reading.ingredients:
        if ingredient.manifest_label is not None:
            yield ingredient.revocation, _named(ingredient, ingredient.revocation.why)


def _revoked(reading: ProvenanceReading) -> str | None:
    return next((why for answer, why in _each_revocation(reading) if answer.value == "revoked"), None)


def _untrusted(reading: ProvenanceReading) -> str | None:
    return reading.trust.why if reading.trust.value != "trusted" else None


def _unproven_ingredient(reading: ProvenanceReading) -> str | None:
    for ingredient in reading.ingredients:
        if ingredient.integrity.value == "not_checked":
            return _named(ingredient, ingredient.integrity.why)
        if ingredient.trust.value in {"untrusted", "not_checked"}:
            return _named(ingredient, ingredient.trust.why)
    return None


def _not_good(reading: ProvenanceReading) -> str | None:
    for answer, why in _each_revocation(reading):
        if answer.value != "good":
            return f"revocation {answer.value.replace('_', ' ')}: {why}"
    return None


def _unproven(reading: ProvenanceReading) -> str | None:
    if reading.revocation.value != "good":
        return f"revocation {reading.revocation.value.replace('_', ' ')}: {reading.revocation.why}"
    return f"signing time not proven: {reading.time.why}" if reading.time.value != "trusted" else None


ROWS: Final = (
    Row("the reader broke down or had to be stopped", Verdict.REVIEW, _stopped),
    Row("no manifest, or one that lies elsewhere", Verdict.REVIEW, _no_manifest),
    Row("bytes or signature do not match, or the manifest is damaged", Verdict.INVALID, _broken),
    Row("two manifests of one label", Verdict.INVALID, _remarked(("manifest.duplicate",))),
    Row("an ingredient was damaged when it was used, or is now", Verdict.INVALID, _broken_ingredient),
    Row("a certificate is revoked, the signer's or that of an ingredient's signer", Verdict.INVALID, _revoked),
    Row("signer on no list you trust", Verdict.REVIEW, _untrusted),
    Row(
        "an ingredient could not be checked, or its signer is on no list",
        Verdict.REVIEW,
        _unproven_ingredient,
    ),
    Row(
        "ingredients in a circle or without end; a second manifest that differs; consent taken out, gathered or stated "
        "twice; something taken out without saying so; actions that contradict each other; fragments missing",
        Verdict.REVIEW,
        _remarked(_HELD),
    ),
    Row("revocation of any signer is not known to be good", Verdict.REVIEW, _not_good, auditor_only=True),
    Row(
        "the list that vouches for the signer is out of date",
        Verdict.REVIEW,
        _remarked(("trust.list_stale",)),
        auditor_only=True,
    ),
    Row(
        "signed without an audit, as the signer says; the list that vouches for the signer out of date, or frozen; "
        "actions merely gathered; "
        "a source type retired or on no list; a manifest that nothing refers to; a second "
        "manifest that cannot be read",
        Verdict.WARN,
        _remarked(_WARNED),
    ),
    Row("revocation not known to be good, or signing time not proven", Verdict.WARN, _unproven),
)
"""The table, gravest questions first: what is not intact is not asked for its signer."""
