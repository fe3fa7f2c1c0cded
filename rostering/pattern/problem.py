"""Cyclic shift patterns for teams: the pattern itself, and the weekly need, shifts and rules that it is made for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import lcm

import numpy as np
from numpy.typing import NDArray

from rostering.errors import ProblemError
from rostering.people import INTERVAL_MIN
from rostering.rules import ENGLAND_WALES_STAFF, RuleId, RuleSet, paid_min

DAY_MIN = 1440
DAYS = 7
WEEK_MIN = DAYS * DAY_MIN
WEEK_INTERVALS = WEEK_MIN // INTERVAL_MIN


@dataclass(frozen=True, slots=True, order=True)
class PatternShift:
    """A shift by the local clock: its start from midnight and its length [min], both on the quarter-hour."""

    start_min: int
    length_min: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_min < DAY_MIN or self.start_min % INTERVAL_MIN:
            raise ProblemError(f"shift start_min is {self.start_min}, expected a quarter-hour of the day, 0 to 1425")
        if not 0 < self.length_min <= DAY_MIN or self.length_min % INTERVAL_MIN:
            raise ProblemError(f"shift length_min is {self.length_min}, expected a multiple of 15 up to 1440")

    @property
    def end_min(self) -> int:
        """End, from the midnight before the start [min]; over 1440 if it ends on the next day."""
        return self.start_min + self.length_min

    def __str__(self) -> str:
        first, last = self.start_min, self.end_min % DAY_MIN
        return f"{first // 60:02}:{first % 60:02}-{last // 60:02}:{last % 60:02}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A cycle of weeks, (weeks, 7) from Monday: a shift or None, a rest day. The last week is followed by the first.

    A team starts in each week; each works every week of the cycle in turn.
    """

    weeks: tuple[tuple[PatternShift | None, ...], ...]

    def __post_init__(self) -> None:
        if not self.weeks or any(len(week) != DAYS for week in self.weeks):
            raise ProblemError(f"pattern has weeks of {[len(week) for week in self.weeks]} days, expected 7 in each")

    @property
    def days(self) -> tuple[PatternShift | None, ...]:
        """Every day of the cycle in order."""
        return tuple(day for week in self.weeks for day in week)

    @property
    def shifts(self) -> tuple[PatternShift, ...]:
        """Shifts that it uses, each once, by start."""
        return tuple(sorted({day for day in self.days if day is not None}))


Starts = Mapping[tuple[int, PatternShift], int]  # teams of a cycle that start a shift on a day of the week, 0: Monday


def starts_of(pattern: Pattern) -> Starts:
    """How many teams start each shift on each day of the week, where any do."""
    return Counter((day % DAYS, shift) for day, shift in enumerate(pattern.days) if shift is not None)


def pattern_of_days(days: Sequence[PatternShift | None]) -> Pattern:
    """The pattern that repeats ``days``, written in whole weeks: six on, four off becomes ten weeks."""
    if not days:
        raise ProblemError("pattern has no days, expected one or more")
    n_days = lcm(len(days), DAYS)
    unrolled = [days[day % len(days)] for day in range(n_days)]
    return Pattern(tuple(tuple(unrolled[first : first + DAYS]) for first in range(0, n_days, DAYS)))


def shift_grid(starts_min: Iterable[int], lengths_min: Iterable[int]) -> tuple[PatternShift, ...]:
    """Every shift of these starts and lengths [min]."""
    lengths = tuple(lengths_min)
    return tuple(PatternShift(start, length) for start in starts_min for length in lengths)


@dataclass(frozen=True, slots=True, eq=False)  # arrays have no single truth value
class PatternProblem:
    """What a pattern is designed for, or judged against.

    needed : heads wanted on duty per quarter-hour of the local week from Monday 00:00, (672,), >= 0: the requirement
        over one less shrinkage, meals and breaks included in it
    n_weeks : weeks of the cycle, and teams, >= 1
    team_size : people in each team, >= 1
    shifts : shifts that a design may use
    max_shifts : most different shifts of a design, >= 1
    weekly_min : contract, paid minutes a week [min]
    meals_paid : whether the meal of a duty is paid
    needed_999 : heads of ``needed`` that 999 alone wants, (672,), or None; each one short costs extra
    after_nights_hard : whether rule H3's rest after nights is kept in every case or counted
    rules : working time, rest, fatigue and the service tier's weights; meals tell paid from worked minutes
    """

    needed: NDArray[np.int64]
    n_weeks: int
    team_size: int
    shifts: tuple[PatternShift, ...]
    max_shifts: int = 4
    weekly_min: int = 2220
    meals_paid: bool = False
    needed_999: NDArray[np.int64] | None = None
    after_nights_hard: bool = False
    rules: RuleSet = ENGLAND_WALES_STAFF

    def __post_init__(self) -> None:
        for name in ("n_weeks", "team_size", "max_shifts"):
            if getattr(self, name) < 1:
                raise ProblemError(f"pattern {name} is {getattr(self, name)}, expected 1 or more")
        if not 0 < self.weekly_min <= WEEK_MIN:
            raise ProblemError(f"pattern weekly_min is {self.weekly_min}, expected 1 to {WEEK_MIN}")
        object.__setattr__(self, "needed", _heads("needed", self.needed))
        if self.needed_999 is not None:
            object.__setattr__(self, "needed_999", _heads("needed_999", self.needed_999))
        if not self.shifts or len(set(self.shifts)) != len(self.shifts):
            raise ProblemError(f"pattern has {len(self.shifts)} shifts, expected at least one and each once")
        longest = self.rules[RuleId.DUTY_MAX]["duty_max_min"]
        if too_long := [shift for shift in self.shifts if shift.length_min > longest]:
            raise ProblemError(f"shift {too_long[0]} lasts {too_long[0].length_min} min, expected at most {longest}")

    def paid_min(self, shift: PatternShift) -> int:
        """Paid and worked minutes of one duty on the shift."""
        return paid_min(self.rules, shift.length_min, meals_paid=self.meals_paid)


def _heads(name: str, values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Whole heads >= 0 of a week as a read-only copy."""
    heads = np.array(values, dtype=np.int64)
    if heads.shape != (WEEK_INTERVALS,) or not np.array_equal(heads, np.asarray(values)):
        raise ProblemError(f"pattern {name} has shape {heads.shape}, expected {WEEK_INTERVALS} whole numbers")
    if (heads < 0).any():
        raise ProblemError(f"pattern {name} is {heads.min()} at interval {heads.argmin()}, expected 0 or more")
    heads.flags.writeable = False
    return heads


def is_night(rules: RuleSet, shift: PatternShift) -> bool:
    """Whether a duty on the shift is a night duty: enough of it lies in the night period (rule W5)."""
    rule = rules[RuleId.NIGHT]
    opens, closes = rule["from_min"], rule["until_min"]
    if closes <= opens:
        closes += DAY_MIN
    in_night = sum(
        max(min(shift.end_min, closes + days) - max(shift.start_min, opens + days), 0)
        for days in (-DAY_MIN, 0, DAY_MIN)
    )
    return in_night >= rule["least_min"]
