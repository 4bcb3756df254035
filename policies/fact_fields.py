"""What a fact may be: text, a moment in UTC, a count, a digest; and how a fact is declared.

Times are RFC 3339 in UTC with seconds, so that text order is time order.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d))?", re.ASCII)


def _moment(value: object) -> str | None:
    """Return a date or time as UTC text with seconds; a day counts from its midnight in UTC."""
    if value is None:
        return None
    if isinstance(value, str):
        if not _MOMENT.fullmatch(value):
            raise ValueError("must be a date (2026-11-22) or a time with its offset (2026-11-22T09:00:00Z)")
        value = datetime.fromisoformat(value.upper()) if len(value) > 10 else date.fromisoformat(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("must carry its offset from UTC")
        try:
            value = value.astimezone(UTC)
        except OverflowError as error:
            raise ValueError("is outside the years 1 to 9999") from error
        return moment_text(value)
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00Z"
    raise ValueError("must be a date or a time")


def moment_text(moment: datetime) -> str:
    """Return an aware time as facts hold it: UTC, whole seconds."""
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat() + "Z"


Moment = Annotated[str, BeforeValidator(_moment)]
Text = Annotated[str, StringConstraints(max_length=20_000)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, le=2**53, strict=True)]
Texts = tuple[Text, ...]


def fact(description: str) -> Any:
    """Return a field that is not known unless given; description goes into findings and the schema."""
    return Field(default=None, description=description)


class FactGroup(BaseModel):
    """A group of facts: frozen, and closed to names that nobody has described."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
