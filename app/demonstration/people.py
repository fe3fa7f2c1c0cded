"""Synthetic handlers whose patterns, skills and leave together follow a given load."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.demonstration.cover import (
    CARRIED_OVER,
    DAYS_BEFORE,
    HORIZON_DAYS,
    HOURS,
    Candidate,
    assign,
    candidates,
    cover_of,
)
from app.demonstration.patterns import on_call_min
from app.demonstration.settings import TIMEZONE
from app.people.schemas import ConsentIn, ContractIn, HandlerIn, LeaveIn, PatternDay, PatternIn, SkillIn, TrainingIn

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# Seats are load + 1.0 sqrt(load) + 1.5: fitted to the two-class priority queue with abandonment at 340 and 600 s of
# handling, 600 and 300 s of patience, 90% of 999 within 10 s, 10% of 101 abandoned and a rate known to 10%.
SEATS_ROOT: Final = 1.0
SEATS_MORE: Final = 1.5
# The same model gives all but a fifth of the seats of a busy quarter-hour to 999-skilled people, fewer of a quiet one.
SHARE_999: Final = 0.85
FEWER_999: Final = 1.2
MIN_SEATS: Final = 2
MARGIN, MARGIN_SHARE = 1.0, 0.15  # seats, and share of them, that Monday's small hours get beyond
SHRINKAGE: Final = 0.06  # as in the force's settings
FILL: Final = 0.92  # heads needed over on-call hours available
DUAL_SHARE: Final = 0.775  # hold 999 and 101; the others 101 only

LEAVE_WEEKS: Final = 0.085  # share of people on leave for a whole week
LEAVE_DAYS: Final = 0.0875  # share of people with two days of leave in a week: with the above 11% of days
LEAVE: Final = LEAVE_WEEKS + LEAVE_DAYS * 2 / 7
LEAVE_DRAWS: Final = 40
LEAVE_TOLERANCE: Final = 0.005  # half a point of the week's hours; beyond it the share counts before all else
TRAINED: Final = 0.08  # share of people with a training session in the week
NO_CONSENT: Final = 0.10
OPTED_OUT: Final = 0.05


def seats_of(load: Floats) -> Ints:
    """Seats on calls for an offered load of both queues [erlangs], any shape: square-root staffing and a few more.

    A rule of thumb that sizes the synthetic force; the requirement is computed elsewhere, from the queueing model.
    """
    return np.maximum(np.rint(load + SEATS_ROOT * np.sqrt(load) + SEATS_MORE), MIN_SEATS).astype(np.int64)


def heads_of(seats: Ints) -> Ints:
    """Handlers to roster on calls for a number of seats, after shrinkage."""
    return np.ceil(seats / (1 - SHRINKAGE)).astype(np.int64)


def demonstration_handlers(
    load: Floats,
    *,
    week_start: date,
    rng: np.random.Generator,
    n_handlers: int | None = None,
    timezone: str = TIMEZONE,
) -> list[HandlerIn]:
    """Handlers for the week of `week_start`, with leave around it.

    Parameters
    ----------
    load : expected offered load of 999 and 101 by local quarter-hour of the week [erlangs], (2, 672)
    week_start : a Monday
    n_handlers : None chooses the number for which heads needed are 92% of the on-call hours available

    Raises
    ------
    ValueError : `week_start` is no Monday, `load` has another shape or is negative, or nobody is asked for
    """
    if week_start.weekday() != 0:
        raise ValueError(f"week_start {week_start} is not a Monday")
    if load.shape != (2, 672) or not (np.isfinite(load).all() and (load >= 0).all()):
        raise ValueError(f"load must be (2, 672) erlangs, finite and not negative, got shape {load.shape}")
    if n_handlers is not None and n_handlers < 1:
        raise ValueError(f"n_handlers is {n_handlers}, expected at least 1")
    seats = seats_of(load.sum(axis=0))
    heads = heads_of(seats).astype(np.float64)
    known = candidates()
    if n_handlers is None:
        n_handlers = _enough(known, heads)
    aim = _with_margin(heads)
    chosen = assign(known, aim, n_handlers)
    leave = _spread_leave(chosen, aim, rng)
    dual = _dual_skilled(chosen, leave, _with_margin(seats))
    people = [_handler(i, c, dual[i], leave[i], week_start, rng) for i, c in enumerate(chosen)]
    return _with_training(people, chosen, leave, week_start, ZoneInfo(timezone), rng)


def _with_margin(needed: NDArray[Any]) -> Floats:
    """More for Monday 00:00-07:00, when last week's nights are on duty: their meals and leave can't be moved."""
    wanted = needed.astype(np.float64)
    wanted[CARRIED_OVER] += MARGIN_SHARE * wanted[CARRIED_OVER] + MARGIN
    return wanted


def _enough(known: list[Candidate], heads: Floats) -> int:
    """Number of people for whom `heads` are `FILL` of what they give after leave, to the nearest person."""
    wanted = heads.sum() / FILL / (1 - LEAVE)
    n = max(4, round(wanted / 4 / HOURS))
    given: dict[int, float] = {}
    while n not in given:
        given[n] = float(cover_of(assign(known, heads, n), np.zeros((n, HORIZON_DAYS), dtype=bool)).sum())
        n = max(4, round(n * wanted / given[n]))
    return min(given, key=lambda size: abs(given[size] - wanted))


def _spread_leave(chosen: list[Candidate], heads: Floats, rng: np.random.Generator) -> Bools:
    """Leave that takes its usual share of the week's hours and, of some draws, bends the cover's shape least."""
    whole = cover_of(chosen, np.zeros((len(chosen), HORIZON_DAYS), dtype=bool))

    def cost(leave: Bools) -> float:
        cover = cover_of(chosen, leave)
        off_share = abs(1 - cover.sum() / whole.sum() - LEAVE)
        bend = ((cover / cover.sum() - whole / whole.sum()) ** 2 / heads).sum() * whole.sum()
        return float(bend + 1e3 * max(off_share - LEAVE_TOLERANCE, 0.0))

    return min((_leave_days(len(chosen), rng) for _ in range(LEAVE_DRAWS)), key=cost)


def _leave_days(n: int, rng: np.random.Generator) -> Bools:
    """Days of leave, (n, HORIZON_DAYS): the same number of people each week, everybody in turn."""
    leave = np.zeros((n, HORIZON_DAYS), dtype=bool)
    order = rng.permutation(n)
    turn = 0
    for week in range(HORIZON_DAYS // 7):
        whole, short = round(LEAVE_WEEKS * n), round(LEAVE_DAYS * n)
        for person in order[np.arange(turn, turn + whole) % n]:
            leave[person, 7 * week : 7 * week + 7] = True
        for person in order[np.arange(turn + whole, turn + whole + short) % n]:
            first = 7 * week + int(rng.integers(0, 6))
            leave[person, first : first + 2] = True
        turn += whole + short
    return leave


def _dual_skilled(chosen: list[Candidate], leave: Bools, seats: Floats) -> Bools:
    """Who holds 999 as well: all but those whom the 999 seats miss least, (people,)."""
    wanted = np.maximum(SHARE_999 * seats - FEWER_999, MIN_SEATS) / (1 - SHRINKAGE) / FILL
    each = np.stack([cover_of([c], leave[i : i + 1]) for i, c in enumerate(chosen)])
    dual = np.ones(len(chosen), dtype=bool)
    cover = each.sum(axis=0)
    for _ in range(round((1 - DUAL_SHARE) * len(chosen))):
        missing = (np.maximum(wanted - (cover - each), 0.0) ** 2).sum(axis=1) - 1e-3 * (each @ (cover / wanted))
        missing[~dual] = np.inf
        least = int(np.argmin(missing))
        dual[least] = False
        cover = cover - each[least]
    return dual


def _handler(
    index: int, chosen: Candidate, dual: bool, leave: NDArray[np.bool_], week_start: date, rng: np.random.Generator
) -> HandlerIn:
    pattern = chosen.pattern
    length = len(pattern.days)
    # A year back, so that every past week of the cycle has its pattern too.
    anchor = week_start - timedelta(days=chosen.phase + length * -(-364 // length))
    days = [
        None if slot is None else PatternDay(start=time(*divmod(slot.start_min, 60)), length_min=slot.length_min)
        for slot in pattern.days
    ]
    band = 0 if rng.random() < NO_CONSENT else int(rng.choice([60, 90, 120, 120]))
    offset = int(rng.choice([-60, -30, 0, 0, 0, 30, 60]))
    return HandlerIn(
        ref=f"H{index + 1:03d}",
        contract=ContractIn(weekly_min=pattern.weekly_min, cycle_weeks=pattern.cycle_weeks),
        skills=[SkillIn(skill=skill) for skill in (("999", "101") if dual else ("101",))],
        pattern=PatternIn(anchor=anchor, days=days),
        consent=ConsentIn(start_earlier_min=band, start_later_min=band, finish_earlier_min=band, finish_later_min=band),
        leave=_blocks(leave, week_start),
        preferred_offset_min=max(-band, min(band, offset)),
        opted_out_48h=bool(rng.random() < OPTED_OUT),
        worked_min_by_week=None,
        paid_min_by_week=None,
    )


def _blocks(leave: NDArray[np.bool_], week_start: date) -> list[LeaveIn]:
    """Runs of days of leave; the first day of `leave` is `DAYS_BEFORE` before the week."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], leave.astype(np.int8), [0]])))
    first_day = week_start - timedelta(days=DAYS_BEFORE)
    return [
        LeaveIn(first=first_day + timedelta(days=int(a)), last=first_day + timedelta(days=int(b) - 1))
        for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]


def _with_training(
    people: list[HandlerIn],
    chosen: list[Candidate],
    leave: Bools,
    week_start: date,
    zone: ZoneInfo,
    rng: np.random.Generator,
) -> list[HandlerIn]:
    """Some people with a session of 2-3 h, an hour into a duty that starts by day from Monday to Friday."""
    out = list(people)
    wanted = round(TRAINED * len(people))
    for index in rng.permutation(len(people)).tolist():
        if wanted == 0:
            break
        pattern = chosen[index].pattern
        for day in rng.permutation(5).tolist():
            slot = pattern.days[(chosen[index].phase + day) % len(pattern.days)]
            if slot is None or leave[index, DAYS_BEFORE + day]:
                continue
            # By day, and long enough for a meal after the session that is clear of the ends.
            if slot.length_min < 480 or not 420 <= slot.start_min <= 840:
                continue
            midnight = datetime.combine(week_start + timedelta(days=day), time(), tzinfo=zone)
            start = midnight.replace(hour=slot.start_min // 60, minute=slot.start_min % 60).astimezone(UTC)
            session = TrainingIn(start=start + timedelta(hours=1), length_min=int(rng.choice([120, 150, 180])))
            out[index] = people[index].model_copy(update={"training": [session]})
            wanted -= 1
            break
    return out


def on_call_hours(handlers: list[HandlerIn], week_start: date) -> float:
    """Hours that handlers can give to calls from duties of the week: less leave, meals, short breaks, training [h]."""
    minutes = 0
    for handler in handlers:
        days = handler.pattern.days
        for offset in range(7):
            day = week_start + timedelta(days=offset)
            duty = days[(day - handler.pattern.anchor).days % len(days)]
            if duty and not any(block.first <= day <= block.last for block in handler.leave):
                minutes += on_call_min(duty.length_min)
        minutes -= sum(session.length_min for session in handler.training)
    return minutes / 60
