"""What each interval costs in service and in seats over: tables of the requirement, and the compiled sums over heads.

Heads stand in rows: 0 only 999, 1 only 101, 2 both on calls, then one row for each role that is watched, on duty.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rostering.model.options import watched_roles
from rostering.problem import Handler, RosterProblem
from rostering.roster import Activity, Duty
from rostering.rules import RuleId

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
N_CALL_ROWS = 3
_TRAINEE, _TUTOR = "trainee", "tutor"
_QUARTER = timedelta(minutes=15)


class Need(NamedTuple):
    """Requirement, the people already there and the prices of what is missing.

    need : heads wanted, (2, intervals), 999 and 101
    present : heads that are not ours, (3 + roles, intervals)
    service, service_999 : cost of 0, 1, 2 ... seats short in total and of 999, (intervals, columns), convex from 0;
        beyond the last column the last step repeats
    role_need : heads of each role wanted on duty, (roles, intervals); role_price : of a head short per quarter-hour
    trainee_row, tutor_row : rows of the heads, -1: rule TRAINEES does not apply
    per_tutor, trainee_price : trainees that a tutor may have, price of one beyond per quarter-hour
    n_role_intervals : roles and trainees count from 0 to here, the period; its tail belongs to people not known yet
    pooled : total seats short are the total need less all heads; else a 999 seat is filled by its skill only
    """

    need: Ints
    present: Ints
    service: Ints
    service_999: Ints
    role_need: Ints
    role_price: int
    trainee_row: int
    tutor_row: int
    per_tutor: int
    trainee_price: int
    n_role_intervals: int
    pooled: bool


def need_arrays(problem: RosterProblem) -> Need:
    """Requirement of ``problem``, with the frozen duties and those of others as people present."""
    roles = watched_roles(problem)
    service, service_999 = service_tables(problem)
    calls = problem.cover.cost_short is not None
    trainees = problem.rules[RuleId.TRAINEES]
    watched = _TRAINEE in roles
    return Need(
        need=np.stack([problem.cover.needed_999, problem.cover.needed_101]),
        present=_present(problem, roles),
        service=service,
        service_999=service_999,
        role_need=_role_need(problem, roles),
        role_price=problem.rules[RuleId.ROLES]["short_call" if calls else "short_seat"],
        trainee_row=N_CALL_ROWS + roles.index(_TRAINEE) if watched else -1,
        tutor_row=N_CALL_ROWS + roles.index(_TUTOR) if watched else -1,
        per_tutor=trainees["most_per_tutor"],
        trainee_price=trainees["beyond_call" if calls else "beyond_seat"],
        n_role_intervals=problem.n_intervals,
        pooled=False,
    )


def seat_cost(need: Need) -> float:
    """Service cost of the first seat short in the middle one of the intervals that need somebody, at least 1."""
    first = need.service[:, 1][need.need.sum(axis=0) > 0]
    if (first > 0).any():
        return max(float(np.median(first[first > 0])), 1.0)
    return 1.0


def service_tables(problem: RosterProblem) -> tuple[Ints, Ints]:
    """Cost of seats short in total and of 999 per interval: the cover's own tables, or by rule SERVICE."""
    cover, rule = problem.cover, problem.rules[RuleId.SERVICE]
    if cover.cost_short is not None and cover.cost_short_999 is not None:
        return np.array(cover.cost_short), np.array(cover.cost_short_999)
    wanted = cover.needed_999 + cover.needed_101
    first_tenth = np.maximum(1, wanted * rule["first_percent"] // 100)[:, None]
    short = np.arange(int(first_tenth.max(initial=1)) + 2)[None, :]
    beyond = max(rule["short_beyond"], rule["short_first"])
    total = rule["short_first"] * np.minimum(short, first_tenth) + beyond * np.maximum(short - first_tenth, 0)
    return total.astype(np.int64), np.tile(np.array([0, rule["short_999_extra"]]), (wanted.size, 1)).astype(np.int64)


def _present(problem: RosterProblem, roles: tuple[str, ...]) -> Ints:
    """Heads that are there already, (3 + roles, intervals)."""
    cover = problem.cover
    assert cover.already_999 is not None  # the cover fills them in
    assert cover.already_101 is not None
    present = np.zeros((N_CALL_ROWS + len(roles), cover.n_intervals), dtype=np.int64)
    present[0], present[1] = cover.already_999, cover.already_101
    handlers = {handler.ref: handler for handler in problem.handlers}
    for duty in problem.frozen_duties:
        _add_frozen(problem, duty, handlers.get(duty.handler), roles, present)
    return present


def _add_frozen(
    problem: RosterProblem, duty: Duty, handler: Handler | None, roles: tuple[str, ...], present: Ints
) -> None:
    rows = {Activity.CALLS_999: 0, Activity.CALLS_101: 1}
    for span in duty.activities:
        if span.activity in rows:
            first, last = _clipped(problem, span.start, span.end)
            present[rows[span.activity], first:last] += 1
    first, last = _clipped(problem, duty.start, duty.end)
    day = duty.start.astimezone(ZoneInfo(problem.timezone)).date()
    for row, role in enumerate(roles, start=N_CALL_ROWS):
        if handler is not None and handler.has_role(role, day):
            present[row, first:last] += 1


def _clipped(problem: RosterProblem, start: datetime, end: datetime) -> tuple[int, int]:
    """First interval and the one after the last of a span, not before the period."""
    first, last = (round((moment - problem.begin) / _QUARTER) for moment in (start, end))
    return max(first, 0), max(last, 0)


def _role_need(problem: RosterProblem, roles: tuple[str, ...]) -> Ints:
    """Heads wanted of each role, (roles, intervals): where entries overlap, the largest."""
    wanted = np.zeros((len(roles), problem.cover.n_intervals), dtype=np.int64)
    for entry in problem.role_cover:
        first, last = _clipped(problem, entry.start, entry.end)
        row = wanted[roles.index(entry.role), first : min(last, problem.n_intervals)]
        np.maximum(row, entry.at_least, out=row)
    return wanted


# Inside loops the kernels below take plain arrays: each access to an array of a tuple counts references, which costs
# more than the arithmetic.


@njit(cache=True, nogil=True)
def seats_short(  # pragma: no cover - compiled
    need: Ints, t: int, a: int, b: int, c: int, pooled: bool
) -> tuple[int, int]:
    """999 seats short and seats short in total in interval ``t``: only 999, only 101 and both on calls."""
    nines, ones = need[0, t], need[1, t]
    short_999 = max(nines - a - c, 0)
    total = max(nines + ones - a - b - c, 0)
    if pooled:
        return short_999, total
    return short_999, max(short_999, short_999 + ones - b - c, total)


@njit(cache=True, nogil=True)
def table_at(table: Ints, t: int, short: int) -> int:  # pragma: no cover - compiled
    """Cost of ``short`` seats in interval ``t``; beyond the last column the last step repeats."""
    last = table.shape[1] - 1
    if short <= last:
        return int(table[t, short])
    return int(table[t, last] + (short - last) * (table[t, last] - table[t, last - 1]))


@njit(cache=True, nogil=True)
def calls_cost(  # pragma: no cover - compiled
    need: Ints, service: Ints, service_999: Ints, pooled: bool, t: int, a: int, b: int, c: int
) -> tuple[int, int]:
    """Service cost of the queues and seats over the need in interval ``t``."""
    short_999, short = seats_short(need, t, a, b, c, pooled)
    over = a + b + c - need[0, t] - need[1, t] + short
    cost = 0
    if short > 0:
        cost = table_at(service, t, short)
    if short_999 > 0:  # even with no seat short in total, where heads are pooled
        cost += table_at(service_999, t, short_999)
    return cost, over


@njit(cache=True, nogil=True)
def roles_cost(  # pragma: no cover - compiled
    role_need: Ints,
    role_price: int,
    trainee_row: int,
    tutor_row: int,
    per_tutor: int,
    trainee_price: int,
    t: int,
    count: Ints,
) -> int:
    """Service cost of roles and trainees in interval ``t`` of the period at the heads ``count`` (rows, intervals)."""
    cost = 0
    for role in range(role_need.shape[0]):
        short = role_need[role, t] - count[3 + role, t]
        if short > 0:
            cost += role_price * short
    if trainee_row >= 0:
        beyond = count[trainee_row, t] - per_tutor * count[tutor_row, t]
        if beyond > 0:
            cost += trainee_price * beyond
    return cost


@njit(cache=True, nogil=True)
def calls_in(need: Need, t: int, a: int, b: int, c: int) -> tuple[int, int]:  # pragma: no cover - compiled
    """``calls_cost`` of a need."""
    return calls_cost(need.need, need.service, need.service_999, need.pooled, t, a, b, c)


@njit(cache=True, nogil=True)
def roles_in(need: Need, t: int, count: Ints) -> int:  # pragma: no cover - compiled
    """``roles_cost`` of a need; nothing after the period."""
    if t >= need.n_role_intervals:
        return 0
    return roles_cost(
        need.role_need,
        need.role_price,
        need.trainee_row,
        need.tutor_row,
        need.per_tutor,
        need.trainee_price,
        t,
        count,
    )


@njit(cache=True, nogil=True)
def cover_tiers(need: Need, count: Ints) -> tuple[int, int]:  # pragma: no cover - compiled
    """Service tier, and seats over the need of the cost tier, at the heads ``count`` (rows, intervals)."""
    service, over = 0, 0
    for t in range(count.shape[1]):
        of_calls, beyond = calls_in(need, t, count[0, t], count[1, t], count[2, t])
        service += of_calls + (roles_in(need, t, count) if count.shape[0] > 3 else 0)
        over += beyond
    return service, over


@njit(cache=True, nogil=True)
def interval_costs(need: Need, count: Ints, weights: Floats, costs: Floats) -> None:  # pragma: no cover - compiled
    """Weighted service and cost tiers of every interval, into ``costs`` (intervals,)."""
    for t in range(count.shape[1]):
        service, over = calls_in(need, t, count[0, t], count[1, t], count[2, t])
        if count.shape[0] > 3:
            service += roles_in(need, t, count)
        costs[t] = weights[0] * service + weights[2] * over


@njit(cache=True, nogil=True)
def cost_change(  # pragma: no cover - compiled
    need: Need,
    touched: Ints,
    n_touched: int,
    heads: Ints,
    count: Ints,
    weights: Floats,
    costs: Floats,
    new_costs: Floats,
) -> float:
    """Change of the weighted service and cost tiers if ``heads`` (rows, intervals) are added to ``count``.

    Only the first ``n_touched`` of ``touched`` change: from ``costs``, (intervals,), to ``new_costs``, (touched,)
    """
    wanted, service, service_999, pooled = need.need, need.service, need.service_999, need.pooled
    of_service, of_over, rows, change = weights[0], weights[2], count.shape[0], 0.0
    for k in range(n_touched):
        t = touched[k]
        a, b, c = count[0, t] + heads[0, t], count[1, t] + heads[1, t], count[2, t] + heads[2, t]
        cost, over = calls_cost(wanted, service, service_999, pooled, t, a, b, c)
        if rows > 3:
            for row in range(3, rows):
                count[row, t] += heads[row, t]
            cost += roles_in(need, t, count)
            for row in range(3, rows):
                count[row, t] -= heads[row, t]
        new_costs[k] = of_service * cost + of_over * over
        change += new_costs[k] - costs[t]
    return change


@njit(cache=True, nogil=True)
def marginal_prices(  # pragma: no cover - compiled
    need: Need, first: int, last: int, count: Ints, weights: Floats, price: Floats
) -> None:
    """Weighted cost of one head more in each row of intervals ``first`` to ``last``, into ``price``."""
    wanted, service, service_999, pooled = need.need, need.service, need.service_999, need.pooled
    of_service, of_over = weights[0], weights[2]
    for t in range(max(first, 0), min(last, count.shape[1])):
        a, b, c = count[0, t], count[1, t], count[2, t]
        cost, over = calls_cost(wanted, service, service_999, pooled, t, a, b, c)
        for row in range(3):
            one, two, three = a + (row == 0), b + (row == 1), c + (row == 2)
            new, new_over = calls_cost(wanted, service, service_999, pooled, t, one, two, three)
            price[row, t] = of_service * (new - cost) + of_over * (new_over - over)
        if count.shape[0] > 3:
            now = roles_in(need, t, count)
            for row in range(3, count.shape[0]):
                count[row, t] += 1
                price[row, t] = of_service * (roles_in(need, t, count) - now)
                count[row, t] -= 1
