"""What a rule asks of one handler's week and what the nominal duties give, in figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from rostering.model.clock import night_min
from rostering.model.frame import NOTHING, frame_of
from rostering.model.history import before_of
from rostering.model.hours import average_left, average_limit, credit_min, leave_min
from rostering.model.training import lost_sessions
from rostering.problem import Handler, Mode, NominalDuty, RosterProblem, Skill
from rostering.rules import RuleId, meal_min, tolerance_min

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NIGHT_VALUES = ((RuleId.NIGHT_LENGTH, "longest_min"), (RuleId.NIGHT, "least_min"))


def reason(problem: RosterProblem, handler: Handler, rule: RuleId) -> str:
    """What ``rule`` asks and what it meets."""
    return _REASONS[rule](problem, handler)


def _hours(span_min: int) -> str:
    return f"{span_min // 60}:{span_min % 60:02}"


def _count(number: int, noun: str) -> str:
    many = f"{noun[:-1]}ies" if noun.endswith("duty") else f"{noun}s"
    return f"{number} {noun if number == 1 else many}"


def _local(problem: RosterProblem, moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo(problem.timezone)):%Y-%m-%d %H:%M}"


def _worked(handler: Handler) -> list[NominalDuty]:
    return [duty for duty in handler.nominal if not handler.on_leave(duty.date)]


def _contract(problem: RosterProblem, handler: Handler) -> str:
    contract, frame = handler.contract, frame_of(problem)
    weeks = max(contract.cycle_weeks, problem.n_weeks)
    earlier = weeks - problem.n_weeks
    known = handler.paid_min_by_week[-earlier:] if earlier else ()
    missing = earlier - len(known)
    before = sum(known) + missing * contract.weekly_min
    asked, tolerance = weeks * contract.weekly_min, tolerance_min(problem.rules, weeks)
    history = f", {_count(missing, 'unknown week')} at contract" if missing else ""
    asks = (
        f"contract asks {_hours(contract.weekly_min)} a week over {_count(weeks, 'week')}, "
        f"{_hours(asked)} give or take {_hours(tolerance)}"
    )
    credit = credit_min(frame, handler)
    if problem.mode is Mode.FREE:
        return f"{asks}; the weeks before have {_hours(before)}{history}, leave gives {_hours(credit)}"
    this = _paid(problem, handler) + credit
    now = "this week" if problem.n_weeks == 1 else "in the period"
    return f"{asks}; the nominal duties give {_hours(before + this)} ({_hours(this)} {now}, leave included{history})"


def _average(problem: RosterProblem, handler: Handler, rule_id: RuleId = RuleId.WEEKLY_AVERAGE) -> str:
    frame = frame_of(problem)
    limit, weeks = average_limit(frame, rule_id)
    left = average_left(frame, handler, rule_id)
    leave = leave_min(frame, handler)
    this = leave if problem.mode is Mode.FREE else _paid(problem, handler) + leave
    given = f"the nominal duties give {_hours(this)}, leave included"
    if problem.mode is Mode.FREE:
        given = f"leave gives {_hours(this)}"
    return (
        f"at most {_hours(limit)} worked over {_count(weeks, 'week')}, {_hours(limit // weeks)} a week; "
        f"the weeks before have {_hours(limit - left - leave)}, {given}"
    )


def _night_average(problem: RosterProblem, handler: Handler) -> str:
    return f"a night worker: {_average(problem, handler, RuleId.NIGHT_AVERAGE)}; no opt-out"


def _run(problem: RosterProblem, handler: Handler) -> str:
    before = before_of(frame_of(problem), handler, NOTHING)
    known = f"; {before.run} in a row end on {_day(problem, before.day)}" if before.run else ""
    return f"at most {_count(problem.rules[RuleId.RUN]['most_duties'], 'duty')} on days in a row{known}"


def _night_run(problem: RosterProblem, handler: Handler) -> str:
    before = before_of(frame_of(problem), handler, NOTHING)
    known = f"; {before.nights} in a row end on {_day(problem, before.day)}" if before.nights else ""
    return f"at most {_count(problem.rules[RuleId.NIGHT_RUN]['most_nights'], 'night duty')} in a row{known}"


def _night_length(problem: RosterProblem, handler: Handler) -> str:
    longest, least = (problem.rules[rule][name] for rule, name in _NIGHT_VALUES)
    long = [
        _duty(problem, duty)
        for duty in _worked(handler)
        if duty.length_min > longest and night_min(problem, duty.start, duty.end) >= least
    ]
    return f"night duties of at most {_hours(longest)}" + (f"; nominal {', '.join(long)}" if long else "")


def _leave(problem: RosterProblem, handler: Handler) -> str:
    spans = ", ".join(
        f"{leave.first} to {leave.last}{'' if leave.credited else ' that is not credited'}" for leave in handler.leave
    )
    pinned = [_local(problem, duty.start) for duty in problem.pinned if duty.handler == handler.ref]
    over = f" over the pinned duty of {', '.join(pinned)}" if pinned else ""
    return f"leave {spans}{over}"


def _agreement(problem: RosterProblem, handler: Handler) -> str:
    del problem
    return "; ".join(
        f"agreement for {', '.join(_WEEKDAYS[day] for day in agreement.weekdays)}: "
        + (
            "no duty"
            if agreement.off
            else " and ".join(
                f"{word} {clock:%H:%M}"
                for word, clock in (("from", agreement.earliest), ("until", agreement.latest))
                if clock is not None
            )
        )
        for agreement in handler.agreements
    )


def _pinned(problem: RosterProblem, handler: Handler) -> str:
    named = ", ".join(
        f"{_local(problem, duty.start)} to {_local(problem, duty.end)}"
        for duty in problem.pinned
        if duty.handler == handler.ref
    )
    return f"pinned duty {named}"


def _daily_rest(problem: RosterProblem, handler: Handler) -> str:
    least = problem.rules[RuleId.DAILY_REST]["rest_min"]
    short = [
        f"{_hours(gap)} from {_local(problem, end)} to {_local(problem, start)}"
        for end, start in _rests(problem, handler)
        if start is not None and (gap := (start - end) // timedelta(minutes=1)) < least and gap >= 0
    ]
    met = f"; the nominal duties leave {', '.join(short)}" if short else ""
    return f"rest of {_hours(least)} between duties{met}"


def _weekly_rest(problem: RosterProblem, handler: Handler) -> str:
    rule = problem.rules[RuleId.WEEKLY_REST]
    day, week, fortnight = rule["daily_rest_min"], rule["week_rest_min"], rule["fortnight_rest_min"]
    rests = [(start or problem.end) - end for end, start in _rests(problem, handler)]
    met = f"; the nominal duties leave {_hours(max(rests) // timedelta(minutes=1))} at most" if rests else ""
    return (
        f"rest of {_hours(week + day)} in the week, or of {_hours(fortnight + day)} or twice {_hours(week + day)} in "
        f"this and the previous week{met}"
    )


def _rests(problem: RosterProblem, handler: Handler) -> Iterator[tuple[datetime, datetime | None]]:
    """End of each known or nominal duty and the next one's start, those that reach into this week."""
    frozen = [(d.start, d.end) for d in problem.frozen_duties if d.handler == handler.ref]
    spans = [*handler.last_week, *frozen, *((d.start, d.end) for d in _worked(handler))]
    utc = sorted({(start.astimezone(UTC), end.astimezone(UTC)) for start, end in spans})
    following = [start for start, _ in utc[1:]]
    next_start = None if handler.next_start is None else handler.next_start.astimezone(UTC)
    for (_, end), start in zip(utc, [*following, next_start], strict=False):
        if start is None or start > problem.begin:
            yield end, start


def _training(problem: RosterProblem, handler: Handler) -> str:
    lost = lost_sessions(problem, handler)
    sessions = lost or [s for s in handler.training if not handler.on_leave(_date(problem, s.start))]
    named = ", ".join(f"{_local(problem, s.start)} to {_local(problem, s.end)}" for s in sessions)
    return f"training {named}, {'outside every duty' if lost else 'inside a duty and beside its meal'}"


def _skill(problem: RosterProblem, handler: Handler) -> str:
    del problem
    dates = [duty.date for duty in _worked(handler) if not any(handler.has_skill(s, duty.date) for s in Skill)]
    return f"a skill valid on the duty's date; none on {', '.join(map(str, dates))}"


def _duty_max(problem: RosterProblem, handler: Handler) -> str:
    most = problem.rules[RuleId.DUTY_MAX]["duty_max_min"]
    long = [_duty(problem, duty) for duty in _worked(handler) if duty.length_min > most]
    return f"duties of at most {_hours(most)}" + (f"; nominal {', '.join(long)}" if long else "")


def _lengths(problem: RosterProblem, handler: Handler) -> str:
    del handler
    rule = problem.rules[RuleId.LENGTHS]
    return f"moved duties of {_hours(rule['shortest_min'])} to {_hours(rule['longest_min'])}"


def _consent(problem: RosterProblem, handler: Handler) -> str:
    del problem
    agreed = handler.consent
    return (
        f"consent to start up to {_hours(agreed.start_earlier_min)} earlier or {_hours(agreed.start_later_min)} later "
        f"and finish up to {_hours(agreed.finish_earlier_min)} earlier or {_hours(agreed.finish_later_min)} later"
    )


def _fixed_days(problem: RosterProblem, handler: Handler) -> str:
    """Nothing that can be left out helps: a duty before the last one's end, or without room for its meal."""
    early = [start for end, start in _rests(problem, handler) if start is not None and start < end]
    if early:
        return f"the duty of {_local(problem, early[0])} starts before the last one ends"
    duties = ", ".join(
        f"{_duty(problem, d)} with a meal of {_hours(meal_min(problem.rules, d.length_min))}" for d in _worked(handler)
    )
    return f"no way to work the nominal duties: {duties}"


def _paid(problem: RosterProblem, handler: Handler) -> int:
    return sum(problem.paid_min(handler, duty.length_min) for duty in _worked(handler))


def _day(problem: RosterProblem, number: int) -> date:
    return problem.week_start + timedelta(days=number)


def _date(problem: RosterProblem, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(problem.timezone)).date()


def _duty(problem: RosterProblem, duty: NominalDuty) -> str:
    return f"{_local(problem, duty.start)} of {_hours(duty.length_min)}"


_REASONS: dict[RuleId, Callable[[RosterProblem, Handler], str]] = {
    RuleId.CONTRACT: _contract,
    RuleId.NIGHT_AVERAGE: _night_average,
    RuleId.NIGHT_LENGTH: _night_length,
    RuleId.RUN: _run,
    RuleId.NIGHT_RUN: _night_run,
    RuleId.LEAVE: _leave,
    RuleId.AGREEMENT: _agreement,
    RuleId.PINNED: _pinned,
    RuleId.WEEKLY_AVERAGE: _average,
    RuleId.DAILY_REST: _daily_rest,
    RuleId.WEEKLY_REST: _weekly_rest,
    RuleId.TRAINING: _training,
    RuleId.SKILL: _skill,
    RuleId.DUTY_MAX: _duty_max,
    RuleId.LENGTHS: _lengths,
    RuleId.CONSENT: _consent,
    RuleId.FIXED_DAYS: _fixed_days,
}
