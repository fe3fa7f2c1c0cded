"""Bodies and answers of the covariates room."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from app.schema import Day, Instant, Schema

FEED_NAME = r"^[a-z][a-z0-9_]{0,39}$"
MOST_ROWS = 20_000


class CovariateRowIn(Schema):
    """A feed's value of one local date."""

    date: Day
    value: float = Field(strict=True, allow_inf_nan=False, ge=-1e12, le=1e12)
    issued_at: Instant | None = Field(
        None, description="When the value became known; absent: that of the body, or now. Never later than now."
    )


class CovariateIn(Schema):
    """Values of a feed; those of earlier issues stay."""

    rows: Annotated[list[CovariateRowIn], Field(min_length=1, max_length=MOST_ROWS)]
    issued_at: Instant | None = Field(None, description="When rows became known that don't say; absent: now.")


class CovariateReport(Schema):
    name: str
    inserted: int
    unchanged: int = Field(description="Rows that were stored already.")
    first: date
    last: date
    warnings: list[str] = Field(description="What may keep a forecast from using the values.")


class FeedOut(Schema):
    """A feed and how far it reaches."""

    name: str
    first: date = Field(description="First date with a value.")
    last: date = Field(description="Last date with a value.")
    n_dates: int
    last_issue: datetime = Field(description="Newest issue, UTC.")
    covered_until: date | None = Field(
        description="Last date up to which every day from today on has a value; null: today has none."
    )
    is_late: bool = Field(description="True where the weeks asked for are not covered: forecasts fall back.")


class FeedsOut(Schema):
    weeks: int = Field(description="Weeks from today that a feed must cover not to be late.")
    feeds: list[FeedOut]


class FeedValuesOut(Schema):
    """What the feed said at an instant, column by column."""

    name: str
    known_by: datetime
    date: list[date]
    value: list[float]
    issued_at: list[datetime]
