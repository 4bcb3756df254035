"""An amendment as a person writes it down: what changes, laid over the terms agreed last.

A field that is written replaces that field; the fields of scope, pay and training_use are replaced one by
one; a field written as null becomes "not stated". What is not written stays as it was, evidence included.
Pure: the registry records the result as another version.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from consent.errors import GrantInvalid, Problem
from consent.evidence import EvidenceReader, evidence_from
from consent.grant import Grant, NewGrant
from consent.grant_document import contradictions, grant_stated, validated
from consent.grant_record import record_of

_BY_FIELD: Final = ("scope", "pay", "training_use")


def amended_from(
    document: object, last: Grant, *, whole: bool = False, evidence_reader: EvidenceReader | None
) -> NewGrant:
    """Return the terms of a grant as amended.

    document: a mapping as for `grant_document.grant_from`, of which every field may be left out. last: the
    grant with its last version. whole: the document replaces the terms, and nothing is carried over.
    Raises GrantInvalid with every problem, each with its path.
    """
    if not isinstance(document, Mapping):
        raise GrantInvalid((Problem((), "holds no fields; write each that changes as name: value"),))
    base = {} if whole else _document_of(last)
    stated = validated(_laid_over(base, document))
    problems = contradictions(stated, begins=last.given_on)
    evidence = last.evidence if not whole and "evidence" not in document else None
    if stated.evidence is not None:
        evidence, faults = evidence_from(stated.evidence, evidence_reader)
        problems += tuple(Problem(("evidence", *fault.path), fault.message) for fault in faults)
    if problems:
        raise GrantInvalid(problems)
    return grant_stated(stated, last.performer, evidence)


def effective_from(document: object, today: date) -> date:
    """Return the day from which an amendment holds when nobody names one: its signature's, else today."""
    written = document.get("signed_on") if isinstance(document, Mapping) else None
    try:
        return date.fromisoformat(str(written)) if written is not None else today
    except ValueError:
        # The document is faulty, and reading it will say so with the place.
        return today


def _document_of(grant: Grant) -> dict[str, Any]:
    """Return the terms as a document; evidence is carried over as it was checked, and not checked again."""
    terms = NewGrant(**{name: getattr(grant, name) for name in NewGrant.__dataclass_fields__})
    record = {name: value for name, value in record_of(terms).items() if name not in ("performer", "evidence")}
    if "signatory" in record:
        signatory = record["signatory"]
        authority = signatory.pop("authority_sha256", None)
        record["signatory"] = {**signatory, **({"authority_document": authority} if authority else {})}
    return record


def _laid_over(base: Mapping[str, Any], change: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return base with the fields of change in place of its own; None takes a field away."""
    merged: dict[Any, Any] = dict(base)
    for name, value in change.items():
        if value is None:
            merged.pop(name, None)
        elif name in _BY_FIELD and isinstance(value, Mapping) and isinstance(merged.get(name), Mapping):
            merged[name] = _laid_over(merged[name], value)
        else:
            merged[name] = value
    return merged
