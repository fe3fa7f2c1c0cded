"""The waiting lines of a simulated room, who gives up there and what they do then; arrays as in `layout`.

A caller who gives up changes nothing but the line, so no event is spent on it: whoever looks for a call drops those
who have left. Who would dial again after giving up is known on joining (the draw is the call's own); that is put
among what is due later, and nothing comes of it if the call was answered.
"""

import numpy as np

from rostering.staffing.checks import Floats, Ints
from rostering.staffing.simulation.compiled import helper, merged, rare
from rostering.staffing.simulation.layout import (
    ACCEPTED,
    ACCEPTS,
    AGAIN,
    ANSWERED_MARK,
    BALKING,
    CALL_KEY,
    CALLBACKS,
    DIALS_999,
    DIALS_AGAIN,
    DRAW_ACCEPTS,
    DRAW_AGAIN,
    DRAW_BALKS,
    DRAW_DELAY,
    DRAW_PATIENCE,
    HANDLING_S,
    HEAD,
    INFO,
    INTERVAL_UNIT,
    IS_FULL,
    JOINED_S,
    LINE_101,
    LINE_999,
    LINE_SWITCHBOARD,
    MESSAGE_S,
    N_LATER,
    OFFER_AFTER_S,
    PATIENCE_POWER,
    PATIENCE_S,
    REDIAL,
    REDIAL_DELAY_S,
    SHORT_S,
    SPILL,
    SPILL_DELAY_S,
    SPILLS,
    SWITCHBOARD_ABANDONED,
    TAIL,
    UNTIL_S,
    WAITS_S,
)
from rostering.staffing.simulation.randomness import exponential, uniform
from rostering.staffing.simulation.result import Count, Int32s

ABANDONED, SHORT, IN_MESSAGE = int(Count.ABANDONED), int(Count.ABANDONED_SHORT), int(Count.ABANDONED_IN_MESSAGE)
BALKED, REDIALLED, SPILLED = int(Count.BALKED), int(Count.REDIALLED), int(Count.SPILLED)
OFFERED_CALLBACK = int(Count.CALLBACKS_OFFERED)


@rare
def push_later(
    due_s: float, code: int, key: int, counters: Ints, later_s: Floats, later: Ints
) -> None:  # pragma: no cover - compiled
    """Put on the heap what is due later."""
    i = counters[N_LATER]
    if i + 1 >= later_s.size:
        counters[IS_FULL] = 1
        return
    counters[N_LATER] = i + 1
    while i > 0 and later_s[(i - 1) >> 1] > due_s:
        above = (i - 1) >> 1
        later_s[i], later[i, 0], later[i, 1] = later_s[above], later[above, 0], later[above, 1]
        i = above
    later_s[i], later[i, 0], later[i, 1] = due_s, code, key


@merged
def pop_later(counters: Ints, later_s: Floats, later: Ints) -> tuple[int, int]:  # pragma: no cover - compiled
    """Take what is due first off the heap, whose top is infinity when empty; returns its code and key."""
    code, key = later[0, 0], later[0, 1]
    size = counters[N_LATER] - 1
    counters[N_LATER] = size
    last_s, last_code, last_key = later_s[size], later[size, 0], later[size, 1]
    i = 0
    while 2 * i + 1 < size:
        child = 2 * i + 1
        if child + 1 < size and later_s[child + 1] < later_s[child]:
            child += 1
        if later_s[child] >= last_s:
            break
        later_s[i], later[i, 0], later[i, 1] = later_s[child], later[child, 0], later[child, 1]
        i = child
    later_s[i], later[i, 0], later[i, 1] = last_s, last_code, last_key
    if size == 0:
        later_s[0] = np.inf
    return code, key


@rare
def dials_again(
    line: int, place: int, key: int, gone_s: float, rules: Floats, counters: Ints, later_s: Floats, later: Ints
) -> int:  # pragma: no cover - compiled
    """Mark of a caller who, having given up at ``gone_s``, would dial again, which is put among what is due later.

    ``place`` counts from 1; 0 is who balked and certainly gave up.
    """
    queue = 0 if line == LINE_999 else 1
    redial, spill = rules[REDIAL + queue], rules[SPILL] * queue
    if gone_s == np.inf or redial + spill == 0.0:
        return 0
    u = uniform(key, DRAW_AGAIN)
    if u >= redial + spill:
        return 0
    action = AGAIN if u < redial else SPILLS
    delay_s = rules[REDIAL_DELAY_S + queue] if u < redial else rules[SPILL_DELAY_S]
    due_s = gone_s + delay_s * exponential(key, DRAW_DELAY)
    push_later(due_s, place * 16 + line * 4 + action, key, counters, later_s, later)
    return DIALS_AGAIN if action == AGAIN else DIALS_999


@merged
def join_line(
    line: int,
    key: int,
    interval: int,
    now: float,
    handling_s: float,
    rules: Floats,
    counters: Ints,
    lines_s: Floats,
    lines: Ints,
    later_s: Floats,
    later: Ints,
    tally: Int32s,
    sums: Floats,
) -> None:  # pragma: no cover - compiled
    """A caller who must wait hangs up at once or joins the line."""
    queue = 0 if line == LINE_999 else 1
    if line != LINE_SWITCHBOARD and rules[BALKING + queue] > 0.0 and uniform(key, DRAW_BALKS) < rules[BALKING + queue]:
        marks = dials_again(line, 0, key, now, rules, counters, later_s, later)
        tally[interval, queue, BALKED] += 1
        count_abandoned(line, interval, 0.0, marks, rules, tally, sums)
        return
    place = counters[TAIL + line]
    if place >= lines.shape[1]:
        counters[IS_FULL] = 1
        return
    until_s = np.inf
    if rules[PATIENCE_S + line] < np.inf:
        patience = exponential(key, DRAW_PATIENCE)
        if rules[PATIENCE_POWER + line] != 1.0:
            patience **= rules[PATIENCE_POWER + line]
        until_s = now + rules[PATIENCE_S + line] * patience
    marks = 0
    if (line == LINE_101 and rules[CALLBACKS] > 0.0 and until_s >= now + rules[OFFER_AFTER_S]
            and uniform(key, DRAW_ACCEPTS) < rules[ACCEPTS]):  # fmt: skip
        marks, until_s = ACCEPTED, np.inf
    else:
        marks = dials_again(line, place + 1, key, until_s, rules, counters, later_s, later)
    counters[TAIL + line] = place + 1
    lines_s[line, place, JOINED_S], lines_s[line, place, UNTIL_S] = now, until_s
    lines_s[line, place, HANDLING_S] = handling_s
    lines[line, place, INFO], lines[line, place, CALL_KEY] = interval * INTERVAL_UNIT + marks, key


@helper
def is_waiting(
    line: int, now: float, rules: Floats, counters: Ints, lines_s: Floats, lines: Ints, tally: Int32s, sums: Floats
) -> bool:  # pragma: no cover - compiled
    """Whether somebody waits in a line, after dropping those at its head who have given up."""
    while counters[HEAD + line] < counters[TAIL + line]:
        place = counters[HEAD + line]
        if lines_s[line, np.uint64(place), UNTIL_S] >= now:
            return True
        counters[HEAD + line] = place + 1
        info = lines[line, np.uint64(place), INFO]
        waited_s = lines_s[line, np.uint64(place), UNTIL_S] - lines_s[line, np.uint64(place), JOINED_S]
        count_abandoned(line, info // INTERVAL_UNIT, waited_s, info, rules, tally, sums)
    return False


@rare
def count_abandoned(
    line: int, interval: int, waited_s: float, marks: int, rules: Floats, tally: Int32s, sums: Floats
) -> None:  # pragma: no cover - compiled
    """Count a caller who gave up, and what the caller does then."""
    queue = 0 if line == LINE_999 else 1
    if marks & DIALS_AGAIN:
        tally[interval, queue, REDIALLED] += 1
    elif marks & DIALS_999:
        tally[interval, queue, SPILLED] += 1
    if line == LINE_SWITCHBOARD:
        tally[interval, queue, SWITCHBOARD_ABANDONED] += 1
        return
    tally[interval, queue, ABANDONED] += 1
    sums[interval, WAITS_S + 2 + queue] += waited_s
    if rules[SHORT_S] > 0.0 and waited_s <= rules[SHORT_S]:
        tally[interval, queue, SHORT] += 1
    elif line == LINE_101 and rules[MESSAGE_S] > 0.0 and waited_s <= rules[MESSAGE_S]:
        tally[interval, queue, IN_MESSAGE] += 1
    # Who hangs up at once is offered nothing, even where it would be on joining.
    if line == LINE_101 and rules[CALLBACKS] > 0.0 and waited_s >= rules[OFFER_AFTER_S] and waited_s > 0.0:
        tally[interval, queue, OFFERED_CALLBACK] += 1


@merged
def close_lines(
    now: float,
    rules: Floats,
    counters: Ints,
    lines_s: Floats,
    lines: Ints,
    later: Ints,
    tally: Int32s,
    sums: Floats,
    unfinished: Ints,
) -> None:  # pragma: no cover - compiled
    """Nobody is left who could answer: who waits gives up, now at the latest if they never would.

    ``unfinished`` (3,): calls of 999 and 101 that would be dialled after the span, call backs accepted but not ended.
    """
    for line in range(4):
        for place in range(counters[HEAD + line], counters[TAIL + line]):
            info = lines[line, place, INFO]
            if info & ACCEPTED:
                unfinished[2] += 1
                if line == LINE_101:
                    count_accepted(info // INTERVAL_UNIT, tally)
            else:
                gone_s = lines_s[line, place, UNTIL_S] if lines_s[line, place, UNTIL_S] < np.inf else now
                waited_s = gone_s - lines_s[line, place, JOINED_S]
                count_abandoned(line, info // INTERVAL_UNIT, waited_s, info, rules, tally, sums)
    for due in range(counters[N_LATER]):
        place, line, action = later[due, 0] // 16 - 1, later[due, 0] // 4 % 4, later[due, 0] % 4
        if action == 2:
            unfinished[2] += 1
        elif place < 0 or not lines[line, place, INFO] & ANSWERED_MARK:
            unfinished[0 if action == SPILLS or line == LINE_999 else 1] += 1


@rare
def count_accepted(interval: int, tally: Int32s) -> None:  # pragma: no cover - compiled
    """Count a caller who was offered to be called back, and accepted."""
    tally[interval, 1, OFFERED_CALLBACK] += 1
    tally[interval, 1, OFFERED_CALLBACK + 1] += 1
