"""Times as the application reads and writes them: UTC, aware, RFC 3339."""

from __future__ import annotations

from datetime import UTC, datetime

from clearance.errors import ConfigurationError


def now() -> datetime:
    """Return the present time; called once at the start of a command, then passed in."""
    return datetime.now(UTC)


def parse(text: str) -> datetime:
    """Return the moment that a date or an RFC 3339 time names; a bare date is its start, a bare time is UTC.

    Raises ConfigurationError for anything else.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f'"{text}" is not a time; write 2026-11-22 or 2026-11-22T08:00:00Z') from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def rfc3339(moment: datetime) -> str:
    """Return an aware time as UTC text with whole seconds: 2026-11-22T08:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def timecode(seconds: float) -> str:
    """Return a position in a video as hh:mm:ss.mmm."""
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{rest / 1000:06.3f}"
