"""What is expected over a span: calls and their handling from a stored forecast, callers from history and settings.

Requirements, the simulation of rosters and scenarios all start from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.calibration import service as calibration
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.forecasts import service as forecasts
from app.forecasts.repository import opened
from app.replays import service as replays
from app.requirements import repository
from app.requirements.service import QUEUES

Floats = NDArray[np.float64]

_HISTORY = timedelta(weeks=26)
_SMOOTHING_CALLS = 50.0  # an hour of the week weighs as so many calls of the queue's mean abandonment


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """Arrays are (2, intervals), 999 first; `paths` (paths, 2, intervals); `days` (intervals,), local date ordinals."""

    start: datetime
    interval_s: int
    mean_calls: Floats
    rate_cv: Floats
    day_cv: Floats
    aht_s: Floats
    aht_cv: Floats
    call_cv: tuple[float, float]  # of single handling times, 999 first; NaN where the history has none
    paths: NDArray[np.int32]
    days: NDArray[np.int64]
    past_abandonment: Floats | None
    waiting: tuple[repository.Waiting | None, ...]
    calibration: dict[str, Any] | None
    settings: ForceSettings
    set_by: str
    callers: Mapping[str, dict[str, Any]] = field(default_factory=dict)  # by queue, of single calls; see app.replays

    @property
    def intervals(self) -> int:
        return int(self.mean_calls.shape[1])

    @property
    def local_starts(self) -> list[datetime]:
        """(intervals,), start of each interval in the force's time."""
        zone = self.settings.zone
        return [(self.start + i * timedelta(seconds=self.interval_s)).astimezone(zone) for i in range(self.intervals)]


def expected(
    session: Session, force_id: UUID, forecast_id: UUID, since: datetime, until: datetime, settings_version: int
) -> Expected:
    """What the forecast expects from `since` to `until`, and what is known of the callers by its origin."""
    row = forecasts.find(session, force_id, forecast_id)
    stored = opened(row)
    forecast = stored.forecast
    part = forecast.window(since, until)
    first = int((part.start - forecast.start).total_seconds()) // forecast.interval_s
    span = slice(first, first + part.intervals)
    order = [forecast.queues.index(queue) for queue in QUEUES]
    settings = forces.settings_of_version(session, force_id, settings_version)
    learned_since = forecast.origin - _HISTORY
    local = [start.astimezone(settings.zone) for start in part.starts]
    return Expected(
        start=part.start,
        interval_s=part.interval_s,
        mean_calls=part.mean[order],
        rate_cv=part.rate_cv[order],
        day_cv=part.day_cv[order],
        aht_s=stored.handling_s[order, span],
        aht_cv=stored.handling_cv[order, span],
        call_cv=(float(stored.call_cv[order[0]]), float(stored.call_cv[order[1]])),
        paths=part.paths[:, order],
        days=np.array([moment.toordinal() for moment in local]),
        past_abandonment=_past_abandonment(session, force_id, learned_since, settings, local),
        waiting=tuple(repository.waiting_totals(session, force_id, queue, learned_since) for queue in QUEUES),
        calibration=calibration.latest(session, force_id),
        settings=settings,
        set_by=forces.set_by(session, force_id, settings_version),
        callers=replays.callers(session, force_id, learned_since, forecast.origin),
    )


def _past_abandonment(
    session: Session, force_id: UUID, since: datetime, settings: ForceSettings, local: list[datetime]
) -> Floats | None:
    """Abandonment of the last 26 weeks by local weekday and hour, (2, intervals); None where the history does not
    tell."""
    hours = np.array([moment.weekday() * 24 + moment.hour for moment in local])
    found = []
    for queue in QUEUES:
        offered, abandoned = repository.abandoned_by_hour(session, force_id, queue, since, settings.timezone)
        if offered.sum() == 0:
            return None
        found.append(smoothed_abandonment(offered, abandoned)[hours])
    return np.array(found)


def smoothed_abandonment(offered: Floats, abandoned: Floats) -> Floats:
    """Share of the calls offered that were abandoned, (168,) by hour of the local week, drawn towards the mean of all
    where calls are few; both counts (168,), offered not all 0."""
    overall = abandoned.sum() / offered.sum()
    shares: Floats = (abandoned + _SMOOTHING_CALLS * overall) / (offered + _SMOOTHING_CALLS)
    return shares
