"""What the registry accepts as a name, a digest, a territory, a time or a detail of an event.

Each function returns the value in the form in which it is kept, or raises RecordInvalid.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from consent import territory
from consent.errors import RecordInvalid

NAME_LIMIT: Final = 300
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_EVENT_KIND: Final = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_BAND: Final = re.compile(r"(\d{4})-(\d{4})", re.ASCII)
_BAND_YEARS: Final = 20
# Ids, digests, counts and times, and no sentence: a name has no way into the record of changes.
_DETAIL: Final = re.compile(r"[A-Za-z0-9._:@/+=-]{0,200}")


def name(text: str, what: str) -> str:
    """Return a name with its white space collapsed: one line of printable characters, not empty."""
    collapsed = " ".join(text.split())
    if not collapsed or len(collapsed) > NAME_LIMIT or not collapsed.isprintable():
        raise RecordInvalid(f"{what} is not usable; give one line of 1 to {NAME_LIMIT} printable characters")
    return collapsed


def sha256(text: str, what: str) -> str:
    """Return a SHA-256 digest in lower-case hexadecimal."""
    digest = text.strip().lower()
    if not _SHA256.fullmatch(digest):
        raise RecordInvalid(f"{what} is no SHA-256 digest; give 64 hexadecimal digits")
    return digest


def place(text: str, what: str) -> str:
    """Return a territory code in its canonical spelling."""
    code = territory.recognised(text)
    if code is None:
        meant = territory.suggestion(text)
        hint = f"did you mean {meant}?" if meant else "give an ISO 3166 code such as DE or US-CA"
        raise RecordInvalid(f"{what} {text!r} is no territory code; {hint}")
    return code


def birth_years(text: str) -> str:
    """Return a band of birth years, such as 1980-1989: of two to twenty years, so that it tells no birthday."""
    match = _BAND.fullmatch(text.strip())
    if match is None or not 1 <= int(match[2]) - int(match[1]) < _BAND_YEARS:
        raise RecordInvalid(
            f"{text[:30]!r} is no band of birth years; write two years, at most {_BAND_YEARS} in all: 1980-1989"
        )
    return f"{match[1]}-{match[2]}"


def reason(text: str) -> str:
    """Return the reason for a step in the life of a grant: a code, because a sentence could name somebody."""
    if not _EVENT_KIND.fullmatch(text):
        raise RecordInvalid(f"{text[:40]!r} is no reason code; write one lower-case word such as strike")
    return text


def instant(now: datetime) -> datetime:
    """Return the time in UTC; a time without a zone is refused."""
    if now.tzinfo is None or now.utcoffset() is None:
        raise RecordInvalid("the time of the change has no zone; pass an aware time in UTC")
    return now.astimezone(UTC)


def detail(kind: str, subject: str, pairs: Mapping[str, str]) -> dict[str, str]:
    """Return the detail of an event, sorted by key. Ids, digests and counts pass; sentences do not."""
    if not _EVENT_KIND.fullmatch(kind):
        raise RecordInvalid(f"{kind!r} is no kind of event; use lower-case words joined by dots or dashes")
    for key, value in {"subject": subject, **pairs}.items():
        if not _EVENT_KIND.fullmatch(key) or not _DETAIL.fullmatch(value):
            raise RecordInvalid(f"the detail {key!r} of the event {kind} is no id, digest or count; leave it out")
    return dict(sorted(pairs.items()))
