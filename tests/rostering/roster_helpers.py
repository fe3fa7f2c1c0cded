"""Seeded synthetic forces for roster tests: patterns, part-timers, history, leave, training, demand near the hours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

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
from rostering.roster import Activity, ActivitySpan, Duty
from rostering.rules import ENGLAND_WALES_STAFF, RuleSet, paid_min

LONDON = "Europe/London"
MONDAY = date(2025, 2, 3)  # an ordinary week
SPRING, AUTUMN = date(2025, 3, 24), date(2025, 10, 20)  # weeks whose Sunday changes the clock
BAND = Consent(120, 120, 120, 120)
STARTS = {"E": time(7), "L": time(14, 30), "N": time(21, 30), "D": time(10)}
SIX_FOUR = ("EELLNN----", 10, 585, Contract(2220, 10))
FIVE_WEEK = ("EEELL--LLNN---EELLL---NNN---EELL---", 35, 585, Contract(2220, 5))
PART_TIME = ("-D-DL--", 7, 495, Contract(1350, 4))
BOTH = (SkillValidity(Skill.CALLS_999), SkillValidity(Skill.CALLS_101))
ONLY_101 = (SkillValidity(Skill.CALLS_101),)


def local(day: date, hour: int, minute: int = 0, days: int = 0) -> datetime:
    """Local wall-clock time as UTC."""
    return datetime.combine(day + timedelta(days=days), time(hour, minute), ZoneInfo(LONDON)).astimezone(UTC)


def nominal(day: date, hour: int, minute: int = 0, length_min: int = 480) -> NominalDuty:
    return NominalDuty(day, local(day, hour, minute), length_min)


def handler(
    ref: str = "H1",
    duties: Sequence[NominalDuty] = (),
    *,
    contract_min: int | None = None,
    consent: Consent | None = None,
    skills: tuple[SkillValidity, ...] = BOTH,
    **more: object,
) -> Handler:
    """A handler whose contract is the paid time of the nominal duties, unless told otherwise."""
    paid = sum(paid_min(ENGLAND_WALES_STAFF, duty.length_min, meals_paid=False) for duty in duties)
    contract = Contract(contract_min if contract_min is not None else max(paid, 60))
    return Handler(ref, contract, skills, tuple(duties), consent or Consent(), **more)  # type: ignore[arg-type]


def cover(
    week: date = MONDAY,
    nines: int | np.ndarray = 0,
    ones: int | np.ndarray = 0,
    tail: int = 48,
    n_weeks: int = 1,
    **more: np.ndarray,
) -> Cover:
    start, end = local(week, 0), local(week, 0, days=7 * n_weeks)
    n = int((end - start) / timedelta(minutes=15)) + tail
    spread = [np.broadcast_to(np.asarray(heads, dtype=np.int64), (n,)) for heads in (nines, ones)]
    return Cover(start, spread[0], spread[1], **more)


def problem(
    handlers: Sequence[Handler],
    *,
    week: date = MONDAY,
    need: Cover | None = None,
    rules: RuleSet = ENGLAND_WALES_STAFF,
    frozen: Sequence[Duty] = (),
    **more: object,
) -> RosterProblem:
    need = need or cover(week, n_weeks=int(more.get("n_weeks", 1)))  # type: ignore[call-overload]
    return RosterProblem(week, LONDON, need, tuple(handlers), tuple(frozen), rules, **more)  # type: ignore[arg-type]


def written_duty(ref: str, start: datetime, length_min: int, meal_at_min: int, desk: str = "999") -> Duty:
    """A duty written by hand by the default template: meal where told, short breaks at their earliest."""
    rule_meal = length_min - paid_min(ENGLAND_WALES_STAFF, length_min, meals_paid=False)
    clear = 180 if length_min >= 480 else (length_min - rule_meal) * 40 // 1500 * 15
    off = [(meal_at_min, rule_meal, Activity.MEAL)]
    if length_min >= 480:
        off.append((60, 15, Activity.BREAK))
    if length_min >= 240 and length_min - clear + 45 <= length_min - 75:
        off.append((length_min - clear + 45, 15, Activity.BREAK))
    spans, at = [], 0
    for begin, minutes, activity in [*sorted(off), (length_min, 0, Activity.MEAL)]:
        if begin > at:
            spans.append(_span(start, at, begin, Activity(desk)))
        if minutes:
            spans.append(_span(start, begin, begin + minutes, activity))
        at = begin + minutes
    return Duty(ref, start, start + timedelta(minutes=length_min), tuple(spans))


def _span(start: datetime, first_min: int, last_min: int, activity: Activity) -> ActivitySpan:
    return ActivitySpan(activity, start + timedelta(minutes=first_min), start + timedelta(minutes=last_min))


def _pattern_days(pattern: str, period: int, shift: int, week: date, n_weeks: int) -> Iterator[tuple[date, str]]:
    """Dates with their letter, ``n_weeks`` before the week and the week itself; the pattern's clock stands still."""
    origin = date(2020, 1, 6)
    for n in range(-7 * n_weeks, 7):
        day = week + timedelta(days=n)
        letter = pattern[((day - origin).days + shift) % period]
        if letter != "-":
            yield day, letter


def _nominal(day: date, letter: str, length_min: int) -> NominalDuty:
    return NominalDuty(day, datetime.combine(day, STARTS[letter], ZoneInfo(LONDON)).astimezone(UTC), length_min)


def force(
    n_handlers: int, seed: int = 1, *, week: date = MONDAY, load: float = 0.93, tail: int = 48, step_min: int = 30
) -> RosterProblem:
    """Synthetic force: two patterns and part-timers, three in four dual-skilled, needed heads ``load`` of the hours."""
    rng = np.random.default_rng(seed)
    handlers, frozen = [], []
    for n in range(n_handlers):
        pattern, period, length, contract = (SIX_FOUR, FIVE_WEEK, SIX_FOUR, PART_TIME, FIVE_WEEK)[n % 5]
        shift = int(rng.integers(period)) if pattern != PART_TIME[0] else 7 * int(rng.integers(4))
        days = list(_pattern_days(pattern, period, shift, week, 17))
        paid = paid_min(ENGLAND_WALES_STAFF, length, meals_paid=False)
        history = [0] * 16
        for day, _ in days:
            weeks_ago = (week - day + timedelta(days=6)).days // 7
            if 1 <= weeks_ago <= 16:
                history[-weeks_ago] += paid
        before = [_nominal(day, letter, length) for day, letter in days if day < week]
        own = tuple(_nominal(day, letter, length) for day, letter in days if day >= week)
        ref = f"H{n + 1:03}"
        leave = (Leave(week, week + timedelta(days=6)),) if rng.random() < 0.06 else ()
        training = ()
        if own and not leave and rng.random() < 0.08:
            training = (Training(own[0].start + timedelta(minutes=60), 90),)
        skills = BOTH if rng.random() < 0.75 else ONLY_101
        if before[-1].end > local(week, 0):
            desk = "999" if len(skills) == 2 else "101"
            frozen.append(written_duty(ref, before[-1].start, length, 240, desk))
        handlers.append(
            Handler(
                ref,
                contract,
                skills,
                own,
                BAND if rng.random() < 0.85 else Consent(60, 60, 60, 60),
                leave,
                training,
                int(rng.choice([-30, 0, 0, 0, 30])),
                tuple(history),
                tuple(history),
                tuple((duty.start, duty.end) for duty in before if duty.date >= week - timedelta(days=7)),
            )
        )
    needed = _demand(handlers, week, load, tail)
    return RosterProblem(
        week, LONDON, needed, tuple(handlers), tuple(frozen), start_step_min=step_min, length_step_min=step_min
    )


def _demand(handlers: Sequence[Handler], week: date, load: float, tail: int) -> Cover:
    """Heads needed: a daily wave drawn towards where the pattern has people, ``load`` of their hours on calls."""
    empty = cover(week, tail=tail)
    n = empty.n_intervals
    people, dual = np.zeros(n), np.zeros(n)
    for who in handlers:
        for duty in who.nominal:
            if not who.on_leave(duty.date):
                first = int((duty.start - empty.start) / timedelta(minutes=15))
                people[first : first + duty.length_min // 15] += 1 - 90 / duty.length_min
                dual[first : first + duty.length_min // 15] += (1 - 90 / duty.length_min) * (len(who.skills) == 2)
    hours = (np.arange(n) / 4) % 24
    wave = 1 + 0.25 * np.cos((hours - 16) / 24 * 2 * np.pi)
    smooth = np.convolve(np.pad(people, 16, mode="edge"), np.ones(33) / 33, mode="valid")
    shape = 0.75 * smooth + 0.25 * wave * people[: -tail or None].mean()
    shape[: 4 * 7] = np.minimum(shape[: 4 * 7], 0.5 * people[: 4 * 7])  # last week's nights are few here
    shape[-tail or n :] = 0
    heads = np.round(shape * load * people[: -tail or None].sum() / max(shape.sum(), 1e-9)).astype(np.int64)
    nines = np.minimum(np.round(heads * 0.45), np.floor(dual * 0.8)).astype(np.int64)
    return Cover(empty.start, nines, heads - nines)
