"""Proposals of the annealing: which slots change, to which options, with breaks where."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rostering.model.arrays import Ints
from rostering.model.moves import (
    AFTER,
    BASE,
    DAY,
    DAYS,
    END,
    FIRST,
    FROM,
    LEARN,
    MUST,
    ON_CALLS,
    OWNER,
    ROW,
    START,
    Moves,
    Trial,
    below,
)
from rostering.model.pauses import lesson_after, place_breaks, propose_break

_NEAR_SHARE = 0.8  # of the options drawn
_STAY_SHARE = 0.8  # of the breaks that could stay where they are
_SWAP_SHARE = 0.3  # of the proposals for dates that may be free


@njit(cache=True, nogil=True)
def near_option(  # pragma: no cover - compiled
    near_from: Ints, near: NDArray[np.int32], first: int, after: int, now: int, rng: np.random.Generator
) -> int:
    """An option of ``first`` to before ``after``, mostly one near ``now``."""
    n = near_from[now + 1] - near_from[now]
    if n > 0 and rng.random() < _NEAR_SHARE:
        return int(near[near_from[now] + below(n, rng)])
    return first + below(after - first, rng)


@njit(cache=True, nogil=True)
def option_at(table: Ints, first: int, after: int, start: int, end: int) -> int:  # pragma: no cover - compiled
    """The option of ``first`` to before ``after`` with this start and end, -1 if there is none."""
    for option in range(first, after):
        if table[option, START] == start and table[option, END] == end:
            return option
    return -1


@njit(cache=True, nogil=True)
def propose(  # pragma: no cover - compiled
    moves: Moves, trial: Trial, choice: Ints, breaks: Ints, rng: np.random.Generator
) -> int:
    """Fill ``trial``; the number of slots that change, those of one person first, 0: nothing to try."""
    fixed, optional, info, table, blocked = moves.fixed, moves.optional, moves.info, moves.table, moves.blocked
    slots, options, places, sources, stay_share = trial.slot, trial.option, trial.breaks, trial.source, _STAY_SHARE
    k = below(fixed.size + optional.size, rng)
    slot = fixed[k] if k < fixed.size else optional[k - fixed.size]
    now = choice[slot]
    kind = rng.random()
    if k >= fixed.size and rng.random() < _SWAP_SHARE:
        n, stay_share = propose_swap(moves, trial, slot, choice, rng), 1.0
    elif now < 0 or (k >= fixed.size and kind < 0.3):
        n = propose_days(moves, trial, slot, choice, rng)
    elif kind < 0.45:
        return propose_break(moves, trial, slot, choice, breaks, rng)
    else:
        near_from, near = moves.near_from, moves.near
        slots[0] = slot
        options[0] = near_option(near_from, near, info[slot, FROM], info[slot, AFTER], now, rng)
        n = 1
        second = slot
        if 0.8 < kind < 0.9:  # another duty of the same person makes up for the hours
            first, after = moves.slot_from[info[slot, OWNER]], moves.slot_from[info[slot, OWNER] + 1]
            second = first + below(after - first, rng)
        elif kind >= 0.9:  # somebody else's duty of that day makes up for the heads
            first, after = moves.day_from[info[slot, DAY]], moves.day_from[info[slot, DAY] + 1]
            second = moves.by_day[first + below(after - first, rng)]
        if second != slot and choice[second] >= 0:
            slots[1], n = second, 2
            options[1] = near_option(near_from, near, info[second, FROM], info[second, AFTER], choice[second], rng)
    for j in range(n):
        here, source = slots[j], sources[j] if stay_share == 1.0 else slots[j]
        base, old, learn = info[here, BASE], choice[source], info[here, LEARN]
        lesson = lesson_after(info, slots, options, n, j, choice, breaks)
        if lesson == -2:
            return 0
        if not place_breaks(
            table, blocked, here, base, learn, old, options[j], breaks[source], lesson, places[j], stay_share, rng
        ):
            return 0
    return n


@njit(cache=True, nogil=True)
def propose_days(  # pragma: no cover - compiled
    moves: Moves, trial: Trial, slot: int, choice: Ints, rng: np.random.Generator
) -> int:
    """A duty of a person more, less, on another day, or exchanged with somebody's on another day; options only."""
    info, table = moves.info, moves.table
    person = info[slot, OWNER]
    first, after = moves.slot_from[person], moves.slot_from[person + 1]
    other = first + below(after - first, rng)
    if rng.random() < 0.2 or info[other, MUST] or (choice[other] < 0) == (choice[slot] < 0):
        low, high = info[slot, FROM], info[slot, AFTER]
        trial.slot[0], trial.option[0] = slot, low + below(high - low, rng) if choice[slot] < 0 else -1
        return 1
    empty, full = (slot, other) if choice[slot] < 0 else (other, slot)
    low, high = info[empty, FROM], info[empty, AFTER]
    if high == low:
        return 0
    start, end = table[choice[full], START], table[choice[full], END]
    trial.slot[0], trial.option[0], trial.slot[1] = full, -1, empty
    if rng.random() < 0.4:
        return propose_exchange(moves, trial, empty, full, choice, rng)
    option = -1
    if rng.random() < 0.6:
        days = 96 * (info[empty, DAY] - info[full, DAY])
        option = option_at(table, low, high, start + days, end + days)
    trial.option[1] = option if option >= 0 else low + below(high - low, rng)
    return 2


@njit(cache=True, nogil=True)
def propose_swap(
    moves: Moves, trial: Trial, slot: int, choice: Ints, rng: np.random.Generator
) -> int:  # pragma: no cover
    """What two people do on some consecutive dates exchanged, duty against duty or rest; breaks go with the duties."""
    info, table, slots, options, sources = moves.info, moves.table, trial.slot, trial.option, trial.source
    one, day = info[slot, OWNER], info[slot, DAY]
    theirs = moves.by_day[moves.day_from[day] + below(moves.day_from[day + 1] - moves.day_from[day], rng)]
    other, last, n = info[theirs, OWNER], day + 1 + below(DAYS, rng), 0
    if other == one or info[theirs, ROW] != info[slot, ROW]:
        return 0
    mine, after_mine, after_theirs = slot, moves.slot_from[one + 1], moves.slot_from[other + 1]
    while mine < after_mine and theirs < after_theirs and info[mine, DAY] < last and info[theirs, DAY] < last:
        if info[mine, DAY] != info[theirs, DAY]:
            return 0
        if choice[mine] >= 0 or choice[theirs] >= 0:
            slots[n], sources[n], n = mine, theirs, n + 1
        mine, theirs = mine + 1, theirs + 1
    for k in range(n):
        slots[n + k], sources[n + k] = sources[k], slots[k]
    changes = False
    for k in range(2 * n):
        here, now = slots[k], choice[sources[k]]
        options[k] = -1
        if now >= 0:
            options[k] = option_at(table, info[here, FROM], info[here, AFTER], table[now, START], table[now, END])
        if (now >= 0 and options[k] < 0) or (now < 0 and info[here, MUST]):
            return 0
        changes = changes or options[k] < 0 or choice[here] < 0 or table[now, START] != table[choice[here], START]
    return 2 * n if changes else 0


@njit(cache=True, nogil=True)
def propose_exchange(  # pragma: no cover - compiled
    moves: Moves, trial: Trial, empty: int, full: int, choice: Ints, rng: np.random.Generator
) -> int:
    """A person's duty of one day against somebody's of another, on which each is free; times stay with the day."""
    info, table, slot_from = moves.info, moves.table, moves.slot_from
    first, after = moves.day_from[info[empty, DAY]], moves.day_from[info[empty, DAY] + 1]
    theirs = moves.by_day[first + below(after - first, rng)]
    partner = info[theirs, OWNER]
    if partner == info[empty, OWNER] or choice[theirs] < 0 or info[theirs, MUST]:
        return 0
    for back in range(slot_from[partner], slot_from[partner + 1]):
        if info[back, DAY] == info[full, DAY] and choice[back] < 0:
            start, end = table[choice[theirs], START], table[choice[theirs], END]
            mine = option_at(table, info[empty, FROM], info[empty, AFTER], start, end)
            start, end = table[choice[full], START], table[choice[full], END]
            yours = option_at(table, info[back, FROM], info[back, AFTER], start, end)
            trial.option[1], trial.slot[2], trial.option[2] = mine, theirs, -1
            trial.slot[3], trial.option[3] = back, yours
            return 4 if mine >= 0 and yours >= 0 else 0
    return 0


@njit(cache=True, nogil=True)
def shift(  # pragma: no cover - compiled
    table: Ints,
    blocked: NDArray[np.bool_],
    held: NDArray[np.bool_],
    slot: int,
    base: int,
    row: int,
    learn: int,
    old: int,
    was: Ints,
    new: int,
    now: Ints,
    heads: Ints,
    touched: Ints,
    seen: NDArray[np.bool_],
    n_touched: int,
) -> int:
    """Heads that change as ``slot`` goes from option ``old``, breaks ``was``, to ``new``, ``now``: as ``mark`` counts.

    They are added to ``heads``, the intervals to ``touched`` from place ``n_touched``; the new number of them.
    """
    start_a, end_a, start_b, end_b, calls_a, calls_b = 0, 0, 0, 0, 0, 0
    a0, a1, a2, a3, b0, b1, b2, b3 = -99, -99, -99, -99, -99, -99, -99, -99
    la0, la1, la2, lb0, lb1, lb2 = 0, 0, 0, 0, 0, 0
    if old >= 0:
        start_a, end_a, a0, a1, a2 = table[old, START], table[old, END], was[0], was[1], was[2]
        a3 = was[3] if was[3] >= 0 else a3
        calls_a = table[old, ON_CALLS]
        la0, la1, la2 = table[old, FIRST + 2], table[old, FIRST + 5], table[old, FIRST + 8]
    if new >= 0:
        start_b, end_b, b0, b1, b2 = table[new, START], table[new, END], now[0], now[1], now[2]
        b3 = now[3] if now[3] >= 0 else b3
        calls_b = table[new, ON_CALLS]
        lb0, lb1, lb2 = table[new, FIRST + 2], table[new, FIRST + 5], table[new, FIRST + 8]
    if old < 0:
        start_a = end_a = start_b
    if new < 0:
        start_b = end_b = start_a
    n_roles = held.shape[1]
    # Without another start or end only the breaks differ.
    for t in range(max(min(start_a, start_b), 0), min(max(end_a, end_b), heads.shape[1])):
        inside_a, inside_b = start_a <= t < end_a, start_b <= t < end_b
        off_a = (a0 <= t < a0 + la0) | (a1 <= t < a1 + la1) | (a2 <= t < a2 + la2) | (a3 <= t < a3 + learn)
        off_b = (b0 <= t < b0 + lb0) | (b1 <= t < b1 + lb1) | (b2 <= t < b2 + lb2) | (b3 <= t < b3 + learn)
        on_a, on_b = inside_a & (t >= calls_a) & (not off_a), inside_b & (t >= calls_b) & (not off_b)
        calls = on_a != on_b and row >= 0 and not blocked[slot, t - base]
        roles = n_roles > 0 and inside_a != inside_b
        if calls or roles:
            if calls:
                heads[row, t] += 1 if on_b else -1
            if roles:
                for role in range(n_roles):
                    if held[slot, role]:
                        heads[3 + role, t] += 1 if inside_b else -1
            if not seen[t]:
                seen[t] = True
                touched[n_touched] = t
                n_touched += 1
    return n_touched
