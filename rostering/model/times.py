"""Times that a duty may have, each with its pay, its night and the windows of its breaks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time

import numpy as np

from rostering.model.frame import Frame, Without
from rostering.model.slots import Ints, OptionRows, Window
from rostering.people import Agreement, Handler
from rostering.problem import RosterProblem
from rostering.rules import RuleId, RuleSet, meal_min

Session = tuple[int, int]  # training from one quarter-hour to another
_WINDOWS = 9  # first and last start and length of meal, break before and break after


def timed(
    frame: Frame,
    handler: Handler,
    start: Ints,
    length_min: Ints,
    sessions: Sequence[Session],
    without: Without,
    *,
    stands: bool = False,
) -> OptionRows:
    """Options from starts [quarter-hours] and lengths [min], those without room for meal or training left out.

    stands : the longest duty and the longest night do not apply
    """
    problem, rules, clock = frame.problem, frame.problem.rules, frame.clock
    end = start + length_min // 15
    night = clock.night_min(start, end) >= rules[RuleId.NIGHT]["least_min"]
    lengths, row = np.unique(length_min, return_inverse=True)
    windows = np.array([_windows(rules, int(n), problem.briefing_min) for n in lengths]).reshape(-1, _WINDOWS)[row].T
    paid = np.array([problem.paid_min(handler, int(n)) // 15 for n in lengths], dtype=np.int64)
    training = frozenset(quarter for first, last in sessions for quarter in range(first, last))
    options = OptionRows(
        start=start,
        end=end,
        paid=paid[row],
        worked=paid[row],
        night=night,
        clock=clock.minutes(start),
        first=windows[0::3] + start,
        last=windows[1::3] + start,
        lengths=windows[2::3].copy(),
        extra=np.zeros(len(start), dtype=np.int64),
        parts={},
        training=training,
        briefing=problem.briefing_min // 15,
    )
    good = windows[0] <= windows[1]
    if not stands:
        if RuleId.DUTY_MAX not in without:
            good &= length_min <= rules[RuleId.DUTY_MAX]["duty_max_min"]
        longest = rules[RuleId.NIGHT_LENGTH]["longest_min"]
        if longest and RuleId.NIGHT_LENGTH not in without:
            good &= ~night | (length_min <= longest)
    for first, last in sessions:
        good &= (start + problem.briefing_min // 15 <= first) & (last <= end)
    if sessions:
        good &= np.array([bool(option.meal.starts) for option in options], dtype=np.bool_)
    return options if good.all() else options.only(good)


def _windows(rules: RuleSet, length_min: int, briefing_min: int) -> tuple[int, ...]:
    """First and last start and length of each break, from the duty's start [quarter-hours]."""
    meal_rule, short_rule = rules[RuleId.MEAL], rules[RuleId.SHORT_BREAKS]
    meal = meal_min(rules, length_min)
    clear = (
        meal_rule["clear_ends_min"]
        if length_min >= meal_rule["clear_from_min"]
        else max(0, (length_min - meal) * meal_rule["clear_percent"] // 1500 * 15)
    )
    short, ends, apart = short_rule["break_min"], short_rule["clear_ends_min"], short_rule["clear_meal_min"]
    nothing = (0, -15, short)
    before = (ends, clear - apart - short, short) if length_min >= short_rule["two_from_min"] else nothing
    after = (
        (length_min - clear + apart, length_min - ends - short, short)
        if length_min >= short_rule["one_from_min"]
        else nothing
    )
    if length_min > rules[RuleId.STATUTORY_BREAK]["duty_over_min"]:
        clear = max(clear, 15)  # the meal is the statutory break as well, which does not lie at an end
    three = ((clear, length_min - clear - meal, meal), before, after)
    return tuple(
        part // 15
        for first, last, length in three
        for part in (max(first, min(briefing_min, length_min)), last, length)
    )


def break_windows(
    problem: RosterProblem, start: int, length_min: int, blocked: frozenset[int]
) -> tuple[Window, Window, Window]:
    """Where meal, break before it and break after it of a duty may start, clear of the quarter-hours ``blocked``."""
    parts = _windows(problem.rules, length_min, problem.briefing_min)

    def window(first: int, last: int, length: int) -> Window:
        starts = range(start + first, start + last + 1)
        return Window(tuple(s for s in starts if blocked.isdisjoint(range(s, s + length))), length)

    return window(*parts[0:3]), window(*parts[3:6]), window(*parts[6:9])


def keeps(frame: Frame, agreements: Sequence[Agreement], day: int, options: OptionRows) -> OptionRows:
    """The options that keep each agreement for the weekday of ``day``."""
    ends_day, ends_minute = frame.clock.days(options.end), frame.clock.minutes(options.end)
    good = np.ones(len(options), dtype=np.bool_)
    for agreement in agreements:
        if day % 7 not in agreement.weekdays:
            continue
        if agreement.off:
            return options.only(np.zeros(len(options), dtype=np.bool_))
        if agreement.earliest is not None:
            good &= options.clock >= minute_of_day(agreement.earliest)
        if agreement.latest is not None:
            next_day = agreement.earliest is not None and agreement.latest <= agreement.earliest
            good &= (ends_day - day - next_day) * 1440 + ends_minute <= minute_of_day(agreement.latest)
    return options if good.all() else options.only(good)


def minute_of_day(clock: time) -> int:
    """Minutes from midnight, a started minute counted whole."""
    return clock.hour * 60 + clock.minute + (clock.second > 0)
