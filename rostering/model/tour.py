"""A person's slots as the dynamic program sees them, and the classes of states that it tells apart, compiled.

A state is the last duty: its place in the run of duties and of nights, its end, the hours so far. What the next duty
may be and costs depends on the last duty only through moments from which a start is allowed, or free of a price: each
option writes its value at these ranks of the later slot's starts, and running minima over the starts do the rest. From
two days apart on runs begin anew, so that only the last duty's end and whether it was a night matter.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rostering.model.arrays import Floats, Ints, Strain, Week
from rostering.model.compiled import inner

FAR = 1e18
ALIVE = 1e17  # values beyond are FAR with costs added
FREE, NO_DUTY = -2, -1
# Columns of View.slot: a slot's options, starts and ends, from and to before; its date; whether a duty is possible and
# whether it is certain; whether it stands; what it costs after a single day of rest; least code where it is certain.
OPTION, NO_OPTION, START, NO_START, END, NO_END, DAY, POSSIBLE, CERTAIN, STANDS, SINGLE, LEAST = range(12)
ENDS_MIN, CLOCK, NIGHT, CODE, START_RANK, END_RANK = range(6)  # columns of View.option


class View(NamedTuple):
    """Consecutive slots of a person.

    slot, option : (slots, 12) and (options, 6), by the columns above
    start : of each distinct start its minute and clock, (starts, 2); end : minutes, (ends,)
    cost : of an option above not working, FAR where it is not allowed, (options,)
    """

    slot: Ints
    option: Ints
    start: Ints
    end: Ints
    cost: Floats
    strain: Strain


class Tables(NamedTuple):
    """Tables of one program.

    value : least cost before a duty of a class starts at a rank or later, by code, (slots, classes, starts, codes)
    done : least cost after a duty that is no night (0) or one (1) and ends at a rank, (slots, 2, ends, codes)
    classes : of each slot, (slots,); run, night_run : of a class, (slots, classes); number : of a class by run and
        night run, -1: none
    floor : least run and night run that a slot tells apart, (slots, 2)
    low, high : codes before each slot that can still end well, and after the last, (slots + 1,)
    """

    value: NDArray[np.float64]
    done: NDArray[np.float64]
    classes: Ints
    run: Ints
    night_run: Ints
    number: Ints
    floor: Ints
    low: Ints
    high: Ints


class Last(NamedTuple):
    """The last duty before: date, clock, end [min], night or not, place in its runs; whether it stands."""

    day: int
    clock: int
    end_min: int
    night: int
    run: int
    nights: int
    stands: int


@inner
def last_before(week: Week, person: int, first: int, choice: Ints) -> Last:  # pragma: no cover - compiled
    """The last duty worked before slot ``first``, history included."""
    before = week.before[person]
    day, clock, end_min, night, run, nights = before[0], before[1], before[2], before[3], before[4], before[5]
    stands = 1
    for slot in range(week.slot_from[person], first):
        option = choice[slot]
        if option < 0:
            continue
        if week.day[slot] != day + 1:
            run, nights = 0, 0
        day, clock, end_min = week.day[slot], week.clock[option], 15 * week.end[option]
        night = int(week.night[option])
        run += 1
        nights = nights + 1 if night else 0
        stands = int(week.frozen[slot])
    return Last(day, clock, end_min, night, run, nights, stands)


@inner
def view_of(week: Week, first: int, only: Ints, cost: Floats, weight: float) -> View:  # pragma: no cover - compiled
    """The slots from ``first`` on, held to ``only``: FREE, NO_DUTY or an option, whose cost does not count."""
    n, slot = only.size, np.zeros((only.size, 12), np.int64)
    option_from, start_from, end_from = week.option_from, week.start_from, week.end_from
    options, starts, ends = option_from[first], start_from[first], end_from[first]
    for k in range(n):
        here = first + k
        slot[k, OPTION], slot[k, NO_OPTION] = option_from[here] - options, option_from[here + 1] - options
        slot[k, START], slot[k, NO_START] = start_from[here] - starts, start_from[here + 1] - starts
        slot[k, END], slot[k, NO_END] = end_from[here] - ends, end_from[here + 1] - ends
        slot[k, DAY], slot[k, STANDS], slot[k, SINGLE] = week.day[here], int(week.frozen[here]), week.single[here]
        slot[k, POSSIBLE] = int(only[k] != NO_DUTY)
        slot[k, CERTAIN] = int(only[k] >= 0 or (only[k] == FREE and week.must[here]))
        slot[k, LEAST] = week.code_low[here] if slot[k, CERTAIN] else 0
        if only[k] >= 0:
            slot[k, LEAST] = week.code[only[k]]
    start = np.empty((start_from[first + n] - starts, 2), np.int64)
    start[:, 0] = 15 * week.starts[starts : start_from[first + n]]
    start[:, 1] = week.start_clock[starts : start_from[first + n]]
    end = 15 * week.ends[ends : end_from[first + n]]
    option, own = options_of(week, first, only, cost, weight, slot)
    return View(slot, option, start, end, own, week.strain)


@inner
def options_of(  # pragma: no cover - compiled
    week: Week, first: int, only: Ints, cost: Floats, weight: float, slot: Ints
) -> tuple[Ints, Floats]:
    """Columns and costs of the options of ``View``."""
    ends, clock, night, code = week.end, week.clock, week.night, week.code
    start_rank, end_rank, off, base = week.start_rank, week.end_rank, week.off, week.option_from[first]
    option = np.empty((week.option_from[first + only.size] - base, 6), np.int64)
    own = np.empty(option.shape[0])
    for k in range(only.size):
        for row in range(slot[k, OPTION], slot[k, NO_OPTION]):
            o = base + row
            option[row, ENDS_MIN], option[row, CLOCK] = 15 * ends[o], clock[o]
            option[row, NIGHT] = 1 if night[o] else 0
            option[row, CODE] = code[o] - slot[k, LEAST]
            option[row, START_RANK], option[row, END_RANK] = start_rank[o], end_rank[o]
            own[row] = cost[o] - weight * off[first + k] if only[k] == FREE else FAR
            if only[k] == o:
                own[row] = 0.0
    return option, own


@inner
def windows_of_codes(view: View, low_code: int, high_code: int, low: Ints, high: Ints) -> int:  # pragma: no cover
    """Codes before each slot from which an end in the limits is in reach, less the least of slots that are certain.

    Returns the sum of these.
    """
    n, total = view.slot.shape[0], 0
    span = np.zeros(n, np.int64)
    for k in range(n):
        for o in range(view.slot[k, OPTION], view.slot[k, NO_OPTION]):
            if view.cost[o] < ALIVE:
                span[k] = max(span[k], view.option[o, CODE])
        total += view.slot[k, LEAST]
    low_code, high_code = max(low_code - total, 0), high_code - total
    low[0], high[0] = 0, 0
    for k in range(n):
        high[k + 1] = high[k] + span[k]
    later = 0
    for k in range(n, -1, -1):
        low[k], high[k] = max(low_code - later, 0), min(high[k], high_code)
        if k > 0:
            later += span[k - 1]
    return total


@inner
def deepest(view: View, kinds: Ints) -> Ints:  # pragma: no cover - compiled
    """How many slots after each follow it day by day, (slots, 2): those that could hold a duty, or a night duty."""
    n = view.slot.shape[0]
    depth = np.zeros((n, 2), np.int64)
    for k in range(n - 2, -1, -1):
        if view.slot[k + 1, POSSIBLE] and view.slot[k + 1, DAY] == view.slot[k, DAY] + 1:
            depth[k, 0] = depth[k + 1, 0] + 1
            if kinds[k + 1, 1]:
                depth[k, 1] = depth[k + 1, 1] + 1
    return depth


@inner
def kinds_of(view: View) -> Ints:  # pragma: no cover - compiled
    """Whether a slot may hold a duty that is no night, and a night duty, (slots, 2)."""
    kinds = np.zeros((view.slot.shape[0], 2), np.int64)
    for k in range(kinds.shape[0]):
        for o in range(view.slot[k, OPTION], view.slot[k, NO_OPTION]):
            if view.cost[o] < ALIVE:
                kinds[k, view.option[o, NIGHT]] = 1
    return kinds


@inner
def has_fresh(view: View, k: int, before_day: int) -> bool:  # pragma: no cover - compiled
    """Whether a duty of slot ``k`` may follow a day without one."""
    day = view.slot[k, DAY]
    for j in range(k - 1, -1, -1):
        if view.slot[j, POSSIBLE] and view.slot[j, DAY] < day - 1:
            return True
        if view.slot[j, CERTAIN]:
            return False
    return bool(before_day != day - 1)


@inner
def make_tables(view: View, last: Last, low: Ints, high: Ints) -> Tables:  # pragma: no cover - compiled
    """Classes of each slot that any plan can reach, and empty tables of the size that they need."""
    n, strain, slot = view.slot.shape[0], view.strain, view.slot
    most_run, most_nights = min(strain.most_run, last.run + n), min(strain.most_nights, last.nights + n)
    free_run, free_nights = min(strain.duties_free, most_run), min(strain.nights_free, most_nights)
    kinds = kinds_of(view)
    depth = deepest(view, kinds)
    floor = np.ones((n, 2), np.int64)
    number = np.full((n, most_run + 2, most_nights + 2), -1, np.int64)
    run, night_run = np.zeros((n, number[0].size), np.int64), np.zeros((n, number[0].size), np.int64)
    classes = np.zeros(n, np.int64)
    most_starts, most_ends, most_classes = 1, 1, 1
    for k in range(n):
        if not slot[k, POSSIBLE]:
            continue
        # A run counts as longer than it is while no plan can make it long enough to matter.
        floor[k, 0], floor[k, 1] = max(1, free_run - depth[k, 0]), max(1, free_nights - depth[k, 1])
        reached = np.zeros((most_run + 2, most_nights + 2), np.bool_)
        reached[0, 0] = has_fresh(view, k, last.day)
        if k > 0 and slot[k, DAY] == slot[k - 1, DAY] + 1:
            for c in range(classes[k - 1]):
                reached[run[k - 1, c], night_run[k - 1, c]] = True
        if slot[k, DAY] == last.day + 1:
            reached[min(last.run, most_run), min(last.nights, most_nights)] = True
        for r in range(most_run + 1):
            for m in range(most_nights + 1):
                for night in range(2):
                    allowed = slot[k, STANDS] or (r < most_run and (not night or m < most_nights))
                    if not (reached[r, m] and kinds[k, night] and allowed):
                        continue
                    here = max(min(r + 1, most_run), floor[k, 0])
                    nights = max(min(m + 1, most_nights), floor[k, 1]) if night else 0
                    if number[k, here, nights] < 0:
                        number[k, here, nights] = classes[k]
                        run[k, classes[k]], night_run[k, classes[k]] = here, nights
                        classes[k] += 1
        most_classes = max(most_classes, classes[k])
        most_starts = max(most_starts, slot[k, NO_START] - slot[k, START])
        most_ends = max(most_ends, slot[k, NO_END] - slot[k, END])
    width = max(high.max() + 1, 1)
    value = np.empty((n, most_classes, most_starts, width))
    done = np.empty((n, 2, most_ends, width))
    return Tables(value, done, classes, run, night_run, number, floor, low, high)


@inner
def class_after(tables: Tables, k: int, run: int, nights: int, night: int, stands: int) -> int:  # pragma: no cover
    """Class of a duty of slot ``k`` that follows these runs, -1 where it may not; what stands may be one too many."""
    most_run, most_nights = tables.number.shape[1] - 2, tables.number.shape[2] - 2
    if (run >= most_run or (night and nights >= most_nights)) and not stands:
        return -1
    r = max(min(run + 1, most_run), tables.floor[k, 0])
    m = max(min(nights + 1, most_nights), tables.floor[k, 1]) if night else 0
    return int(tables.number[k, r, m])


@inner
def class_price(strain: Strain, run: int, nights: int) -> int:  # pragma: no cover - compiled
    """People tier of a duty by its place in its runs."""
    return int(strain.per_duty * (run > strain.duties_free) + strain.per_night * (nights > strain.nights_free))
