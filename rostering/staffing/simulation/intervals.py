"""The start of an interval: who comes, goes or changes desks; arrays as in `layout`."""

from rostering.staffing.checks import Floats, Ints
from rostering.staffing.simulation.answering import busy_sum, end_overrun, is_on_calls
from rostering.staffing.simulation.compiled import merged, rare
from rostering.staffing.simulation.layout import (
    ABSENT,
    AFTER,
    AVAILABILITY,
    AWAY,
    BUSY,
    CALLS_999,
    DESK,
    DUE,
    DUE_INTERVAL,
    IDLE,
    INTERCHANGEABLE,
    INTERVAL_S,
    LEAVING,
    LENDING,
    OFF,
    ON_CALLS,
    OVER,
    WORK,
)
from rostering.staffing.simulation.randomness import mixed, uniform
from rostering.staffing.simulation.result import Staff
from rostering.staffing.simulation.room_state import join_idle, leave_idle, longest_idle

ON_CALLS_SUM, OVERRUN_SUM = int(Staff.ON_CALLS_S), int(Staff.OVERRUN_BREAK_S)
AWAYNESS = 1  # stream of a replication


@merged
def start_interval(
    replication: int,
    interval: int,
    rules: Floats,
    changes: Ints,
    on_duties: Ints,
    counters: Ints,
    handlers: Ints,
    sums: Floats,
    load: Floats,
) -> None:  # pragma: no cover - compiled
    """Who changes desks does so, after the call where there is one; who is unavailable this time leaves the desk."""
    now, interval_s = interval * rules[INTERVAL_S], rules[INTERVAL_S]
    if rules[INTERCHANGEABLE] > 0.0:
        change_seats(changes, counters, handlers)
        changes = changes[:0]
    for change in range(changes.shape[0]):
        duty, desk = changes[change, 0], changes[change, 1]
        before = handlers[duty, DESK]
        if before == ABSENT:
            continue
        if handlers[duty, AFTER] >= 0:
            leave_idle(duty, counters, handlers)
        handlers[duty, DESK], handlers[duty, AWAY] = desk, 0
        counters[ON_CALLS] += int(is_on_calls(desk)) - int(is_on_calls(before))
        if handlers[duty, WORK] == IDLE:
            if desk != OFF:
                join_idle(duty, counters, handlers)
        elif desk == OFF or (desk == LENDING and before != OFF):
            if handlers[duty, DUE] == 0:
                handlers[duty, DUE] = 1 + changes[change, 2]
                handlers[duty, DUE_INTERVAL] = interval
                counters[OVER + changes[change, 2]] += 1
        elif handlers[duty, DUE]:  # the break ended before the call did
            end_overrun(duty, now, interval - 1, rules, counters, handlers, sums, load)
    away_s = 0.0
    if rules[AVAILABILITY] < 1.0:
        stream = mixed(mixed(replication, AWAYNESS), interval)
        for place in range(on_duties.size):
            duty = on_duties[place]
            if handlers[duty, DESK] == ABSENT:
                continue
            was_away = handlers[duty, AWAY]
            handlers[duty, AWAY] = uniform(stream, duty) >= rules[AVAILABILITY]
            if handlers[duty, WORK] != IDLE:
                continue
            if handlers[duty, AWAY]:
                away_s += is_on_calls(handlers[duty, DESK]) * interval_s
                if handlers[duty, AFTER] >= 0:
                    leave_idle(duty, counters, handlers)
            elif was_away:
                join_idle(duty, counters, handlers)
    sums[interval, ON_CALLS_SUM] += counters[ON_CALLS] * interval_s - away_s
    for due in range(2):
        sums[interval, OVERRUN_SUM + due] += counters[OVER + due] * interval_s
    for work in range(3):
        sums[interval, busy_sum(work)] += counters[BUSY + work] * interval_s


@rare
def change_seats(changes: Ints, counters: Ints, handlers: Ints) -> None:  # pragma: no cover - compiled
    """So many seats more or fewer, whoever sits there: idle ones go first, the others when the next call ends."""
    off = 0
    for change in range(changes.shape[0]):
        desk = changes[change, 1]
        if desk == OFF:
            seat = longest_idle(CALLS_999, handlers)
            if seat < 0:
                counters[LEAVING] += 1
                continue
            leave_idle(seat, counters, handlers)
            handlers[seat, DESK] = OFF
            counters[ON_CALLS] -= 1
        elif counters[LEAVING] > 0:
            counters[LEAVING] -= 1
        else:
            while handlers[off, DESK] != OFF:
                off += 1
            handlers[off, DESK] = desk
            counters[ON_CALLS] += 1
            join_idle(off, counters, handlers)
