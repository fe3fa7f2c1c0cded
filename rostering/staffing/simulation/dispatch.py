"""Who takes a call, and which call a free handler takes; arrays as in `layout`."""

from rostering.staffing.checks import Floats, Ints
from rostering.staffing.simulation.compiled import helper, merged
from rostering.staffing.simulation.layout import (
    CALLS_101,
    CALLS_999,
    IDLE_999,
    LENDING,
    LINE_101,
    LINE_999,
    LINE_RETRIES,
    LINE_SWITCHBOARD,
    SWITCHBOARD,
)
from rostering.staffing.simulation.result import Int32s
from rostering.staffing.simulation.room_state import longest_idle
from rostering.staffing.simulation.waiting_lines import is_waiting


@helper
def idle_for(line: int, reserve: int, counters: Ints, handlers: Ints) -> int:  # pragma: no cover - compiled
    """The idle handler who takes a call that has just come, -1 if nobody does."""
    duty = longest_idle(line + 1, handlers)  # of the line's own desk
    if duty < 0:
        if line == LINE_999:
            return longest_idle(LENDING, handlers)
        if line == LINE_101 and counters[IDLE_999] > reserve:
            return longest_idle(CALLS_999, handlers)
    return duty


@merged
def line_for(
    desk: int,
    now: float,
    reserve: int,
    rules: Floats,
    counters: Ints,
    lines_s: Floats,
    lines: Ints,
    tally: Int32s,
    sums: Floats,
) -> int:  # pragma: no cover - compiled
    """The line that a free handler of a desk, in no idle list, takes the next call from; -1 if none."""
    if desk == SWITCHBOARD:
        found = is_waiting(LINE_SWITCHBOARD, now, rules, counters, lines_s, lines, tally, sums)
        return LINE_SWITCHBOARD if found else -1
    if desk != CALLS_101 and is_waiting(LINE_999, now, rules, counters, lines_s, lines, tally, sums):
        return LINE_999
    if desk == LENDING or (desk == CALLS_999 and counters[IDLE_999] < reserve):
        return -1
    if is_waiting(LINE_RETRIES, now, rules, counters, lines_s, lines, tally, sums):
        return LINE_RETRIES
    return LINE_101 if is_waiting(LINE_101, now, rules, counters, lines_s, lines, tally, sums) else -1


@merged
def idle_with_work(
    now: float,
    interval: int,
    rules: Floats,
    reserve: Ints,
    counters: Ints,
    handlers: Ints,
    lines_s: Floats,
    lines: Ints,
    tally: Int32s,
    sums: Floats,
) -> int:  # pragma: no cover - compiled
    """An idle handler for whom somebody waits, after desks have changed; -1 when all are matched.

    The 101 desk goes first: it serves nothing else.
    """
    if is_waiting(LINE_SWITCHBOARD, now, rules, counters, lines_s, lines, tally, sums):
        duty = longest_idle(SWITCHBOARD, handlers)
        if duty >= 0:
            return duty
    if is_waiting(LINE_999, now, rules, counters, lines_s, lines, tally, sums):
        duty = idle_for(LINE_999, 0, counters, handlers)
        if duty >= 0:
            return duty
    if not is_waiting(LINE_RETRIES, now, rules, counters, lines_s, lines, tally, sums) and not is_waiting(
        LINE_101, now, rules, counters, lines_s, lines, tally, sums
    ):
        return -1
    return idle_for(LINE_101, reserve[interval], counters, handlers)
