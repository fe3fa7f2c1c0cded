"""Handling time of a queue from its call types: each type's time of day, mixed as the types are over the week.

A night of few but long calls is long because of who calls, not because handlers slow down: where the mix of types
changes over day and week, so does the queue's mean. The queue's level and its uncertainty come from all its calls
together, which hold the ups and downs of types and mix alike; the types bend it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar import Calendar
from forecasting.errors import HistoriesDisagree, HistoryTooShort
from forecasting.handling_time import (
    BANDWIDTH_S,
    MIN_CALLS,
    HandledCalls,
    HandlingTime,
    Learned,
    TypeLevel,
    checked_horizon,
    handled_calls,
    kernel,
    learn,
    weeks_ahead,
)
from forecasting.series import IntervalSeries

Part = tuple[IntervalSeries, IntervalSeries]  # seconds handled [s] and answered calls of one type


def mixed_handling_time(
    parts: Mapping[str, Part], calendar: Calendar, *, start: datetime, intervals: int
) -> HandlingTime:
    """Expected handling time of each of ``intervals`` intervals from ``start``, from the queue's call types.

    Types with fewer than 30 answered calls are learned together; where even together they have fewer, at the queue's
    own handling time.

    Parameters
    ----------
    parts : by call type, talk plus wrap-up summed over each interval [s] and its answered calls, all on one grid; a
        missing value counts as no call of that type
    calendar : local time
    start : first interval ahead, with time zone, on the grid
    intervals : how many intervals ahead, >= 1

    Returns
    -------
    ``mean_s`` averages to ``overall_s`` over the recent calls of a week, and so do the levels of ``types``, weighed by
    their shares

    Raises
    ------
    HistoriesDisagree : two series are not on the same grid
    HistoryTooShort : fewer than 30 answered calls in all
    HorizonInvalid : ``intervals`` is not positive
    """
    ahead_intervals = checked_horizon(intervals)
    groups, histories = _grouped(parts, calendar)
    total = replace(
        histories[0],
        calls=np.sum([history.calls for history in histories], axis=0),
        seconds=np.sum([history.seconds for history in histories], axis=0),
        notes=(),
    )
    if total.calls.sum() < MIN_CALLS:
        raise HistoryTooShort(
            f"handling time rests on {total.calls.sum():.0f} answered calls of {len(parts)} call types: expected at "
            f"least {MIN_CALLS}"
        )
    whole = learn(total)
    learned = [learn(history) if history.calls.sum() >= MIN_CALLS else whole for history in histories]
    shares, weight = _mix(histories)
    share = (shares * weight).sum(axis=(1, 2))
    # (groups, 1, slots): by type over the day, then mixed over weekday and day, then brought to the queue's level.
    mean = np.array([group.level.mean * group.multiplier for group in learned])[:, None]
    deviation = np.array([group.level.mean * group.multiplier_sd for group in learned])[:, None]
    pattern = (shares * mean).sum(axis=0)
    scale = whole.level.mean / max(float((weight * pattern).sum()), 1e-12)
    slot_cv = np.sqrt(((shares * deviation) ** 2).sum(axis=0)) / np.maximum(pattern, 1e-12)
    ahead = calendar.grid(start, total.interval_s, ahead_intervals)
    level_cv = whole.level.cv(weeks_ahead(total, start, ahead_intervals))
    return HandlingTime(
        mean_s=scale * pattern[ahead.weekdays, ahead.slots],
        mean_cv=np.hypot(level_cv, slot_cv[ahead.weekdays, ahead.slots]),
        overall_s=whole.level.mean,
        level_cv=float(whole.level.cv(np.ones(1))[0]),
        call_cv=whole.call_cv,
        types=_types(parts, groups, learned, share, whole.level.mean),
        notes=_notes(groups, histories),
    )


def _grouped(parts: Mapping[str, Part], calendar: Calendar) -> tuple[list[tuple[str, ...]], list[HandledCalls]]:
    """Types that are learned together, and the history of each such group: one type alone, the rare ones in one."""
    if not parts:
        raise HistoryTooShort("handling time by call type got no call type: expected at least one")
    grids = {name: (answered.start, answered.interval_s, answered.end) for name, (_, answered) in parts.items()}
    first_name, first = next(iter(grids.items()))
    for name, grid in grids.items():
        if grid != first:
            raise HistoriesDisagree(
                f"call type {name!r} covers {grid[0]} to {grid[2]} and {first_name!r} {first[0]} to {first[2]}: "
                "expected the same grid"
            )
    n_calls = {name: np.nansum(answered.values) for name, (_, answered) in parts.items()}
    rare = tuple(name for name, n in n_calls.items() if n < MIN_CALLS)
    groups = [(name,) for name in parts if name not in rare] + ([rare] if rare else [])
    _, series = next(iter(parts.values()))
    local = calendar.grid(series.start, series.interval_s, series.values.size)
    histories = []
    for group in groups:
        histories.append(handled_calls(*_together([parts[name] for name in group]), local, min_calls=0))
    return groups, histories


def _together(parts: list[Part]) -> Part:
    """The types' sums; where one is not known, those of the others."""
    start, interval_s = parts[0][1].start, parts[0][1].interval_s
    pairs = np.array([(handled_s.values, answered.values) for handled_s, answered in parts])
    known = ~np.isnan(pairs).any(axis=1, keepdims=True)
    handled, answered = np.where(known, pairs, 0.0).sum(axis=0)
    return IntervalSeries(start, interval_s, handled), IntervalSeries(start, interval_s, answered)


def _mix(histories: list[HandledCalls]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of each group by weekday and slot (groups, 7, slots), summing to 1 over groups, and the share of the
    week's recent calls that falls in each weekday and slot (7, slots).

    Slots are shrunk to the overall shares, then weekdays to the slots of all days, as far as chance asks.
    """
    first = histories[0]
    cell, size = first.weekdays * first.n_slots + first.slots, 7 * first.n_slots
    shape = (len(histories), 7, first.n_slots)
    recent = [np.bincount(cell, history.calls * history.recency, size) for history in histories]
    squared = [np.bincount(cell, history.calls * history.recency**2, size) for history in histories]
    calls = np.array(recent, dtype=np.float64).reshape(shape)
    squares = np.sum(squared, axis=0).reshape(shape[1:])
    weights = kernel(first.n_slots, BANDWIDTH_S / first.interval_s)
    overall = calls.sum(axis=(1, 2), keepdims=True) / calls.sum()
    by_slot = _shrunk(calls.sum(axis=1, keepdims=True), squares.sum(axis=0, keepdims=True), overall, weights)
    return _shrunk(calls, squares, by_slot, weights), calls.sum(axis=0) / calls.sum()


def _shrunk(
    calls: NDArray[np.float64],
    squares: NDArray[np.float64],
    parent: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Shares (groups, rows, slots) of the smoothed ``calls``, shrunk to those of the ``parent`` by one credibility for
    all groups, so that they still sum to 1; ``squares`` (rows, slots) turn the variance of a call into a cell's."""
    smooth = calls @ weights
    n = smooth.sum(axis=0)
    share = np.where(n > 0, smooth / np.maximum(n, 1e-12), parent)
    noise = (1 - (parent**2).sum(axis=0)) * (squares @ weights**2) / np.maximum(n, 1e-12) ** 2
    weight = calls.sum(axis=0) / calls.sum()
    between = max(float((weight * (((share - parent) ** 2).sum(axis=0) - noise)).sum()), 0.0)
    credibility = between / np.maximum(between + noise, 1e-12)
    shrunk: NDArray[np.float64] = parent + credibility * (share - parent)
    return shrunk


def _types(
    parts: Mapping[str, Part],
    groups: list[tuple[str, ...]],
    learned: list[Learned],
    share: NDArray[np.float64],
    overall_s: float,
) -> tuple[TypeLevel, ...]:
    """Each type's level, together at the queue's."""
    levels = np.array([one.level.mean for one in learned])
    scale = overall_s / max(float(share @ levels), 1e-12)
    found = []
    for group, one, group_share in zip(groups, learned, share, strict=True):
        calls = [float(np.nansum(parts[name][1].values)) for name in group]
        cv = float(one.level.cv(np.ones(1))[0])
        for name, n in zip(group, calls, strict=True):
            part = n / sum(calls) if sum(calls) else 1 / len(calls)
            found.append(TypeLevel(name, int(n), float(group_share * part), scale * one.level.mean, cv, n < MIN_CALLS))
    return tuple(sorted(found, key=lambda level: level.name))


def _notes(groups: list[tuple[str, ...]], histories: list[HandledCalls]) -> tuple[str, ...]:
    notes = []
    for group, history in zip(groups, histories, strict=True):
        notes += [f"call type {', '.join(group)}: {note}" for note in history.notes]
        if history.calls.sum() < MIN_CALLS:
            notes.append(f"call types with too few calls take the queue's handling time: {', '.join(group)}")
        elif len(group) > 1:
            notes.append(f"call types with too few calls are learned together: {', '.join(group)}")
    return tuple(notes)
