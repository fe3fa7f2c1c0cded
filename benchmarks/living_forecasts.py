"""What the product believes at an origin of the demonstration's year: forecast, handling times, callers, calibration,
from what was recorded by then, as the service would load it from its database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.calibration.compute import record_of
from app.calibration.run import COLUMNS, Inputs
from app.requirements.assumed import definitions_of
from app.requirements.expected import Expected, smoothed_abandonment
from app.requirements.repository import Waiting
from app.requirements.service import QUEUES
from benchmarks.living_world import INTERVAL_S, QUARTER, SETTINGS, ZONE, World, midnight
from forecasting.calendar import Calendar
from forecasting.demand import forecast
from forecasting.forecast import Forecast
from forecasting.handling_time import HandlingTime, handling_time
from forecasting.series import IntervalSeries
from rostering.staffing import calibrate

N_PATHS = 400
LEARNED_WEEKS = 26  # of waiting and abandonment, as the service has it
CALIBRATED_DAYS = 63  # the eight weeks that a calibration learns from, and one more
CALIBRATING = 8  # replications
FORECAST_SEED = 1


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """What is expected from an origin on."""

    forecast: Forecast
    handling: tuple[HandlingTime, ...]  # of each of QUEUES
    waiting: tuple[Waiting, ...]
    abandonment: NDArray[np.float64]  # (2, 168), by hour of the local week
    calibration: dict[str, Any]

    def over(self, since: datetime, until: datetime) -> Expected:
        """A span of it, as rooms take it from the database."""
        part = self.forecast.window(since, until)
        first = int((part.start - self.forecast.start) / QUARTER)
        span = slice(first, first + part.intervals)
        order = [self.forecast.queues.index(queue) for queue in QUEUES]
        local = [start.astimezone(ZONE) for start in part.starts]
        hours = np.array([moment.weekday() * 24 + moment.hour for moment in local])
        call_cv = [float("nan") if one.call_cv is None else one.call_cv for one in self.handling]
        return Expected(
            start=part.start,
            interval_s=INTERVAL_S,
            mean_calls=part.mean[order],
            rate_cv=part.rate_cv[order],
            day_cv=part.day_cv[order],
            aht_s=np.array([one.mean_s[span] for one in self.handling]),
            aht_cv=np.array([one.mean_cv[span] for one in self.handling]),
            call_cv=(call_cv[0], call_cv[1]),
            paths=part.paths[:, order],
            days=np.array([moment.toordinal() for moment in local]),
            past_abandonment=self.abandonment[:, hours],
            waiting=self.waiting,
            calibration=self.calibration,
            settings=SETTINGS,
            set_by="benchmark",
        )


def outlook(known: World, monday: date, weeks: int) -> Outlook:
    """Made at local midnight of ``monday`` for so many weeks, from the intervals that end by then."""
    n = known.place(midnight(monday))
    recorded, start = known.recorded, known.demand.starts[0].to_pydatetime()
    calendar = Calendar(SETTINGS.timezone, SETTINGS.country, SETTINGS.subdivision)

    def series(values: NDArray[np.int64]) -> IntervalSeries:
        return IntervalSeries(start, INTERVAL_S, values[:n].astype(np.float64))

    history = {queue: series(recorded.offered[q]) for q, queue in enumerate(QUEUES)}
    made = forecast(history, calendar, weeks=weeks, n_paths=N_PATHS, seed=FORECAST_SEED)
    handling = tuple(
        handling_time(
            series(recorded.talk_s[q] + recorded.wrap_s[q]),
            series(recorded.answered[q]),
            calendar,
            start=made.start,
            intervals=made.intervals,
        )
        for q in range(2)
    )
    since = max(n - LEARNED_WEEKS * 672, 0)
    part = slice(since, n)
    waiting = tuple(
        Waiting(
            int(recorded.abandoned[q, part].sum()),
            float(recorded.answered_wait_s[q, part].sum()),
            float(recorded.abandoned_wait_s[q, part].sum()),
        )
        for q in range(2)
    )
    local = known.demand.starts[part].tz_convert(ZONE)
    hour = (local.day_of_week * 24 + local.hour).to_numpy()
    abandonment = np.array(
        [
            smoothed_abandonment(
                np.bincount(hour, recorded.offered[q, part], minlength=168),
                np.bincount(hour, recorded.abandoned[q, part], minlength=168),
            )
            for q in range(2)
        ]
    )
    return Outlook(made, handling, waiting, abandonment, _calibration(known, monday, n))


def _calibration(known: World, monday: date, n: int) -> dict[str, Any]:
    """As `app.calibration.service.latest` tells it."""
    first_day = monday - timedelta(days=CALIBRATED_DAYS)
    first = known.place(midnight(first_day))
    local = known.demand.starts[first:n].tz_convert(ZONE)
    dates = np.array([moment.toordinal() for moment in local])
    record = record_of(
        Inputs(
            start=midnight(first_day),
            interval_s=INTERVAL_S,
            days=[(first_day + timedelta(days=i)).isoformat() for i in range(CALIBRATED_DAYS)],
            day=dates - dates[0],
            hour=local.hour.to_numpy(),
            columns={name: getattr(known.recorded, name)[:, first:n].astype(np.float64) for name in COLUMNS},
            replications=CALIBRATING,
            seed=1,
            settings=SETTINGS,
        )
    )
    cv = SETTINGS.handling_time_cv
    found = calibrate(record, definitions_of(SETTINGS), handling_cv=(cv, cv), replications=CALIBRATING)
    told = found.availability
    return {
        "availability": told.mean,
        "lower": told.lower,
        "upper": told.upper,
        "spread": told.spread,
        "on_calls": found.on_calls,
        "days": told.days,
        "source": f"recorded service of {told.days} days to {monday}",
    }
