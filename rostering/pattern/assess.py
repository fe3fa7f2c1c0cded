"""Judge a proposed cyclic pattern: every rule, hours, fit of cover; plain counting without the search's code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

from rostering.pattern.fit import fit_of
from rostering.pattern.problem import DAY_MIN, DAYS, WEEK_MIN, Pattern, PatternProblem, PatternShift, is_night
from rostering.pattern.report import SHIFTS, BrokenRule, PatternReport
from rostering.rules import RuleId, tolerance_min


@dataclass(frozen=True, slots=True)
class _CycleDuty:
    """A duty of the cycle: its day from 0, start and end from the first Monday 00:00 [min], whether a night duty."""

    day: int
    start_min: int
    end_min: int
    shift: PatternShift
    is_night: bool


@dataclass(frozen=True, slots=True)
class _Cycle:
    """Duties in order, and the rest before each (of the first: since the last one, a cycle ago) [min]."""

    problem: PatternProblem
    n_weeks: int
    duties: tuple[_CycleDuty, ...]
    rest_min: tuple[int, ...]

    def before(self, index: int) -> _CycleDuty:
        return self.duties[index - 1]

    def days_since(self, index: int) -> int:
        """Days from the duty before to this one, 1 for the next day; a whole cycle if it is the only one."""
        return (self.duties[index].day - self.before(index).day) % (DAYS * self.n_weeks) or DAYS * self.n_weeks


def assess_pattern(problem: PatternProblem, pattern: Pattern) -> PatternReport:
    """Recount a pattern of any number of weeks against the problem's rules, contract and need.

    Cover is that of one team of ``problem.team_size`` people in each week of the pattern. Weekly rest is judged by
    calendar week as for rosters, in the week or, with the week before, in the fortnight (reg. 11(1) and (2)).
    """
    cycle = _cycle_of(problem, pattern)
    duties, n_weeks = cycle.duties, cycle.n_weeks
    runs, night_runs = _runs(cycle, False), _runs(cycle, True)
    strains = _strains(cycle, runs, night_runs)
    fatigue, after_nights = problem.rules[RuleId.FATIGUE], problem.rules[RuleId.AFTER_NIGHTS]
    prices = {name: (after_nights if name == "per_time" else fatigue)[name] for name in strains}
    paid = sum(problem.paid_min(duty.shift) for duty in duties)
    fit = fit_of(problem, [(duty.day % DAYS, duty.shift) for duty in duties])
    broken = [*_sequence_rules(cycle, runs, night_runs), *_weekly_rest(cycle), *_hours(cycle, paid)]
    if len(pattern.shifts) > problem.max_shifts:
        told = f"{len(pattern.shifts)} different shifts, expected at most {problem.max_shifts}"
        broken.append(BrokenRule(SHIFTS, None, None, told))
    return PatternReport(
        broken=tuple(broken),
        strains=MappingProxyType(strains),
        fit=fit,
        service=fit.service,
        people=sum(times * prices[name] for name, times in strains.items()),
        cost=fit.over_cost,
        n_weeks=n_weeks,
        n_duties=len(duties),
        n_shifts=len(pattern.shifts),
        weekly_paid_min=paid / n_weeks,
        needed_paid_min=problem.weekly_min * n_weeks / len(duties) if duties else 0,
        nights=sum(duty.is_night for duty in duties),
        free_weekends=sum(_is_free_weekend(cycle, week) for week in range(n_weeks)),
        weekend_duties=sum(duty.day % DAYS >= 5 for duty in duties),
        longest_run=max(runs, default=0),
        longest_night_run=max(night_runs, default=0),
        shortest_rest_min=min(cycle.rest_min, default=None),
        night_average_min=_night_average(cycle, paid),
    )


def _cycle_of(problem: PatternProblem, pattern: Pattern) -> _Cycle:
    duties = tuple(
        _CycleDuty(
            day, day * DAY_MIN + shift.start_min, day * DAY_MIN + shift.end_min, shift, is_night(problem.rules, shift)
        )
        for day, shift in enumerate(pattern.days)
        if shift is not None
    )
    n_weeks = len(pattern.weeks)
    rest = tuple(
        duty.start_min - (duties[index - 1].end_min - (n_weeks * WEEK_MIN if index == 0 else 0))
        for index, duty in enumerate(duties)
    )
    return _Cycle(problem, n_weeks, duties, rest)


def _runs(cycle: _Cycle, only_nights: bool) -> list[int]:
    """Lengths of runs of duties, or night duties, on days in a row; one without end is as long as the cycle."""
    n_days = DAYS * cycle.n_weeks
    days = {duty.day for duty in cycle.duties if duty.is_night or not only_nights}
    if len(days) == n_days:
        return [n_days]
    firsts = [day for day in days if (day - 1) % n_days not in days]
    return [next(k for k in range(1, n_days + 1) if (first + k) % n_days not in days) for first in sorted(firsts)]


def _strains(cycle: _Cycle, runs: list[int], night_runs: list[int]) -> dict[str, int]:
    """How often each thing happens that the people tier counts."""
    rule, duties = cycle.problem.rules[RuleId.FATIGUE], cycle.duties
    after_min = cycle.problem.rules[RuleId.AFTER_NIGHTS]["rest_min"]
    indices = range(len(duties))
    backward_min = rule["backward_over_min"]
    return {
        "per_duty_beyond": sum(max(run - rule["duties_free"], 0) for run in runs),
        "per_night_beyond": sum(max(run - rule["nights_free"], 0) for run in night_runs),
        "per_long": sum(duty.shift.length_min > rule["long_over_min"] for duty in duties),
        "per_early": sum(duty.shift.start_min < rule["early_before_min"] for duty in duties),
        "per_single_rest_day": sum(cycle.days_since(i) == 2 for i in indices),
        "per_backward": sum(
            cycle.days_since(i) == 1 and duties[i].shift.start_min < cycle.before(i).shift.start_min - backward_min
            for i in indices
        ),
        "per_time": sum(_changes_from_nights(cycle, i) and cycle.rest_min[i] < after_min for i in indices),
    }


def _changes_from_nights(cycle: _Cycle, index: int) -> bool:
    """Whether the duty before is a night duty and this one is none."""
    return cycle.before(index).is_night and not cycle.duties[index].is_night


def _sequence_rules(cycle: _Cycle, runs: list[int], night_runs: list[int]) -> Iterator[BrokenRule]:
    rules = cycle.problem.rules
    daily, after = rules[RuleId.DAILY_REST]["rest_min"], rules[RuleId.AFTER_NIGHTS]["rest_min"]
    longest, longest_night = rules[RuleId.DUTY_MAX]["duty_max_min"], rules[RuleId.NIGHT_LENGTH]["longest_min"]
    for index, duty in enumerate(cycle.duties):
        rest, length, (week, day) = cycle.rest_min[index], duty.shift.length_min, divmod(duty.day, DAYS)
        if rest < 0:
            told = f"{duty.shift} overlaps the duty before by {-rest} min"
            yield BrokenRule(RuleId.SINGLE_DUTY, week, day, told)
        if rest < daily:
            told = f"{rest} min of rest before {duty.shift}, expected {daily}"
            yield BrokenRule(RuleId.DAILY_REST, week, day, told)
        if cycle.problem.after_nights_hard and _changes_from_nights(cycle, index) and rest < after:
            told = f"{rest} min of rest after nights before {duty.shift}, expected {after}"
            yield BrokenRule(RuleId.AFTER_NIGHTS, week, day, told)
        if length > longest:
            yield BrokenRule(RuleId.DUTY_MAX, week, day, f"{duty.shift} lasts {length} min, expected at most {longest}")
        if duty.is_night and 0 < longest_night < length:
            told = f"night duty {duty.shift} lasts {length} min, expected at most {longest_night}"
            yield BrokenRule(RuleId.NIGHT_LENGTH, week, day, told)
    limits = ((RuleId.RUN, "most_duties", runs, "days"), (RuleId.NIGHT_RUN, "most_nights", night_runs, "nights"))
    for rule, name, lengths, of in limits:
        for run in lengths:
            if run > rules[rule][name] or run == DAYS * cycle.n_weeks:
                yield BrokenRule(rule, None, None, f"a run of {run} {of}, expected at most {rules[rule][name]}")


def _weekly_rest(cycle: _Cycle) -> Iterator[BrokenRule]:
    """Weeks without 24 h, or with the week before 48 h or twice 24 h, besides the daily rest (W3)."""
    rule, length = cycle.problem.rules[RuleId.WEEKLY_REST], cycle.n_weeks * WEEK_MIN
    rests = [
        (duty.start_min - rest + times * length, duty.start_min + times * length)
        for duty, rest in zip(cycle.duties, cycle.rest_min, strict=True)
        for times in (-2, -1, 0, 1)  # a fortnight of a cycle of one week reaches two cycles back
    ]

    def count(opens: int, closes: int, least: int) -> int:
        return sum(
            end - begin >= least + rule["daily_rest_min"] and min(end, closes) - max(begin, opens) >= least
            for begin, end in rests
        )

    for week in range(cycle.n_weeks if cycle.duties else 0):
        closes = (week + 1) * WEEK_MIN
        if not (
            count(closes - WEEK_MIN, closes, rule["week_rest_min"])
            or count(closes - 2 * WEEK_MIN, closes, rule["fortnight_rest_min"])
            or count(closes - 2 * WEEK_MIN, closes, rule["week_rest_min"]) >= 2
        ):
            told = "no rest of 24 h besides the daily rest in the week, nor one of 48 h or two of 24 h in the fortnight"
            yield BrokenRule(RuleId.WEEKLY_REST, week, None, told)


def _hours(cycle: _Cycle, paid: int) -> Iterator[BrokenRule]:
    """Contract over the cycle, the 48-hour average and the night workers' average."""
    problem, n_weeks = cycle.problem, cycle.n_weeks
    due, tolerance = problem.weekly_min * n_weeks, tolerance_min(problem.rules, n_weeks)
    if abs(paid - due) > tolerance:
        told = f"{paid} paid min in {n_weeks} weeks, expected {due} give or take {tolerance}"
        yield BrokenRule(RuleId.CONTRACT, None, None, told)
    most = problem.rules[RuleId.WEEKLY_AVERAGE]["average_min"]
    if paid > most * n_weeks:
        told = f"{paid / n_weeks:.0f} min worked a week, expected at most {most}"
        yield BrokenRule(RuleId.WEEKLY_AVERAGE, None, None, told)
    most = problem.rules[RuleId.NIGHT_AVERAGE]["average_min"]
    if any(duty.is_night for duty in cycle.duties) and _night_average(cycle, paid) > most:
        told = f"{_night_average(cycle, paid):.0f} min worked a day besides weekly rest, expected at most {most}"
        yield BrokenRule(RuleId.NIGHT_AVERAGE, None, None, told)


def _night_average(cycle: _Cycle, paid: int) -> float:
    """Hours over days less weekly-rest days [min a day]: A / (B - C) of reg. 6(5)."""
    days = DAYS - cycle.problem.rules[RuleId.NIGHT_AVERAGE]["rest_days_per_week"]
    return paid / (days * cycle.n_weeks)


def _is_free_weekend(cycle: _Cycle, week: int) -> bool:
    """No minute on duty from Saturday 00:00 to Monday 00:00."""
    opens, closes = week * WEEK_MIN + 5 * DAY_MIN, (week + 1) * WEEK_MIN
    length = cycle.n_weeks * WEEK_MIN
    return not any(
        duty.start_min + times * length < closes and duty.end_min + times * length > opens
        for duty in cycle.duties
        for times in (-1, 0)
    )
