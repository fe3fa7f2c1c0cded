"""Learn one queue: clean its history, fit its baseline, measure past misses, learn its events."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from forecasting import calibration, clean, dispersion, effects
from forecasting.calendar import LocalGrid
from forecasting.clean import CleaningNote
from forecasting.days import fold
from forecasting.ensemble import Setting, baseline
from forecasting.errors import HistoryTooShort
from forecasting.events import EventEffect, Occurrence, mask
from forecasting.features import LONGEST_EVENT
from forecasting.series import DAY_S, IntervalSeries

MIN_HISTORY_DAYS = 14
_MIN_DAYS_SEEN = 10
_MOST_CLOSED_DAYS = 3


@dataclass(frozen=True, slots=True, eq=False)
class QueueForecast:
    """One queue's part: ``mean`` (intervals,) [calls], ``usual`` the same without short events, what its rate strays
    by, and what was assumed."""

    mean: NDArray[np.float64]
    usual: NDArray[np.float64]
    residuals: dispersion.Residuals
    factor: dispersion.DayFactor
    interval_variance: float
    intraday_strength: float
    carry_over: float
    notes: tuple[str, ...]
    cleaning: tuple[CleaningNote, ...]
    effects: tuple[EventEffect, ...] = ()


def learn_queue(
    queue: str, series: IntervalSeries, occurrences: Sequence[Occurrence], setting: Setting
) -> QueueForecast:
    """Forecast one queue; ``occurrences`` are those of events that concern it, past and ahead.

    Short events have their hours to themselves: the baseline is learned without them, and they from what it leaves.
    """
    calendar, ahead = setting.calendar, setting.ahead
    tagged = [occurrence for occurrence in occurrences if occurrence.event.is_excluded]
    seasons = [o for o in occurrences if not o.event.is_excluded and o.end - o.start > LONGEST_EVENT]
    short = [o for o in occurrences if not o.event.is_excluded and o.end - o.start <= LONGEST_EVENT]
    grid = calendar.grid(series.start, series.interval_s, series.values.size)
    cleaning = clean.tagged_notes(queue, tagged, grid)
    series = _trimmed(queue, replace(series, values=np.where(mask(tagged, grid), np.nan, series.values)))
    grid = calendar.grid(series.start, series.interval_s, series.values.size)
    known, is_event = series.values, mask(short, grid)
    is_usual = _is_usual(known, is_event, grid)
    values = np.where(is_event & ~is_usual, np.nan, known)
    if setting.is_cleaned:
        cleaned, found = clean.cleaned(queue, replace(series, values=values), calendar, seasons)
        values = cleaned.values
        cleaning = tuple(sorted((*cleaning, *found), key=lambda note: note.start))
    table = fold(values, grid, calendar)
    notes = _missing_notes(queue, values, series)
    if table.counts.sum() == 0:
        return _silent_queue(queue, ahead, notes, cleaning)

    base = baseline(queue, values, table, grid, seasons, setting)
    n_days = np.unique(ahead.dates).size
    residuals = dispersion.rolling_residuals(base.fitted, base.daily, n_days)
    if not residuals.is_rolling:
        notes.append(f"queue {queue}: uncertainty from the fit itself, since history is too short to forecast its past")
    factor = calibration.recalibrated(dispersion.day_factor(residuals, n_days), residuals)
    by_moments = dispersion.interval_variance(table, base.shares)
    carry_over = calibration.carry_over(residuals)
    learnable = np.where(is_usual, np.nan, known)
    past = _Past(learnable, base.past_mean, ~np.isnan(values) & ~is_usual, float(factor.variance.mean()), grid)
    mean, event_effects = _event_effects(queue, short, base.mean, past, ahead)
    return QueueForecast(
        mean=mean,
        usual=base.mean,
        residuals=residuals,
        factor=factor,
        interval_variance=calibration.interval_variance(table, base.shares, residuals, factor, by_moments),
        intraday_strength=calibration.intraday_strength(table, base.shares, residuals, factor, carry_over),
        carry_over=carry_over,
        notes=(*notes, *_usual_notes(queue, short, is_usual, grid), *_unmoved_notes(queue, short, ahead), *base.notes),
        cleaning=cleaning,
        effects=(*base.effects, *event_effects),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Past:
    """What short events are learned from: see `effects.learn`."""

    calls: NDArray[np.float64]
    baseline: NDArray[np.float64]
    is_baseline: NDArray[np.bool_]
    day_variance: float
    grid: LocalGrid


def _event_effects(
    queue: str, short: Sequence[Occurrence], mean: NDArray[np.float64], past: _Past, ahead: LocalGrid
) -> tuple[NDArray[np.float64], list[EventEffect]]:
    """``mean`` (intervals ahead,) with the short events in it, and the effect of each event name."""
    found = []
    for name in sorted({occurrence.event.name for occurrence in short}):
        same = [occurrence for occurrence in short if occurrence.event.name == name]
        earlier = [occurrence for occurrence in same if occurrence.start.timestamp() < ahead.utc_s[0]]
        learned = effects.learn(earlier, past.calls, past.baseline, past.is_baseline, past.day_variance, past.grid)
        mean = effects.apply(mean, same, learned, ahead)
        figures = (learned.multiplier, learned.lower, learned.upper) if learned else None
        found.append(effects.described(queue, same[-1], learned.n_occurrences if learned else 0, figures))
    return mean, found


def _is_usual(calls: NDArray[np.float64], is_event: NDArray[np.bool_], grid: LocalGrid) -> NDArray[np.bool_]:
    """(intervals,), the hours of events of which no week of the history is free: they are part of the usual week.

    Left to the events, a market of every Saturday would leave a Saturday without calls.
    """
    known = ~np.isnan(calls)
    with_calls, without_event = np.zeros((2, 7, grid.n_slots))
    np.add.at(with_calls, (grid.weekdays, grid.slots), known)
    np.add.at(without_event, (grid.weekdays, grid.slots), known & ~is_event)
    is_never_free = (with_calls > 0) & (without_event == 0)
    return np.asarray(is_event & is_never_free[grid.weekdays, grid.slots], dtype=np.bool_)


def _usual_notes(queue: str, short: Sequence[Occurrence], is_usual: NDArray[np.bool_], grid: LocalGrid) -> list[str]:
    return [
        f"queue {queue}: no week of the history is free of {name} in some of its hours; they are learned as part of "
        "the usual week"
        for name in sorted({o.event.name for o in short})
        if (mask([o for o in short if o.event.name == name], grid) & is_usual).any()
    ]


def _unmoved_notes(queue: str, short: Sequence[Occurrence], ahead: LocalGrid) -> list[str]:
    names = {
        o.event.name
        for o in short
        if ahead.utc_s[0] <= o.start.timestamp() <= ahead.utc_s[-1] and not mask([o], ahead).any()
    }
    return [
        f"queue {queue}: {name} fills half of no interval of {ahead.interval_s} s ahead; it changes nothing"
        for name in sorted(names)
    ]


def _trimmed(queue: str, series: IntervalSeries) -> IntervalSeries:
    """``series`` without what is tagged, from its first observed interval, once it holds two whole weeks."""
    known = np.flatnonzero(~np.isnan(series.values))
    first = int(known[0]) if known.size else series.values.size
    per_day = DAY_S // series.interval_s
    seen = np.unique((known - first) // per_day).size
    # A service that is closed at weekends is first observed on a Monday.
    closed = min(first, _MOST_CLOSED_DAYS * per_day) if known.size else 0
    days = (series.values.size - first + closed) * series.interval_s / DAY_S
    if days < MIN_HISTORY_DAYS or seen < _MIN_DAYS_SEEN or known.size < per_day:
        raise HistoryTooShort(
            f"queue {queue} has {days:.2f} days of history up to {series.end.isoformat()}, {seen} of them with data "
            f"that is not tagged, {known.size} intervals in all: expected at least {MIN_HISTORY_DAYS} days, "
            f"{_MIN_DAYS_SEEN} of them with data, and {per_day} intervals"
        )
    start = series.start + timedelta(seconds=first * series.interval_s)
    return IntervalSeries(start, series.interval_s, series.values[first:])


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
        usual=np.zeros(ahead.dates.size),
        residuals=nothing,
        factor=dispersion.DayFactor(np.zeros(n_days), 0.0),
        interval_variance=0.0,
        intraday_strength=0.0,
        carry_over=0.0,
        notes=(*notes, f"queue {queue}: no calls in its history; forecast as none"),
        cleaning=cleaning,
    )
