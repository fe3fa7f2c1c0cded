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
    fortnight, week : rests so far in last week and this one, and in this one: 0 none, 1 one of 24 h, 2 two of them or
        one of 48 h, each besides the daily rest
    due_min : how long the present rest must get, since the week before counts on it [min]
    """

    day: int
    last: int
    rested: int
    run: int
    nights: int
    fortnight: int
    week: int
    due_min: int


def legal_sequences(problem: PatternProblem, shifts: tuple[PatternShift, ...]) -> Automaton:
    """Automaton of all cycles on ``shifts`` that keep every rule of sequence; a label is ``day * (n + 1) + k``.

    Of n ``shifts``, the k-th from 1; k = 0 is a rest day. Marks are `Strain` values.
    """
    rules = _Rules(problem, shifts)
    starts = (
        rules.next_day(_History(day, number, 0, 1, int(rules.night[number]), fortnight, week, 0))
        for day in range(DAYS)
        for number in range(1, len(shifts) + 1)
        for fortnight in range(3)
        for week in range(3)
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
        self.week_rest_min, self.fortnight_rest_min = weekly["week_rest_min"], weekly["fortnight_rest_min"]
        self.besides_min = weekly["daily_rest_min"]
        self.most_run, self.most_nights = rules[RuleId.RUN]["most_duties"], rules[RuleId.NIGHT_RUN]["most_nights"]
        self.longest_night_min = rules[RuleId.NIGHT_LENGTH]["longest_min"]
        self.after_nights_min = rules[RuleId.AFTER_NIGHTS]["rest_min"]
        self.fatigue = rules[RuleId.FATIGUE]
        # After so many rest days more than a week has passed since any duty's end, and longer than any rule asks.
        longest = max(self.rest_min, self.fortnight_rest_min + self.besides_min, self.after_nights_min)
        self.forgotten = max(DAYS + 2, -(-longest // DAY_MIN) + 1)

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
        due = history.due_min
        if not self._is_enough(history.fortnight, history.week):
            if history.rested == 0:
                return None
            due = max(due, self._due(history))
            if due > self._longest_asked():
                return None
        return replace(history, day=0, fortnight=history.week, week=0, due_min=due)

    def _is_enough(self, fortnight: int, week: int) -> bool:
        """Reg. 11(1) or 11(2): 24 h in the week, or 48 h or twice 24 h in the fortnight."""
        return week >= 1 or fortnight == 2

    def _longest_asked(self) -> int:
        return self.fortnight_rest_min + self.besides_min

    def _due(self, history: _History) -> int:
        """How long the present rest must get for the week that ends now [min]; beyond all bounds if that is no help."""
        began = self._rest_began(history)
        for rest_min in (self.week_rest_min, self.fortnight_rest_min):
            whole = rest_min + self.besides_min
            if self._is_enough(*self._counted(history, began, DAYS * DAY_MIN, whole)):
                return whole
        return self._longest_asked() + 1

    def _counted(self, history: _History, began: int, until: int, whole: int) -> tuple[int, int]:
        """Rests of the fortnight and the week with one more, ``whole`` long; times from Monday 00:00 [min]."""
        return (
            self._with(history.fortnight, until - max(began, -DAYS * DAY_MIN), whole),
            self._with(history.week, until - max(began, 0), whole),
        )

    def _with(self, rests: int, inside: int, whole: int) -> int:
        """Rests with one more, of which so much lies inside what is looked at [min]."""
        if inside >= self.fortnight_rest_min and whole >= self.fortnight_rest_min + self.besides_min:
            return 2
        if inside >= self.week_rest_min and whole >= self.week_rest_min + self.besides_min:
            return min(rests + 1, 2)
        return rests

    def _rest_began(self, history: _History) -> int:
        """End of the last duty, from this week's Monday 00:00 [min]; ``rested`` counts the day itself."""
        return (history.day - history.rested) * DAY_MIN + self.shifts[history.last - 1].end_min

    def _rest(self, history: _History) -> _History | None:
        after = replace(history, rested=min(history.rested + 1, self.forgotten), run=0, nights=0)
        if after.rested == self.forgotten:
            # It began in the week before or earlier and has lasted for this week's days.
            lasted = (history.day + 1) * DAY_MIN
            after = replace(after, last=0, fortnight=2, week=self._with(0, lasted, 10 * lasted), due_min=0)
        return self.next_day(after)

    def _work(self, history: _History, number: int) -> _History | None:
        shift, is_night_duty = self.shifts[number - 1], self.night[number]
        nights = history.nights + 1 if is_night_duty else 0
        if history.run == self.most_run or nights > self.most_nights:
            return None
        if is_night_duty and 0 < self.longest_night_min < shift.length_min:
            return None
        gap = self._gap(history, shift)
        if gap < max(self.rest_min, history.due_min):
            return None
        if self.problem.after_nights_hard and self._is_short_after_nights(history, number):
            return None
        fortnight, week = history.fortnight, history.week
        if history.last:
            start = history.day * DAY_MIN + shift.start_min
            fortnight, week = self._counted(history, start - gap, start, gap)
        if week:  # this week has had its rest, and the next one looks back no further
            fortnight = 2
        return self.next_day(_History(history.day, number, 0, history.run + 1, nights, fortnight, week, 0))

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
