"""What each person may be asked: slots with their options, in quarter-hours from the start of the cover."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rostering.model.days import slots_of
from rostering.model.frame import (
    NOTHING,
    Frame,
    Without,
    frame_of,
    minute_of,
    moment_of,
    quarter_of,
    watched_roles,
)
from rostering.model.history import before_of
from rostering.model.hours import hours_of
from rostering.model.learning import Learning, learning_due
from rostering.model.slots import Before, DutyOptions
from rostering.model.strain import unmet_off
from rostering.model.training import lost_sessions
from rostering.problem import Handler, RosterProblem
from rostering.rules import RuleId

__all__ = [
    "NOTHING",
    "Limits",
    "PersonOptions",
    "Without",
    "lost_sessions",
    "moment_of",
    "person_options",
    "quarter_of",
    "watched_roles",
]
_NEVER = 10**7


@dataclass(frozen=True, slots=True)
class Limits:
    """Values of the rules on how duties follow each other, and what they cost in the people tier.

    monday : first quarter-hour of the week before, of each week, of the week after
    """

    rest_min: int
    week_rest_min: int
    fortnight_rest_min: int
    daily_rest_min: int
    most_run: int
    most_nights: int
    duties_free: int
    per_duty: int
    nights_free: int
    per_night: int
    per_single: int
    backward_min: int
    per_backward: int
    after_nights_min: int
    per_after_nights: int
    monday: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PersonOptions:
    """A handler's period: slots, limits, the duty before; hours as in ``Hours``.

    fixed : people tier by rule that no choice changes
    next_start_min : start of the next duty after the period [min from its start], far away where it is unknown
    learning : sessions still due
    """

    handler: Handler
    duties: tuple[DutyOptions, ...]
    limits: Limits
    before: Before
    paid_low: int
    paid_high: int
    balance_min: int
    most_worked: int
    fixed: tuple[tuple[RuleId, int], ...]
    next_start_min: int
    learning: Learning

    def hours_off(self, paid: int) -> int:
        """Quarter-hours off contract over the cycle, if ``paid`` quarter-hours are worked in the period."""
        return (abs(15 * paid + self.balance_min) + 14) // 15

    @property
    def fixed_cost(self) -> int:
        """People tier that no choice changes."""
        return sum(amount for _, amount in self.fixed)


def person_options(problem: RosterProblem, handler: Handler, without: Without = NOTHING) -> PersonOptions:
    """Everything ``handler`` may be asked in the period under the rules that are not left out."""
    frame = frame_of(problem)
    duties, possible = slots_of(frame, handler, without)
    hours = hours_of(frame, handler, without)
    low, high = (hours.low, hours.high) if possible else (1, 0)
    frozen = sum(int(duty.options.worked[0]) for duty in duties if duty.frozen)
    with_slot = {duty.day for duty in duties}
    unmet = sum(unmet_off(frame, handler, day) for day in frame.days if day not in with_slot) if handler.wishes else 0
    next_start = _NEVER if handler.next_start is None else minute_of(problem, handler.next_start)
    return PersonOptions(
        handler,
        duties,
        limits_of(frame, without),
        before_of(frame, handler, without),
        low,
        high,
        hours.balance_min,
        max(hours.most_worked, frozen),  # without a duty of this roster the averages are not asked
        ((RuleId.WISHES, unmet),) if unmet else (),
        next_start,
        learning_due(frame, handler),
    )


def limits_of(frame: Frame, without: Without) -> Limits:
    """The rules' values, with those left out as if they asked nothing."""
    known: Limits | None = frame.cache.get(without)
    if known is not None:
        return known
    rules = frame.problem.rules
    weekly, fatigue, after = (rules[rule] for rule in (RuleId.WEEKLY_REST, RuleId.FATIGUE, RuleId.AFTER_NIGHTS))
    limits = Limits(
        rest_min=0 if RuleId.DAILY_REST in without else rules[RuleId.DAILY_REST]["rest_min"],
        week_rest_min=weekly["week_rest_min"],
        fortnight_rest_min=weekly["fortnight_rest_min"],
        daily_rest_min=weekly["daily_rest_min"],
        most_run=1000 if RuleId.RUN in without else rules[RuleId.RUN]["most_duties"],
        most_nights=1000 if RuleId.NIGHT_RUN in without else rules[RuleId.NIGHT_RUN]["most_nights"],
        duties_free=fatigue["duties_free"],
        per_duty=fatigue["per_duty_beyond"],
        nights_free=fatigue["nights_free"],
        per_night=fatigue["per_night_beyond"],
        per_single=fatigue["per_single_rest_day"],
        backward_min=fatigue["backward_over_min"],
        per_backward=fatigue["per_backward"],
        after_nights_min=after["rest_min"],
        per_after_nights=after["per_time"],
        monday=tuple(int(quarter) for quarter in frame.clock.monday),
    )
    if RuleId.WEEKLY_REST in without:
        limits = replace(limits, week_rest_min=0, fortnight_rest_min=0, daily_rest_min=0)
    frame.cache[without] = limits
    return limits
