"""Learn one queue: clean its history, fit level and shape, measure past misses, learn its events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from forecasting import calibration, clean, dispersion, effects
from forecasting.calendar import Calendar, DayKind, LocalGrid
from forecasting.clean import CleaningNote
from forecasting.covariates import Covariate
from forecasting.days import DailyTotals, DayFeatures, daily_totals, fold
from forecasting.errors import HistoryTooShort
from forecasting.events import EventEffect, Occurrence, mask
from forecasting.features import LONGEST_EVENT, day_features
from forecasting.models import daily_glm, daily_prophet, profile
from forecasting.series import DAY_S, IntervalSeries

MIN_HISTORY_DAYS = 14
_MIN_DAYS_SEEN = 10


@dataclass(frozen=True, slots=True, eq=False)
class QueueForecast:
    """One queue's part: ``mean`` (intervals,) [calls], what its rate strays by, and what was assumed."""

    mean: NDArray[np.float64]
    residuals: dispersion.Residuals
    factor: dispersion.DayFactor
    interval_variance: float
    intraday_strength: float
    carry_over: float
    notes: tuple[str, ...]
    cleaning: tuple[CleaningNote, ...]
    effects: tuple[EventEffect, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """What all queues share: the calendar, the horizon's grid, partners' feeds and the seed of Prophet's optimiser."""

    calendar: Calendar
    origin: datetime
    ahead: LocalGrid
    covariates: tuple[Covariate, ...]
    seed: int
    is_cleaned: bool


def learn_queue(
    queue: str, series: IntervalSeries, occurrences: Sequence[Occurrence], setting: Setting
) -> QueueForecast:
    """Forecast one queue; ``occurrences`` are those of events that concern it, past and ahead."""
    series = _trimmed(queue, series)
    calendar, ahead = setting.calendar, setting.ahead
    grid = calendar.grid(series.start, series.interval_s, series.values.size)
    tagged = [occurrence for occurrence in occurrences if occurrence.event.is_excluded]
    seasons = [o for o in occurrences if not o.event.is_excluded and o.end - o.start > LONGEST_EVENT]
    short = [o for o in occurrences if not o.event.is_excluded and o.end - o.start <= LONGEST_EVENT]

    known = np.where(mask(tagged, grid), np.nan, series.values)
    cleaning = clean.tagged_notes(queue, tagged, grid)
    is_event = mask(short, grid)
    values = np.where(is_event, np.nan, known)
    if setting.is_cleaned:
        values, found = clean.cleaned(queue, values, grid, calendar)
        cleaning = tuple(sorted((*cleaning, *found), key=lambda note: note.start))
    table = fold(values, grid, calendar)
    notes = _missing_notes(queue, values, series)
    if table.counts.sum() == 0:
        return _silent_queue(queue, ahead, notes, cleaning)

    shape = profile.fit(table)
    notes += _closed_notes(queue, shape)
    dates = np.arange(table.dates[0], ahead.dates[-1] + np.timedelta64(1, "D"))
    all_days, feature_notes = day_features(dates, calendar, setting.origin, seasons, setting.covariates)
    notes += [f"queue {queue}: {note}" for note in feature_notes]
    n_past = table.dates.size
    # The day of the origin may be both the last of the history and the first ahead.
    first_ahead = int((ahead.dates[0] - dates[0]).astype(np.int64))
    past, days_ahead = all_days.slice(0, n_past), all_days.slice(first_ahead, dates.size)
    shares = shape.of_days(table.dates, table.kinds)
    daily = daily_totals(table, shares, past)
    fitted = daily_glm.fit(daily)
    level, level_notes = _level(queue, fitted, daily, days_ahead, setting)
    applied, season_effects = _season_effects(queue, seasons, fitted, daily, days_ahead)
    mean_by_day = (level * applied)[:, None] * shape.of_days(days_ahead.dates, days_ahead.kinds)
    mean = mean_by_day[(ahead.dates - days_ahead.dates[0]).astype(np.int64), ahead.slots]

    residuals = dispersion.rolling_residuals(fitted, daily, days_ahead.dates.size)
    if not residuals.is_rolling:
        notes.append(f"queue {queue}: uncertainty from the fit itself, since history is too short to forecast its past")
    factor = calibration.recalibrated(dispersion.day_factor(residuals, days_ahead.dates.size), residuals)
    by_moments = dispersion.interval_variance(table, shares)
    interval_variance = calibration.interval_variance(table, shares, residuals, factor, by_moments)
    baseline = (fitted.forecast(past)[:, None] * shares)[(grid.dates - past.dates[0]).astype(np.int64), grid.slots]
    mean, event_effects = _event_effects(
        queue, short, mean, known, baseline, ~np.isnan(values), float(factor.variance.mean()), grid, ahead
    )
    carry_over = calibration.carry_over(residuals)
    return QueueForecast(
        mean=mean,
        residuals=residuals,
        factor=factor,
        interval_variance=interval_variance,
        intraday_strength=calibration.intraday_strength(table, shares, residuals, factor, carry_over),
        carry_over=carry_over,
        notes=(*notes, *level_notes),
        cleaning=cleaning,
        effects=(*season_effects, *event_effects),
    )


def _season_effects(
    queue: str, seasons: Sequence[Occurrence], fitted: daily_glm.FittedLevel, daily: DailyTotals, ahead: DayFeatures
) -> tuple[NDArray[np.float64], list[EventEffect]]:
    """What planners' own values of seasons change of the learned level ahead, (days,), and each season's effect."""
    change, found = np.ones(ahead.dates.size), []
    for name in sorted({season.event.name for season in seasons}):
        at = ahead.names.index(name)
        last = [season for season in seasons if season.event.name == name][-1]
        was_seen = daily.features.values[:, at] > 0
        n_seen = int((np.diff(was_seen.astype(int), prepend=0) == 1).sum())
        learned = daily_glm.effect(fitted, daily, name) if n_seen else None
        found.append(effects.described(queue, last, n_seen, learned))
        if last.event.multiplier is not None:
            own = np.log(last.event.multiplier) - np.log(learned[0] if learned else 1.0)
            change *= np.exp(ahead.values[:, at] * own)
    return change, found


def _event_effects(
    queue: str,
    short: Sequence[Occurrence],
    mean: NDArray[np.float64],
    calls: NDArray[np.float64],
    baseline: NDArray[np.float64],
    is_baseline: NDArray[np.bool_],
    day_variance: float,
    grid: LocalGrid,
    ahead: LocalGrid,
) -> tuple[NDArray[np.float64], list[EventEffect]]:
    """``mean`` (intervals ahead,) with the short events in it, and the effect of each event name."""
    found = []
    for name in sorted({occurrence.event.name for occurrence in short}):
        same = [occurrence for occurrence in short if occurrence.event.name == name]
        past = [occurrence for occurrence in same if occurrence.start.timestamp() < ahead.utc_s[0]]
        learned = effects.learn(past, calls, baseline, is_baseline, day_variance, grid)
        mean = effects.apply(mean, same, learned, ahead)
        figures = (learned.multiplier, learned.lower, learned.upper) if learned else None
        found.append(effects.described(queue, same[-1], learned.n_occurrences if learned else 0, figures))
    return mean, found


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
    queue: str, fitted: daily_glm.FittedLevel, daily: DailyTotals, ahead: DayFeatures, setting: Setting
) -> tuple[NDArray[np.float64], list[str]]:
    """Expected calls of a full day on each date, (days,): regression, averaged with Prophet on long histories."""
    level = fitted.forecast(ahead)
    weeks, notes = daily.dates.size // 7, []
    if not fitted.terms.has_fourier:
        notes.append(f"queue {queue}: no annual pattern, since history is {weeks} weeks and not a year")
    for kind in sorted(set(ahead.kinds) - {DayKind.ORDINARY} - set(fitted.terms.kinds)):
        notes.append(f"queue {queue}: no {kind.replace('_', ' ')} in the history; taken as an ordinary day")
    if daily.dates.size < daily_prophet.MIN_DAYS:
        notes.append(
            f"queue {queue}: Prophet not used, since history is {weeks} weeks; "
            f"it is from {daily_prophet.MIN_DAYS // 7 + 1} weeks on"
        )
        return level, notes
    prophet_level = daily_prophet.fit(daily, setting.calendar, seed=setting.seed).forecast(ahead.dates)
    return (level + prophet_level) / 2, notes


def _missing_notes(queue: str, values: NDArray[np.float64], series: IntervalSeries) -> list[str]:
    """What is missing at the very end: a level learned from older calls."""
    tail = int(np.argmax(~np.isnan(values[::-1]))) if (~np.isnan(values)).any() else values.size
    days = tail * series.interval_s / DAY_S
    return [f"queue {queue}: the last {days:.1f} days of history are missing"] if days >= 1 else []


def _closed_notes(queue: str, shape: profile.Profile) -> list[str]:
    n_closed = int((shape.shares == 0).sum())
    if not n_closed:
        return []
    return [f"queue {queue}: {n_closed} of {shape.shares.size} intervals of the week were never seen; taken as closed"]


def _silent_queue(queue: str, ahead: LocalGrid, notes: list[str], cleaning: tuple[CleaningNote, ...]) -> QueueForecast:
    n_days = np.unique(ahead.dates).size
    nothing = dispersion.Residuals(np.full((1, n_days), np.nan), np.full((1, n_days), np.nan), is_rolling=False)
    return QueueForecast(
        mean=np.zeros(ahead.dates.size),
        residuals=nothing,
        factor=dispersion.DayFactor(np.zeros(n_days), 0.0),
        interval_variance=0.0,
        intraday_strength=0.0,
        carry_over=0.0,
        notes=(*notes, f"queue {queue}: no calls in its history; forecast as none"),
        cleaning=cleaning,
    )
