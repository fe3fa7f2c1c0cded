"""Two plans side by side: each one's figures and their paired difference, never one blended score."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from rostering.staffing.checks import Floats, Ints
from rostering.staffing.scenarios.estimate import path_mean, simulated
from rostering.staffing.scenarios.plan import Plan
from rostering.staffing.simulation.result import Count, SimulationResult, Staff

HALF_WIDTH = 0.0025  # of each side's 999 service level, 95%: a quarter of a point
PILOT, MOST = 96, 2000  # replications that tell how many are needed, and the most
_BATCHES = 16  # of replications, from which the figures of single intervals have their errors
_T95 = 2.131  # Student's t of two-sided 95% with 15 degrees of freedom
SERVICE = (
    "service_level_999",
    "service_level_999_published",
    "mean_answer_999_s",
    "mean_wait_999_s",
    "over_60s_999",
    "abandonment_999",
    "service_level_101",
    "abandonment_101",
    "mean_answer_101_s",
    "mean_wait_101_s",
    "p90_wait_101_s",
)  # abandonment never without the waits beside it
OF_INTERVALS = ("service_level_999", "service_level_999_published", "mean_wait_999_s", "abandonment_999",
                "abandonment_101", "mean_wait_101_s")  # fmt: skip
CALLS = {
    "first_attempts": Count.FIRST_ATTEMPTS,
    "offered_calls": Count.OFFERED,
    "answered": Count.ANSWERED,
    "abandoned": Count.ABANDONED,
    "redialled": Count.REDIALLED,
    "spilled": Count.SPILLED,
    "callbacks_completed": Count.CALLBACKS_COMPLETED,
}
_STAFF_H = {
    "busy_h": Staff.BUSY_S,
    "overrun_break_h": Staff.OVERRUN_BREAK_S,
    "overrun_end_h": Staff.OVERRUN_END_S,
    "lent_h": Staff.LENT_S,
}

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Paired:
    """A figure of both sides and their difference (changed - base) over replications with common random numbers.

    Each (spans,), mean and half-width of its 95% confidence interval; NaN where there was nothing to measure.
    """

    base: Floats
    base_half: Floats
    changed: Floats
    changed_half: Floats
    difference: Floats
    difference_half: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Both sides of a scenario: service by span, people and cost of the whole span."""

    replications: int
    firsts: Mapping[str, Ints]  # first interval of each span of a width: whole, week, day, interval
    service: Mapping[str, Mapping[str, Paired]]  # by width of the span, then by figure
    people: Mapping[str, Paired]
    cost: Mapping[str, Paired]
    samples: tuple[Mapping[str, Floats], Mapping[str, Floats]]  # service of the whole span by replication, each side


def spans_of(plan: Plan) -> dict[str, Ints]:
    """First intervals of the whole plan, of its local weeks (from Monday) and days, and of its intervals."""
    week_of = (plan.days - 1) // 7  # ordinal 1 was a Monday
    return {
        "whole": np.zeros(1, dtype=np.int64),
        "week": np.flatnonzero(np.diff(week_of, prepend=week_of[0] - 1)),
        "day": np.flatnonzero(np.diff(plan.days, prepend=plan.days[0] - 1)),
        "interval": np.arange(plan.intervals),
    }


def compare(
    base: Plan,
    changed: Plan,
    *,
    seed: int = 1,
    replications: int | None = None,
    half_width: float = HALF_WIDTH,
    threads: int = 1,
    progress: Progress | None = None,
) -> Comparison:
    """Simulate both plans with common random numbers and set them beside each other.

    Figures of the whole span, weeks and days are means over all paths of the rates, each week counting once; those of
    single intervals are ratios of sums over all replications, each call counting once.

    Parameters
    ----------
    base, changed : plans of the same intervals, days and number of paths
    replications : of each side; None: so many that the 999 service level of each side over the whole span is known to
        +- ``half_width`` with 95% confidence, at most ``MOST``
    progress : called with the share done, 0..1, and a text

    Raises
    ------
    ValueError : the plans' spans differ, or there are fewer replications than batches
    """
    if base.rates.shape != changed.rates.shape or (base.days != changed.days).any():
        raise ValueError("base and changed: expected plans of the same intervals, days and paths")
    parts = _simulated(base, changed, seed, replications, half_width, threads, progress)
    n = sum(pair[0].counts.shape[0] for pair in parts)
    if progress is not None:
        progress(0.9, "comparing both sides")
    over_paths = path_mean(base, n)
    sides = [_joined([_figures(pair[side], base) for pair in parts]) for side in (0, 1)]
    people = [_joined([{"people": _staff_hours(pair[side])} for pair in parts])["people"] for side in (0, 1)]
    service = {
        width: {name: paired(over_paths.mean_and_half, sides[0][width][name], sides[1][width][name])
                for name in sides[0][width]}
        for width in sides[0]
    }  # fmt: skip
    batches = [_by_interval([pair[side] for pair in parts]) for side in (0, 1)]
    service["interval"] = {name: paired(_over_batches, batches[0][name], batches[1][name]) for name in batches[0]}
    loads = [np.mean([_busiest_h(pair[side]) for pair in parts]) for side in (0, 1)]
    return Comparison(
        replications=n,
        firsts=spans_of(base),
        service=service,
        people={name: paired(over_paths.mean_and_half, people[0][name], people[1][name]) for name in people[0]}
        | _heads(base, changed, float(loads[0]), float(loads[1])),
        cost=_cost(base, changed),
        samples=(
            {k: v[:, 0] for k, v in sides[0]["whole"].items()},
            {k: v[:, 0] for k, v in sides[1]["whole"].items()},
        ),
    )


def _simulated(
    base: Plan,
    changed: Plan,
    seed: int,
    replications: int | None,
    half_width: float,
    threads: int,
    progress: Progress | None,
) -> list[tuple[SimulationResult, SimulationResult]]:
    """Results of both sides; where the number of replications is open, a pilot settles it and comes first."""
    first = PILOT if replications is None else replications
    if first < _BATCHES:
        raise ValueError(f"replications is {first}: expected at least {_BATCHES}, or there is no error to judge by")

    def both(n: int, begin: int) -> tuple[SimulationResult, SimulationResult]:
        one = simulated(base, n, seed=seed, threads=threads, first=begin)
        return one, one if changed is base else simulated(changed, n, seed=seed, threads=threads, first=begin)

    parts = [both(first, 0)]
    if replications is None:
        levels = [result.measures()["service_level_999"][:, None] for result in parts[0]]
        halves = [float(path_mean(base, first).mean_and_half(level)[1][0]) for level in levels]
        widest = max((half for half in halves if half == half), default=0.0)
        needed = min(math.ceil(1.1 * first * (widest / half_width) ** 2), MOST)
        if needed > first:
            if progress is not None:
                progress(0.9 * first / needed, f"simulating {needed} times each side")
            parts.append(both(needed - first, first))
    return parts


def _figures(result: SimulationResult, plan: Plan) -> dict[str, dict[str, Floats]]:
    """Service and calls by width of the span and name, each (replications, spans); intervals are not among them."""
    found: dict[str, dict[str, Floats]] = {}
    for width, firsts in spans_of(plan).items():
        if width == "interval":
            continue
        if width == "week" and firsts.size == 1:
            found[width] = found["whole"]
            continue
        bounds = pairwise([*firsts.tolist(), plan.intervals])
        each = [result.measures(first, last) for first, last in bounds]
        measures = {name: np.stack([one[name] for one in each], axis=1) for name in SERVICE}
        calls = {
            f"{name}_{queue}": np.add.reduceat(result.counts[:, row, q], firsts, axis=1, dtype=np.float64)
            for name, row in CALLS.items()
            for q, queue in enumerate(("999", "101"))
        }
        found[width] = measures | calls
    return found


def _by_interval(results: list[SimulationResult]) -> dict[str, Floats]:
    """Service of each interval, (batches, intervals): each batch and interval put as a replication of one interval."""
    n_each = [result.counts.shape[0] for result in results]
    n = results[0].counts.shape[-1]
    edges = np.linspace(0, sum(n_each), _BATCHES + 1).astype(int)
    counts = np.zeros((_BATCHES, *results[0].counts.shape[1:]), dtype=np.int32)
    for batch, (first, last) in enumerate(pairwise(edges)):
        begin = 0
        for result, size in zip(results, n_each, strict=True):
            part = result.counts[max(first - begin, 0) : max(last - begin, 0)]
            counts[batch] += part.sum(axis=0, dtype=np.int32)
            begin += size
    singles = replace(
        results[0],
        counts=np.moveaxis(counts, -1, 1).reshape(_BATCHES * n, *counts.shape[1:-1], 1),
        switchboard=np.zeros((_BATCHES * n, 3, 1), dtype=np.int32),
        staff=np.zeros((_BATCHES * n, len(Staff), 1), dtype=np.float32),
        waits=np.zeros((_BATCHES * n, 2, 1, 1), dtype=np.int32),
    )
    measures = singles.measures()
    offered = counts[:, Count.OFFERED] / np.diff(edges)[:, None, None]
    return {name: measures[name].reshape(_BATCHES, n) for name in OF_INTERVALS} | {
        f"offered_calls_{queue}": offered[:, q] for q, queue in enumerate(("999", "101"))
    }


def _over_batches(samples: Floats) -> tuple[Floats, Floats]:
    """Mean over batches and half-width of its 95% interval, (intervals,); NaN where a batch has nothing to measure."""
    mean = samples.mean(axis=0)
    return mean, _T95 * samples.std(axis=0, ddof=1) / samples.shape[0] ** 0.5


def paired(estimate: Callable[[Floats], tuple[Floats, Floats]], base: Floats, changed: Floats) -> Paired:
    """Both sides (replications or batches, spans) and their difference."""
    return Paired(*estimate(base), *estimate(changed), *estimate(changed - base))


def _joined(parts: list[dict[str, dict[str, Floats]]]) -> dict[str, dict[str, Floats]]:
    """Figures of consecutive replications as one."""
    first = parts[0]
    return {
        width: {name: np.concatenate([part[width][name] for part in parts]) for name in first[width]} for width in first
    }


def _staff_hours(result: SimulationResult) -> dict[str, Floats]:
    """What the calls make of the handlers, (replications, 1) each."""
    hours = result.staff.sum(axis=2, dtype=np.float64) / 3600
    return {name: hours[:, [row]] for name, row in _STAFF_H.items()} | {
        "occupancy": result.measures()["occupancy"][:, None]
    }


def _busiest_h(result: SimulationResult) -> float:
    """Mean hours that the busiest handler spends on calls [h]."""
    return float(result.handlers[:, 2].max(initial=0.0)) / 3600


def _heads(base: Plan, changed: Plan, busiest_base_h: float, busiest_changed_h: float) -> dict[str, Paired]:
    """Handlers and hours on desks."""
    return _exactly(
        {
            "handlers": (base.n_handlers, changed.n_handlers),
            "on_desks_h": (base.on_desks_h, changed.on_desks_h),
            "digital_work_h": (_sum(base.digital_h), _sum(changed.digital_h)),
            "busiest_handler_busy_h": (busiest_base_h, busiest_changed_h),
        }
    )


def _cost(base: Plan, changed: Plan) -> dict[str, Paired]:
    """Paid hours and their pay; the digital desk's work is priced at the same rate."""
    paid = [float(plan.paid_h.sum()) for plan in (base, changed)]
    digital = [_sum(plan.digital_h) for plan in (base, changed)]
    return _exactly(
        {
            "paid_h": (paid[0], paid[1]),
            "pay": (paid[0] * base.pay_per_h, paid[1] * changed.pay_per_h),
            "digital_pay": (digital[0] * base.pay_per_h, digital[1] * changed.pay_per_h),
        }
    )


def _exactly(values: dict[str, tuple[float, float]]) -> dict[str, Paired]:
    """Figures that no chance touches."""
    zero = np.zeros(1)
    return {
        name: Paired(np.array([b], float), zero, np.array([c], float), zero, np.array([c - b], float), zero)
        for name, (b, c) in values.items()
    }


def _sum(values: Floats | None) -> float:
    return 0.0 if values is None else float(values.sum())
