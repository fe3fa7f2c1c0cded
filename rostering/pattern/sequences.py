"""Which shifts may follow each other through the weeks: the rules as an automaton, for the search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from rostering.pattern.automaton import Automaton, Move, smallest_automaton
from rostering.pattern.problem import DAY_MIN, DAYS, PatternProblem, PatternShift, is_night
from rostering.rules import RuleId


class Strain(StrEnum):
    """What the people tier counts; each is a value of rule FATIGUE or AFTER_NIGHTS."""

    RUN = "per_duty_beyond"
    NIGHT_RUN = "per_night_beyond"
    LONG = "per_long"
    EARLY = "per_early"
    SINGLE_REST_DAY = "per_single_rest_day"
    BACKWARD = "per_backward"
    AFTER_NIGHTS = "per_time"


def price(problem: PatternProblem, strain: str) -> int:
    """People tier's cost of one strain [quarter-hours moved]."""
    rule = RuleId.AFTER_NIGHTS if strain == Strain.AFTER_NIGHTS else RuleId.FATIGUE
    return problem.rules[rule][strain]


@dataclass(frozen=True, slots=True)
class _History:
    """What the rules must know before a day is chosen.

    day : that day, 0: Monday; last : number of the last duty's shift, 0: too long ago to matter
    rested : rest days since it; run, nights : days of duty and night duties in a row up to the day before
    has_rest : whether this week has had its weekly rest
    is_open : whether last week's is the present rest, if that lasts long enough
    """

    day: int
    last: int
    rested: int
    run: int
    nights: int
    has_rest: bool
    is_open: bool


def legal_sequences(problem: PatternProblem, shifts: tuple[PatternShift, ...]) -> Automaton:
    """Automaton of all cycles on ``shifts`` that keep every rule of sequence; a label is ``day * (n + 1) + k``.

    Of n ``shifts``, the k-th from 1; k = 0 is a rest day. Weekly rest is asked of every week of its own; the other
    way of reg. 11(2), a fortnight's, is left to the assessment of a proposed pattern. Marks are `Strain` values.
    """
    rules = _Rules(problem, shifts)
    starts = (
        rules.next_day(_History(day, number, 0, 1, int(rules.night[number]), has_rest, False))
        for day in range(DAYS)
        for number in range(1, len(shifts) + 1)
        for has_rest in (True, False)
    )
    # Every legal cycle rests at some time, so it passes a first duty of a run; those are the starts.
    return smallest_automaton((start for start in starts if start is not None), rules.moves)


class _Rules:
    """The problem's rules of sequence on some shifts, with what depends on the shift alone worked out."""

    def __init__(self, problem: PatternProblem, shifts: tuple[PatternShift, ...]) -> None:
        rules = problem.rules
        self.problem, self.shifts = problem, shifts
        self.night = (False, *(is_night(rules, shift) for shift in shifts))
        self.rest_min = rules[RuleId.DAILY_REST]["rest_min"]
        weekly = rules[RuleId.WEEKLY_REST]
        self.week_rest_min = weekly["week_rest_min"]
        self.whole_rest_min = weekly["week_rest_min"] + weekly["daily_rest_min"]
        self.most_run, self.most_nights = rules[RuleId.RUN]["most_duties"], rules[RuleId.NIGHT_RUN]["most_nights"]
        self.longest_night_min = rules[RuleId.NIGHT_LENGTH]["longest_min"]
        self.after_nights_min = rules[RuleId.AFTER_NIGHTS]["rest_min"]
        self.fatigue = rules[RuleId.FATIGUE]
        # After so many rest days the rest since any duty, ended by the next noon at the latest, is long enough for all.
        longest = max(self.rest_min, self.whole_rest_min, self.after_nights_min, self.week_rest_min + DAY_MIN)
        self.forgotten = max(2, -(-longest // DAY_MIN) + 1)

    def moves(self, history: _History) -> Iterator[Move[_History]]:
        """Legal choices for the day."""
        base = history.day * (len(self.shifts) + 1)
        if (rested := self._rest(history)) is not None:
            yield Move(base, (), rested)
        for number in range(1, len(self.shifts) + 1):
            if (worked := self._work(history, number)) is not None:
                yield Move(base + number, self._strains(history, number), worked)

    def next_day(self, history: _History) -> _History | None:
        """The history a day on; None if a week ends without its weekly rest, even one that may still be lasting."""
        if history.day < DAYS - 1:
            return replace(history, day=history.day + 1)
        is_open = False
        if not history.has_rest:
            is_open = history.rested > 0 and DAYS * DAY_MIN - self._rest_began(history) >= self.week_rest_min
            if not is_open:
                return None
        return replace(history, day=0, has_rest=False, is_open=is_open)

    def _rest_began(self, history: _History) -> int:
        """End of the last duty, from this week's Monday 00:00 [min]; ``rested`` counts the day itself."""
        return (history.day - history.rested) * DAY_MIN + self.shifts[history.last - 1].end_min

    def _rest(self, history: _History) -> _History | None:
        rested = min(history.rested + 1, self.forgotten)
        after = replace(history, rested=rested, run=0, nights=0)
        if history.last == 0 or rested == self.forgotten:
            return self.next_day(replace(after, last=0, has_rest=True, is_open=False))
        began, until = self._rest_began(after), (history.day + 1) * DAY_MIN
        if until - began >= self.whole_rest_min:
            is_enough = until - max(began, 0) >= self.week_rest_min
            after = replace(after, has_rest=after.has_rest or is_enough, is_open=False)
        return self.next_day(after)

    def _work(self, history: _History, number: int) -> _History | None:
        shift, is_night_duty = self.shifts[number - 1], self.night[number]
        nights = history.nights + 1 if is_night_duty else 0
        if history.run == self.most_run or nights > self.most_nights:
            return None
        if is_night_duty and 0 < self.longest_night_min < shift.length_min:
            return None
        gap = self._gap(history, shift)
        if gap < self.rest_min or (history.is_open and gap < self.whole_rest_min):
            return None
        if self.problem.after_nights_hard and self._is_short_after_nights(history, number):
            return None
        inside = min(gap, history.day * DAY_MIN + shift.start_min)
        has_rest = history.has_rest or (gap >= self.whole_rest_min and inside >= self.week_rest_min)
        return self.next_day(_History(history.day, number, 0, history.run + 1, nights, has_rest, False))

    def _gap(self, history: _History, shift: PatternShift) -> int:
        """Rest between the last duty and one on ``shift`` on the day [min]; at least that, if it is long ago."""
        if history.last == 0:
            return self.forgotten * DAY_MIN
        return (history.rested + 1) * DAY_MIN + shift.start_min - self.shifts[history.last - 1].end_min

    def _is_short_after_nights(self, history: _History, number: int) -> bool:
        return (
            self.night[history.last]
            and not self.night[number]
            and self._gap(history, self.shifts[number - 1]) < self.after_nights_min
        )

    def _strains(self, history: _History, number: int) -> tuple[str, ...]:
        """What the duty counts in the people tier."""
        shift, fatigue = self.shifts[number - 1], self.fatigue
        previous = self.shifts[history.last - 1] if history.last and history.rested == 0 else None
        counted = {
            Strain.RUN: history.run >= fatigue["duties_free"],
            Strain.NIGHT_RUN: self.night[number] and history.nights >= fatigue["nights_free"],
            Strain.LONG: shift.length_min > fatigue["long_over_min"],
            Strain.EARLY: shift.start_min < fatigue["early_before_min"],
            Strain.SINGLE_REST_DAY: history.rested == 1,
            Strain.BACKWARD: previous is not None
            and shift.start_min < previous.start_min - fatigue["backward_over_min"],
            Strain.AFTER_NIGHTS: self._is_short_after_nights(history, number),
        }
        return tuple(strain for strain, is_so in counted.items() if is_so)
