"""What every schema at the HTTP edge shares."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?")


def _not_a_number(value: object) -> object:
    """A bare number would be taken for seconds, or milliseconds, since 1970."""
    if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value.strip())):
        raise ValueError("expected a date or time such as 2026-06-01 or 2026-06-01T06:00:00Z, not a number")
    return value


Written = BeforeValidator(_not_a_number)

# Within what a planner can mean; at the ends of the calendar sums of dates overflow.
Day = Annotated[date, Written, Field(ge=date(1990, 1, 1), le=date(2100, 12, 31))]
Instant = Annotated[
    AwareDatetime, Written, Field(ge=datetime(1990, 1, 1, tzinfo=UTC), lt=datetime(2101, 1, 1, tzinfo=UTC))
]


class Schema(BaseModel):
    """A body or answer: unknown fields are refused, so that a misspelt one is never silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)
