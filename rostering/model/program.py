"""Forward pass, best end and trace of the dynamic program over a person's slots, compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rostering.model.arrays import Floats, Ints
from rostering.model.compiled import inner
from rostering.model.tour import (
    ALIVE,
    CERTAIN,
    CLOCK,
    CODE,
    DAY,
    END,
    END_RANK,
    ENDS_MIN,
    FAR,
    NIGHT,
    NO_END,
    NO_OPTION,
    NO_START,
    OPTION,
    POSSIBLE,
    SINGLE,
    STANDS,
    START,
    START_RANK,
    Last,
    Tables,
    View,
    class_after,
    class_price,
)


class Ending(NamedTuple):
    """The last duty of a plan: value, code, slot (-1: no duty at all), night or not, rank of its end."""

    value: float
    code: int
    slot: int
    night: int
    rank: int


@inner
def push(  # pragma: no cover - compiled
    target: NDArray[np.float64], source: NDArray[np.float64], low: int, high: int, shift: int, add: float
) -> None:
    """Lower ``target`` to ``source + add`` where that is less, ``shift`` codes on."""
    for code in range(low, high + 1):
        target[code + shift] = min(target[code + shift], source[code] + add)


@inner
def ranks_after(view: View, k: int, gap: int, last: Last, ranks: Ints) -> None:  # pragma: no cover - compiled
    """Ranks among the starts of slot ``k``, ``gap`` days after a duty: allowed, no step back, recovered from nights."""
    first, after = view.slot[k, START], view.slot[k, NO_START]
    rested = last.end_min + view.strain.rest_min
    if last.stands and view.slot[k, STANDS]:
        rested = view.start[first, 0]
    recovered = last.end_min + view.strain.after_nights_min if last.night else rested
    clock = last.clock - view.strain.backward_min if gap == 1 else 0
    start = view.start
    ranks[0] = ranks[1] = ranks[2] = after - first
    for s in range(after - 1, first - 1, -1):
        if start[s, 0] >= rested:
            ranks[0] = s - first
        if start[s, 1] >= clock:
            ranks[1] = s - first
        if start[s, 0] >= recovered:
            ranks[2] = s - first


@inner
def steps(view: View, ranks: Ints, night: int, at: Ints, price: Floats) -> int:  # pragma: no cover - compiled
    """Ranks at which the price of following a duty falls, and the price there, the first at which it is allowed."""
    strain = view.strain
    rest, back = ranks[0], ranks[1]
    after = rest if night else ranks[2]
    first, second = max(rest, min(back, after)), max(rest, max(back, after))
    n = 0
    for t in (rest, first, second):
        if n == 0 or t > at[n - 1]:
            at[n], price[n] = t, strain.per_backward * (back > t) + strain.per_after_nights * (after > t)
            n += 1
    return n


@inner
def after_history(view: View, last: Last, weight: float, tables: Tables) -> None:  # pragma: no cover - compiled
    """Values of the first duty, whichever it is."""
    ranks, at, price = np.zeros(3, np.int64), np.zeros(3, np.int64), np.zeros(3)
    for k in range(view.slot.shape[0]):
        if view.slot[k, POSSIBLE] and tables.low[k] <= 0 <= tables.high[k]:
            gap = view.slot[k, DAY] - last.day
            ranks_after(view, k, gap, last, ranks)
            run, nights = (last.run, last.nights) if gap == 1 else (0, 0)
            more = view.slot[k, SINGLE] if gap == 2 else 0
            for night in range(2):
                c = class_after(tables, k, run, nights, night, view.slot[k, STANDS])
                count = steps(view, ranks, night, at, price)
                for i in range(count):
                    if c >= 0 and at[i] < view.slot[k, NO_START] - view.slot[k, START]:
                        here = weight * (price[i] + more)
                        tables.value[k, c, at[i], 0] = min(tables.value[k, c, at[i], 0], here)
        if view.slot[k, CERTAIN]:
            return


@inner
def after_days_off(  # pragma: no cover - compiled
    view: View, k: int, weight: float, tables: Tables, settled: Ints, rested: Floats
) -> None:
    """Values of a duty of slot ``k`` that follows one two or more days before.

    settled : slots whose ends are in ``rested`` already, which is allowed and free of a price for every start, (slots,)
    """
    slot, strain, value, done = view.slot, view.strain, tables.value, tables.done
    ranks = np.zeros(3, np.int64)
    day, night = class_after(tables, k, 0, 0, 0, slot[k, STANDS]), class_after(tables, k, 0, 0, 1, slot[k, STANDS])
    n_starts, first = slot[k, NO_START] - slot[k, START], view.start[slot[k, START], 0]
    for j in range(k - 1, -1, -1):
        gap = slot[k, DAY] - slot[j, DAY]
        if slot[j, POSSIBLE] and gap > 1 and not settled[j]:
            latest = view.end[slot[j, NO_END] - 1] + max(strain.rest_min, strain.after_nights_min)
            whole = gap > 2 and latest <= first
            settled[j] = int(whole)
            low, high = tables.low[j + 1], tables.high[j + 1]
            if not whole:
                low, high = max(low, tables.low[k]), min(high, tables.high[k])
            single = weight * slot[k, SINGLE] if gap == 2 else 0.0
            for rank in range(slot[j, NO_END] - slot[j, END]):
                for kind in range(2):
                    source = done[j, kind, rank]
                    if whole:
                        push(rested, source, low, high, 0, 0.0)
                        continue
                    end_min = view.end[slot[j, END] + rank]
                    ranks_after(view, k, gap, Last(0, 0, end_min, kind, 0, 0, slot[j, STANDS]), ranks)
                    for c in (day, night):
                        late = ranks[2] > ranks[0] and c == day
                        owed = weight * strain.per_after_nights * late
                        if c >= 0 and ranks[0] < n_starts:
                            push(value[k, c, ranks[0]], source, low, high, 0, single + owed)
                        if c >= 0 and late and ranks[2] < n_starts:
                            push(value[k, c, ranks[2]], source, low, high, 0, single)
        if slot[j, CERTAIN]:
            break
    for c in (day, night):
        if c >= 0:
            push(value[k, c, 0], rested, tables.low[k], tables.high[k], 0, 0.0)


@inner
def forward(view: View, last: Last, weight: float, tables: Tables) -> None:  # pragma: no cover - compiled
    """Fill the tables."""
    n, slot, value = view.slot.shape[0], view.slot, tables.value
    for k in range(n):
        if slot[k, POSSIBLE]:
            value[k, : tables.classes[k]] = FAR
            tables.done[k] = FAR
    after_history(view, last, weight, tables)
    settled, rested = np.zeros(n, np.int64), np.full(value.shape[3], FAR)
    for k in range(n):
        if not slot[k, POSSIBLE]:
            continue
        after_days_off(view, k, weight, tables, settled, rested)
        for c in range(tables.classes[k]):
            for s in range(1, slot[k, NO_START] - slot[k, START]):
                push(value[k, c, s], value[k, c, s - 1], tables.low[k], tables.high[k], 0, 0.0)
        work(view, k, weight, tables)
        if slot[k, CERTAIN]:
            rested[:] = FAR


@inner
def work(view: View, k: int, weight: float, tables: Tables) -> None:  # pragma: no cover - compiled
    """Each option of slot ``k`` in each class: its end, and what the day after may follow it with."""
    slot, value, low, high = view.slot, tables.value, tables.low, tables.high
    next_day = k + 1 < slot.shape[0] and slot[k + 1, POSSIBLE] and slot[k + 1, DAY] == slot[k, DAY] + 1
    ranks, at, price = np.zeros(3, np.int64), np.zeros((2, 3), np.int64), np.zeros((2, 3))
    count = np.zeros(2, np.int64)
    for option in range(slot[k, OPTION], slot[k, NO_OPTION]):
        own = view.cost[option]
        if own >= ALIVE:
            continue
        night, s, e = view.option[option, NIGHT], view.option[option, START_RANK], view.option[option, END_RANK]
        shift = view.option[option, CODE]
        from_code, to_code = max(low[k], low[k + 1] - shift), min(high[k], high[k + 1] - shift)
        if next_day:
            duty = Last(0, view.option[option, CLOCK], view.option[option, ENDS_MIN], night, 0, 0, slot[k, STANDS])
            ranks_after(view, k + 1, 1, duty, ranks)
            for kind in range(2):
                count[kind] = steps(view, ranks, kind, at[kind], price[kind])
        for c in range(tables.classes[k]):
            run, nights = tables.run[k, c], tables.night_run[k, c]
            if (nights > 0) != (night > 0):
                continue
            source, here = value[k, c, s], own + weight * class_price(view.strain, run, nights)
            push(tables.done[k, night, e], source, from_code, to_code, shift, here)
            for kind in range(2 if next_day else 0):
                after = class_after(tables, k + 1, run, nights, kind, slot[k + 1, STANDS])
                for i in range(count[kind]):
                    if after >= 0 and at[kind, i] < slot[k + 1, NO_START] - slot[k + 1, START]:
                        add = here + weight * price[kind, i]
                        push(value[k + 1, after, at[kind, i]], source, from_code, to_code, shift, add)


@inner
def best_end(view: View, hours: Floats, weight: float, tables: Tables) -> Ending:  # pragma: no cover - compiled
    """The least value and the last duty of its plan.

    hours : quarter-hours off contract by code from the least one on, FAR where hours forbid it
    """
    n = view.slot.shape[0]
    found, at, slot, kind, rank = FAR, -1, -1, -1, -1
    low, high, done = tables.low[n], tables.high[n], tables.done
    for j in range(n - 1, -1, -1):
        for night in range(2 if view.slot[j, POSSIBLE] else 0):
            for e in range(view.slot[j, NO_END] - view.slot[j, END]):
                for p in range(low, high + 1):
                    here = done[j, night, e, p] + weight * hours[p - low]
                    if here < min(found, ALIVE) and hours[p - low] < ALIVE:
                        found, at, slot, kind, rank = here, p, j, night, e
        if view.slot[j, CERTAIN]:
            return Ending(found, at, slot, kind, rank)
    if low <= 0 <= high and hours[0] < ALIVE and weight * hours[0] < found:
        return Ending(weight * hours[0], 0, -1, -1, -1)
    return Ending(found, at, slot, kind, rank)


@inner
def trace(view: View, last: Last, weight: float, tables: Tables, end: Ending, plan: Ints) -> None:  # pragma: no cover
    """Options on the cheapest way to the end, into ``plan`` (slots,); -1 for the slots that are not worked."""
    plan[:] = -1
    k, code = end.slot, end.code
    if k < 0:
        return
    option, c = ending(view, k, weight, tables, end)
    while True:
        plan[k] = option
        code -= view.option[option, CODE]
        k, option, c = previous(view, k, last, weight, tables, c, view.option[option, START_RANK], code)
        if k < 0:
            return


@inner
def ending(view: View, k: int, weight: float, tables: Tables, end: Ending) -> tuple[int, int]:  # pragma: no cover
    """The option of slot ``k`` and its class on the cheapest way to this end."""
    best, found, found_class = FAR, -1, -1
    for option in range(view.slot[k, OPTION], view.slot[k, NO_OPTION]):
        if view.option[option, END_RANK] != end.rank or view.option[option, NIGHT] != end.night:
            continue
        before = end.code - view.option[option, CODE]
        if view.cost[option] >= ALIVE or not tables.low[k] <= before <= tables.high[k]:
            continue
        for c in range(tables.classes[k]):
            if (tables.night_run[k, c] > 0) == (end.night > 0):
                here = tables.value[k, c, view.option[option, START_RANK], before] + view.cost[option]
                here += weight * class_price(view.strain, tables.run[k, c], tables.night_run[k, c])
                if here < best:
                    best, found, found_class = here, option, c
    return found, found_class


@inner
def follow_price(view: View, k: int, s: int, gap: int, last: Last, night: int) -> float:  # pragma: no cover - compiled
    """People tier of starting at rank ``s`` of slot ``k`` after this duty; FAR where it is too soon."""
    strain, start = view.strain, view.start[view.slot[k, START] + s]
    if start[0] < last.end_min + strain.rest_min and not (last.stands and view.slot[k, STANDS]):
        return FAR
    price = view.slot[k, SINGLE] if gap == 2 else 0
    price += strain.per_backward * (gap == 1 and start[1] < last.clock - strain.backward_min)
    price += strain.per_after_nights * (last.night and not night and start[0] < last.end_min + strain.after_nights_min)
    return float(price)


@inner
def previous(  # pragma: no cover - compiled
    view: View, k: int, last: Last, weight: float, tables: Tables, c: int, s: int, code: int
) -> tuple[int, int, int]:
    """Slot, option and class of the duty before one of slot ``k``, class ``c`` and start ``s``; slot -1: history."""
    best, found, found_option, found_class = FAR, -1, -1, -1
    night, stands = int(tables.night_run[k, c] > 0), view.slot[k, STANDS]
    for j in range(k - 1, -1, -1):
        gap = view.slot[k, DAY] - view.slot[j, DAY]
        inside = view.slot[j, POSSIBLE] and tables.low[j + 1] <= code <= tables.high[j + 1]
        for option in range(view.slot[j, OPTION], view.slot[j, NO_OPTION] if inside else view.slot[j, OPTION]):
            before = code - view.option[option, CODE]
            if view.cost[option] >= ALIVE or not tables.low[j] <= before <= tables.high[j]:
                continue
            row = view.option[option]
            duty = Last(0, row[CLOCK], row[ENDS_MIN], row[NIGHT], 0, 0, view.slot[j, STANDS])
            more = follow_price(view, k, s, gap, duty, night)
            for d in range(tables.classes[j] if more < ALIVE else 0):
                run, nights = tables.run[j, d], tables.night_run[j, d]
                if (nights > 0) != (row[NIGHT] > 0):
                    continue
                then = class_after(tables, k, run if gap == 1 else 0, nights if gap == 1 else 0, night, stands)
                here = tables.value[j, d, row[START_RANK], before]
                here += view.cost[option] + weight * (class_price(view.strain, run, nights) + more)
                if then == c and here < best:
                    best, found, found_option, found_class = here, j, option, d
        if view.slot[j, CERTAIN]:
            return found, found_option, found_class
    gap = view.slot[k, DAY] - last.day
    then = class_after(tables, k, last.run if gap == 1 else 0, last.nights if gap == 1 else 0, night, stands)
    if code == 0 and then == c and weight * follow_price(view, k, s, gap, last, night) < min(best, ALIVE):
        return -1, -1, -1
    return found, found_option, found_class
