"""A roster's weeks as instants."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from app.forces.schemas import ForceSettings


def week_bounds(week_start: date, settings: ForceSettings, weeks: int = 1) -> tuple[datetime, datetime]:
    """Local Monday 00:00 of the first week and after the last; a week of a clock change has 167 or 169 hours."""
    midnight = datetime.min.time()
    following = week_start + timedelta(weeks=weeks)
    return (
        datetime.combine(week_start, midnight, settings.zone),
        datetime.combine(following, midnight, settings.zone),
    )
