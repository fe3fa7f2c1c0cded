"""Duties for people who have none that day, those whose turn it is first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from rostering.findings import local_date, minutes
from rostering.layout import desk_of, laid_out
from rostering.problem import Handler, Offer, OfferKind, Skill
from rostering.rules import RuleId
from rostering.same_day.absence import QUARTER, ceil_quarter
from rostering.same_day.move import Judge, Move, MoveKind, paid_of
from rostering.same_day.scene import ROWS, Scene, Turn, Worth

_DESKS = {0: Skill.CALLS_999, 1: Skill.CALLS_101}


def call_outs(scene: Scene, worth: Worth, judge: Judge, most: int) -> list[tuple[int, Move]]:
    """Legal call-outs with what each is worth: for each of a few spans at most ``most`` people, in the order in which
    they are to be asked. One that breaks nothing but the daily rest comes after those who keep it."""
    found: list[tuple[int, Move]] = []
    for start, end in dict.fromkeys(_spans(scene, worth)):
        legal: list[tuple[int, Move]] = []
        rested = 0
        for handler in _in_turn(scene, start, end):
            if rested == most:
                break
            move = _move(scene, handler, start, end)
            value = _value(scene, worth, move)
            broken = judge.broken([move]) if value > 0 else None
            if broken is not None and all(v.rule is RuleId.DAILY_REST for v in broken):
                rested += not broken
                legal.append((value, move))
        found += legal[: 2 * most]
    return found


def _in_turn(scene: Scene, start: datetime, end: datetime) -> list[Handler]:
    """People who rest then, in the order in which they are to be asked."""

    def key(who: Handler) -> tuple[bool, int, int, int, str]:
        return turn_key(scene.turns, who.ref, bool(_offers(scene, who, start, end)))

    return sorted(_resting(scene, start, end), key=key)


def turn_key(turns: Mapping[str, Turn], ref: str, is_offered: bool) -> tuple[bool, int, int, int, str]:
    """Order of asking: whoever offered first, then whoever was called out or kept longer least often."""
    turn = turns.get(ref, Turn())
    return not is_offered, turn.times_13, turn.times_52, turn.minutes_52, ref


def _spans(scene: Scene, worth: Worth) -> Iterator[tuple[datetime, datetime]]:
    """Times of a duty more: the whole of what is missing as far as a call-out may last, and its dearest hours."""
    limits = scene.limits
    first = max(scene.start, ceil_quarter(scene.now + timedelta(minutes=limits.lead_min)))
    least, most = (timedelta(minutes=m) for m in (limits.least_call_out_min, limits.most_call_out_min))
    if first >= scene.end:
        return
    length = min(max(scene.end - first, least), most)
    yield _dearest(scene, worth, first, length)
    if length > least:
        yield _dearest(scene, worth, first, least)


def _dearest(scene: Scene, worth: Worth, first: datetime, length: timedelta) -> tuple[datetime, datetime]:
    """The span of that length, from ``first`` on, that is worth most; the earliest of them."""
    gain, quarters = worth.gain.max(axis=0), length // QUARTER
    latest = max(scene.end - length, first)
    best, best_value = first, -1
    at = first
    while at <= latest:
        place = max(scene.place(at), 0)
        value = int(gain[place : place + quarters].sum())
        if value > best_value:
            best, best_value = at, value
        at += QUARTER
    return best, best + length


def _resting(scene: Scene, start: datetime, end: datetime) -> Iterator[Handler]:
    """People without a duty on the date or at the time who could take calls then."""
    problem = scene.problem
    day = local_date(problem, start)
    duties = [*problem.frozen_duties, *scene.duties]
    busy = {d.handler for d in duties if local_date(problem, d.start) == day or (d.start < end and d.end > start)}
    for handler in problem.handlers:
        is_skilled = any(handler.has_skill(skill, day) for skill in Skill)
        if handler.ref not in busy and handler.ref not in scene.away and is_skilled and not handler.on_leave(day):
            yield handler


def _offers(scene: Scene, handler: Handler, start: datetime, end: datetime) -> list[Offer]:
    """Recorded offers that give the duty."""
    rule, length = scene.problem.rules[RuleId.LENGTHS], minutes(start, end)
    day = local_date(scene.problem, start)
    return [
        offer
        for offer in handler.offers
        if offer.date == day and offer.kind is not OfferKind.OVERTIME
        and offer.earliest <= start and end <= offer.latest
        and min(rule["shortest_min"], offer.most_min) <= length <= min(rule["longest_min"], offer.most_min)
    ]  # fmt: skip


def _move(scene: Scene, handler: Handler, start: datetime, end: datetime) -> Move:
    problem = scene.problem
    duty = laid_out(problem, handler, start, end)
    offered = _offers(scene, handler, start, end)
    day = local_date(problem, start)
    asked = None if offered else Offer(OfferKind.REST_DAY, day, start, end, minutes(start, end))
    return Move(
        kind=MoveKind.CALL_OUT,
        subject=handler.ref,
        before=None,
        after=duty,
        start=start,
        end=end,
        row=ROWS[desk_of(problem, handler, start)],
        offer=asked,
        is_agreed=bool(offered),
        terms=OfferKind.REST_DAY if any(one.kind is OfferKind.REST_DAY for one in offered) or asked else OfferKind.TOIL,
        paid_min=paid_of(problem, duty),
    )


def _value(scene: Scene, worth: Worth, move: Move) -> int:
    """What the duty's time on calls is worth."""
    value = 0
    for span in () if move.after is None else move.after.activities:
        if span.activity in ROWS:
            first, last = (max(scene.place(moment), 0) for moment in (span.start, span.end))
            value += int(worth.gain[ROWS[span.activity], first:last].sum())
    return value
