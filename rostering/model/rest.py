"""One duty's options, and the ways in which a person may take the weekly rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from rostering.problem import RosterProblem
from rostering.rules import RuleId

LONG_AGO = -10_000  # [quarter-hours]
_FORTNIGHT_BEGIN_MIN = -7 * 1440


class SkillClass(IntEnum):
    """Which queues somebody answers."""

    ONLY_999 = 0
    ONLY_101 = 1
    BOTH = 2


@dataclass(frozen=True, slots=True)
class Window:
    """Quarter-hours at which a break may start, and its length."""

    starts: tuple[int, ...]
    length: int


@dataclass(frozen=True, slots=True)
class Option:
    """One way to work a duty: start, end, paid quarter-hours, quarter-hours moved; windows of its breaks."""

    start: int
    end: int
    paid: int
    moved: int
    meal: Window
    before: Window
    after: Window

    @property
    def windows(self) -> tuple[Window, Window, Window]:
        """Meal, short break before it, short break after it."""
        return self.meal, self.before, self.after


@dataclass(frozen=True, slots=True)
class DutyOptions:
    """A nominal duty that is worked: date, days from the first Monday, skills then, training quarter-hours, options."""

    date: date
    day: int
    skill_class: SkillClass | None
    training: frozenset[int]
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class RestMode:
    """One of the ways to take weekly rest: gap [quarter-hours] before each duty, first start, last end."""

    gaps: tuple[int, ...]
    first_start: int
    last_end: int


def rest_modes(
    problem: RosterProblem,
    duties: list[DutyOptions],
    last_week: list[tuple[int, int]],
    next_start: int | None,
    rest: int,
    *,
    weekly: bool,
) -> tuple[RestMode, ...]:
    """Daily rest between duties, with each way in which the weekly rest may be taken besides it.

    A rest counts if it lasts the weekly and the daily rest together and its weekly part lies in the week, or in this
    and the previous week for the fortnight's. What ``last_week`` holds may be enough, or half of the two shorter ones.
    After the week's last duty the rest lasts until ``next_start``, or is open.

    last_week, next_start : start and end of each duty known, start of the next one, from the start of the week [min]
    rest : daily rest between duties [quarter-hours]
    """
    rule, week_end = problem.rules[RuleId.WEEKLY_REST], 15 * problem.n_intervals
    week, fortnight, day = (rule[name] for name in ("week_rest_min", "fortnight_rest_min", "daily_rest_min"))
    past = _rests_between(last_week)
    long_ones, short_ones = (sum(inside >= m and whole >= m + day for inside, whole in past) for m in (fortnight, week))
    n = len(duties)
    daily = (0, *(rest,) * (n - 1)) if n else ()
    rested = long_ones >= 1 or short_ones >= 2
    if n == 0 or not weekly or rested or any(not duty.options for duty in duties):
        return (RestMode(daily, LONG_AGO, -LONG_AGO),)
    last_end = max((end for _, end in last_week), default=15 * LONG_AGO)
    in_week = max(last_end + week + day, max(last_end, 0) + week)
    across = fortnight if short_ones == 0 else week
    in_fortnight = max(last_end + across + day, max(last_end, _FORTNIGHT_BEGIN_MIN) + across)
    at_the_end = week_end - week if next_start is None else min(week_end - week, next_start - week - day)
    modes = [
        RestMode(daily, -(-min(in_week, in_fortnight) // 15), -LONG_AGO),
        RestMode(daily, LONG_AGO, at_the_end // 15),
    ]
    for place in range(1, n):
        gaps = tuple(max(gap, -(-(week + day) // 15)) if k == place else gap for k, gap in enumerate(daily))
        modes.append(RestMode(gaps, LONG_AGO, -LONG_AGO))
    possible = [mode for mode in modes if _reachable(mode, duties)]
    sure = [mode for mode in possible if _certain(mode, duties, daily)]
    return (RestMode(daily, LONG_AGO, -LONG_AGO),) if sure else tuple(possible)


def _rests_between(last_week: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Each rest that lies wholly before this week's first duty: its part in the fortnight, and its length [min]."""
    rests, free_from = [], 15 * LONG_AGO
    for start, end in last_week:
        rests.append((start - max(free_from, _FORTNIGHT_BEGIN_MIN), start - free_from))
        free_from = max(free_from, end)
    return rests


def _spread(duty: DutyOptions) -> tuple[int, int, int, int]:
    """Earliest and latest start, earliest and latest end."""
    starts, ends = [o.start for o in duty.options], [o.end for o in duty.options]
    return min(starts), max(starts), min(ends), max(ends)


def _reachable(mode: RestMode, duties: list[DutyOptions]) -> bool:
    spreads = [_spread(duty) for duty in duties]
    gaps = (b[1] - a[2] >= gap for a, b, gap in zip(spreads, spreads[1:], mode.gaps[1:], strict=False))
    return spreads[0][1] >= mode.first_start and spreads[-1][2] <= mode.last_end and all(gaps)


def _certain(mode: RestMode, duties: list[DutyOptions], daily: tuple[int, ...]) -> bool:
    """Whether every choice that keeps the daily rest also keeps this mode."""
    spreads = [_spread(duty) for duty in duties]
    gaps = (
        gap <= usual or b[0] - a[3] >= gap
        for a, b, gap, usual in zip(spreads, spreads[1:], mode.gaps[1:], daily[1:], strict=False)
    )
    return spreads[0][0] >= mode.first_start and spreads[-1][3] <= mode.last_end and all(gaps)
