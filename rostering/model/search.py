"""Annealing of a whole roster by small changes: a duty's times, its breaks, its day; and whole plans at their cheapest.

A proposal changes up to four slots of one or two people. It is dropped where a person's plan is not legal, and kept
where it is better, or worse by less than chance allows at the present heat.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from rostering.model.arrays import Floats, Ints, Week
from rostering.model.moves import BASE, LEARN, OWNER, ROW, Moves, Trial
from rostering.model.need import Need, calls_in, cost_change, cover_tiers, interval_costs, marginal_prices
from rostering.model.person import FAR, best_week, cost_value, is_legal, mark, people_value
from rostering.model.proposals import propose, shift


@njit(cache=True, nogil=True)
def own_value(week: Week, person: int, choice: Ints, weights: Floats) -> float:  # pragma: no cover - compiled
    """A person's weighted part of the people and the cost tier."""
    return float(weights[1] * people_value(week, person, choice) + weights[2] * cost_value(week, person, choice))


@njit(cache=True, nogil=True)
def put(week: Week, person: int, sign: int, choice: Ints, breaks: Ints, count: Ints) -> None:  # pragma: no cover
    """Add (1) or take out (-1) a person's duties in ``count``."""
    for slot in range(week.slot_from[person], week.slot_from[person + 1]):
        if choice[slot] >= 0:
            mark(week, slot, choice[slot], breaks[slot], sign, count)


@njit(cache=True, nogil=True)
def insert(  # pragma: no cover - compiled
    week: Week,
    need: Need,
    person: int,
    first: int,
    last: int,
    choice: Ints,
    breaks: Ints,
    count: Ints,
    weights: Floats,
    price: Floats,
    cost: Floats,
    at: Ints,
) -> float:
    """Slots ``first`` to ``last`` of ``person``, not in ``count``, at their cheapest by marginal prices, or FAR."""
    for slot in range(first, last):
        low = week.base[slot]
        marginal_prices(need, low, low + week.blocked.shape[1], count, weights, price)
    found = best_week(week, person, first, last, price, weights[1], weights[2], cost, at, choice)
    if found < FAR:
        for slot in range(first, last):
            option = choice[slot]
            breaks[slot] = -1
            if option >= 0:
                breaks[slot, :3] = at[:, option]
                mark(week, slot, option, breaks[slot], 1, count)
        place_learning(week, need, person, choice, breaks, count, weights)
    return found


@njit(cache=True, nogil=True)
def place_learning(  # pragma: no cover - compiled
    week: Week, need: Need, person: int, choice: Ints, breaks: Ints, count: Ints, weights: Floats
) -> None:
    """Sessions of learning that a plan lacks, one by one where they cost least beside the breaks, if they have room."""
    first, after = week.slot_from[person], week.slot_from[person + 1]
    held = 0
    for slot in range(first, after):
        held += breaks[slot, 3] >= 0
    for _ in range(held, week.sessions[person]):
        best, best_slot, best_start = FAR, -1, -1
        for slot in range(first, after):
            learn, option = week.learning[slot], choice[slot]
            if learn == 0 or option < 0 or breaks[slot, 3] >= 0:
                continue
            start, length = week.start[option] + week.off_calls[option], week.end[option] - week.start[option]
            off, busy = np.zeros(length), np.zeros(length, np.bool_)
            for t in range(start, week.end[option]):
                off[t - start] = off_calls_price(need, week.skill_class[slot], t, count, weights)
                busy[t - start] = week.blocked[slot, t - week.base[slot]]
            for kind in range(3):
                if breaks[slot, kind] >= 0:
                    low = max(breaks[slot, kind] - start, 0)
                    busy[low : max(breaks[slot, kind] + week.lengths[kind, option] - start, low)] = True
            for k in range(week.end[option] - start - learn + 1):
                if not busy[k : k + learn].any() and off[k : k + learn].sum() < best:
                    best, best_slot, best_start = off[k : k + learn].sum(), slot, start + k
        if best_slot < 0:
            return
        breaks[best_slot, 3] = best_start
        for t in range(max(best_start, 0), min(best_start + week.learning[best_slot], count.shape[1])):
            count[week.skill_class[best_slot], t] -= 1


@njit(cache=True, nogil=True)
def off_calls_price(need: Need, row: int, t: int, count: Ints, weights: Floats) -> float:  # pragma: no cover - compiled
    """Weighted cost of one head less of a row in interval ``t``; nothing outside the cover."""
    if t < 0 or t >= count.shape[1]:
        return 0.0
    a, b, c = count[0, t], count[1, t], count[2, t]
    service, over = calls_in(need, t, a, b, c)
    less, less_over = calls_in(need, t, a - (row == 0), b - (row == 1), c - (row == 2))
    return float(weights[0] * (less - service) + weights[2] * (less_over - over))


@njit(cache=True, nogil=True)
def construct(  # pragma: no cover - compiled
    week: Week, need: Need, order: Ints, choice: Ints, breaks: Ints, count: Ints, weights: Floats
) -> bool:
    """The people of ``order`` in turn at their cheapest plan; whether all have one."""
    price, cost = np.zeros(count.shape), np.zeros(week.start.size)
    at = np.zeros((3, week.start.size), dtype=np.int64)
    for person in order:
        first, last = week.slot_from[person], week.slot_from[person + 1]
        if insert(week, need, person, first, last, choice, breaks, count, weights, price, cost, at) >= FAR:
            return False
    return True


@njit(cache=True, nogil=True)
def reinsert(  # pragma: no cover - compiled
    week: Week,
    need: Need,
    people: Ints,
    choice: Ints,
    breaks: Ints,
    count: Ints,
    weights: Floats,
    price: Floats,
    cost: Floats,
    at: Ints,
) -> float:
    """Take ``people`` out and put each back at the cheapest plan, undone where that is dearer; change of the value."""
    before, heads = choice.copy(), count.copy()
    places = breaks.copy()
    change = 0.0
    for person in people:
        change -= own_value(week, person, choice, weights)
        put(week, person, -1, choice, breaks, count)
    for person in people:
        first, last = week.slot_from[person], week.slot_from[person + 1]
        insert(week, need, person, first, last, choice, breaks, count, weights, price, cost, at)
        change += own_value(week, person, choice, weights)
    service, over = cover_tiers(need, count)
    service_before, over_before = cover_tiers(need, heads)
    change += weights[0] * (service - service_before) + weights[2] * (over - over_before)
    if change > 0:
        choice[:], breaks[:], count[:] = before, places, heads
        return 0.0
    return float(change)


@njit(cache=True, nogil=True)
def anneal(  # pragma: no cover - compiled
    week: Week,
    need: Need,
    moves: Moves,
    trial: Trial,
    choice: Ints,
    breaks: Ints,
    count: Ints,
    weights: Floats,
    heat: float,
    proposals: int,
    rng: np.random.Generator,
) -> float:
    """``proposals`` small changes of the given legal roster, in place; change of the weighted value.

    heat : mean worsening that may be kept; 0: only what is no worse
    """
    gain = 0.0
    table, info, blocked, roles = moves.table, moves.info, moves.blocked, moves.roles
    slots, options, old_options, places = trial.slot, trial.option, trial.old_option, trial.breaks
    heads, touched, seen, rows = trial.heads, trial.touched, trial.seen, count.shape[0]
    costs, new_costs = trial.costs, trial.new_costs
    interval_costs(need, count, weights, costs)
    if moves.fixed.size + moves.optional.size == 0:
        return gain
    for _ in range(proposals):
        n = propose(moves, trial, choice, breaks, rng)
        if n == 0:
            continue
        one, other = info[slots[0], OWNER], info[slots[n - 1], OWNER]
        change, legal = 0.0, True
        if n > 1 or options[0] != choice[slots[0]]:  # else only a break moves
            change = -own_value(week, one, choice, weights)
            if other != one:
                change -= own_value(week, other, choice, weights)
        for k in range(n):
            old_options[k] = choice[slots[k]]
            choice[slots[k]] = options[k]
        if n > 1 or options[0] != old_options[0]:
            legal = is_legal(week, one, choice) and (other == one or is_legal(week, other, choice))
            if legal:
                change += own_value(week, one, choice, weights)
                if other != one:
                    change += own_value(week, other, choice, weights)
        if legal:
            limit = -heat * np.log(1.0 - rng.random()) if heat > 0 else 0.0
            n_touched = 0
            for k in range(n):
                slot = slots[k]
                n_touched = shift(
                    table,
                    blocked,
                    roles,
                    slot,
                    info[slot, BASE],
                    info[slot, ROW],
                    info[slot, LEARN],
                    old_options[k],
                    breaks[slot],
                    options[k],
                    places[k],
                    heads,
                    touched,
                    seen,
                    n_touched,
                )
            change += cost_change(need, touched, n_touched, heads, count, weights, costs, new_costs)
            legal = change <= limit
            for k in range(n_touched):
                t = touched[k]
                seen[t] = False
                if legal:
                    costs[t] = new_costs[k]
                for row in range(rows):
                    if legal:
                        count[row, t] += heads[row, t]
                    heads[row, t] = 0
        if legal:
            gain += change
            for k in range(n):
                breaks[slots[k]] = places[k]
        else:
            for k in range(n):
                choice[slots[k]] = old_options[k]
    return gain
