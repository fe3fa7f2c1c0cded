"""The product's own generated force as a roster problem: the demonstration's people and calls at any size, all rules.

People, patterns, skills, leave, training and consents are `app.demonstration`'s; roles, agreements, wishes, ledgers,
learning and offers are drawn here. Heads and what a head short costs come from the staffing model, scaled so that the
heads wanted are 92% of what the people can give after breaks, briefings, learning and training.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.demonstration.calls import DAY_CV, MEAN_HANDLING_S, MEAN_OFFERED, demonstration_load
from app.demonstration.patterns import on_call_min
from app.demonstration.people import FILL, SHRINKAGE, demonstration_handlers
from app.demonstration.shapes import weekly_shapes
from app.people.schemas import HandlerIn
from app.rosters.pattern import assumed_duties, nominal_duties, past_weeks_min
from benchmarks.queueing_targets import CALLERS
from rostering.problem import (
    Agreement,
    Band,
    Consent,
    Contract,
    Cover,
    Handler,
    Leave,
    Ledger,
    Mode,
    NominalDuty,
    RoleCover,
    RoleValidity,
    RosterProblem,
    Skill,
    SkillValidity,
    Training,
    Wish,
)
from rostering.roster import Activity, Duty
from rostering.rules import ENGLAND_WALES_STAFF, RuleSet
from rostering.staffing import Definitions, Demand, SeatRules, ServiceTargets, requirement
from rostering.staffing.seats.shortfall import shortfall_tables

WEEK_START = date(2026, 3, 2)  # the fourth week ends with the spring clock change
ZONE = ZoneInfo("Europe/London")
RULES: RuleSet = ENGLAND_WALES_STAFF
BRIEFING_MIN = 15
STANDARD_SIZE = 110  # people that the demonstration's load asks for
LEDGER_WEEKS = 13
LEARNING_WEEKS = 4  # an hour of protected learning in so many
_QUARTER, _DAY = timedelta(minutes=15), timedelta(days=1)
_TAIL = 14 * 4  # quarter-hours into the next week that a Sunday night may last
_FREE_TAIL = 6 * 4  # until the first start of a band
_ROLES = {"supervisor": 0.14, "tutor": 0.12, "trainee": 0.05, "mental_health": 0.06}


@dataclass(frozen=True, slots=True, eq=False)
class OwnForce:
    """A problem, the people that it is made of, and the mean calls of each interval of its cover, (2, intervals)."""

    problem: RosterProblem
    people: tuple[HandlerIn, ...]
    calls: NDArray[np.float64]


def own_force(n_handlers: int, n_weeks: int, mode: Mode, seed: int, calls: float = 1.0) -> OwnForce:
    """The force's problem; in free mode the same people without their pattern's days. ``calls`` : a factor."""
    rng = np.random.default_rng(seed)
    load = demonstration_load() * n_handlers / STANDARD_SIZE
    people = demonstration_handlers(load, week_start=WEEK_START, rng=rng, n_handlers=n_handlers)
    before = assumed_duties(people, WEEK_START - 14 * _DAY, 14, ZONE, RULES)
    handlers = tuple(_handler(who, place, n_weeks, mode, before, rng) for place, who in enumerate(people))
    begin = _at(WEEK_START, time(0))
    n = int((_at(WEEK_START + 7 * n_weeks * _DAY, time(0)) - begin) / _QUARTER)
    tail = _FREE_TAIL if mode is Mode.FREE else _TAIL
    known = {who.ref for who in handlers}
    demand = _usual_week(calls * _scale(FILL * _available(people, handlers, n_weeks) / n_weeks / 15, len(people)))
    problem = RosterProblem(
        WEEK_START,
        str(ZONE),
        _cover(people, demand, begin, n, tail, n_weeks, mode),
        handlers,
        tuple(duty for duty in before if duty.end > begin and duty.handler in known),
        RULES,
        n_weeks=n_weeks,
        mode=mode,
        role_cover=tuple(_role_cover(n_weeks)),
        briefing_min=BRIEFING_MIN,
    )
    return OwnForce(problem, tuple(people), demand.mean_calls[:, _slots(begin, n + tail)])


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, ZONE).astimezone(UTC)


def _handler(
    who: HandlerIn, place: int, n_weeks: int, mode: Mode, before: tuple[Duty, ...], rng: np.random.Generator
) -> Handler:
    """The demonstration's handler with everything else that a problem may say of a person."""
    days = [WEEK_START + n * _DAY for n in range(7 * n_weeks)]
    nominal = nominal_duties(who, WEEK_START, 7 * n_weeks, ZONE)
    leave = tuple(Leave(block.first, block.last) for block in who.leave)
    worked = [duty for duty in nominal if not any(block.covers(duty.date) for block in leave)]
    starts = {60 * day.start.hour + day.start.minute for day in who.pattern.days if day is not None}
    nights = any(start >= 19 * 60 for start in starts)
    learns = (place % LEARNING_WEEKS) < n_weeks and len(worked) >= 2
    is_free = mode is Mode.FREE
    return Handler(
        ref=who.ref,
        contract=Contract(who.contract.weekly_min, who.contract.cycle_weeks),
        skills=tuple(SkillValidity(Skill(skill.skill)) for skill in who.skills),
        nominal=() if is_free else nominal,
        consent=Consent(**who.consent.model_dump()),
        leave=leave,
        training=tuple(Training(session.start, session.length_min) for session in who.training),
        preferred_offset_min=who.preferred_offset_min,
        worked_min_by_week=past_weeks_min(who, WEEK_START, 16, RULES, meals_paid=False),
        # Without a pattern each week pays its contract: the ups and downs of a pattern's weeks are not theirs.
        paid_min_by_week=()
        if is_free
        else past_weeks_min(who, WEEK_START, who.contract.cycle_weeks - 1, RULES, meals_paid=False),
        last_week=tuple(sorted((duty.start, duty.end) for duty in before if duty.handler == who.ref)),
        opted_out_48h=who.opted_out_48h,
        next_start=None if is_free else _next_start(who, days[-1] + _DAY),
        roles=tuple(RoleValidity(name) for name, share in _ROLES.items() if rng.random() < share),
        agreements=tuple(_agreements(who, rng)),
        wishes=tuple(_wishes(days, rng)),
        ledger=_ledger(who, rng),
        learning_min=60 * learns,
        night_worker=nights,
        bands=tuple(Band) if nights else _bands(starts),
    )


def _next_start(who: HandlerIn, first: date) -> datetime | None:
    """Earliest start of the first duty after the period, not on leave."""
    starts = [
        duty.start - timedelta(minutes=who.consent.start_earlier_min)
        for duty in nominal_duties(who, first, 7, ZONE)
        if not any(block.first <= duty.date <= block.last for block in who.leave)
    ]
    return max(min(starts), _at(first, time(0))) if starts else None


def _bands(starts: set[int]) -> tuple[Band, ...]:
    """Bands of somebody who works no nights: those of the pattern, and the day between them."""
    late = any(start >= 11 * 60 for start in starts)
    early = any(start < 11 * 60 for start in starts)
    return (*((Band.EARLY,) if early else ()), Band.DAY, *((Band.LATE,) if late else ()))


def _agreements(who: HandlerIn, rng: np.random.Generator) -> Iterator[Agreement]:
    """One in three whose week is the same every week has it agreed: days off, and not far from the usual times."""
    cycle = who.pattern.days
    if len(cycle) != 7 or rng.random() >= 1 / 3:
        return
    anchor = who.pattern.anchor.weekday()
    days = {(anchor + place) % 7: duty for place, duty in enumerate(cycle)}
    yield Agreement(tuple(sorted(day for day, duty in days.items() if duty is None)), off=True)
    start = min(60 * duty.start.hour + duty.start.minute for duty in days.values() if duty is not None)
    worked = tuple(sorted(day for day, duty in days.items() if duty is not None))
    yield Agreement(worked, earliest=time(*divmod(max(start - 30, 0), 60)))


def _wishes(days: list[date], rng: np.random.Generator) -> Iterator[Wish]:
    """Two in five wish for something in a week: a day off or a band."""
    for first in range(0, len(days), 7):
        if rng.random() < 0.4:
            wanted: list[Band | None] = [None, *Band]
            day = days[first + int(rng.integers(7))]
            yield Wish(day, wanted[int(rng.integers(len(wanted)))], int(rng.integers(1, 6)))


def _ledger(who: HandlerIn, rng: np.random.Generator) -> Ledger:
    """Nights and weekends of a quarter as the pattern gives them, give or take; wishes lost now and then."""
    cycle = who.pattern.days
    per_week = 7 / len(cycle) * sum(duty is not None and duty.start.hour >= 19 for duty in cycle)
    weekends = 7 / len(cycle) * sum(duty is not None for duty in cycle) * 2 / 7
    nights, duties = rng.poisson((per_week * LEDGER_WEEKS, weekends * LEDGER_WEEKS))
    return Ledger(int(nights), int(duties), int(rng.poisson(1.0)))


def _role_cover(n_weeks: int) -> Iterator[RoleCover]:
    """A supervisor at all times, a mental-health practitioner in the evening."""
    last = WEEK_START + 7 * n_weeks * _DAY
    yield RoleCover("supervisor", _at(WEEK_START, time(0)), _at(last, time(0)), 1)
    for n in range(7 * n_weeks):
        day = WEEK_START + n * _DAY
        yield RoleCover("mental_health", _at(day, time(17)), _at(day + _DAY, time(1)), 1)


def _cover(
    people: list[HandlerIn],
    demand: Demand,
    begin: datetime,
    n: int,
    tail: int,
    n_weeks: int,
    mode: Mode,
) -> Cover:
    """Heads wanted by the staffing model, its tables of what is short, and the people of the week after.

    Both are worked out for the usual week and repeat by the local clock.
    """
    targets, definitions, rules = ServiceTargets(), Definitions(), SeatRules(shrinkage=SHRINKAGE)
    needed = requirement(demand, CALLERS, targets, definitions, rules)
    seats = needed.seats_999, needed.seats_101, needed.reserve
    tables = shortfall_tables(demand, CALLERS, targets, definitions, rules, *seats)
    next_week = () if mode is Mode.FREE else assumed_duties(people, WEEK_START + 7 * n_weeks * _DAY, 1, ZONE, RULES)
    already = {desk: np.zeros(n + tail, dtype=np.int64) for desk in (Activity.CALLS_999, Activity.CALLS_101)}
    for duty in next_week:
        for span in duty.activities:
            if span.activity in already:
                first, last = (int((moment - begin) / _QUARTER) for moment in (span.start, span.end))
                already[span.activity][first:last] += 1
    slots = _slots(begin, n + tail)
    return Cover(
        begin,
        needed.rostered_999[slots],
        needed.rostered_101[slots],
        already[Activity.CALLS_999],
        already[Activity.CALLS_101],
        cost_short=tables.short[slots],
        cost_short_999=tables.short_999[slots],
    )


def _slots(begin: datetime, n: int) -> list[int]:
    """Local quarter-hour of the week, 0..671, of ``n`` intervals."""
    local = [(begin + place * _QUARTER).astimezone(ZONE) for place in range(n)]
    return [96 * moment.weekday() + 4 * moment.hour + moment.minute // 15 for moment in local]


def _scale(wanted: float, n_handlers: int) -> float:
    """Factor on the demonstration's calls for which ``wanted`` heads are needed in all [handler-quarter-hours]."""
    scale = n_handlers / STANDARD_SIZE
    rules = SeatRules(shrinkage=SHRINKAGE, split=False)  # the split moves seats between desks and adds none
    for _ in range(3):  # heads grow a little less than calls: a few steps of proportion settle within half a percent
        needed = requirement(_usual_week(scale), CALLERS, ServiceTargets(), Definitions(), rules)
        scale *= wanted / (needed.rostered_999 + needed.rostered_101).sum()
    return scale


def _available(people: list[HandlerIn], handlers: tuple[Handler, ...], n_weeks: int) -> float:
    """Minutes that the pattern's duties of the period leave for calls [min]."""
    minutes = 0.0
    for who, handler in zip(people, handlers, strict=True):
        duties: tuple[NominalDuty, ...] = nominal_duties(who, WEEK_START, 7 * n_weeks, ZONE)
        for duty in duties:
            if not handler.on_leave(duty.date):
                minutes += on_call_min(duty.length_min) - BRIEFING_MIN
        minutes -= handler.learning_min + sum(session.length_min for session in handler.training)
    return minutes


def _usual_week(scale: float) -> Demand:
    """Calls of the usual week by local quarter-hour."""
    calls: NDArray[np.float64] = scale * np.array(MEAN_OFFERED)[:, None] * weekly_shapes()
    n = calls.shape[1]
    return Demand(
        start=datetime.combine(WEEK_START, time(0), UTC),
        interval_s=900,
        mean_calls=calls,
        rate_cv=np.full(calls.shape, DAY_CV),
        aht_s=np.tile(np.array(MEAN_HANDLING_S)[:, None], n),
        days=np.arange(n) // 96,
    )
