"""Times within consent around a fixed duty, and the free times of a date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from rostering.model.frame import Frame, Without, quarter_of
from rostering.model.slots import Ints, Mask, OptionRows, joined
from rostering.model.strain import moves_off_wish
from rostering.model.times import Session, keeps, timed
from rostering.model.training import Base, moves_min
from rostering.problem import Handler, Mode
from rostering.rules import RuleId

Times = tuple[int, int]


def ordinary(
    frame: Frame, handler: Handler, base: Base, sessions: Sequence[Session], only: Times | None, without: Without
) -> OptionRows:
    """Duties within consent and lengths; in repair the published times as well, whatever they are.

    only : start [quarter-hours] and length [min] of the one duty that is asked for
    """
    key = ("ordinary", handler.agreements, handler.contract.meals_paid, base,
           moves_min(frame, handler, base.day, without), tuple(sessions), only, without,
           _told(frame, handler, base.day))  # fmt: skip
    options = frame.cache.get(key)
    if options is None:
        start, length = _grid(frame, handler, base, without) if only is None else _one(only)
        start, length = _only(is_ordinary(frame, handler, base, start, length, without), start, length)
        options = timed(frame, handler, start, length, sessions, without)
        if RuleId.AGREEMENT not in without:
            options = keeps(frame, handler.agreements, base.day, options)
        options = frame.cache[key] = _with_published(frame, handler, base.day, options, sessions, only, without)
    if base.nominal is None:
        return options
    moves = moves_off_wish(handler, 15 * (options.start - base.start), 15 * (options.end - base.end))
    return replace(options, parts={RuleId.CONSENT: moves})


def is_ordinary(frame: Frame, handler: Handler, base: Base, start: Ints, length: Ints, without: Without) -> Mask:
    """Which duties lie on the base's date, within consent and lengths."""
    early, late, finish_early, finish_late = moves_min(frame, handler, base.day, without)
    moved = 15 * (start - base.start)
    finish = moved + length - 15 * (base.end - base.start)
    low, high = _lengths(frame, base, without)
    good: Mask = (moved >= -early) & (moved <= late) & (finish >= -finish_early) & (finish <= finish_late)
    good &= (length >= low) & (length <= high) & (frame.clock.days(start) == base.day)
    return good


def _lengths(frame: Frame, base: Base, without: Without) -> tuple[int, int]:
    """Shortest and longest duty [min], widened to the base's length."""
    rule, length = frame.problem.rules[RuleId.LENGTHS], 15 * (base.end - base.start)
    low, high = min(rule["shortest_min"], length), max(rule["longest_min"], length)
    if RuleId.LENGTHS in without:
        low, high = min(low, 120), max(high, 960)
    return low, high


def _grid(frame: Frame, handler: Handler, base: Base, without: Without) -> tuple[Ints, Ints]:
    """Starts and lengths on the grids around the base, each pair."""
    problem = frame.problem
    early, late, _, _ = moves_min(frame, handler, base.day, without)
    low, high = _lengths(frame, base, without)
    length, step = 15 * (base.end - base.start), problem.length_step_min
    offsets = np.arange(-(early // problem.start_step_min), late // problem.start_step_min + 1) * problem.start_step_min
    lengths = np.arange(length - (length - low) // step * step, high + 1, step)
    start, of_length = np.meshgrid(base.start + offsets // 15, lengths, indexing="ij")
    return start.ravel().astype(np.int64), of_length.ravel().astype(np.int64)


def _told(frame: Frame, handler: Handler, day: int) -> Times | None:
    told = frame.published.get(handler.ref, {}).get(day)
    if told is None or frame.problem.mode is not Mode.REPAIR:
        return None
    start = quarter_of(frame.problem, told.start)
    return start, 15 * (quarter_of(frame.problem, told.end) - start)


def _with_published(
    frame: Frame,
    handler: Handler,
    day: int,
    options: OptionRows,
    sessions: Sequence[Session],
    only: Times | None,
    without: Without,
) -> OptionRows:
    """Repair: the published duty stays possible though it is off the grid, the consent or the agreement."""
    told = _told(frame, handler, day)
    if told is None or (only is not None and only != told):
        return options
    start, length = _one(told)
    if ((options.start == start) & (15 * (options.end - options.start) == length)).any():
        return options
    return joined([options, timed(frame, handler, start, length, sessions, without)])


def free_times(
    frame: Frame, handler: Handler, day: int, sessions: Sequence[Session], only: Times | None, without: Without
) -> OptionRows:
    """Free mode: starts in the handler's bands, lengths of the catalogue."""
    key = ("free", day, handler.bands, handler.agreements, handler.contract.meals_paid, tuple(sessions), only, without)
    if (options := frame.cache.get(key)) is None:
        start, length = _free_grid(frame, handler, day, without) if only is None else _one(only)
        if only is not None:
            start, length = _only(_is_free(frame, handler, day, start, length, without), start, length)
        options = timed(frame, handler, start, length, sessions, without)
        if RuleId.AGREEMENT not in without:
            options = keeps(frame, handler.agreements, day, options)
        frame.cache[key] = options
    return options


def _free_lengths(frame: Frame, without: Without) -> tuple[int, int]:
    rule = frame.problem.rules[RuleId.LENGTHS]
    return (120, 960) if RuleId.LENGTHS in without else (rule["shortest_min"], rule["longest_min"])


def _free_grid(frame: Frame, handler: Handler, day: int, without: Without) -> tuple[Ints, Ints]:
    problem, (low, high) = frame.problem, _free_lengths(frame, without)
    clocks = sorted(
        {
            clock
            for band in problem.band_starts
            if band.band in handler.bands
            for clock in range(band.first_min, band.last_min + 1, problem.start_step_min)
        }
    )
    starts = sorted({q for q in (_local_quarter(frame, day, clock) for clock in clocks) if q is not None})
    lengths = np.arange(low, high + 1, problem.length_step_min)
    start, length = np.meshgrid(np.array(starts, dtype=np.int64), lengths, indexing="ij")
    return start.ravel().astype(np.int64), length.ravel().astype(np.int64)


def _is_free(frame: Frame, handler: Handler, day: int, start: Ints, length: Ints, without: Without) -> Mask:
    clock, (low, high) = frame.clock.minutes(start), _free_lengths(frame, without)
    in_band = np.zeros(len(start), dtype=np.bool_)
    for band in frame.problem.band_starts:
        if band.band in handler.bands:
            in_band |= (clock >= band.first_min) & (clock <= band.last_min)
    good: Mask = in_band & (length >= low) & (length <= high)
    good &= frame.clock.days(start) == day
    return good


def _local_quarter(frame: Frame, day: int, clock_min: int) -> int | None:
    """Quarter-hour of a local time, the earlier one where it comes twice; None where the clock passes over it."""
    zone = ZoneInfo(frame.problem.timezone)
    wall = datetime.combine(frame.date(day), datetime.min.time()) + timedelta(minutes=clock_min)
    utc = wall.replace(tzinfo=zone).astimezone(UTC)
    back = utc.astimezone(zone).replace(tzinfo=None)
    return quarter_of(frame.problem, utc) if back == wall else None


def _one(times: Times) -> tuple[Ints, Ints]:
    return np.array([times[0]], dtype=np.int64), np.array([times[1]], dtype=np.int64)


def _only(good: Mask, start: Ints, length: Ints) -> tuple[Ints, Ints]:
    return start[good], length[good]
