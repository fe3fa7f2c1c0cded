"""Lagrangian bound: cover and people priced apart, each at its exact minimum; valid for any prices.

For weights w of the tiers and prices y per row of heads and interval, every roster's weighted tiers cost at least

    sum over intervals of min over heads n (w cover cost(n) - y n)
    + sum over people of min over plans (w own cost + y heads of the plan),

since at a roster's own heads the prices cancel. Neither part is relaxed: plans come from the dynamic program of
``person``, with every rule and break, heads are whole numbers. Prices and weights lie on a binary grid, so that sums
of them are exact in double precision and the bound has no rounding error.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from rostering.model.arrays import Floats, Ints, Week
from rostering.model.need import N_CALL_ROWS, Need, calls_cost, roles_in
from rostering.model.person import FAR, cost_value, least_cost, mark, people_value

GRID = 2.0**-16  # of prices and weights
_KEEP_FIRST, _KEEP_SECOND = 0.9, 0.99  # Adam's memory of slopes and of their squares
_KEEP_MEAN = 0.98  # memory of the mean prices
_TURN = 4.0  # how much faster than a price a weight moves: nobody knows beforehand what a unit of service is worth


class Climb(NamedTuple):
    """Prices, and what the last look at cover and people saw; changed in place.

    price, low, high : of one more head, and its range, ``low`` by unit of the service tier's weight, (rows, n)
    weights : of the three tiers, (3,); weight_range : least and greatest of the service tier, (2,)
    scale : of a price, (rows, n), what a step is measured in
    most, heads, presence : heads of ours that could be there, that the cover wants, that the plans give, (rows, n)
    choice, breaks : each slot's option and break starts in the last plans, (slots,), (slots, 4)
    first, second : Adam's moments of the prices, (rows, n)
    mean_price, mean_weights : means of the latest, (rows, n), (3,)
    tiers : service, people and cost tier at the separate minima, (3,)
    worth, own : value of each last plan, (people,); its people and cost tier, (people, 2)
    lessons : row, -1: none, and start of each person's learning and of the shorter session, (people, 2, 2)
    """

    price: Floats
    low: Floats
    high: Floats
    weights: Floats
    weight_range: Floats
    scale: Floats
    most: Ints
    heads: Ints
    presence: Ints
    choice: Ints
    breaks: Ints
    first: Floats
    second: Floats
    mean_price: Floats
    mean_weights: Floats
    tiers: Ints
    worth: Floats
    own: Ints
    lessons: Ints


@njit(cache=True, nogil=True)
def calls_minimum(  # pragma: no cover - compiled
    wanted: Ints,
    service: Ints,
    service_999: Ints,
    pooled: bool,
    present: Ints,
    most: Ints,
    price: Floats,
    weights: Floats,
    heads: Ints,
    t: int,
) -> float:
    """Least weighted cost of the queues less prices in interval ``t``, by descent from ``heads``, where it ends.

    Heads fill the seats of two nested queues like a transport problem with convex costs, so that the cost is M-natural
    convex in them: where no head more, less or exchanged for another row's lowers it, nothing does (Murota 2003,
    Discrete Convex Analysis, theorem 6.26).

    The arrays are those of ``Need`` and ``Climb``, (rows, n) or (n, columns).
    """
    of_service, of_over, p, q, r = weights[0], weights[2], price[0, t], price[1, t], price[2, t]
    here_a, here_b, here_c = present[0, t], present[1, t], present[2, t]
    best, moved, a, b, c = FAR, True, heads[0, t], heads[1, t], heads[2, t]
    while moved:
        moved = False
        for up in range(-1, N_CALL_ROWS):
            for down in range(-1, N_CALL_ROWS):
                while True:
                    x = a + (up == 0) - (down == 0)
                    y = b + (up == 1) - (down == 1)
                    z = c + (up == 2) - (down == 2)
                    if x < 0 or y < 0 or z < 0 or x > most[0, t] or y > most[1, t] or z > most[2, t]:
                        break
                    cost, over = calls_cost(wanted, service, service_999, pooled, t, x + here_a, y + here_b, z + here_c)
                    value = of_service * cost + of_over * over - p * x - q * y - r * z
                    if value >= best:
                        break
                    best, a, b, c, moved = value, x, y, z, True
                    if up == down:
                        break
    heads[0, t], heads[1, t], heads[2, t] = a, b, c
    return best


@njit(cache=True, nogil=True)
def _role_value(need: Need, climb: Climb, t: int, row: int, heads: int) -> float:  # pragma: no cover - compiled
    short = max(need.role_need[row - N_CALL_ROWS, t] - need.present[row, t] - heads, 0)
    return float(climb.weights[0] * need.role_price * short - climb.price[row, t] * heads)


@njit(cache=True, nogil=True)
def _pair_value(need: Need, climb: Climb, t: int, trainees: int, tutors: int) -> float:  # pragma: no cover - compiled
    row, other = need.trainee_row, need.tutor_row
    beyond = need.present[row, t] + trainees - need.per_tutor * (need.present[other, t] + tutors)
    value = climb.weights[0] * need.trainee_price * max(beyond, 0)
    return float(value + _role_value(need, climb, t, row, trainees) + _role_value(need, climb, t, other, tutors))


@njit(cache=True, nogil=True)
def roles_minimum(need: Need, climb: Climb, t: int) -> float:  # pragma: no cover - compiled
    """Least weighted cost of roles and trainees less prices in interval ``t``.

    Piecewise linear and convex in each row with the others given, so that a breakpoint or an end is best; tutors, who
    move the breakpoint of the trainees, are tried one by one. After the period nothing costs anything.
    """
    total, heads, most = 0.0, climb.heads, climb.most
    for row in range(N_CALL_ROWS, climb.price.shape[0]):
        if t >= need.n_role_intervals:
            heads[row, t] = most[row, t] if climb.price[row, t] > 0 else 0
            total -= climb.price[row, t] * heads[row, t]
        elif row != need.trainee_row and row != need.tutor_row:
            best = FAR
            kink = min(max(need.role_need[row - N_CALL_ROWS, t] - need.present[row, t], 0), most[row, t])
            for tried in (0, kink, most[row, t]):
                value = _role_value(need, climb, t, row, tried)
                if value < best:
                    best, heads[row, t] = value, tried
            total += best
    if need.trainee_row < 0 or t >= need.n_role_intervals:
        return total
    best, row, other = FAR, need.trainee_row, need.tutor_row
    for tutors in range(most[other, t] + 1):
        wanted = need.role_need[row - N_CALL_ROWS, t] - need.present[row, t]
        room = need.per_tutor * (need.present[other, t] + tutors) - need.present[row, t]
        for tried in (0, min(max(wanted, 0), most[row, t]), min(max(room, 0), most[row, t]), most[row, t]):
            value = _pair_value(need, climb, t, tried, tutors)
            if value < best:
                best, heads[row, t], heads[other, t] = value, tried, tutors
    return total + best


@njit(cache=True, nogil=True)
def cover_part(need: Need, climb: Climb, count: Ints) -> float:  # pragma: no cover - compiled
    """Least weighted cost of the cover less prices; ``count`` (rows, n) holds its heads with those present after."""
    total, service, over = 0.0, 0, 0
    rows, heads, most, price, weights = climb.price.shape[0], climb.heads, climb.most, climb.price, climb.weights
    wanted, tables, tables_999, pooled, present = need.need, need.service, need.service_999, need.pooled, need.present
    for t in range(price.shape[1]):
        total += calls_minimum(wanted, tables, tables_999, pooled, present, most, price, weights, heads, t)
        if rows > N_CALL_ROWS:
            total += roles_minimum(need, climb, t)
        for row in range(rows):
            count[row, t] = present[row, t] + heads[row, t]
        a, b, c = count[0, t], count[1, t], count[2, t]
        of_calls, beyond = calls_cost(wanted, tables, tables_999, pooled, t, a, b, c)
        service += of_calls + (roles_in(need, t, count) if rows > N_CALL_ROWS else 0)
        over += beyond
    climb.tiers[0], climb.tiers[2] = service, over
    return total


@njit(cache=True, nogil=True)
def people_part(  # pragma: no cover - compiled
    week: Week, climb: Climb, cost: Floats, at: Ints, first_person: int, stride: int
) -> float:
    """Least weighted cost of everybody's plan at the prices; plans, heads and tiers into ``climb``.

    Only every ``stride``-th person's plan is planned anew, the others' values are of earlier prices.
    """
    price, choice, breaks, presence = climb.price, climb.choice, climb.breaks, climb.presence
    if stride == 1:
        presence[:] = 0
    for person in range(first_person, week.slot_from.size - 1, stride):
        first, last = week.slot_from[person], week.slot_from[person + 1]
        if stride > 1:
            mark_plan(week, climb, person, -1)
        value = least_cost(week, person, price, climb.weights[1], climb.weights[2], cost, at, choice)
        for slot in range(first, last):
            if choice[slot] >= 0:
                breaks[slot, :3] = at[:, choice[slot]]
        climb.worth[person] = value + learning_part(week, person, price, climb.lessons)
        climb.own[person, 0] = people_value(week, person, choice)
        climb.own[person, 1] = cost_value(week, person, choice)
        mark_plan(week, climb, person, 1)
    climb.tiers[1] = climb.own[:, 0].sum()
    climb.tiers[2] += climb.own[:, 1].sum()
    return float(climb.worth.sum())


@njit(cache=True, nogil=True)
def mark_plan(week: Week, climb: Climb, person: int, sign: int) -> None:  # pragma: no cover - compiled
    """Add (1) or take out (-1) the heads of a person's last plan and learning."""
    presence, lessons = climb.presence, climb.lessons
    for slot in range(week.slot_from[person], week.slot_from[person + 1]):
        if climb.choice[slot] >= 0:
            mark(week, slot, climb.choice[slot], climb.breaks[slot], sign, presence)
    for kind in range(2):
        row, start = lessons[person, kind, 0], lessons[person, kind, 1]
        length = week.left_over[person] if kind else week.learning_length[person]
        sessions = 1 if kind else week.sessions[person]
        for t in range(max(start, 0), min(start + length, presence.shape[1]) if row >= 0 else 0):
            presence[row, t] -= sign * sessions


@njit(cache=True, nogil=True)
def learning_part(week: Week, person: int, price: Floats, lessons: Ints) -> float:  # pragma: no cover - compiled
    """Least cost of a person's protected learning in any duty that they might have; row and start into ``lessons``.

    Sessions may lie beside the plan, on breaks and on each other here, which makes the bound lower but never wrong.
    """
    total = 0.0
    for kind in range(2):
        length = week.left_over[person] if kind else week.learning_length[person]
        sessions = 1 if kind else week.sessions[person]
        lessons[person, kind, 0] = -1
        if length == 0:
            continue
        best = 0.0 if week.learns_free[person] else FAR
        for slot in range(week.slot_from[person], week.slot_from[person + 1]):
            row = week.skill_class[slot]
            if row < 0:
                continue
            first, last = FAR, -FAR
            for option in range(week.option_from[slot], week.option_from[slot + 1]):
                first = min(first, week.start[option] + week.off_calls[option])
                last = max(last, week.end[option])
            value = 0.0
            for t in range(int(first), int(last)):
                value -= price[row, t] if 0 <= t < price.shape[1] else 0.0
                gone = t - length
                if gone >= first:
                    value += price[row, gone] if 0 <= gone < price.shape[1] else 0.0
                if gone + 1 >= first and value < best:
                    best, lessons[person, kind, 0], lessons[person, kind, 1] = value, row, gone + 1
        if best < FAR:
            total += sessions * best
    return total


@njit(cache=True, nogil=True)
def lagrangian(  # pragma: no cover - compiled
    week: Week, need: Need, climb: Climb, cost: Floats, at: Ints, first: int = 0, stride: int = 1
) -> float:
    """The bound on the weighted tiers at the prices and weights of ``climb``; with a ``stride`` only nearly.

    cost, at : work space of the person's program, (options,), (3, options)
    first, stride : whose plans are made anew; the others' are of earlier prices
    """
    count = np.zeros_like(need.present)
    cover = cover_part(need, climb, count)
    return cover + people_part(week, climb, cost, at, first, stride)


@njit(cache=True, nogil=True)
def on_grid(values: Floats) -> Floats:  # pragma: no cover - compiled
    """The nearest numbers of the grid."""
    return np.floor(values / GRID + 0.5) * GRID


@njit(cache=True, nogil=True)
def step(climb: Climb, rate: float, done: int) -> None:  # pragma: no cover - compiled
    """Adam's step number ``done`` on the prices along presence less heads (Kingma and Ba 2015, arXiv:1412.6980).

    Heads on calls can stand in for each other, and so move together: steps are taken along what a head with 101 is
    worth, what 999 besides adds, and what a head with 999 alone lacks of that. Neither of the last two is below zero.
    """
    fresh_first, fresh_second = 1 - _KEEP_FIRST**done, 1 - _KEEP_SECOND**done
    price, low, high, rows, scale = climb.price, climb.low, climb.high, climb.price.shape[0], climb.scale
    presence, heads, first, second = climb.presence, climb.heads, climb.first, climb.second
    of_service = climb.weights[0]
    slope, move = np.zeros(rows), np.zeros(rows)
    for t in range(price.shape[1]):
        for row in range(rows):
            slope[row] = presence[row, t] - heads[row, t]
        slope[2] += slope[0]
        slope[1] += slope[2]
        for row in range(rows):
            first[row, t] = _KEEP_FIRST * first[row, t] + (1 - _KEEP_FIRST) * slope[row]
            second[row, t] = _KEEP_SECOND * second[row, t] + (1 - _KEEP_SECOND) * slope[row] ** 2
            norm = np.sqrt(second[row, t] / fresh_second) + 1e-9
            move[row] = rate * scale[row, t] * first[row, t] / fresh_first / norm
        lack = max(price[0, t] - price[2, t] + move[0], 0.0)
        more = min(price[2, t] - price[1, t] + move[2], 0.0)
        price[1, t] = min(max(price[1, t] + move[1], of_service * low[1, t]), high[1, t])
        price[2, t] = max(price[1, t] + more, of_service * low[2, t])
        price[0, t] = min(price[2, t] + lack, high[0, t])
        for row in range(N_CALL_ROWS, rows):
            price[row, t] = min(max(price[row, t] + move[row], of_service * low[row, t]), high[row, t])
    price[:] = on_grid(price)


@njit(cache=True, nogil=True)
def _turn(
    climb: Climb, tier: int, reached: Ints, value: float, slopes: Floats, rate: float
) -> None:  # pragma: no cover - compiled
    """Move the weights of the tiers before ``tier`` in the direction in which its bound ``value`` rises.

    Its own weight stays. Each of the others moves alone, and all of them together with the prices.
    """
    for i in range(tier + 1):
        slope = value - climb.tiers[i] if i == tier else climb.weights[i] * (climb.tiers[i] - reached[i])
        slopes[0, i] = _KEEP_FIRST * slopes[0, i] + (1 - _KEEP_FIRST) * slope
        slopes[1, i] = _KEEP_SECOND * slopes[1, i] + (1 - _KEEP_SECOND) * slope**2
        factor = np.exp(_TURN * rate * slopes[0, i] / (np.sqrt(slopes[1, i]) + 1e-9))
        if i == 0 or i == tier:
            factor = min(
                max(factor, climb.weight_range[0] / climb.weights[0]), climb.weight_range[1] / climb.weights[0]
            )
        if i == tier:
            climb.price[:] = on_grid(climb.price * factor)
        for j in range(tier):
            if i in (tier, j):
                climb.weights[j] = max(np.floor(climb.weights[j] * factor / GRID + 0.5), 1.0) * GRID


@njit(cache=True, nogil=True)
def leant(climb: Climb, tier: int, reached: Ints, bound: float) -> float:  # pragma: no cover - compiled
    """What ``bound`` on the weighted tiers says of ``tier``, given that the tiers before it are at most ``reached``."""
    value = bound
    if 0 < tier < 3:
        for i in range(tier):
            value -= climb.weights[i] * reached[i]
        value /= climb.weights[tier]
    return float(value)


@njit(cache=True, nogil=True)
def ascend(  # pragma: no cover - compiled
    week: Week,
    need: Need,
    climb: Climb,
    tier: int,
    reached: Ints,
    rates: Floats,
    done: int,
    slopes: Floats,
    stride: int,
) -> tuple[float, Floats, Floats]:
    """One step for each of ``rates``, then a look at the mean prices; the best bound seen, its weights and prices.

    Prices swing around the best ones, so that their mean is better than the last of them (Polyak and Juditsky 1992,
    SIAM J. Control Optim. 30, 838-855). Where plans take long, a step makes only some of them anew (incremental
    subgradients: Nedic and Bertsekas 2001, SIAM J. Optim. 12, 109-138), and only the mean prices are looked at whole.

    tier : whose bound is to rise, given that the tiers before it are at most ``reached``; their weights move along,
        its own stays. 3: of all tiers by the weights as they are
    done : steps before these; slopes : moments of the weights, (2, 3), changed in place
    stride : one person in so many is planned anew at a step
    """
    cost, at = np.zeros(week.start.size), np.zeros((3, week.start.size), dtype=np.int64)
    best, best_value = -FAR, -FAR
    best_weights, best_price = climb.weights.copy(), climb.price.copy()
    for k in range(rates.size):
        every = stride if done + k > 0 else 1
        bound = lagrangian(week, need, climb, cost, at, (done + k) % every, every)
        value = leant(climb, tier, reached, bound)
        if every == 1 and value > best_value:
            best, best_value = bound, value
            best_weights[:], best_price[:] = climb.weights, climb.price
        step(climb, rates[k], done + k + 1)
        if 0 < tier < 3:
            _turn(climb, tier, reached, value, slopes, rates[k] / every)
        climb.mean_weights[:] = _KEEP_MEAN * climb.mean_weights + (1 - _KEEP_MEAN) * climb.weights
        climb.mean_price[:] = _KEEP_MEAN * climb.mean_price + (1 - _KEEP_MEAN) * climb.price
    price, weights = climb.price.copy(), climb.weights.copy()
    climb.price[:], climb.weights[:] = on_grid(climb.mean_price), on_grid(climb.mean_weights)
    bound = lagrangian(week, need, climb, cost, at)
    if leant(climb, tier, reached, bound) > best_value:
        best = bound
        best_weights[:], best_price[:] = climb.weights, climb.price
    climb.price[:], climb.weights[:] = price, weights
    return best, best_weights, best_price
