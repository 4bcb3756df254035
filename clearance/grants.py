"""Grants from a file the user wrote: read with positions, validated by `consent`, every problem located."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, datetime
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from clearance.clock import rfc3339
from clearance.errors import DocumentRejected
from consent.errors import GrantInvalid
from consent.grant_amendment import amended_from, effective_from
from consent.grant_document import grant_from
from policies.document import read_document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from consent.grant import Grant, NewGrant

# A contract is a few megabytes of PDF; anything far beyond is a mistake in the path.
_EVIDENCE_LIMIT: Final = 256 * 2**20


def load_grant(path: Path, *, performer: str) -> NewGrant:
    """Return the grant in a YAML file, for a performer.

    The evidence files it names are looked for beside it. Raises DocumentRejected with every problem as
    file:line:column.
    """
    return _read(path, partial(grant_from, performer=performer))


def load_amendment(path: Path, grant: Grant, *, whole: bool, today: date) -> tuple[NewGrant, date]:
    """Return the terms that an amendment in a YAML file gives a grant, and the day of its signature, else today.

    whole: the file replaces the terms. Raises DocumentRejected with every problem as file:line:column.
    """
    terms = _read(path, partial(amended_from, last=grant, whole=whole))
    return terms, effective_from(read_document(path).data, today)


def _read(path: Path, made: Callable[..., NewGrant]) -> NewGrant:
    """Return what is made of the mapping in a file, with its problems located."""
    document = read_document(path)
    if not isinstance(document.data, dict):
        raise DocumentRejected(
            (f"{document.locate(())}: a grant is a mapping; start from: clearance consent template",)
        )
    try:
        return made(document.data, evidence_reader=evidence_beside(path))
    except GrantInvalid as error:
        raise DocumentRejected(
            tuple(f"{document.locate(p.path)}: {'.'.join(map(str, p.path))}: {p.message}" for p in error.problems)
        ) from error


def evidence_beside(path: Path) -> Callable[[str], bytes]:
    """Return what reads the files of evidence that a document at path names; it raises OSError."""

    def evidence(name: str) -> bytes:
        file = path.parent / name
        if file.stat().st_size > _EVIDENCE_LIMIT:
            raise OSError(f"{file} is larger than {_EVIDENCE_LIMIT >> 20} MB")
        return file.read_bytes()

    return evidence


def grant_document(grant: Grant) -> dict[str, Any]:
    """Return a recorded grant as JSON: ids, terms and dates as written; "any" where the grant says any.

    Of each version the number, the day it holds from and the moment of recording; the terms are those of one.
    """
    plain: dict[str, Any] = _plain(asdict(replace(grant, versions=())))
    plain["versions"] = [
        {"number": v.number, "effective_on": v.effective_on.isoformat(), "recorded": rfc3339(v.recorded)}
        for v in grant.versions
    ]
    return plain


def _plain(value: object) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
