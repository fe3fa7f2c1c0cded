"""Forecast the offered calls of all queues: history and calendar in, `Forecast` out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from forecasting import clean, dispersion, sampling
from forecasting.calendar import Calendar, DayKind, LocalGrid
from forecasting.clean import CleaningNote
from forecasting.days import DailyTotals, daily_totals, fold
from forecasting.errors import ForecastingError, HistoriesDisagree, HistoryTooShort, HorizonInvalid
from forecasting.forecast import Forecast
from forecasting.models import daily_glm, daily_prophet, profile
from forecasting.series import DAY_S, IntervalSeries

Progress = Callable[[float, str], None]
MIN_HISTORY_DAYS = 14
_MIN_DAYS_SEEN = 10
MAX_WEEKS = 13


@dataclass(frozen=True, slots=True, eq=False)
class QueueForecast:
    """One queue's part: ``mean`` (intervals,) [calls], what its rate strays by, and what was assumed."""

    mean: NDArray[np.float64]
    residuals: dispersion.Residuals
    factor: dispersion.DayFactor
    interval_variance: float
    notes: tuple[str, ...]
    cleaning: tuple[CleaningNote, ...]


def forecast(
    history: Mapping[str, IntervalSeries],
    calendar: Calendar,
    *,
    weeks: int,
    n_paths: int = 500,
    seed: int,
    progress: Progress | None = None,
) -> Forecast:
    """Forecast every queue for the ``weeks`` after the end of its history.

    Parameters
    ----------
    history : offered calls of each queue; same interval and same end, starts may differ
    calendar : local time and special days
    weeks : horizon [weeks of the local calendar: an hour longer or shorter over a clock change], 1..13
    n_paths : number of sample paths, >= 1
    seed : of all chance; same inputs and seed give the same forecast, whatever the order of the queues
    progress : told the share done, 0..1, and the step in words

    Raises
    ------
    HistoryTooShort : a queue has less than two whole weeks of calls
    HistoriesDisagree : queues end at different instants or have different intervals
    HorizonInvalid : ``weeks`` or ``n_paths`` is out of range
    SeriesInvalid : a history holds parts of calls
    """
    _check(history, weeks, n_paths)
    tell = progress or (lambda _share, _step: None)
    queues = tuple(sorted(history))
    first = history[queues[0]]
    length_s = (calendar.weeks_later(first.end, weeks) - first.end).total_seconds()
    ahead = calendar.grid(first.end, first.interval_s, int(length_s) // first.interval_s)
    parts = []
    for done, queue in enumerate(queues):
        tell(0.9 * done / len(queues), f"learning queue {queue}")
        parts.append(forecast_queue(queue, history[queue], calendar, ahead, seed=seed))
    tell(0.9, "drawing sample paths")
    spread = sampling.Spread(
        factors=tuple(part.factor for part in parts),
        correlation=dispersion.correlations([p.residuals for p in parts], [p.factor for p in parts]),
        interval_variance=np.array([part.interval_variance for part in parts]),
    )
    mean = np.array([part.mean for part in parts])
    day = (ahead.dates - ahead.dates[0]).astype(np.int64)
    result = Forecast(
        origin=first.end,
        start=first.end,
        interval_s=first.interval_s,
        timezone=calendar.timezone,
        queues=queues,
        mean=mean,
        rate_cv=sampling.rate_cv(day, spread),
        day_cv=np.sqrt([part.factor.variance[day] for part in parts]),
        intraday_strength=np.zeros(len(parts)),
        paths=sampling.sample_paths(mean, day, spread, n_paths=n_paths, seed=seed),
        notes=tuple(note for part in parts for note in part.notes),
        cleaning=tuple(note for part in parts for note in part.cleaning),
    )
    tell(1.0, "forecast ready")
    return result


def _check(history: Mapping[str, IntervalSeries], weeks: int, n_paths: int) -> None:
    if not history:
        raise ForecastingError("history holds no queue: expected at least one")
    if not 1 <= weeks <= MAX_WEEKS:
        raise HorizonInvalid(f"weeks is {weeks}: expected 1 to {MAX_WEEKS}")
    if n_paths < 1:
        raise HorizonInvalid(f"n_paths is {n_paths}: expected at least 1")
    ends = {queue: series.end.isoformat() for queue, series in history.items()}
    if len(set(ends.values())) > 1:
        raise HistoriesDisagree(f"histories end at {ends}: expected one common end")
    widths = {queue: series.interval_s for queue, series in history.items()}
    if len(set(widths.values())) > 1:
        raise HistoriesDisagree(f"interval_s is {widths}: expected one common width")
    for queue, series in history.items():
        parts = np.flatnonzero(np.nan_to_num(series.values) % 1)
        if parts.size:
            raise ForecastingError(f"queue {queue} holds {series.values[parts[0]]} calls: expected whole calls")


def forecast_queue(
    queue: str, series: IntervalSeries, calendar: Calendar, ahead: LocalGrid, *, seed: int
) -> QueueForecast:
    """Clean, fit level and shape, and measure past misses of one queue; ``ahead`` is the horizon's grid."""
    series = _trimmed(queue, series)
    grid = calendar.grid(series.start, series.interval_s, series.values.size)
    values, cleaning = cleaned(queue, series.values, grid, calendar)
    table = fold(values, grid, calendar)
    notes = _missing_notes(queue, values, series)
    if table.counts.sum() == 0:
        return _silent_queue(queue, ahead, notes, cleaning)
    shape = profile.fit(table)
    n_closed = int((shape.shares == 0).sum())
    if n_closed:
        notes.append(
            f"queue {queue}: {n_closed} of {shape.shares.size} intervals of the week were never seen; taken as closed"
        )
    shares = shape.of_days(table.dates, table.kinds)
    daily = daily_totals(table, shares)
    dates = np.unique(ahead.dates)
    kinds = tuple(calendar.kinds(dates))
    level, level_notes = _level(queue, daily, calendar, dates, kinds, seed)
    mean = level[:, None] * shape.of_days(dates, kinds)
    residuals = dispersion.rolling_residuals(daily, dates.size)
    if not residuals.is_rolling:
        notes.append(f"queue {queue}: uncertainty from the fit itself, since history is too short to forecast its past")
    return QueueForecast(
        mean=mean[(ahead.dates - dates[0]).astype(np.int64), ahead.slots],
        residuals=residuals,
        factor=dispersion.day_factor(residuals, dates.size),
        interval_variance=dispersion.interval_variance(table, shares),
        notes=(*notes, *level_notes),
        cleaning=cleaning,
    )


def cleaned(
    queue: str, values: NDArray[np.float64], grid: LocalGrid, calendar: Calendar
) -> tuple[NDArray[np.float64], tuple[CleaningNote, ...]]:
    """A copy of ``values`` (intervals,) with outages and extreme days missing, and the list of both."""
    kept = values.copy()
    is_outage, outage_notes = clean.outages(queue, kept, grid, fold(kept, grid, calendar))
    kept[is_outage] = np.nan
    is_extreme, extreme_notes = clean.extreme_days(queue, grid, fold(kept, grid, calendar))
    kept[is_extreme] = np.nan
    return kept, tuple(sorted(outage_notes + extreme_notes, key=lambda note: note.start))


def _trimmed(queue: str, series: IntervalSeries) -> IntervalSeries:
    """``series`` from its first observed interval, once it holds two whole weeks."""
    known = np.flatnonzero(~np.isnan(series.values))
    first = int(known[0]) if known.size else series.values.size
    days = (series.values.size - first) * series.interval_s / DAY_S
    per_day = DAY_S // series.interval_s
    seen = np.unique((known - first) // per_day).size
    if days < MIN_HISTORY_DAYS or seen < _MIN_DAYS_SEEN:
        raise HistoryTooShort(
            f"queue {queue} has {days:.2f} days of history up to {series.end.isoformat()}, {seen} of them with data: "
            f"expected at least {MIN_HISTORY_DAYS} days, {_MIN_DAYS_SEEN} of them with data"
        )
    start = series.start + timedelta(seconds=first * series.interval_s)
    return IntervalSeries(start, series.interval_s, series.values[first:])


def _level(
    queue: str,
    daily: DailyTotals,
    calendar: Calendar,
    dates: NDArray[np.datetime64],
    kinds: tuple[DayKind, ...],
    seed: int,
) -> tuple[NDArray[np.float64], list[str]]:
    """Expected calls of a full day on each date, (days,): regression, averaged with Prophet on long histories."""
    fitted = daily_glm.fit(daily)
    level = fitted.forecast(dates, kinds)
    notes = []
    if not fitted.terms.has_fourier:
        notes.append(f"queue {queue}: no annual pattern, since history is {daily.dates.size // 7} weeks and not a year")
    for kind in sorted(set(kinds) - {DayKind.ORDINARY} - set(fitted.terms.kinds)):
        notes.append(f"queue {queue}: no {kind.replace('_', ' ')} in the history; taken as an ordinary day")
    if daily.dates.size < daily_prophet.MIN_DAYS:
        notes.append(
            f"queue {queue}: Prophet not used, since history is {daily.dates.size // 7} weeks; "
            f"it is from {daily_prophet.MIN_DAYS // 7 + 1} weeks on"
        )
        return level, notes
    prophet_level = daily_prophet.fit(daily, calendar, seed=seed).forecast(dates)
    return (level + prophet_level) / 2, notes


def _missing_notes(queue: str, values: NDArray[np.float64], series: IntervalSeries) -> list[str]:
    """What is missing at the very end: a level learned from older calls."""
    tail = int(np.argmax(~np.isnan(values[::-1]))) if (~np.isnan(values)).any() else values.size
    days = tail * series.interval_s / DAY_S
    return [f"queue {queue}: the last {days:.1f} days of history are missing"] if days >= 1 else []


def _silent_queue(queue: str, ahead: LocalGrid, notes: list[str], cleaning: tuple[CleaningNote, ...]) -> QueueForecast:
    n_days = np.unique(ahead.dates).size
    nothing = dispersion.Residuals(np.full((1, n_days), np.nan), np.full((1, n_days), np.nan), is_rolling=False)
    return QueueForecast(
        mean=np.zeros(ahead.dates.size),
        residuals=nothing,
        factor=dispersion.DayFactor(np.zeros(n_days), 0.0),
        interval_variance=0.0,
        notes=(*notes, f"queue {queue}: no calls in its history; forecast as none"),
        cleaning=cleaning,
    )
