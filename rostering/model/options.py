"""What each person may be asked: starts, lengths and break windows, in quarter-hours from the start of the cover."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from rostering.model.rest import LONG_AGO, DutyOptions, Option, RestMode, SkillClass, Window, rest_modes
from rostering.problem import Handler, NominalDuty, RosterProblem, Skill, Training
from rostering.rules import RuleId, meal_min, paid_min, tolerance_min

MINUTE, QUARTER = timedelta(minutes=1), timedelta(minutes=15)
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
    return -((problem.cover.start.astimezone(UTC) - moment) // QUARTER)


def moment_of(problem: RosterProblem, quarter: int) -> datetime:
    """UTC time of a quarter-hour."""
    return problem.cover.start.astimezone(UTC) + quarter * QUARTER


def watched_roles(problem: RosterProblem) -> tuple[str, ...]:
    """Roles whose heads on duty the service tier looks at, in the order of their rows after the three on calls."""
    wanted = dict.fromkeys(cover.role for cover in problem.role_cover)
    if any(validity.role == "trainee" for handler in problem.handlers for validity in handler.roles):
        wanted |= dict.fromkeys(("trainee", "tutor"))
    return tuple(wanted)


def person_options(problem: RosterProblem, handler: Handler, without: Without = NOTHING) -> PersonOptions:
    """Everything ``handler`` may be asked this week under the rules that are not left out."""
    worked = [duty for duty in handler.nominal if not handler.on_leave(duty.date)]
    sessions = _sessions_of_duties(problem, handler, without) if RuleId.TRAINING not in without else [()] * len(worked)
    last_week = _last_week(problem, handler)
    rest_min = problem.rules[RuleId.DAILY_REST]["rest_min"] if RuleId.DAILY_REST not in without else 0
    first_start = -(-(max((end for _, end in last_week), default=15 * LONG_AGO) + rest_min) // 15)
    duties = []
    for place, (duty, training) in enumerate(zip(worked, sessions, strict=True)):
        earliest = first_start if place == 0 else LONG_AGO
        duties.append(_duty_options(problem, handler, duty, training, earliest, without))
    next_start = None if handler.next_start is None else _minute_of(problem, handler.next_start)
    weekly = RuleId.WEEKLY_REST not in without
    modes = rest_modes(problem, duties, last_week, next_start, -(-rest_min // 15), weekly=weekly)
    low, high, balance = _hours(problem, handler, without)
    if RuleId.TRAINING not in without and lost_sessions(problem, handler, without):
        low, high = 1, 0  # no week holds a session that no duty touches
    return PersonOptions(handler, tuple(duties), modes, low, high, balance)


def lost_sessions(problem: RosterProblem, handler: Handler, without: Without = NOTHING) -> list[Training]:
    """Training on a day that is neither on leave nor within reach of a duty."""
    return [session for session in _sessions_due(problem, handler) if _duty_of(session, handler, without) is None]


def _sessions_due(problem: RosterProblem, handler: Handler) -> list[Training]:
    """Training on days that are not on leave."""
    zone = ZoneInfo(problem.timezone)
    return [session for session in handler.training if not handler.on_leave(session.start.astimezone(zone).date())]


def _duty_of(session: Training, handler: Handler, without: Without) -> int | None:
    """Place of the worked duty within whose reach the session lies most; of equals, the nominally nearest."""
    earlier, _, _, later = (timedelta(minutes=reach) for reach in _moves(handler, without))

    def overlap(duty: NominalDuty, earlier: timedelta, later: timedelta) -> timedelta:
        start, end = duty.start.astimezone(UTC) - earlier, duty.end + later
        return min(session.end, end) - max(session.start.astimezone(UTC), start)

    worked = [duty for duty in handler.nominal if not handler.on_leave(duty.date)]
    overlaps = [(overlap(d, earlier, later), overlap(d, timedelta(), timedelta())) for d in worked]
    best = max(range(len(worked)), key=overlaps.__getitem__, default=None)
    return best if best is not None and overlaps[best][0] > timedelta() else None


def _moves(handler: Handler, without: Without) -> tuple[int, int, int, int]:
    """How far start and finish may move [min]: start earlier, later, finish earlier, later."""
    if RuleId.CONSENT in without:
        return (_FREE_MIN,) * 4
    consent = handler.consent
    return consent.start_earlier_min, consent.start_later_min, consent.finish_earlier_min, consent.finish_later_min


def _sessions_of_duties(problem: RosterProblem, handler: Handler, without: Without) -> list[tuple[Training, ...]]:
    """Training of each worked duty."""
    n_worked = sum(not handler.on_leave(duty.date) for duty in handler.nominal)
    sessions: list[list[Training]] = [[] for _ in range(n_worked)]
    for session in _sessions_due(problem, handler):
        if (place := _duty_of(session, handler, without)) is not None:
            sessions[place].append(session)
    return [tuple(of_duty) for of_duty in sessions]


def _last_week(problem: RosterProblem, handler: Handler) -> list[tuple[int, int]]:
    """Known duties before this week's, frozen ones included, from the start of the week [min]."""
    spans = [*handler.last_week, *((d.start, d.end) for d in problem.frozen_duties if d.handler == handler.ref)]
    return sorted({(_minute_of(problem, start), _minute_of(problem, end)) for start, end in spans})


def _minute_of(problem: RosterProblem, moment: datetime) -> int:
    """Minutes from the start of the cover to ``moment``."""
    return (moment - problem.cover.start.astimezone(UTC)) // MINUTE


def _duty_options(
    problem: RosterProblem,
    handler: Handler,
    duty: NominalDuty,
    training: tuple[Training, ...],
    earliest: int,
    without: Without,
) -> DutyOptions:
    rules = problem.rules
    sessions = [(quarter_of(problem, s.start), quarter_of(problem, s.end)) for s in training]
    blocked = frozenset(quarter for start, end in sessions for quarter in range(start, end))
    early, late, fin_early, fin_late = _moves(handler, without)
    step = problem.start_step_min
    options = []
    day = (duty.date - problem.week_start).days
    skill_class = _skill_class(handler, duty.date)
    if skill_class is None and RuleId.SKILL not in without:
        return DutyOptions(duty.date, day, None, blocked, ())
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
    return DutyOptions(duty.date, day, skill_class, blocked, tuple(options))


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
    if length_min > problem.rules[RuleId.STATUTORY_BREAK]["duty_over_min"]:
        clear = max(clear, 15)  # the meal is the statutory break as well, which does not lie at an end
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
    tolerance = tolerance_min(rules, contract.cycle_weeks)
    low, high = -((balance + tolerance) // 15), (tolerance - balance) // 15
    if RuleId.CONTRACT in without:
        low, high = 0, 10_000
    at_work = any(not handler.on_leave(duty.date) for duty in handler.nominal)
    if at_work and not handler.opted_out_48h and RuleId.WEEKLY_AVERAGE not in without:
        average = rules[RuleId.WEEKLY_AVERAGE]
        known = handler.worked_min_by_week[-(average["weeks"] - 1) :] if average["weeks"] > 1 else ()
        unknown = average["weeks"] - 1 - len(known)
        cap = average["average_min"] * average["weeks"] - sum(known) - unknown * contract.weekly_min - credit
        high = min(high, cap // 15)
    return max(low, 0), high, balance
