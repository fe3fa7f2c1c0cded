"""Replications of the control room, event by event; arrays as in `layout`.

Time runs through the first attempts of both queues, the ends of calls, what is due later (redials, spill, call backs)
and the starts of intervals. Each turn of the loop handles one of them and begins at most one call.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rostering.staffing.checks import Floats, Ints
from rostering.staffing.simulation.answering import (
    begin_call,
    call_back_again,
    count_answered,
    end_work,
    take_first,
)
from rostering.staffing.simulation.arrivals import draw_first_attempts, handling_time_s
from rostering.staffing.simulation.compiled import merged, rare
from rostering.staffing.simulation.dispatch import idle_for, idle_with_work, line_for
from rostering.staffing.simulation.intervals import start_interval
from rostering.staffing.simulation.layout import (
    ABSENCE_RATE,
    ABSENT,
    ANSWERED_MARK,
    AT_SWITCHBOARD,
    AWAY,
    BUSY_S,
    DESK,
    DRAW_CHILD,
    DRAW_RESOLVED,
    HAS_SWITCHBOARD,
    INFO,
    INTERVAL_S,
    IS_FULL,
    KEY,
    LEAVING,
    LINE_101,
    LINE_999,
    LINE_SWITCHBOARD,
    N_COUNTERS,
    N_SUMS,
    OFF,
    ON_CALLS,
    RESOLVES,
    RETRY,
    SPAN_S,
    SPILLS,
    SWITCHBOARD_OFFERED,
    WAITS_S,
    WORK,
)
from rostering.staffing.simulation.randomness import mixed, uniform
from rostering.staffing.simulation.result import Count, Int32s
from rostering.staffing.simulation.room_state import (
    empty_room,
    join_idle,
    leave_idle,
    pop_end,
)
from rostering.staffing.simulation.waiting_lines import (
    close_lines,
    join_line,
    pop_later,
)

FIRST_ATTEMPTS, OFFERED = int(Count.FIRST_ATTEMPTS), int(Count.OFFERED)
ANSWERED_WAIT, ABANDONED_WAIT = int(Count.ANSWERED_WAIT_S), int(Count.ABANDONED_WAIT_S)
ABSENCE = 0  # stream of a replication
INT32_MAX = 2**31 - 1


@njit(cache=True, nogil=True)
def simulate_replications(
    first: int,
    seed: int,
    calls: Floats,
    rules: Floats,
    aht_s: Floats,
    reserve: Ints,
    change_at: Ints,
    changes: Ints,
    on_at: Ints,
    on_duties: Ints,
    day_of: Ints,
    n_duties: int,
    room_for: int,
    first_for: int,
    tallies: Int32s,
    staff: NDArray[np.float32],
    waits: Int32s,
    unfinished: Ints,
    load: Ints,
) -> bool:  # pragma: no cover - compiled
    """Simulate replications ``first``, ``first`` + 1, ..., whose first attempts are ``calls`` (replications, 2, n).

    ``reserve`` (n,); ``changes`` (changes, 3) hold duty, new desk and whether the duty ends with it, those of
    interval i from ``change_at[i]`` on; ``on_duties`` who is on calls or at the switchboard, bounded by ``on_at``;
    ``day_of`` (n,) is the day of each interval. ``tallies``, ``staff``, ``waits`` and ``unfinished`` have a row for
    each replication, ``load`` is added to. ``room_for`` callers can wait in all in each line, ``first_for`` first
    attempts come in an interval; False if that did not do.
    """
    n = calls.shape[2]
    first_s, first_keys = np.empty((2, first_for, 2)), np.empty((2, first_for), dtype=np.int64)
    come, next_s = np.zeros(2, dtype=np.int64), np.empty(2)  # of each queue's first attempts: so far, time of the next
    handlers = np.empty((n_duties + 4, 8), dtype=np.int64)
    ends_s, ends = np.empty(n_duties + 2), np.empty(n_duties + 2, dtype=np.int64)
    counters, sums = np.empty(N_COUNTERS, dtype=np.int64), np.empty((n, N_SUMS))
    lines_s, lines = np.empty((4, room_for, 3)), np.empty((4, room_for, 2), dtype=np.int64)
    later_s, later = np.empty(room_for), np.empty((room_for, 2), dtype=np.int64)
    own_load = np.empty(load.shape)
    for r in range(calls.shape[0]):
        replication = mixed(mixed(seed, 1), first + r)
        empty_room(counters, handlers, ends_s)
        sums[:], own_load[:], tallies[r], waits[r], later_s[0] = 0.0, 0, 0, 0, np.inf
        for duty in range(n_duties):
            if rules[ABSENCE_RATE] > 0.0 and uniform(mixed(replication, ABSENCE), duty) < rules[ABSENCE_RATE]:
                handlers[duty, DESK] = ABSENT
        simulate_span(replication, calls[r], rules, aht_s, reserve, change_at, changes, on_at, on_duties, counters,
                      handlers, ends_s, ends, lines_s, lines, later_s, later, tallies[r], sums, waits[r], own_load,
                      unfinished[r], day_of, first_s, first_keys, come, next_s)  # fmt: skip
        if counters[IS_FULL]:
            return False
        add_load(own_load, load)
        copy_sums(sums, tallies[r], staff[r])
    return True


@merged
def add_load(own_load: Floats, load: Ints) -> None:  # pragma: no cover - compiled
    """Add a replication's load, seconds as whole milliseconds: sums that know no order."""
    for duty in range(load.shape[0]):
        for column in range(load.shape[1]):
            scale = 1.0 if column < BUSY_S else 1000.0
            load[duty, column] += int(own_load[duty, column] * scale + 0.5)


@njit(cache=True)
def copy_sums(sums: Floats, tally: Int32s, staff: NDArray[np.float32]) -> None:  # pragma: no cover - compiled
    """Staff seconds as they are; waits in whole seconds, what is cut off carried to the next interval."""
    carried = np.zeros(4)
    for interval in range(sums.shape[0]):
        for column in range(staff.shape[1]):
            staff[interval, column] = sums[interval, column]
        for kind in range(4):
            wait_s = sums[interval, WAITS_S + kind] + carried[kind]
            whole_s = min(math.floor(wait_s + 0.5), INT32_MAX)
            carried[kind] = wait_s - whole_s
            tally[interval, kind % 2, ANSWERED_WAIT if kind < 2 else ABANDONED_WAIT] = whole_s


@rare
def simulate_span(
    replication: int,
    calls: Floats,
    rules: Floats,
    aht_s: Floats,
    reserve: Ints,
    change_at: Ints,
    changes: Ints,
    on_at: Ints,
    on_duties: Ints,
    counters: Ints,
    handlers: Ints,
    ends_s: Floats,
    ends: Ints,
    lines_s: Floats,
    lines: Ints,
    later_s: Floats,
    later: Ints,
    tally: Int32s,
    sums: Floats,
    waits: Int32s,
    load: Floats,
    unfinished: Ints,
    day_of: Ints,
    first_s: Floats,
    first_keys: Ints,
    come: Ints,
    next_s: Floats,
) -> None:  # pragma: no cover - compiled
    """One replication; after the last interval its staff goes on until nobody waits, and nobody dials any more."""
    n, span_s = calls.shape[1], rules[SPAN_S]
    next_s[:] = 0.0
    interval, starts_s, now, is_matching, handed_over = -1, 0.0, 0.0, False, 0
    while not counters[IS_FULL]:
        duty, line, key, handling_s = -1, -1, 0, -1.0
        if is_matching:
            duty = idle_with_work(now, interval, rules, reserve, counters, handlers, lines_s, lines, tally, sums)
            if duty < 0:
                is_matching = False
                continue
            leave_idle(duty, counters, handlers)
        elif handed_over:
            line, key, handed_over = LINE_101, handed_over, 0
        else:
            queue = 0 if next_s[0] <= next_s[1] else 1
            due_s = later_s[0] if later_s[0] < span_s else np.inf
            ends_first = ends_s[0] < due_s
            happens_s = ends_s[0] if ends_first else due_s
            if next_s[queue] <= happens_s and next_s[queue] >= starts_s:  # behind an interval's calls stands its end
                if starts_s == np.inf:
                    break
                interval, now, is_matching = interval + 1, starts_s, True
                starts_s = (interval + 1) * rules[INTERVAL_S] if interval + 1 < n else np.inf
                draw_first_attempts(replication, interval, calls, rules, aht_s, counters, first_s, first_keys, starts_s)
                come[0] = come[1] = 0
                next_s[0], next_s[1] = first_s[0, 0, 0], first_s[1, 0, 0]
                changed = changes[change_at[interval] : change_at[interval + 1]]
                present = on_duties[on_at[interval] : on_at[interval + 1]]
                start_interval(replication, interval, rules, changed, present, counters, handlers, sums, load)
                continue
            if next_s[queue] <= happens_s:
                now, line, number = next_s[queue], queue, come[queue]
                key, handling_s = first_keys[queue, np.uint64(number)], first_s[queue, np.uint64(number), 1]
                come[queue], next_s[queue] = number + 1, first_s[queue, np.uint64(number + 1), 0]
                tally[interval, queue, FIRST_ATTEMPTS] += 1
            elif not ends_first:
                now = due_s
                code, key = pop_later(counters, later_s, later)
                place, line = code // 16 - 1, code // 4 % 4
                if code % 4 == RETRY:
                    counters[IS_FULL] |= not call_back_again(code, key, counters, lines_s, lines)
                    is_matching = True
                    continue
                if place >= 0 and lines[line, place, INFO] & ANSWERED_MARK:
                    continue
                key = mixed(key, DRAW_CHILD)
                line = LINE_999 if code % 4 == SPILLS or line == LINE_999 else LINE_101
            else:
                now = ends_s[0]
                duty = pop_end(counters, ends_s, ends)
                row = np.uint64(duty)
                key = handlers[row, KEY]
                if handlers[row, WORK] == AT_SWITCHBOARD and uniform(key, DRAW_RESOLVED) >= rules[RESOLVES]:
                    handed_over = key
                end_work(duty, now, interval, rules, counters, handlers, sums, load)
                if counters[LEAVING] > 0:
                    counters[LEAVING] -= 1
                    counters[ON_CALLS] -= 1
                    handlers[row, DESK] = OFF
                if handlers[row, DESK] == OFF or handlers[row, AWAY]:
                    continue
            if line == LINE_101 and rules[HAS_SWITCHBOARD] > 0.0:
                line = LINE_SWITCHBOARD
        is_call = True
        if line >= 0:  # somebody dials, or comes from the switchboard
            if line == LINE_SWITCHBOARD:
                tally[interval, 1, SWITCHBOARD_OFFERED] += 1
            else:
                tally[interval, line, OFFERED] += 1
            if handling_s < 0.0:  # no first attempt
                handling_s = handling_time_s(line, key, interval, rules, aht_s)
            duty = idle_for(line, reserve[interval], counters, handlers)
            if duty < 0:
                join_line(line, key, interval, now, handling_s, rules, counters, lines_s, lines, later_s, later, tally,
                          sums)  # fmt: skip
                continue
            leave_idle(duty, counters, handlers)
            if line == LINE_SWITCHBOARD:
                tally[interval, 1, SWITCHBOARD_OFFERED + 1] += 1
            else:
                count_answered(line, key, interval, 0.0, rules, tally, sums, waits, day_of)
        else:
            line = line_for(handlers[duty, DESK], now, reserve[interval], rules, counters, lines_s, lines, tally, sums)
            if line < 0:
                join_idle(duty, counters, handlers)
                continue
            key, handling_s, is_call = take_first(line, now, rules, counters, lines_s, lines, later_s, later, tally,
                                                  sums, waits, day_of)  # fmt: skip
        begin_call(duty, line, key, handling_s, is_call, now, interval, rules, counters, handlers, ends_s, ends, sums,
                   load)  # fmt: skip
    close_lines(now, rules, counters, lines_s, lines, later, tally, sums, unfinished)
