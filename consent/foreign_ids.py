"""What others call a performer: identifiers of other registries, each checked as its scheme prescribes.

ISNI: ISO 27729, sixteen characters of which the last is a check character (ISO/IEC 7064, MOD 11-2). IMDb:
nm and seven or eight digits. HAND and HCID, and the member numbers of unions (union.NAME), publish no rule
that could be checked here; they are kept as written, in one word.
"""

import re
from typing import Final

from consent.errors import RecordInvalid

_SCHEME: Final = re.compile(r"isni|imdb|hand|hcid|union\.[a-z0-9][a-z0-9-]{0,30}", re.ASCII)
_IMDB: Final = re.compile(r"nm\d{7,8}", re.ASCII)
_ISNI: Final = re.compile(r"\d{15}[\dX]", re.ASCII)
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}", re.ASCII)


def foreign_id(text: str) -> tuple[str, str]:
    """Return the scheme and the value, in their canonical spelling, of "scheme:value". Raises RecordInvalid."""
    scheme, colon, value = text.strip().partition(":")
    scheme, value = scheme.strip().lower(), value.strip()
    if not colon or not _SCHEME.fullmatch(scheme):
        raise RecordInvalid(
            f"{text[:60]!r} is no identifier; write scheme:value, with isni, imdb, hand, hcid or union.NAME as scheme"
        )
    if scheme == "isni":
        value = re.sub(r"[\s-]", "", value).upper()
        if not _ISNI.fullmatch(value) or value[-1] != _check_character(value[:15]):
            raise RecordInvalid(
                f"{value[:30]!r} is no ISNI: its check character does not agree; compare it with isni.org"
            )
    elif scheme == "imdb" and not _IMDB.fullmatch(value):
        raise RecordInvalid(f"{value[:30]!r} is no IMDb name identifier; write nm and its seven or eight digits")
    elif not _WORD.fullmatch(value):
        raise RecordInvalid(f"the {scheme} identifier is not usable; write it in one word, without spaces")
    return scheme, value


def _check_character(digits: str) -> str:
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return "X" if check == 10 else str(check)
