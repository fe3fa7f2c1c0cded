"""What the annealing's proposals are made from: tables of options and slots, and the proposal itself.

Inside loops plain arrays are passed: each access to an array of a tuple, and each call with one, costs more than the
arithmetic. ``table`` and ``info`` hold what the proposals need of ``Week`` side by side.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rostering.model.arrays import Floats, Ints, Week

# Columns of ``table`` (options, 12): start, end, start on calls, then first, last, length of meal, break before, after.
START, END, ON_CALLS, FIRST = 0, 1, 2, 3
# Columns of ``info`` (slots, 8); LEARN: length of a session of learning that the slot may hold.
OWNER, DAY, MUST, FROM, AFTER, BASE, ROW, LEARN = range(8)

DAYS = 7  # that two people exchange at most
_NEAR = 4  # start and end together differ by so many quarter-hours at most between options that are near each other


class Moves(NamedTuple):
    """Where proposals come from.

    table, info : options and slots, columns as named above
    blocked, roles : training from a slot's base, and the roles held, as in ``Week``
    fixed, optional : slots that must be worked, slots that need not be
    slot_from : slots of each person; day_from, by_day : slots of each day
    near_from, near : options near each option, of the same slot
    """

    table: Ints
    info: Ints
    blocked: NDArray[np.bool_]
    roles: NDArray[np.bool_]
    fixed: Ints
    optional: Ints
    slot_from: Ints
    day_from: Ints
    by_day: Ints
    near_from: Ints
    near: NDArray[np.int32]


class Trial(NamedTuple):
    """One proposal: slots, their options before and after (-1: no duty), (14,), new breaks and learning, (14, 4).

    source : the slot whose breaks each takes over, mostly itself, (14,)
    heads : change of the heads, (rows, intervals), zero between proposals
    touched, seen : intervals that change, and whether, (intervals,)
    costs, new_costs : weighted cost of each interval, and of each touched one after the change, (intervals,)
    """

    slot: Ints
    source: Ints
    option: Ints
    old_option: Ints
    breaks: Ints
    heads: Ints
    touched: Ints
    seen: NDArray[np.bool_]
    costs: Floats
    new_costs: Floats


def make_moves(week: Week) -> Moves:
    """Proposals for the slots of ``week``."""
    n_options = np.diff(week.option_from)
    n_days = int(week.day.max(initial=-1)) + 1
    by_day = np.argsort(week.day, kind="stable")
    breaks = [rows[kind] for kind in range(3) for rows in (week.first, week.last, week.lengths)]
    owner = np.repeat(np.arange(week.slot_from.size - 1), np.diff(week.slot_from))
    info = [owner, week.day, week.must, week.option_from[:-1], week.option_from[1:], week.base, week.skill_class]
    info.append(week.learning)
    near_from = near_options(week, np.zeros(week.start.size + 1, dtype=np.int64), np.zeros(0, dtype=np.int32))
    near = np.zeros(max(int(near_from[-1]), 1), dtype=np.int32)
    near_options(week, near_from, near)
    return Moves(
        table=np.stack([week.start, week.end, week.start + week.off_calls, *breaks], axis=1).astype(np.int64),
        info=np.stack(info, axis=1).astype(np.int64),
        blocked=week.blocked,
        roles=week.roles,
        fixed=np.flatnonzero(week.must & ~week.frozen & (n_options > 0)),
        optional=np.flatnonzero(~week.must & (n_options > 0)),
        slot_from=week.slot_from,
        day_from=np.searchsorted(week.day[by_day], np.arange(n_days + 1)).astype(np.int64),
        by_day=by_day.astype(np.int64),
        near_from=near_from,
        near=near,
    )


@njit(cache=True, nogil=True)
def near_options(week: Week, near_from: Ints, near: NDArray[np.int32]) -> Ints:  # pragma: no cover - compiled
    """First places of each option's near ones, (options + 1,); written to ``near`` where it has room for them."""
    start, end, option_from = week.start, week.end, week.option_from
    n = 0
    for slot in range(option_from.size - 1):
        for option in range(option_from[slot], option_from[slot + 1]):
            near_from[option] = n
            for other in range(option_from[slot], option_from[slot + 1]):
                apart = abs(start[other] - start[option]) + abs(end[other] - end[option])
                if 0 < apart <= _NEAR:
                    if near.size > 0:
                        near[n] = other
                    n += 1
    near_from[start.size] = n
    return near_from


def make_trial(rows: int, intervals: int) -> Trial:
    """Work arrays for proposals."""
    return Trial(
        np.full(2 * DAYS, -1, dtype=np.int64),
        np.full(2 * DAYS, -1, dtype=np.int64),
        np.full(2 * DAYS, -1, dtype=np.int64),
        np.full(2 * DAYS, -1, dtype=np.int64),
        np.full((2 * DAYS, 4), -1, dtype=np.int64),
        np.zeros((rows, intervals), dtype=np.int64),
        np.zeros(intervals, dtype=np.int64),
        np.zeros(intervals, dtype=np.bool_),
        np.zeros(intervals),
        np.zeros(intervals),
    )


@njit(cache=True, nogil=True)
def below(n: int, rng: np.random.Generator) -> int:  # pragma: no cover - compiled
    """A whole number from 0 to n - 1."""
    return int(rng.random() * n)
