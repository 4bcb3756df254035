"""JSON that strangers wrote, taken apart safely: a value of an unexpected shape counts as missing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


def mapping(value: Json) -> dict[str, Json]:
    """Return value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: Json) -> list[Json]:
    """Return value if it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: Json) -> str | None:
    """Return value if it is a string, else None."""
    return value if isinstance(value, str) else None


def moment(value: Json) -> datetime | None:
    """Return the UTC time that value states (RFC 3339, with an offset), or None."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
        return parsed.astimezone(UTC) if parsed.tzinfo else None
    except (ValueError, OverflowError):
        return None
