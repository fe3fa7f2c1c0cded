"""A person's cheapest plan with every rule, compiled: branch and bound where the program's plan lacks a weekly rest.

Each legal plan holds one of the rests that a plan without it could be given (``weekly``). Rests that begin within hours
of each other share most of their time: a branch forbids duties in what all of its rests share, and is split where its
plan holds none of them. The branch of least cost is always next: the first legal plan to come up is the least.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rostering.model.arrays import Floats, Ints, Week
from rostering.model.compiled import inner
from rostering.model.plan import least_plan
from rostering.model.tour import ALIVE, FAR
from rostering.model.weekly import blocks_of, lacking

_MOST_BLOCKS = 4100  # more than three kinds of rests after each quarter-hour of a fortnight
_MOST_LISTS = 64
_GROUP_MIN = 720  # between the first and the last begin of a branch's rests: less than the shortest rest
# Options that the programs of one plan may go through, and programs of it at least, until any legal plan is enough; and
# how often that until there is none.
_MOST_OPTIONS, _FEWEST, _LAST_RESORT = 400_000, 20, 5
PARENT, BEGIN, END, LIST, FROM, TO, DEPTH, LEGAL = range(8)  # columns of Branches.row


class Branches(NamedTuple):
    """Branches of a search.

    row : by the columns above: the branch that it is of; time kept free of duties [min]; its rests, ``FROM`` to before
        ``TO`` of a list, one of which is to be held; how deep it lies; whether its plan is legal, (branches, 8)
    value, plan : its least cost, FAR once it is split, and plan, (branches,), (branches, slots)
    rests : begin and end, (lists, rests, 2)
    used : rows and lists in use, (2,)
    """

    row: Ints
    value: Floats
    plan: Ints
    rests: Ints
    used: Ints


@inner
def legal_plan(  # pragma: no cover - compiled
    week: Week,
    person: int,
    first: int,
    last: int,
    only: Ints,
    cost: Floats,
    weight: float,
    near: int,
    choice: Ints,
) -> tuple[float, float]:
    """Least cost of the plans that keep every rule, into ``choice``, and a cost that none of them is below.

    The two differ where the search ends early. Arguments as of ``least_plan``; slots from ``last`` on are not free.
    """
    value = least_plan(week, person, first, only, cost, weight, near, choice)
    if value >= ALIVE:
        return FAR, FAR
    if lacking(week, person, choice) < 0:
        return value, value
    n_options = week.option_from[last] - week.option_from[first]
    most = max(_MOST_OPTIONS // max(n_options, 1), _FEWEST)
    size = _LAST_RESORT * most + _MOST_BLOCKS
    branches = Branches(
        np.empty((size, 8), np.int64),
        np.empty(size),
        np.empty((size, last - first), np.int64),
        np.empty((_MOST_LISTS, _MOST_BLOCKS, 2), np.int64),
        np.array([1, 0]),
    )
    branches.row[0] = np.array([-1, 0, 0, -1, 0, 0, 0, 0])
    branches.value[0], branches.plan[0] = value, choice[first:last]
    allowed, least = cost.copy(), value
    while True:
        n, n_lists = branches.used
        hurry = n > most or n_lists == _MOST_LISTS
        at = next_branch(branches, hurry)
        if at < 0:
            return FAR, FAR
        least = least if hurry else branches.value[at]
        choice[first:last] = branches.plan[at]
        if branches.row[at, LEGAL]:
            return branches.value[at], least
        if n > _LAST_RESORT * most or n_lists == _MOST_LISTS:
            return FAR, least
        branches.value[at] = FAR
        split(week, person, first, only, choice, branches, at)
        for child in range(n, branches.used[0]):
            forbid(week, first, last, cost, branches, child, allowed)
            here = least_plan(week, person, first, only, allowed, weight, near, choice)
            branches.value[child], branches.plan[child] = here, choice[first:last]
            branches.row[child, LEGAL] = int(here < ALIVE and lacking(week, person, choice) < 0)


@inner
def next_branch(branches: Branches, hurry: bool) -> int:  # pragma: no cover - compiled
    """The branch of least cost, or in a hurry the best legal one, the deepest where there is none; -1: none is left."""
    at, most, n = -1, -1, branches.used[0]
    for k in range(n):
        value, legal = branches.value[k], branches.row[k, LEGAL]
        rank = n if legal else branches.row[k, DEPTH]
        if value >= ALIVE:
            continue
        better = at < 0 or (rank > most if hurry else value < branches.value[at])
        equal = at >= 0 and (rank == most if hurry else value == branches.value[at])
        if better or (equal and (value < branches.value[at] if hurry else rank > most)):
            at, most = k, rank
    return at


@inner
def split(  # pragma: no cover - compiled
    week: Week, person: int, first: int, only: Ints, choice: Ints, branches: Branches, at: int
) -> None:
    """Add the branches of ``at``, whose plan is in ``choice``."""
    row, begin, end = branches.row, branches.row[at, FROM], branches.row[at, TO]
    if end - begin > 1 and not holds_any(week, person, choice, branches.rests[row[at, LIST]], begin, end):
        middle = (begin + end) // 2
        add(branches, at, row[at, LIST], begin, middle)
        add(branches, at, row[at, LIST], middle, end)
        return
    new = branches.used[1]
    branches.used[1] += 1
    rests = branches.rests[new]
    count = blocks_of(week, person, first, only, choice, rests)
    begin = 0
    for k in range(1, count + 1):
        # Of one kind they are in order.
        if k == count or not rests[begin, 0] <= rests[k, 0] <= rests[begin, 0] + _GROUP_MIN:
            add(branches, at, new, begin, k)
            begin = k


@inner
def add(branches: Branches, at: int, rests: int, begin: int, end: int) -> None:  # pragma: no cover - compiled
    """The branch of ``at`` that is to hold one of these rests of a list."""
    row, of = branches.row[branches.used[0]], branches.rests[rests]
    branches.used[0] += 1
    row[PARENT], row[BEGIN], row[END] = at, of[end - 1, 0], of[begin, 1]
    row[LIST], row[FROM], row[TO] = rests, begin, end
    row[DEPTH], row[LEGAL] = branches.row[at, DEPTH] + 1, 0


@inner
def holds_any(  # pragma: no cover - compiled
    week: Week, person: int, choice: Ints, rests: Ints, begin: int, end: int
) -> bool:
    """Whether the person's plan leaves one of these rests free."""
    for k in range(begin, end):
        free = True
        for slot in range(week.slot_from[person], week.slot_from[person + 1]):
            option = choice[slot]
            if option >= 0 and 15 * week.end[option] > rests[k, 0] and 15 * week.start[option] < rests[k, 1]:
                free = False
        if free:
            return True
    return False


@inner
def forbid(  # pragma: no cover - compiled
    week: Week, first: int, last: int, cost: Floats, branches: Branches, at: int, allowed: Floats
) -> None:
    """Costs of the free slots' options in a branch, into ``allowed`` (options,): FAR in what is kept free."""
    options = week.option_from[first], week.option_from[last]
    allowed[options[0] : options[1]] = cost[options[0] : options[1]]
    while at > 0:
        begin, end = branches.row[at, BEGIN], branches.row[at, END]
        for option in range(options[0], options[1]):
            if 15 * week.end[option] > begin and 15 * week.start[option] < end:
                allowed[option] = FAR
        at = branches.row[at, PARENT]
