"""An option's own part of the people tier: moves, long and early duties, fairness, wishes, changes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rostering.model.frame import Frame, quarter_of
from rostering.model.slots import Ints, OptionRows
from rostering.people import Handler, Wish
from rostering.rules import RuleId

Span = tuple[int, int]  # start and end [quarter-hours]


def strain_of(
    frame: Frame, handler: Handler, day: int, options: OptionRows, moves: Ints | None, *, changes: bool
) -> Mapping[RuleId, Ints]:
    """People tier of each option by rule, (n,) each.

    moves : quarter-hours off the wish, None where nothing is moved; changes : whether rule CHANGES applies to the date
    """
    rules = frame.problem.rules
    fatigue = rules[RuleId.FATIGUE]
    length_min = 15 * (options.end - options.start)
    parts = {
        RuleId.FATIGUE: fatigue["per_long"] * (length_min > fatigue["long_over_min"])
        + fatigue["per_early"] * (options.clock < fatigue["early_before_min"]),
        RuleId.FAIRNESS: _per_night(frame, handler) * options.night + _per_day_off(frame, handler, day),
    }
    if moves is not None:
        parts[RuleId.CONSENT] = moves
    if wishes := wishes_of(frame, handler, day):
        parts[RuleId.WISHES] = _unmet(frame, wishes, options.clock)
    if changes:
        parts[RuleId.CHANGES] = _changes(frame, handler, day, options)
    return {rule: amount.astype(np.int64) for rule, amount in parts.items() if amount.any()}


def wishes_of(frame: Frame, handler: Handler, day: int) -> list[Wish]:
    """Wishes of a date, none on leave."""
    return [w for w in handler.wishes if frame.number(w.date) == day and not handler.on_leave(w.date)]


def unmet_off(frame: Frame, handler: Handler, day: int) -> int:
    """Rule WISHES of a date without duty."""
    per_point = frame.problem.rules[RuleId.WISHES]["per_point"]
    return sum(per_point * wish.weight for wish in wishes_of(frame, handler, day) if wish.band is not None)


def moves_off_wish(handler: Handler, start_moved_min: Ints, finish_moved_min: Ints) -> Ints:
    """Started quarter-hours that start and finish lie off the wish."""
    wish = handler.preferred_offset_min
    off: Ints = -(-np.abs(start_moved_min - wish) // 15) - (-np.abs(finish_moved_min - wish) // 15)
    return off


def _unmet(frame: Frame, wishes: list[Wish], clock: Ints) -> Ints:
    per_point = frame.problem.rules[RuleId.WISHES]["per_point"]
    bands = band_of(frame, clock)
    order = [starts.band for starts in frame.problem.band_starts]
    total = np.zeros(len(clock), dtype=np.int64)
    for wish in wishes:
        met = np.zeros(len(clock), dtype=np.bool_)
        if wish.band is not None and wish.band in order:
            met = np.isin(bands, [k for k, band in enumerate(order) if band is wish.band])
        total += per_point * wish.weight * ~met
    return total


def band_of(frame: Frame, clock: Ints) -> Ints:
    """Place among the problem's bands of each start by the clock: the one that holds it, else the nearest."""
    off = [
        np.where(
            (clock >= band.first_min) & (clock <= band.last_min),
            0,
            np.minimum((band.first_min - clock) % 1440, (clock - band.last_min) % 1440),
        )
        for band in frame.problem.band_starts
    ]
    return np.argmin(np.array(off), axis=0) if off else np.full(len(clock), -1)


def _per_night(frame: Frame, handler: Handler) -> int:
    return _fair_price(frame, "per_night", handler.ledger.nights, frame.nights)


def _per_day_off(frame: Frame, handler: Handler, day: int) -> int:
    """Price of a duty on a weekend or bank holiday, 0 on other dates."""
    if day % 7 < 5 and day not in frame.holidays:
        return 0
    return _fair_price(frame, "per_weekend_duty", handler.ledger.days_others_have_off, frame.days_off)


def _fair_price(frame: Frame, name: str, own: int, everybody: int) -> int:
    rule = frame.problem.rules[RuleId.FAIRNESS]
    return min(rule["most"], rule[name] + rule["per_above_mean"] * _above(frame, own, everybody))


def _above(frame: Frame, own: int, everybody: int) -> int:
    """Whole units above the mean of the ledger."""
    n = len(frame.problem.handlers)
    return max(0, (n * own - everybody) // n)


def _per_change(frame: Frame, handler: Handler) -> int:
    """Repair: price of a changed day, dearer for whoever has had more changes at short notice than the mean."""
    rule, above = frame.problem.rules[RuleId.FAIRNESS], _above(frame, handler.ledger.short_notice, frame.short_notice)
    return frame.problem.rules[RuleId.CHANGES]["per_day"] + min(rule["most"], rule["per_above_mean"] * above)


def _changes(frame: Frame, handler: Handler, day: int, options: OptionRows) -> Ints:
    """Repair: what differs from the published duty of the date, or the whole duty where there was none."""
    rule, per_day = frame.problem.rules[RuleId.CHANGES], _per_change(frame, handler)
    told = frame.published.get(handler.ref, {}).get(day)
    if told is None:
        return per_day + rule["per_quarter"] * (options.end - options.start)
    start, end = quarter_of(frame.problem, told.start), quarter_of(frame.problem, told.end)
    off = np.abs(options.start - start) + np.abs(options.end - end)
    return np.where(off == 0, 0, per_day + rule["per_quarter"] * off)
