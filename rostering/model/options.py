"""What each person may be asked: starts, lengths and break windows, in quarter-hours from the start of the cover."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from rostering.model.rest import LONG_AGO, DutyOptions, Option, RestMode, SkillClass, Window, rest_modes
from rostering.problem import Handler, NominalDuty, RosterProblem, Skill, Training
from rostering.rules import RuleId, meal_min, paid_min

QUARTER = timedelta(minutes=15)
Without: TypeAlias = frozenset[RuleId]  # rules left out, to find the ones that contradict each other
NOTHING: Without = frozenset()
_FREE_MIN = 240  # how far a duty may move when consent is left out of an explanation


@dataclass(frozen=True, slots=True)
class PersonOptions:
    """A handler's week: duties, ways of weekly rest, paid quarter-hours allowed, balance [min] before this week."""

    handler: Handler
    duties: tuple[DutyOptions, ...]
    modes: tuple[RestMode, ...]
    paid_low: int
    paid_high: int
    balance_min: int

    def hours_off(self, paid: int) -> int:
        """Quarter-hours off contract over the cycle, if ``paid`` quarter-hours are worked this week."""
        return (abs(15 * paid + self.balance_min) + 14) // 15


def quarter_of(problem: RosterProblem, moment: datetime) -> int:
    """Quarter-hours from the start of the cover to ``moment``, rounded up."""
    return -((problem.cover.start - moment) // QUARTER)


def moment_of(problem: RosterProblem, quarter: int) -> datetime:
    """UTC time of a quarter-hour."""
    return problem.cover.start.astimezone(UTC) + quarter * QUARTER


def person_options(problem: RosterProblem, handler: Handler, without: Without = NOTHING) -> PersonOptions:
    """Everything ``handler`` may be asked this week under the rules that are not left out."""
    worked = [duty for duty in handler.nominal if not handler.on_leave(duty.date)]
    sessions = _sessions_of_duties(problem, handler, worked) if RuleId.TRAINING not in without else [()] * len(worked)
    last_end = _last_end(problem, handler)
    rest = -(-problem.rules[RuleId.DAILY_REST]["rest_min"] // 15) if RuleId.DAILY_REST not in without else 0
    duties = []
    for place, (duty, training) in enumerate(zip(worked, sessions, strict=True)):
        earliest = last_end + rest if place == 0 else LONG_AGO
        duties.append(_duty_options(problem, handler, duty, training, earliest, without))
    rested = RuleId.WEEKLY_REST in without
    modes = rest_modes(problem, duties, _last_week(problem, handler), rest, weekly=not rested)
    low, high, balance = _hours(problem, handler, without)
    if RuleId.TRAINING not in without and lost_sessions(problem, handler):
        low, high = 1, 0  # no week holds a session that no duty touches
    return PersonOptions(handler, tuple(duties), modes, low, high, balance)


def lost_sessions(problem: RosterProblem, handler: Handler) -> list[Training]:
    """Training on a day that is neither on leave nor touched by a duty."""
    zone = ZoneInfo(problem.timezone)
    worked = [duty for duty in handler.nominal if not handler.on_leave(duty.date)]
    return [
        session
        for session in handler.training
        if not handler.on_leave(session.start.astimezone(zone).date()) and _duty_of(session, worked) is None
    ]


def _duty_of(session: Training, worked: list[NominalDuty]) -> int | None:
    """Place of the duty whose nominal time overlaps the session most."""
    overlaps = [(min(session.end, d.end) - max(session.start, d.start)).total_seconds() for d in worked]
    best = max(range(len(worked)), key=overlaps.__getitem__, default=None)
    return best if best is not None and overlaps[best] > 0 else None


def _sessions_of_duties(
    problem: RosterProblem, handler: Handler, worked: list[NominalDuty]
) -> list[tuple[Training, ...]]:
    zone = ZoneInfo(problem.timezone)
    sessions: list[list[Training]] = [[] for _ in worked]
    for session in handler.training:
        place = _duty_of(session, worked)
        if place is not None and not handler.on_leave(session.start.astimezone(zone).date()):
            sessions[place].append(session)
    return [tuple(of_duty) for of_duty in sessions]


def _last_end(problem: RosterProblem, handler: Handler) -> int:
    """End of the last known duty before this week's, frozen ones included."""
    return max((end for _, end in _last_week(problem, handler)), default=LONG_AGO)


def _last_week(problem: RosterProblem, handler: Handler) -> list[tuple[int, int]]:
    """Known duties before this week's, frozen ones included, as quarter-hours of the week."""
    spans = [*handler.last_week, *((d.start, d.end) for d in problem.frozen_duties if d.handler == handler.ref)]
    return sorted({(quarter_of(problem, start), quarter_of(problem, end)) for start, end in spans})


def _duty_options(
    problem: RosterProblem,
    handler: Handler,
    duty: NominalDuty,
    training: tuple[Training, ...],
    earliest: int,
    without: Without,
) -> DutyOptions:
    rules, consent = problem.rules, handler.consent
    sessions = [(quarter_of(problem, s.start), quarter_of(problem, s.end)) for s in training]
    blocked = frozenset(quarter for start, end in sessions for quarter in range(start, end))
    early, late, fin_early, fin_late = (
        (consent.start_earlier_min, consent.start_later_min, consent.finish_earlier_min, consent.finish_later_min)
        if RuleId.CONSENT not in without
        else (_FREE_MIN,) * 4
    )
    step = problem.start_step_min
    options = []
    skill_class = _skill_class(handler, duty.date)
    if skill_class is None and RuleId.SKILL not in without:
        return DutyOptions(duty.date, None, blocked, ())
    for offset in range(-(early // step) * step, late + 1, step):
        moved_start = duty.start.astimezone(UTC) + timedelta(minutes=offset)
        if moved_start.astimezone(ZoneInfo(problem.timezone)).date() != duty.date:
            continue  # a duty belongs to the local date of its start
        start = quarter_of(problem, moved_start)
        if start < earliest:
            continue
        for length in _lengths(problem, duty, without):
            finish = offset + length - duty.length_min
            if not -fin_early <= finish <= fin_late:
                continue
            end = start + length // 15
            windows = _windows(problem, start, length, blocked)
            if any(a < start or b > end for a, b in sessions) or not windows[0].starts:
                continue
            wish = handler.preferred_offset_min
            moved = -(-abs(offset - wish) // 15) - (-abs(finish - wish) // 15)
            paid = paid_min(rules, length, meals_paid=problem.meals_paid) // 15
            options.append(Option(start, end, paid, moved, *windows))
    return DutyOptions(duty.date, skill_class, blocked, tuple(options))


def _lengths(problem: RosterProblem, duty: NominalDuty, without: Without) -> Iterator[int]:
    """Lengths [min] on the grid around the nominal one, inside the catalogue and the longest duty."""
    catalogue, longest = problem.rules[RuleId.LENGTHS], problem.rules[RuleId.DUTY_MAX]["duty_max_min"]
    low, high = min(catalogue["shortest_min"], duty.length_min), max(catalogue["longest_min"], duty.length_min)
    if RuleId.LENGTHS in without:
        low, high = min(low, 120), max(high, 960)
    if RuleId.DUTY_MAX not in without:
        high = min(high, longest)
    step = problem.length_step_min
    first = duty.length_min - (duty.length_min - low) // step * step
    yield from range(first, high + 1, step)


def _windows(
    problem: RosterProblem, start: int, length_min: int, blocked: frozenset[int]
) -> tuple[Window, Window, Window]:
    meal_rule, short_rule = problem.rules[RuleId.MEAL], problem.rules[RuleId.SHORT_BREAKS]
    meal = meal_min(problem.rules, length_min)
    clear = (
        meal_rule["clear_ends_min"]
        if length_min >= meal_rule["clear_from_min"]
        else max(0, (length_min - meal) * meal_rule["clear_percent"] // 1500 * 15)
    )
    short, ends, apart = short_rule["break_min"], short_rule["clear_ends_min"], short_rule["clear_meal_min"]

    def window(first_min: int, last_min: int, break_min: int) -> Window:
        length = break_min // 15
        starts = range(start + first_min // 15, start + last_min // 15 + 1)
        free = tuple(s for s in starts if blocked.isdisjoint(range(s, s + length)))
        return Window(free, length)

    nothing = Window((), short // 15)
    before = window(ends, clear - apart - short, short) if length_min >= short_rule["two_from_min"] else nothing
    after = (
        window(length_min - clear + apart, length_min - ends - short, short)
        if length_min >= short_rule["one_from_min"]
        else nothing
    )
    return window(clear, length_min - clear - meal, meal), before, after


def _skill_class(handler: Handler, day: date) -> SkillClass | None:
    nines, ones = handler.has_skill(Skill.CALLS_999, day), handler.has_skill(Skill.CALLS_101, day)
    if nines and ones:
        return SkillClass.BOTH
    if nines:
        return SkillClass.ONLY_999
    return SkillClass.ONLY_101 if ones else None


def _hours(problem: RosterProblem, handler: Handler, without: Without) -> tuple[int, int, int]:
    """Lowest and highest paid quarter-hours of this week's duties, and the cycle's balance before them [min]."""
    rules, contract = problem.rules, handler.contract
    credit = sum(
        paid_min(rules, duty.length_min, meals_paid=problem.meals_paid)
        for duty in handler.nominal
        if handler.on_leave(duty.date)
    )
    needed = contract.cycle_weeks - 1
    before = handler.paid_min_by_week[-needed:] if needed else ()
    missing = needed - len(before)
    balance = sum(before) + credit - contract.weekly_min * (contract.cycle_weeks - missing)
    tolerance = rules[RuleId.CONTRACT]["tolerance_min"]
    low, high = -((balance + tolerance) // 15), (tolerance - balance) // 15
    if RuleId.CONTRACT in without:
        low, high = 0, 10_000
    if not handler.opted_out_48h and RuleId.WEEKLY_AVERAGE not in without:
        average = rules[RuleId.WEEKLY_AVERAGE]
        known = handler.worked_min_by_week[-(average["weeks"] - 1) :] if average["weeks"] > 1 else ()
        unknown = average["weeks"] - 1 - len(known)
        cap = average["average_min"] * average["weeks"] - sum(known) - unknown * contract.weekly_min
        high = min(high, cap // 15)
    return max(low, 0), high, balance
