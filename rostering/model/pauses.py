"""Breaks and protected learning of a proposal: where they may lie in an option, and proposals that move only them."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rostering.model.arrays import Ints
from rostering.model.moves import BASE, DAY, END, FIRST, LEARN, ON_CALLS, OWNER, Moves, Trial, below

_AWAY_SHARE = 0.7  # of the learning drawn anew: into any duty of the person


@njit(cache=True, nogil=True)
def draw_break(  # pragma: no cover - compiled
    table: Ints,
    blocked: NDArray[np.bool_],
    slot: int,
    base: int,
    option: int,
    kind: int,
    lesson: int,
    learn: int,
    rng: np.random.Generator,
) -> int:
    """A start for a break of ``option`` clear of training and learning; -1: it has none, -2: chance found none.

    lesson, learn : start of the slot's learning, -1: none, and its length
    """
    low, high = table[option, FIRST + 3 * kind], table[option, FIRST + 1 + 3 * kind]
    length = table[option, FIRST + 2 + 3 * kind]
    if high < low:
        return -1
    for _ in range(8):
        start = low + below(high - low + 1, rng)
        free = lesson < 0 or start + length <= lesson or start >= lesson + learn
        for t in range(start - base, start - base + length):
            free = free and not blocked[slot, t]
        if free:
            return int(start)
    return -2


@njit(cache=True, nogil=True)
def draw_lesson(  # pragma: no cover - compiled
    table: Ints, blocked: NDArray[np.bool_], slot: int, base: int, option: int, learn: int, wish: int,
    rng: np.random.Generator,
) -> int:  # fmt: skip
    """A start for learning in ``option``, on calls and clear of training: at ``wish`` or anywhere, -2: none found."""
    low, high = table[option, ON_CALLS], table[option, END] - learn
    if learn == 0 or high < low:
        return -2
    start = wish
    for _ in range(8):
        free = low <= start <= high
        if free:
            for t in range(start - base, start - base + learn):
                free = free and not blocked[slot, t]
        if free:
            return int(start)
        start = low + below(high - low + 1, rng)
    return -2


@njit(cache=True, nogil=True)
def place_breaks(  # pragma: no cover - compiled
    table: Ints,
    blocked: NDArray[np.bool_],
    slot: int,
    base: int,
    learn: int,
    old: int,
    option: int,
    was: Ints,
    lesson: int,
    places: Ints,
    stay_share: float,
    rng: np.random.Generator,
) -> bool:
    """Breaks and learning of ``option`` into ``places`` (4,), mostly where they ``was``; whether there was room.

    old, was : an option and its breaks; ``stay_share`` of these stay where they can
    lesson : where learning should start, -1: the slot is to hold none
    """
    places[3] = -1
    if lesson >= 0:
        places[3] = draw_lesson(table, blocked, slot, base, option, learn, lesson, rng)
        if places[3] < 0:
            return False
    for kind in range(3):
        at = FIRST + 3 * kind
        places[kind] = -1
        if option < 0 or table[option, at + 1] < table[option, at]:
            continue
        length = table[option, at + 2]
        stays = was[kind] if old >= 0 and table[old, at + 2] == length else -1
        clear = places[3] < 0 or stays + length <= places[3] or stays >= places[3] + learn
        if clear and table[option, at] <= stays <= table[option, at + 1] and rng.random() < stay_share:
            places[kind] = stays
        else:
            places[kind] = draw_break(table, blocked, slot, base, option, kind, places[3], learn, rng)
            if places[kind] == -2:
                return False
    return True


@njit(cache=True, nogil=True)
def lesson_after(  # pragma: no cover - compiled
    info: Ints, slots: Ints, options: Ints, n: int, j: int, choice: Ints, breaks: Ints
) -> int:
    """Where slot ``j`` of a proposal should have learning: its own, or that of a duty which its owner drops.

    The learning of duties dropped goes to duties gained, in their order. -1: nowhere; -2: dropped, with nowhere to go
    """
    here, gains = slots[j], options[j] >= 0
    if gains == (choice[here] >= 0) or (not gains and breaks[here, 3] < 0):
        return int(breaks[here, 3])
    rank, matched = 0, -1
    for i in range(j):
        other = slots[i]
        if info[other, OWNER] == info[here, OWNER] and (options[i] >= 0) == gains and (choice[other] >= 0) != gains:
            rank += gains or breaks[other, 3] >= 0
    for i in range(n):
        other = slots[i]
        turns = (options[i] >= 0) != gains and (choice[other] >= 0) == gains and (not gains or breaks[other, 3] >= 0)
        if turns and info[other, OWNER] == info[here, OWNER]:
            if rank == 0:
                matched = other
                break
            rank -= 1
    if matched < 0:
        return -1 if gains else -2
    return int(breaks[matched, 3] + 96 * (info[here, DAY] - info[matched, DAY])) if gains else -1


@njit(cache=True, nogil=True)
def propose_break(  # pragma: no cover - compiled
    moves: Moves, trial: Trial, slot: int, choice: Ints, breaks: Ints, rng: np.random.Generator
) -> int:
    """A break of a duty at another time, or its learning, that perhaps in another duty of the same person."""
    info, table, blocked, slots, options = moves.info, moves.table, moves.blocked, trial.slot, trial.option
    places, now, lesson, learn = trial.breaks, choice[slot], breaks[slot, 3], info[slot, LEARN]
    which = below(4 if lesson >= 0 else 3, rng)
    slots[0], options[0], places[0] = slot, now, breaks[slot]
    if which < 3:
        start = draw_break(table, blocked, slot, info[slot, BASE], now, which, lesson, learn, rng)
        if start < 0 or start == breaks[slot, which]:
            return 0
        places[0, which] = start
        return 1
    first, after = moves.slot_from[info[slot, OWNER]], moves.slot_from[info[slot, OWNER] + 1]
    other = first + below(after - first, rng) if rng.random() < _AWAY_SHARE else slot
    option = choice[other]
    if option < 0 or (other != slot and breaks[other, 3] >= 0):
        return 0
    for _ in range(4):
        start = draw_lesson(table, blocked, other, info[other, BASE], option, info[other, LEARN], -1, rng)
        clear = start >= 0
        for kind in range(3):
            at, length = breaks[other, kind], table[option, FIRST + 2 + 3 * kind]
            clear = clear and (at < 0 or at + length <= start or at >= start + learn)
        if clear:
            places[0, 3] = -1
            n = 1 if other == slot else 2
            if n == 2:
                slots[1], options[1], places[1] = other, option, breaks[other]
            places[n - 1, 3] = start
            return n
    return 0
