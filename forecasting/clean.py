"""Find what must not be learned from: outages that look like silence, and days beyond anything usual.

The history itself is never changed: cleaning returns a copy with missing values and a list of what it took out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar import Calendar, DayKind, LocalGrid
from forecasting.days import DayTable, fold
from forecasting.events import Occurrence, mask
from forecasting.series import DAY_S, IntervalSeries

_BLOCK_S = 7200
# Variance of a day's true level around the block medians, generous on purpose: a quiet day is no outage.
_DAY_VARIANCE = 0.25**2
# Outages expected by chance in a whole history of working lines.
_FALSE_ALARMS = 0.01
_EXTREME_DEVIATIONS = 6.0
_MIN_DAYS_FOR_EXTREMES = 28
_MIN_SEEN = 0.75
_RUSH = 2.0  # times the usual: what people put off over a holiday they ring about after it
_LEVEL_WEEKS = 4
_MIN_DAYS_OF_KIND = 3
_NORMAL_MAD = 1.4826  # standard deviation of a normal over its median absolute deviation


@dataclass(frozen=True, slots=True)
class CleaningNote:
    """A span of a queue's history that was not learned from: ``start`` to ``end`` (excluded) [UTC], and why."""

    queue: str
    start: datetime
    end: datetime
    reason: str


def cleaned(
    queue: str, series: IntervalSeries, calendar: Calendar, seasons: Sequence[Occurrence] = ()
) -> tuple[IntervalSeries, tuple[CleaningNote, ...]]:
    """A copy of ``series`` with outages and extreme days missing, and the list of both by time.

    Days of ``seasons`` are extreme only beside the others of their name: a festival's are there to be learned from.
    """
    grid = calendar.grid(series.start, series.interval_s, series.values.size)
    kept = series.values.copy()
    is_outage, outage_notes = outages(queue, kept, grid, fold(kept, grid, calendar))
    kept[is_outage] = np.nan
    table = fold(kept, grid, calendar)
    is_rush = calendar.working_days_after_holiday(table.dates) > 0
    of_season = [
        np.isin(table.dates, grid.dates[mask([season for season in seasons if season.event.name == name], grid)])
        for name in sorted({season.event.name for season in seasons})
    ]
    is_extreme, extreme_notes = extreme_days(queue, grid, table, is_rush, of_season)
    kept[is_extreme] = np.nan
    notes = tuple(sorted(outage_notes + extreme_notes, key=lambda note: note.start))
    return replace(series, values=kept), notes


def tagged_notes(queue: str, tagged: Sequence[Occurrence], grid: LocalGrid) -> tuple[CleaningNote, ...]:
    """One note for each excluded event inside the history."""
    if not grid.utc_s.size:
        return ()
    first, last = int(grid.utc_s[0]), int(grid.utc_s[-1]) + grid.interval_s
    return tuple(
        CleaningNote(queue, event.start, event.end, f"tagged {event.event.name}: not learned from")
        for event in tagged
        if event.start.timestamp() < last and event.end.timestamp() > first
    )


def outages(
    queue: str, values: NDArray[np.float64], grid: LocalGrid, table: DayTable
) -> tuple[NDArray[np.bool_], list[CleaningNote]]:
    """Runs of zeros that working lines could not have produced.

    A run in which L calls were expected stays empty with probability (1 + vL)^(-1/v), the zero of a negative
    binomial with day-level variance v. It is an outage when less than ``_FALSE_ALARMS`` such runs are to be
    expected in the history, any known interval of which may begin one.

    Returns
    -------
    is_outage : (intervals,) what to treat as missing
    notes : one note for each outage
    """
    expected = _usual_calls(table, grid)
    is_zero = values == 0
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_zero, [False]]).astype(np.int8)))
    firsts, lasts = edges[::2], edges[1::2]
    cumulated = np.concatenate([[0.0], np.cumsum(expected)])
    load = cumulated[lasts] - cumulated[firsts]
    p_empty = (1 + _DAY_VARIANCE * load) ** (-1 / _DAY_VARIANCE)
    is_outage = np.zeros(values.size, dtype=np.bool_)
    notes = []
    for run in np.flatnonzero(p_empty * np.count_nonzero(~np.isnan(values)) < _FALSE_ALARMS):
        first, last = firsts[run], lasts[run]
        is_outage[first:last] = True
        reason = f"outage: no calls where about {load[run]:.0f} were expected; treated as missing"
        notes.append(_note(queue, grid, first, last, reason))
    return is_outage, notes


def extreme_days(
    queue: str,
    grid: LocalGrid,
    table: DayTable,
    is_rush: NDArray[np.bool_],
    of_season: Sequence[NDArray[np.bool_]] = (),
) -> tuple[NDArray[np.bool_], list[CleaningNote]]:
    """Ordinary days further than six robust standard deviations above or below their surroundings.

    Compares the log of each day's total over what is usual in the hours seen with the median of its weekday-adjusted
    neighbours, four weeks either side. Days seen for less than three quarters of a well-seen day's hours do not
    count, and special days are left to the calendar. Days of ``is_rush`` (days,), after a holiday, are extreme from
    twice the usual on, and those ``of_season`` (days,), for each season, are compared with one another. Needs four
    weeks of history.

    Returns
    -------
    is_extreme : (intervals,) what to leave out of the level and the shape
    notes : one note for each day
    """
    seen = table.observed.sum(axis=1)
    totals = table.counts.sum(axis=1)
    well_seen = np.quantile(seen[seen > 0], 0.9) if seen.any() else 0.0
    usable = table.is_ordinary & (seen >= _MIN_SEEN * well_seen) & (totals > 0)
    is_extreme = np.zeros(grid.dates.size, dtype=np.bool_)
    if usable.sum() < _MIN_DAYS_FOR_EXTREMES:
        return is_extreme, []
    log_ratio = _log_ratio(table, usable)
    for together in of_season:
        if (together & usable).any():
            log_ratio[together & usable] -= np.median(log_ratio[together & usable])
    spread = _NORMAL_MAD * np.median(np.abs(log_ratio[usable]))
    # A day of n calls cannot be known better than 1/sqrt(n) on the log scale.
    scale = max(float(spread), 1 / np.sqrt(float(np.median(totals[usable]))))
    notes = []
    least = np.maximum(_EXTREME_DEVIATIONS * scale, np.where(is_rush, np.log(_RUSH), 0.0))
    for row in np.flatnonzero(usable & (np.abs(log_ratio) > least)):
        inside = np.flatnonzero(grid.dates == table.dates[row])
        is_extreme[inside] = True
        reason = f"extreme day: {totals[row]:.0f} calls, {np.exp(log_ratio[row]):.1f} times the usual; not learned from"
        notes.append(_note(queue, grid, inside[0], inside[-1] + 1, reason))
    return is_extreme, notes


def _log_ratio(table: DayTable, usable: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Log of each usable day's calls over those usual in its hours and the local level, (days,); 0 elsewhere."""
    calls, observed = np.zeros((2, 7, table.counts.shape[1]))
    np.add.at(calls, table.weekdays, table.counts)
    np.add.at(observed, table.weekdays, table.observed)
    usual = (table.observed * (calls / np.maximum(observed, 1))[table.weekdays]).sum(axis=1)
    logs = np.full(usable.size, np.nan)
    logs[usable] = np.log(table.counts.sum(axis=1)[usable] / usual[usable])
    for day in range(7):
        same = (table.weekdays == day) & usable
        if same.any():
            logs[same] -= np.median(logs[same])
    half = 7 * _LEVEL_WEEKS
    padded = np.pad(logs, half, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)[usable]
    ratio = np.zeros(logs.size)
    ratio[usable] = logs[usable] - np.nanmedian(windows, axis=1)
    return ratio


def _usual_calls(table: DayTable, grid: LocalGrid) -> NDArray[np.float64]:
    """Usual calls of each interval, (intervals,): the median over weeks of its weekday's two-hour block, times what is
    usual of its day's kind: a service that is closed on public holidays has no outage on them."""
    per_block = max(_BLOCK_S * table.counts.shape[1] // DAY_S, 1)
    firsts = np.arange(0, table.counts.shape[1], per_block)
    calls, observed = (np.add.reduceat(values, firsts, axis=1) for values in (table.counts, table.observed))
    rate = np.where(observed > 0, calls / np.maximum(observed, 1), np.nan)
    usual = np.zeros((7, rate.shape[1]))
    for day in range(7):
        rows = rate[table.weekdays == day]
        known = ~np.isnan(rows).all(axis=0) if rows.size else np.zeros(rate.shape[1], dtype=np.bool_)
        if known.any():
            usual[day, known] = np.nanmedian(rows[:, known], axis=0)
    by_day = (observed * usual[table.weekdays]).sum(axis=1)
    of_kind = np.ones(table.dates.size)
    for kind in set(table.kinds) - {DayKind.ORDINARY}:
        rows = np.array([k is kind for k in table.kinds])
        seen = rows & (by_day > 0)
        if seen.sum() >= _MIN_DAYS_OF_KIND:
            of_kind[rows] = min(float(np.median(calls.sum(axis=1)[seen] / by_day[seen])), 1.0)
    day = (grid.dates - table.dates[0]).astype(np.int64)
    by_interval: NDArray[np.float64] = usual[table.weekdays[day], grid.slots // per_block] * of_kind[day]
    return by_interval


def _note(queue: str, grid: LocalGrid, first: int, last: int, reason: str) -> CleaningNote:
    start = datetime.fromtimestamp(int(grid.utc_s[first]), UTC)
    end = datetime.fromtimestamp(int(grid.utc_s[last - 1]) + grid.interval_s, UTC)
    return CleaningNote(queue, start, end, reason)
