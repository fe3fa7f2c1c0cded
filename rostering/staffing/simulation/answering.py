"""A handler takes a call, and ends it; arrays as in `layout`."""

import numpy as np

from rostering.staffing.checks import Floats, Ints
from rostering.staffing.simulation.compiled import helper, merged, rare
from rostering.staffing.simulation.layout import (
    ACCEPTED,
    ANSWERED_MARK,
    AT_SWITCHBOARD,
    ATTEMPT_S,
    ATTEMPT_UNIT,
    ATTEMPTS,
    ATTEMPTS_MAX,
    AWAY,
    BIN_BITS,
    BREAK_S,
    BUSY,
    BUSY_S,
    CALL_KEY,
    CALLBACKS,
    CALLS_101,
    CALLS_999,
    CALLS_OF_999,
    DESK,
    DRAW_REACHED,
    DRAW_TRANSFER,
    DUE,
    DUE_INTERVAL,
    HANDLING_S,
    HEAD,
    IDLE,
    INFO,
    INTERVAL_S,
    INTERVAL_UNIT,
    JOINED_S,
    KEY,
    LENDING,
    LENT,
    LINE_101,
    LINE_RETRIES,
    LINE_SWITCHBOARD,
    N_BINS,
    OFFER_AFTER_S,
    ON_A_CALL,
    OVER,
    REACHED,
    RETRY,
    RETRY_AFTER_S,
    RING_S,
    SPAN_S,
    SWITCHBOARD_ANSWERED,
    TAIL,
    THRESHOLD_S,
    TRANSFER_S,
    TRANSFER_SIGMA,
    UNTIL_S,
    WAITS_S,
    WORK,
)
from rostering.staffing.simulation.randomness import lognormal, uniform
from rostering.staffing.simulation.result import Count, Int32s, Staff
from rostering.staffing.simulation.room_state import push_end
from rostering.staffing.simulation.waiting_lines import count_accepted, push_later

ANSWERED, WITHIN, WITHIN_PUBLISHED = int(Count.ANSWERED), int(Count.WITHIN), int(Count.WITHIN_PUBLISHED)
FROM_10_TO_60_S, OVER_60_S = int(Count.FROM_10_TO_60_S), int(Count.OVER_60_S)
OFFERED_CALLBACK, COMPLETED = int(Count.CALLBACKS_OFFERED), int(Count.CALLBACKS_COMPLETED)
ON_CALLS_SUM, BUSY_SUM, OVERRUN_SUM = int(Staff.ON_CALLS_S), int(Staff.BUSY_S), int(Staff.OVERRUN_BREAK_S)
LENT_SUM, SWITCHBOARD_SUM = int(Staff.LENT_S), int(Staff.SWITCHBOARD_BUSY_S)
# Exponent and first digits of a float, read as a whole number, count the bins above 1.
_BIN_SHIFT, _BIN_OF_1 = 52 - BIN_BITS, 1023 << BIN_BITS


@merged
def take_first(
    line: int,
    now: float,
    rules: Floats,
    counters: Ints,
    lines_s: Floats,
    lines: Ints,
    later_s: Floats,
    later: Ints,
    tally: Int32s,
    sums: Floats,
    waits: Int32s,
    day_of: Ints,
) -> tuple[int, float, bool]:  # pragma: no cover - compiled
    """Take the first caller of a line; returns key, handling time and whether the caller is there to be handled."""
    place = counters[HEAD + line]
    counters[HEAD + line] = place + 1
    at = np.uint64(place)
    info, key = lines[line, at, INFO], lines[line, at, CALL_KEY]
    lines[line, at, INFO] = info | ANSWERED_MARK
    interval = info // INTERVAL_UNIT
    waited_s, handling_s = now - lines_s[line, at, JOINED_S], lines_s[line, at, HANDLING_S]
    if line == LINE_SWITCHBOARD:
        tally[interval, 1, SWITCHBOARD_ANSWERED] += 1
        return key, handling_s, True
    if info & ACCEPTED and (line == LINE_RETRIES or waited_s >= rules[OFFER_AFTER_S]):
        if line == LINE_101:
            count_accepted(interval, tally)
        attempt = info // ATTEMPT_UNIT % ATTEMPTS_MAX
        if uniform(key, DRAW_REACHED + attempt) < rules[REACHED]:
            tally[interval, 1, COMPLETED] += 1
            return key, handling_s, True
        if attempt + 1 < rules[ATTEMPTS]:
            code = (place + 1) * 16 + line * 4 + RETRY
            push_later(now + rules[RETRY_AFTER_S], code, key, counters, later_s, later)
        return key, rules[ATTEMPT_S], False
    if line == LINE_101 and rules[CALLBACKS] > 0.0 and waited_s >= rules[OFFER_AFTER_S]:
        tally[interval, 1, OFFERED_CALLBACK] += 1
    count_answered(line, key, interval, waited_s, rules, tally, sums, waits, day_of)
    return key, handling_s, True


@helper
def count_answered(
    queue: int,
    key: int,
    interval: int,
    waited_s: float,
    rules: Floats,
    tally: Int32s,
    sums: Floats,
    waits: Int32s,
    day_of: Ints,
) -> None:  # pragma: no cover - compiled
    """Count a call that a handler answers, by both clocks."""
    waited_s += rules[RING_S]
    tally[interval, queue, ANSWERED] += 1
    sums[interval, WAITS_S + queue] += waited_s
    tally[interval, queue, WITHIN] += waited_s <= rules[THRESHOLD_S + queue]
    wait_bin = int(np.float64(waited_s).view(np.int64) >> _BIN_SHIFT) - _BIN_OF_1 + 1
    wait_bin = min(max(wait_bin, 0), N_BINS - 1)
    waits[day_of[interval], queue, wait_bin] += 1
    if queue == 0 and rules[TRANSFER_S] > 0.0:
        waited_s += rules[TRANSFER_S] * lognormal(key, DRAW_TRANSFER, rules[TRANSFER_SIGMA])
    tally[interval, queue, WITHIN_PUBLISHED] += waited_s <= rules[THRESHOLD_S + queue]
    if waited_s > 60.0:
        tally[interval, queue, OVER_60_S] += 1
    elif waited_s > 10.0:
        tally[interval, queue, FROM_10_TO_60_S] += 1


@merged
def begin_call(
    duty: int,
    line: int,
    key: int,
    handling_s: float,
    is_call: bool,
    now: float,
    interval: int,
    rules: Floats,
    counters: Ints,
    handlers: Ints,
    ends_s: Floats,
    ends: Ints,
    sums: Floats,
    load: Floats,
) -> None:  # pragma: no cover - compiled
    """A handler, in no idle list any more, begins a call, or an attempt to call back that will reach nobody."""
    row = np.uint64(duty)
    desk = handlers[row, DESK]
    work = ON_A_CALL
    if line == LINE_SWITCHBOARD:
        work = AT_SWITCHBOARD
        handlers[row, KEY] = key
    else:
        load[row, CALLS_OF_999 + min(line, 1)] += is_call
        if desk == LENDING:
            work = LENT
    handlers[row, WORK] = work
    push_end(duty, now + handling_s, counters, ends_s, ends)
    if now < rules[SPAN_S]:
        counters[BUSY + work] += 1
        sums[interval, busy_sum(work)] += (interval + 1) * rules[INTERVAL_S] - now
        load[row, BUSY_S] += min(now + handling_s, rules[SPAN_S]) - now


@helper
def busy_sum(work: int) -> int:  # pragma: no cover - compiled
    """Column of sums that a handler's time on a call goes to."""
    if work == ON_A_CALL:
        return BUSY_SUM
    return LENT_SUM if work == LENT else SWITCHBOARD_SUM


@merged
def end_work(
    duty: int, now: float, interval: int, rules: Floats, counters: Ints, handlers: Ints, sums: Floats, load: Floats
) -> None:  # pragma: no cover - compiled
    """A handler's call ends; time runs no further than the span."""
    row = np.uint64(duty)
    work = handlers[row, WORK]
    handlers[row, WORK] = IDLE
    if now >= rules[SPAN_S]:
        end_overrun(duty, rules[SPAN_S], interval, rules, counters, handlers, sums, load)
        return
    left_s = (interval + 1) * rules[INTERVAL_S] - now
    counters[BUSY + work] -= 1
    sums[interval, busy_sum(work)] -= left_s
    end_overrun(duty, now, interval, rules, counters, handlers, sums, load)
    if handlers[row, AWAY] and is_on_calls(handlers[row, DESK]):
        sums[interval, ON_CALLS_SUM] -= left_s


@helper
def is_on_calls(desk: int) -> bool:  # pragma: no cover - compiled
    """Whether a desk's time counts as on calls."""
    return desk in (CALLS_999, CALLS_101)


@rare
def end_overrun(
    duty: int, now: float, interval: int, rules: Floats, counters: Ints, handlers: Ints, sums: Floats, load: Floats
) -> None:  # pragma: no cover - compiled
    """Close a handler's overrun, if there is one; due is 1 for a break and 2 for the end of the duty."""
    due = handlers[duty, DUE]
    if due == 0:
        return
    handlers[duty, DUE] = 0
    counters[OVER + due - 1] -= 1
    left_s = (interval + 1) * rules[INTERVAL_S] - now
    sums[interval, OVERRUN_SUM + due - 1] -= left_s
    due_s = handlers[duty, DUE_INTERVAL] * rules[INTERVAL_S]
    load[duty, BREAK_S + due - 1] += now - due_s


@merged
def call_back_again(
    code: int, key: int, counters: Ints, lines_s: Floats, lines: Ints
) -> bool:  # pragma: no cover - compiled
    """A retry is due: it joins the line of retries, which is served before the 101 line; False if that is full."""
    from_line, from_place = code // 4 % 4, code // 16 - 1
    place = counters[TAIL + LINE_RETRIES]
    if place >= lines.shape[1]:
        return False
    counters[TAIL + LINE_RETRIES] = place + 1
    info = lines[from_line, from_place, INFO] & ~ANSWERED_MARK
    lines[LINE_RETRIES, place, INFO] = info + ATTEMPT_UNIT
    lines[LINE_RETRIES, place, CALL_KEY] = key
    lines_s[LINE_RETRIES, place, JOINED_S] = lines_s[from_line, from_place, JOINED_S]
    lines_s[LINE_RETRIES, place, UNTIL_S] = np.inf
    lines_s[LINE_RETRIES, place, HANDLING_S] = lines_s[from_line, from_place, HANDLING_S]
    return True
