"""Weekly rest of a whole plan, and the rests that a plan without it may be given, compiled.

A rest runs from the end of a duty to the start of the next; before the first known duty and after the last one it is
open. It serves a week if its part inside is long enough and the whole lasts the daily rest besides.
"""

from __future__ import annotations

import numpy as np

from rostering.model.arrays import Ints, Mask, Strain, Week
from rostering.model.compiled import inner
from rostering.model.tour import FREE

_LONG_AGO = -150_000  # [min]


@inner
def serves(  # pragma: no cover - compiled
    begin: int, end: int, opens: int, closes: int, least: int, daily: int
) -> bool:
    """Whether the rest from ``begin`` to ``end`` holds ``least`` minutes inside, and ``daily`` besides."""
    return min(end, closes) - max(begin, opens) >= least and end - begin >= least + daily


@inner
def rest_of_week(strain: Strain, monday: Ints, w: int, begin: int, end: int) -> int:  # pragma: no cover - compiled
    """2 where the rest from ``begin`` to ``end`` is enough for week ``w``, 1 where two like it are, else 0."""
    daily = strain.daily_rest_min
    before, opens, closes = 15 * monday[w], 15 * monday[w + 1], 15 * monday[w + 2]
    if serves(begin, end, opens, closes, strain.week_rest_min, daily):
        return 2
    if serves(begin, end, before, closes, strain.fortnight_rest_min, daily):
        return 2
    return 1 if serves(begin, end, before, closes, strain.week_rest_min, daily) else 0


@inner
def unrested_week(  # pragma: no cover - compiled
    before: Ints,
    first: int,
    after: int,
    start: Ints,
    end: Ints,
    frozen: Mask,
    choice: Ints,
    next_start: int,
    monday: Ints,
    strain: Strain,
) -> int:
    """The first week whose rest the plan of slots ``first`` to before ``after`` lacks, -1: none.

    Of somebody all of whose duties stand nothing is asked. ``before``, ``next_start`` : the person's in ``Week``
    """
    free = False
    for slot in range(first, after):
        free = free or not frozen[slot]
    for w in range(monday.size - 2 if free else 0):
        found, begin = 0, before[2]
        if w == 0:
            found = 2 if before[7] > 0 else before[6]
        for slot in range(first, after):
            option = choice[slot]
            if option >= 0:
                found += rest_of_week(strain, monday, w, begin, 15 * start[option])
                begin = 15 * end[option]
                if found >= 2:
                    break
        if found < 2 and found + rest_of_week(strain, monday, w, begin, next_start) < 2:
            return w
    return -1


@inner
def lacking(week: Week, person: int, choice: Ints) -> int:  # pragma: no cover - compiled
    """The first week whose rest the person's plan lacks, -1: none."""
    return int(
        unrested_week(
            week.before[person],
            week.slot_from[person],
            week.slot_from[person + 1],
            week.start,
            week.end,
            week.frozen,
            choice,
            week.next_start_min[person],
            week.monday,
            week.strain,
        )
    )


@inner
def blocks_of(  # pragma: no cover - compiled
    week: Week, person: int, first: int, only: Ints, choice: Ints, blocks: Ints
) -> int:
    """Times free of duties, [begin, end) in minutes, one of which each legal plan holds; their number.

    ``choice`` holds none of them: each would be a new rest for the week that it lacks one for. Of those that begin with
    one end after another and forbid the same duties but some, the one that forbids fewest.
    """
    w = lacking(week, person, choice)
    if w < 0:
        return 0
    strain = week.strain
    begins = begins_of(week, person, first, only, choice)
    before, opens, closes = 15 * week.monday[w], 15 * week.monday[w + 1], 15 * week.monday[w + 2]
    n = 0
    for kind in range(3):
        least = strain.fortnight_rest_min if kind == 1 else strain.week_rest_min
        start = opens if kind == 0 else before
        for i in range(begins.size):
            end = shortest(begins[i], start, closes, least, strain.daily_rest_min)
            if end < 0 or end > week.next_start_min[person]:
                continue
            if i + 1 < begins.size:
                later = shortest(begins[i + 1], start, closes, least, strain.daily_rest_min)
                allowed = 0 <= later <= week.next_start_min[person]
                if allowed and not starts_between(week, person, first, only, choice, end, later):
                    continue
            if n < blocks.shape[0] and is_new(week, person, first, only, choice, begins[i], end):
                blocks[n, 0], blocks[n, 1] = begins[i], end
                n += 1
    return n


@inner
def shortest(begin: int, opens: int, closes: int, least: int, daily: int) -> int:  # pragma: no cover - compiled
    """Earliest end of a rest from ``begin`` that serves from ``opens`` to ``closes``; -1: none does."""
    inside = max(begin, opens) + least
    return max(inside, begin + least + daily) if inside <= closes else -1


@inner
def begins_of(week: Week, person: int, first: int, only: Ints, choice: Ints) -> Ints:  # pragma: no cover - compiled
    """Ends that a duty may have, in order, history included [min]."""
    size = 1
    for k in range(only.size):
        size += week.end_from[first + k + 1] - week.end_from[first + k]
    size += week.slot_from[person + 1] - week.slot_from[person]
    ends = np.empty(size, dtype=np.int64)
    ends[0] = week.before[person, 2]
    n = 1
    for slot in range(week.slot_from[person], week.slot_from[person + 1]):
        if first <= slot < first + only.size and only[slot - first] == FREE:
            for e in range(week.end_from[slot], week.end_from[slot + 1]):
                ends[n] = 15 * week.ends[e]
                n += 1
        elif choice[slot] >= 0:
            ends[n] = 15 * week.end[choice[slot]]
            n += 1
    return ordered(ends, n)


@inner
def ordered(values: Ints, n: int) -> Ints:  # pragma: no cover - compiled
    """The first ``n`` values in order, each once."""
    size = 0
    for k in range(n):
        here, at = values[k], size
        while at > 0 and values[at - 1] > here:
            at -= 1
        if at > 0 and values[at - 1] == here:
            continue
        for i in range(size, at, -1):
            values[i] = values[i - 1]
        values[at] = here
        size += 1
    return values[:size].copy()


@inner
def starts_between(  # pragma: no cover - compiled
    week: Week, person: int, first: int, only: Ints, choice: Ints, begin: int, end: int
) -> bool:
    """Whether a duty may start at ``begin`` or later, before ``end``."""
    for slot in range(week.slot_from[person], week.slot_from[person + 1]):
        if first <= slot < first + only.size and only[slot - first] == FREE:
            for s in range(week.start_from[slot], week.start_from[slot + 1]):
                if begin <= 15 * week.starts[s] < end:
                    return True
        elif choice[slot] >= 0 and begin <= 15 * week.start[choice[slot]] < end:
            return True
    return False


@inner
def is_new(  # pragma: no cover - compiled
    week: Week, person: int, first: int, only: Ints, choice: Ints, begin: int, end: int
) -> bool:
    """Whether duties of the plan lie in that time, all of them free to move."""
    new = False
    for slot in range(week.slot_from[person], week.slot_from[person + 1]):
        option = choice[slot]
        if option >= 0 and 15 * week.end[option] > begin and 15 * week.start[option] < end:
            if slot < first or slot >= first + only.size or only[slot - first] != FREE:
                return False
            new = True
    return new
