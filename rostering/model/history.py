"""What a person worked before the period, as far as the rules look back."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from rostering.model.clock import night_min
from rostering.model.frame import Frame, Without, minute_of
from rostering.model.slots import LONG_AGO, Before
from rostering.problem import Handler
from rostering.rules import RuleId


def known_before(frame: Frame, handler: Handler) -> list[tuple[datetime, datetime]]:
    """Start and end of each known duty that starts before the period, in order."""
    problem = frame.problem
    frozen = [(d.start, d.end) for d in problem.frozen_duties if d.handler == handler.ref and d.start < problem.begin]
    minutes = {(minute_of(problem, s), minute_of(problem, e)): (s, e) for s, e in (*handler.last_week, *frozen)}
    return [minutes[key] for key in sorted(minutes)]


def before_of(frame: Frame, handler: Handler, without: Without) -> Before:
    """The last duty before the period, the run that it ends, and the weekly rests of the week before."""
    spans = known_before(frame, handler)
    if not spans:
        return Before()
    problem = frame.problem
    least = problem.rules[RuleId.NIGHT]["least_min"]
    is_night = {frame.day_of(start): night_min(problem, start, end) >= least for start, end in spans}
    last = max(is_night)
    run = nights = 0
    while last - run in is_night:
        run += 1
    while is_night.get(last - nights, False):
        nights += 1
    start = next(start for start, _ in reversed(spans) if frame.day_of(start) == last)
    short, long = (0, 0) if RuleId.WEEKLY_REST in without else _rests(frame, spans)
    clock = _clock(frame, start)
    end = max(minute_of(problem, end) for _, end in spans)
    return Before(last, clock, end, is_night[last], run, nights, short, long)


def _clock(frame: Frame, start: datetime) -> int:
    local = start.astimezone(ZoneInfo(frame.problem.timezone))
    return local.hour * 60 + local.minute


def _rests(frame: Frame, spans: list[tuple[datetime, datetime]]) -> tuple[int, int]:
    """Weekly rests before the known duties that lie in the week before: of the week's length, of the fortnight's."""
    rule, opens = frame.problem.rules[RuleId.WEEKLY_REST], 15 * int(frame.clock.monday[0])
    short = long = 0
    free_from = 15 * LONG_AGO
    for first, last in spans:
        start, end = minute_of(frame.problem, first), minute_of(frame.problem, last)
        inside, whole = start - max(free_from, opens), start - free_from
        short += inside >= rule["week_rest_min"] and whole >= rule["week_rest_min"] + rule["daily_rest_min"]
        long += inside >= rule["fortnight_rest_min"] and whole >= rule["fortnight_rest_min"] + rule["daily_rest_min"]
        free_from = max(free_from, end)
    return short, long
