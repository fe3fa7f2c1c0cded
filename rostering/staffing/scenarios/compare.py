"""Two plans side by side: each one's figures and their paired difference, never one blended score."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from rostering.staffing.checks import Floats, Ints
from rostering.staffing.scenarios.plan import Plan
from rostering.staffing.scenarios.replicate import PILOT, Z95, joined, most_replications, replications_for, simulated
from rostering.staffing.simulation.result import Count, SimulationResult, Staff

HALF_WIDTH = 0.0025  # of each side's 999 service level, 95%: a quarter of a point
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
class Spans:
    """First intervals of the spans of one width, (spans,); the last span ends with the plan."""

    firsts: Ints

    def bounds(self, intervals: int) -> list[tuple[int, int]]:
        edges = [*self.firsts.tolist(), intervals]
        return list(pairwise(edges))


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Both sides of a scenario: service by span, people and cost of the whole span."""

    replications: int
    spans: Mapping[str, Spans]  # whole, week, day, interval
    service: Mapping[str, Mapping[str, Paired]]  # by width of the span, then by figure
    people: Mapping[str, Paired]
    cost: Mapping[str, Paired]
    samples: tuple[Floats, Floats]  # 999 service level of the whole span by replication, of each side


def spans_of(plan: Plan) -> dict[str, Spans]:
    """The whole plan, its local weeks (from Monday) and days, and its intervals."""
    whole = np.zeros(1, dtype=np.int64)
    week_of = (plan.days - 1) // 7  # ordinal 1 was a Monday
    return {
        "whole": Spans(whole),
        "week": Spans(np.flatnonzero(np.diff(week_of, prepend=week_of[0] - 1))),
        "day": Spans(np.flatnonzero(np.diff(plan.days, prepend=plan.days[0] - 1))),
        "interval": Spans(np.arange(plan.intervals)),
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

    Parameters
    ----------
    base, changed : plans of the same intervals and days
    replications : of each side; None: so many that the 999 service level of each side over the whole span is known to
        +- ``half_width`` with 95% confidence, as far as the paths of the rates go
    progress : called with the share done, 0..1, and a text

    Raises
    ------
    ValueError : the plans' spans differ, or there are fewer than two replications
    """
    if base.intervals != changed.intervals or (base.days != changed.days).any():
        raise ValueError("base and changed: expected plans of the same intervals and days")
    results = _both(base, changed, seed, replications, half_width, threads, progress)
    if progress is not None:
        progress(0.9, "comparing both sides")
    sides = [figures(result, base) for result in results]
    spans = spans_of(base)
    return Comparison(
        replications=results[0].counts.shape[0],
        spans=spans,
        service={
            width: {name: paired(sides[0][width][name], sides[1][width][name]) for name in sides[0][width]}
            for width in spans
        },
        people=_people(base, changed, results),
        cost=_cost(base, changed),
        samples=(sides[0]["whole"]["service_level_999"][:, 0], sides[1]["whole"]["service_level_999"][:, 0]),
    )


def _both(
    base: Plan,
    changed: Plan,
    seed: int,
    replications: int | None,
    half_width: float,
    threads: int,
    progress: Progress | None,
) -> list[SimulationResult]:
    """Results of both sides; where the number of replications is open, a pilot settles it."""
    plans = (base, changed)
    most = most_replications(*plans)
    first = min(PILOT, most) if replications is None else replications
    if first < 2:
        raise ValueError(f"replications is {first}: expected at least 2, or there is no spread to judge by")
    results = [simulated(plan, first, seed=seed, threads=threads) for plan in plans]
    if replications is None:
        n = results[0].counts.shape[-1]
        needed = min(replications_for([r.measures(0, n)["service_level_999"] for r in results], half_width), most)
        if needed > first:
            if progress is not None:
                progress(0.9 * first / needed, f"simulating {needed} weeks of each side")
            rest = [simulated(plan, needed - first, seed=seed, threads=threads, first=first) for plan in plans]
            results = [joined([one, other]) for one, other in zip(results, rest, strict=True)]
    return results


def figures(result: SimulationResult, plan: Plan) -> dict[str, dict[str, Floats]]:
    """Service and calls by width of the span and name, each (replications, spans)."""
    n = plan.intervals
    found: dict[str, dict[str, Floats]] = {}
    for width, spans in spans_of(plan).items():
        if width == "interval":
            measures = _by_interval(result)
        else:
            each = [result.measures(first, last) for first, last in spans.bounds(n)]
            measures = {name: np.stack([one[name] for one in each], axis=1) for name in SERVICE}
        calls = {
            f"{name}_{queue}": np.add.reduceat(result.counts[:, row, q], spans.firsts, axis=1).astype(np.float64)
            for name, row in CALLS.items()
            for q, queue in enumerate(("999", "101"))
        }
        found[width] = measures | calls
    return found


def _by_interval(result: SimulationResult) -> dict[str, Floats]:
    """Service of each interval, (replications, intervals): each interval put as a replication of one interval."""
    replications, _, _, n = result.counts.shape

    def single(counts: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(np.moveaxis(counts, -1, 1)).reshape(replications * n, *counts.shape[1:-1], 1)

    # Waits are counted by replication alone, so an interval has no percentile of them.
    singles = replace(
        result,
        counts=single(result.counts),
        switchboard=single(result.switchboard),
        staff=single(result.staff),
        waits=np.zeros((replications * n, *result.waits.shape[1:]), dtype=result.waits.dtype),
    )
    measures = singles.measures(0, 1)
    return {name: measures[name].reshape(replications, n) for name in SERVICE if name != "p90_wait_101_s"}


def paired(base: Floats, changed: Floats) -> Paired:
    """Both sides (replications, spans) and their difference, over the replications in which there was something."""
    return Paired(*_mean_and_half(base), *_mean_and_half(changed), *_mean_and_half(changed - base))


def _mean_and_half(samples: Floats) -> tuple[Floats, Floats]:
    """Mean over replications, and half-width of its 95% interval, without warnings where all are NaN."""
    there = np.isfinite(samples)
    n = there.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(there, samples, 0.0).sum(axis=0) / n
        squares = np.where(there, (samples - mean) ** 2, 0.0).sum(axis=0)
        half = Z95 * np.sqrt(squares / (n - 1) / n)
    return np.where(n > 0, mean, np.nan), np.where(n > 1, half, np.nan)


def _people(base: Plan, changed: Plan, results: list[SimulationResult]) -> dict[str, Paired]:
    """Handlers, their hours on desks, and what the calls make of them."""
    n = base.intervals
    measured = [
        {name: r.staff[:, row].sum(axis=1, keepdims=True, dtype=np.float64) / 3600 for name, row in _STAFF_H.items()}
        | {"occupancy": r.measures(0, n)["occupancy"][:, None]}
        for r in results
    ]
    loads = [_load(r) for r in results]
    exact = {
        "handlers": (base.n_handlers, changed.n_handlers),
        "on_desks_h": (base.on_desks_h, changed.on_desks_h),
        "digital_work_h": (_sum(base.digital_h), _sum(changed.digital_h)),
        "busiest_handler_busy_h": (loads[0], loads[1]),
    }
    return {name: paired(measured[0][name], measured[1][name]) for name in measured[0]} | _exactly(exact)


def _load(result: SimulationResult) -> float:
    """Mean hours that the busiest handler spends on calls [h]."""
    return float(result.handlers[:, 2].max(initial=0.0)) / 3600


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
