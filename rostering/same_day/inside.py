"""Meals, short breaks, learning and training of people on duty, moved out of the time in which heads are missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from rostering.layout import CALLS, clear_of_meal, desk_of, quarters_of, written
from rostering.problem import Training
from rostering.roster import Activity, Duty
from rostering.rules import RuleId
from rostering.same_day.absence import QUARTER, handler_of
from rostering.same_day.move import Judge, Move, MoveKind, Session
from rostering.same_day.scene import ROWS, Scene, Worth

_SESSIONS = (Activity.LEARNING, Activity.TRAINING)
_RESTS = (Activity.MEAL, Activity.BREAK)
_TRIED = 4  # places of one meal, break or session that are put to the rules
_PUT_OFF = -1


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A stretch of one activity off calls in a duty: its quarter-hours [first, last)."""

    duty: Duty
    quarters: tuple[Activity, ...]
    activity: Activity
    first: int
    last: int
    desk: Activity


def inside_moves(scene: Scene, worth: Worth, judge: Judge, most: int) -> list[tuple[int, Move]]:
    """The best legal moves of breaks and sessions with what each is worth, best first, at most ``most``.

    Only what has not begun moves, and only out of the time in which heads are missing.
    """
    wanted = [
        (value, number, stretch, to)
        for number, stretch in enumerate(_stretches(scene))
        for value, to in _places(scene, worth, stretch)[:_TRIED]
    ]
    wanted.sort(key=lambda one: (-one[0], one[1], one[3]))
    found: list[tuple[int, Move]] = []
    seen: set[int] = set()
    for value, number, stretch, to in wanted:
        if len(found) == most:
            break
        if number in seen:
            continue
        move = _moved(scene, stretch, to)
        if not judge.broken([move]):
            seen.add(number)
            found.append((value, move))
    return found


def _stretches(scene: Scene) -> Iterator[_Stretch]:
    for duty in scene.duties:
        if duty.end <= scene.start or duty.start >= scene.end:
            continue
        quarters = tuple(quarters_of(duty))
        desk = sits_at(scene, duty)
        at = 0
        for activity, run in groupby(quarters):
            after = at + len(list(run))
            begins = duty.start + at * QUARTER
            overlaps = begins < scene.end and duty.start + after * QUARTER > scene.start
            if activity in (*_RESTS, *_SESSIONS) and begins >= scene.now and overlaps:
                yield _Stretch(duty, quarters, activity, at, after, desk)
            at = after


def sits_at(scene: Scene, duty: Duty) -> Activity:
    """The desk at which the handler sits most of the duty."""
    desks = [activity for activity in quarters_of(duty) if activity in CALLS]
    if desks:
        return max(CALLS, key=desks.count)
    return desk_of(scene.problem, handler_of(scene.problem, duty.handler), duty.start)


def _places(scene: Scene, worth: Worth, stretch: _Stretch) -> list[tuple[int, int]]:
    """What each other place of the stretch is worth, best first; ``_PUT_OFF`` for another day."""
    base, row = scene.place(stretch.duty.start), ROWS[stretch.desk]
    n = worth.cost.size

    def gain(quarter: int) -> int:
        at = base + quarter
        return int(worth.gain[row, at]) if 0 <= at < n else 0

    def loss(quarter: int) -> int:
        at, activity = base + quarter, stretch.quarters[quarter]
        return int(worth.loss[ROWS[activity], at]) if 0 <= at < n and activity in ROWS else 0

    own = range(stretch.first, stretch.last)
    whole = sum(gain(quarter) for quarter in own)
    if whole <= 0:
        return []
    found = [(whole, _PUT_OFF)] if stretch.activity in _SESSIONS else []
    earliest = max((scene.now - stretch.duty.start) // QUARTER, 0)
    length = len(own)
    for to in range(earliest, len(stretch.quarters) - length + 1):
        place = range(to, to + length)
        free = all(quarter in own or stretch.quarters[quarter] in CALLS for quarter in place)
        if to == stretch.first or not free or not _is_apart(scene, stretch, place):
            continue
        value = sum(gain(q) for q in own if q not in place) - sum(loss(q) for q in place if q not in own)
        if value > 0:
            found.append((value, to))
    return sorted(found, key=lambda one: (-one[0], abs(one[1] - stretch.first)))


def _is_apart(scene: Scene, stretch: _Stretch, place: range) -> bool:
    """Whether a meal lies in its window, and a short break clear of the duty's ends and the meal, by the rules."""
    n, own = len(stretch.quarters), range(stretch.first, stretch.last)
    beside = (q for q in (place.start - 1, place.stop) if 0 <= q < n and q not in own)
    if any(stretch.quarters[q] is stretch.activity for q in beside):
        return False  # two of them would be one
    if stretch.activity is Activity.MEAL:
        clear = clear_of_meal(scene.problem, n)
        return clear <= place.start and place.stop <= n - clear
    if stretch.activity is not Activity.BREAK:
        return True
    rule = scene.problem.rules[RuleId.SHORT_BREAKS]
    ends, off = (rule[name] // 15 for name in ("clear_ends_min", "clear_meal_min"))
    meals = [q for q, activity in enumerate(stretch.quarters) if activity is Activity.MEAL]
    near = any(place.start - off <= meal < place.stop + off for meal in meals)
    return place.start >= ends and place.stop <= n - ends and not near


def _moved(scene: Scene, stretch: _Stretch, to: int) -> Move:
    quarters = list(stretch.quarters)
    length = stretch.last - stretch.first
    quarters[stretch.first : stretch.last] = [stretch.desk] * length
    if to != _PUT_OFF:
        quarters[to : to + length] = [stretch.activity] * length
    duty, session = stretch.duty, None
    if stretch.activity in _SESSIONS:
        new = None if to == _PUT_OFF else duty.start + to * QUARTER
        session = Session(15 * length, _training_of(scene, stretch), new)
    return Move(
        kind=MoveKind.SESSION if stretch.activity in _SESSIONS else MoveKind.BREAK,
        subject=duty.handler,
        before=duty,
        after=written(duty.handler, duty.start, quarters),
        start=duty.start + stretch.first * QUARTER,
        end=duty.start + stretch.last * QUARTER,
        row=ROWS[stretch.desk],
        session=session,
    )


def _training_of(scene: Scene, stretch: _Stretch) -> Training | None:
    """The fixed session that the stretch holds."""
    if stretch.activity is not Activity.TRAINING:
        return None
    start = stretch.duty.start + stretch.first * QUARTER
    end = start + (stretch.last - stretch.first) * QUARTER
    sessions = handler_of(scene.problem, stretch.duty.handler).training
    return next((s for s in sessions if start <= s.start < end), Training(start, (end - start) // timedelta(minutes=1)))
