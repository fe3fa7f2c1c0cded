"""From stored handlers, requirement and last week's duties to one `RosterProblem`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.forces.schemas import ForceSettings
from app.people.schemas import HandlerIn, TrainingIn
from app.rosters.pattern import assumed_duties, is_skilled, nominal_duties, on_leave, past_weeks_min
from rostering.problem import (
    Consent,
    Contract,
    Cover,
    Handler,
    Leave,
    NominalDuty,
    RosterProblem,
    Skill,
    SkillValidity,
    Training,
)
from rostering.roster import Activity, Duty
from rostering.rules import RuleId, RuleSet

INTERVAL = timedelta(minutes=15)
TAIL = timedelta(hours=14)  # the longest Sunday duty that starts before midnight, with two hours of consent


@dataclass(frozen=True, slots=True)
class Heads:
    """Seats and rostered heads per quarter-hour from `start` [UTC], (2, intervals), 999 first."""

    start: datetime
    seats: NDArray[np.int64]
    rostered: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LastWeeks:
    """What was rostered before: duties of the week before, if stored, and minutes per handler by week, newest last."""

    duties: tuple[Duty, ...] | None
    minutes: Mapping[date, Mapping[str, int]]


def build_problem(
    handlers: Sequence[HandlerIn],
    settings: ForceSettings,
    rules: RuleSet,
    week_start: date,
    heads: Heads,
    last: LastWeeks,
) -> RosterProblem:
    """The week's problem. Handlers without a valid skill in the week are left out: there is no desk for them."""
    zone = settings.zone
    week = [week_start + timedelta(days=day) for day in range(7)]
    able = [h for h in handlers if any(is_skilled(h, day) for day in week)]
    before = (
        last.duties if last.duties is not None else assumed_duties(able, week_start - timedelta(days=7), 7, zone, rules)
    )
    begin = datetime.combine(week_start, datetime.min.time(), zone)
    known = {handler.ref for handler in able}
    people = tuple(_handler(handler, settings, rules, week_start, before, last) for handler in able)
    return RosterProblem(
        week_start=week_start,
        timezone=settings.timezone,
        cover=_cover(
            _within_reach(heads, people, week_start, zone),
            assumed_duties(able, week_start + timedelta(days=7), 1, zone, rules),
        ),
        handlers=people,
        frozen_duties=tuple(duty for duty in before if duty.end > begin and duty.handler in known),
        rules=rules,
        meals_paid=settings.meals_paid,
        start_step_min=settings.start_step_min,
        length_step_min=30,
    )


def _within_reach(heads: Heads, people: Sequence[Handler], week_start: date, zone: ZoneInfo) -> Heads:
    """The week, and next week for as long as one of this week's duties may last: what follows is not this roster's."""
    week_end = datetime.combine(week_start + timedelta(days=7), datetime.min.time(), zone)
    ends = (duty.end + timedelta(minutes=p.consent.finish_later_min) for p in people for duty in p.nominal)
    n = (max([week_end, *ends]) - heads.start) // INTERVAL
    return Heads(heads.start, heads.seats[:, :n], heads.rostered[:, :n])


def _cover(heads: Heads, next_monday: Sequence[Duty]) -> Cover:
    """Heads wanted, and in the tail the people whom next Monday's pattern brings anyway."""
    n = heads.rostered.shape[1]
    already = {Activity.CALLS_999: np.zeros(n, dtype=np.int64), Activity.CALLS_101: np.zeros(n, dtype=np.int64)}
    for duty in next_monday:
        for span in duty.activities:
            if span.activity in already:
                first, last = ((moment - heads.start) // INTERVAL for moment in (span.start, span.end))
                already[span.activity][max(first, 0) : max(last, 0)] += 1
    return Cover(
        start=heads.start,
        needed_999=heads.rostered[0],
        needed_101=heads.rostered[1],
        already_999=already[Activity.CALLS_999],
        already_101=already[Activity.CALLS_101],
    )


def _handler(
    handler: HandlerIn,
    settings: ForceSettings,
    rules: RuleSet,
    week_start: date,
    before: Sequence[Duty],
    last: LastWeeks,
) -> Handler:
    average_weeks = rules[RuleId.WEEKLY_AVERAGE]["weeks"] - 1
    nominal = nominal_duties(handler, week_start, 7, settings.zone)
    return Handler(
        ref=handler.ref,
        contract=Contract(handler.contract.weekly_min, handler.contract.cycle_weeks),
        skills=tuple(SkillValidity(Skill(s.skill), s.first, s.last) for s in handler.skills),
        nominal=nominal,
        consent=Consent(**handler.consent.model_dump()),
        # A day without a valid skill is credited like leave: there is no desk to sit at.
        leave=(
            *(Leave(leave.first, leave.last) for leave in handler.leave),
            *(Leave(duty.date, duty.date) for duty in nominal if not is_skilled(handler, duty.date)),
        ),
        training=tuple(Training(t.start, t.length_min) for t in handler.training if _is_in_a_duty(t, handler, nominal)),
        preferred_offset_min=handler.preferred_offset_min,
        worked_min_by_week=_minutes(
            handler, handler.worked_min_by_week, week_start, average_weeks, settings, rules, last
        ),
        paid_min_by_week=_minutes(
            handler, handler.paid_min_by_week, week_start, handler.contract.cycle_weeks - 1, settings, rules, last
        ),
        last_week=tuple(sorted((duty.start, duty.end) for duty in before if duty.handler == handler.ref)),
        next_start=_next_start(handler, week_start + timedelta(days=7), settings.zone),
        opted_out_48h=handler.opted_out_48h,
    )


def left_out(handlers: Sequence[HandlerIn], week_start: date, zone: ZoneInfo) -> tuple[str, ...]:
    """In words: who is not rostered on which days for want of a skill, and which training lies outside every duty."""
    notes = []
    for handler in handlers:
        nominal = nominal_duties(handler, week_start, 7, zone)
        unskilled = [
            f"{duty.date}"
            for duty in nominal
            if not is_skilled(handler, duty.date) and not on_leave(handler, duty.date)
        ]
        if unskilled:
            notes.append(f"handler {handler.ref} has no valid skill and is not rostered on {', '.join(unskilled)}")
        around = nominal_duties(handler, week_start - timedelta(days=1), 8, zone)
        notes += [
            f"handler {handler.ref}: training at {session.start.isoformat()} lies in no duty and is not rostered"
            for session in handler.training
            if 0 <= (session.start.astimezone(zone).date() - week_start).days < 7
            and not _is_in_a_duty(session, handler, around)
        ]
    return tuple(notes)


def _is_in_a_duty(session: TrainingIn, handler: HandlerIn, nominal: Sequence[NominalDuty]) -> bool:
    """Whether the session touches a duty as far as consent can move it; after midnight it is the night duty's."""
    earlier = timedelta(minutes=handler.consent.start_earlier_min)
    later = timedelta(minutes=handler.consent.finish_later_min)
    end = session.start + timedelta(minutes=session.length_min)
    return any(session.start < duty.end + later and end > duty.start - earlier for duty in nominal)


def _next_start(handler: HandlerIn, first: date, zone: ZoneInfo) -> datetime | None:
    """Earliest start of the next week's first duty that is not on leave."""
    starts = (duty.start for duty in nominal_duties(handler, first, 7, zone) if not on_leave(handler, duty.date))
    earliest = min(starts, default=None)
    if earliest is None:
        return None
    # Consent could move a duty of Monday into this week; what this week must leave open begins with the next.
    week_end = datetime.combine(first, datetime.min.time(), zone).astimezone(earliest.tzinfo)
    return max(earliest - timedelta(minutes=handler.consent.start_earlier_min), week_end)


def _minutes(
    handler: HandlerIn,
    given: Sequence[int] | None,
    week_start: date,
    n_weeks: int,
    settings: ForceSettings,
    rules: RuleSet,
    last: LastWeeks,
) -> tuple[int, ...]:
    """Minutes of the `n_weeks` before, newest last: as rostered, else as given, else as the pattern says."""
    assumed = list(past_weeks_min(handler, week_start, n_weeks, rules, meals_paid=settings.meals_paid))
    newest_back = 1 if handler.history_until is None else (week_start - handler.history_until).days // 7 + 1
    for back, minutes in enumerate(reversed(given or ()), newest_back):
        if 1 <= back <= n_weeks:
            assumed[n_weeks - back] = minutes
    for back in range(1, n_weeks + 1):
        rostered = last.minutes.get(week_start - timedelta(days=7 * back), {}).get(handler.ref)
        if rostered is not None:
            assumed[n_weeks - back] = rostered
    return tuple(assumed)
