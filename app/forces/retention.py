"""How long a force keeps what may be deleted."""

from __future__ import annotations

from pydantic import Field

from app.schema import Schema


class Retention(Schema):
    """Ages [days] beyond which data are deleted each night; absent: they are kept."""

    calls_days: int | None = Field(
        None,
        ge=400,
        le=7300,
        description="Calls, what corrected them, and handling times. Forecasts learn from two years, no less than one.",
    )
    run_events_days: int | None = Field(None, ge=7, le=7300, description="What runs reported, after their end.")
    sessions_days: int = Field(30, ge=1, le=730, description="Sessions of people who signed in, after their end.")
