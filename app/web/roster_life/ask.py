"""Asking for a roster: which weeks want one, and what has to be there first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.forces.schemas import ForceSettings
from app.forecasts.schemas import ForecastEntry
from app.requirements.schemas import RequirementEntry
from app.rosters.period import week_bounds
from app.rosters.repository import RosterHead
from app.web.roster_life import terms

AHEAD_WEEKS = 12  # that the form offers
STALE = timedelta(days=7)  # forecasts are made anew every week
# What a requirement has beyond its weeks, so that the last nights find what they are for.
BEYOND = timedelta(hours=14)

HOW_LONG = (
    (20, "A first look", "About 20 seconds of search. Legal and useful, with room left."),
    (60, "Usual", "About a minute of search."),
    (300, "Thorough", "About five minutes: worth it for a roster that will be published."),
    (1800, "As good as it gets", "Half an hour, for a month of rosters or a hard week."),
)


@dataclass(frozen=True, slots=True)
class WeekChoice:
    """A Monday that the form offers, with what stands already."""

    monday: date
    label: str
    has_roster: bool


@dataclass(frozen=True, slots=True)
class Ready:
    """What a roster of some weeks needs, and what of it is there.

    requirement : newest that covers the weeks; forecast : newest that reaches beyond them; `span` : what a requirement
    of these weeks is asked for, UTC
    """

    monday: date
    n_weeks: int
    n_handlers: int
    forecast: ForecastEntry | None
    is_stale: bool
    forecast_weeks: int
    requirement: RequirementEntry | None
    is_newest: bool
    span: tuple[datetime, datetime]

    @property
    def weeks(self) -> str:
        """The weeks in words."""
        return terms.weeks_of(self.monday, self.n_weeks)


def choices(heads: Sequence[RosterHead], today: date) -> tuple[list[WeekChoice], date]:
    """The Mondays on offer from this week's on, and the first that begins later and has no roster."""
    this_week = today - timedelta(days=today.weekday())
    mondays = [this_week + timedelta(weeks=n) for n in range(AHEAD_WEEKS + 1)]
    offered = []
    for monday in mondays:
        held = {head.status for head in heads if head.covers(monday)}
        told = next((terms.STATUSES[status][0].lower() for status in ("published", "approved", "draft")
                     if status in held), None)  # fmt: skip
        note = f" – has a{'n' if told == 'approved' else ''} {told} roster" if told else ""
        offered.append(WeekChoice(monday, terms.weeks_of(monday, 1) + note, told is not None))
    free = [choice.monday for choice in offered if not choice.has_roster and choice.monday > today]
    return offered, free[0] if free else mondays[1]


def ready(
    monday: date,
    weeks: int,
    settings: ForceSettings,
    n_handlers: int,
    forecasts: Sequence[ForecastEntry],
    requirements: Sequence[RequirementEntry],
    now: datetime,
) -> Ready:
    """What is there for the weeks from `monday`. Forecasts (whole ones) and requirements come newest first."""
    begin, end = week_bounds(monday, settings, weeks)
    reaching = [one for one in forecasts if one.starts_at <= begin and end <= one.ends_at]
    forecast = reaching[0] if reaching else None
    covering = [one for one in requirements if one.starts_at <= begin and end <= one.ends_at]
    requirement = covering[0] if covering else None
    until = end + BEYOND if forecast is None else min(end + BEYOND, forecast.ends_at)
    origin = forecasts[0].origin if forecasts else now
    return Ready(
        monday=monday,
        n_weeks=weeks,
        n_handlers=n_handlers,
        forecast=forecast,
        is_stale=forecast is not None and now - forecast.created_at > STALE,
        forecast_weeks=min(13, max(1, -((origin - end - BEYOND) // timedelta(weeks=1)))),
        requirement=requirement,
        is_newest=requirement is not None and forecast is not None and requirement.forecast_id == forecast.id,
        span=(begin, until),
    )
