"""A plan simulated often enough: the same random numbers for every plan that shares a seed."""

import math
from dataclasses import replace
from typing import Any

import numpy as np

from rostering.staffing.checks import Floats
from rostering.staffing.scenarios.plan import Plan
from rostering.staffing.simulation.result import SimulationResult
from rostering.staffing.simulation.simulate import simulate

PILOT = 128  # replications that tell how many are needed
MOST = 2000
Z95 = 1.959964  # normal quantile of two-sided 95%


def simulated(plan: Plan, replications: int, *, seed: int, threads: int = 1, first: int = 0) -> SimulationResult:
    """So many replications of the plan from the one numbered ``first``; each takes the next path of the rates.

    Raises ValueError where more are asked for than there are paths of an uncertain rate: the same futures again would
    make the answer look surer than it is.
    """
    paths = plan.rates.shape[0]
    if paths > 1 and first + replications > paths:
        raise ValueError(
            f"{first + replications} replications: expected at most the {paths} sampled paths of the rates"
        )
    rates = np.ascontiguousarray(plan.rates[np.arange(first, first + replications) % paths])
    return simulate(plan.room, rates, definitions=plan.definitions, seed=seed, threads=threads, first_replication=first)


def most_replications(*plans: Plan) -> int:
    """As many as there are paths of uncertain rates, and never more than `MOST`."""
    return min([MOST, *(int(plan.rates.shape[0]) for plan in plans if plan.rates.shape[0] > 1)])


def replications_for(samples: list[Floats], half_width: float) -> int:
    """Replications after which the widest of the samples' means is known to +- ``half_width`` (95%)."""
    spreads = [float(np.nanstd(sample, ddof=1)) for sample in samples if np.isfinite(sample).sum() > 1]
    widest = max(spreads, default=0.0)
    return math.ceil((Z95 * widest / half_width) ** 2)


def joined(parts: list[SimulationResult]) -> SimulationResult:
    """Results of consecutive replications of one room as one."""
    if len(parts) == 1:
        return parts[0]
    sizes = np.array([part.counts.shape[0] for part in parts], dtype=float)

    def stacked(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts])

    return replace(
        parts[0],
        counts=stacked("counts"),
        switchboard=stacked("switchboard"),
        staff=stacked("staff"),
        waits=stacked("waits"),
        unfinished=stacked("unfinished"),
        handlers=np.tensordot(sizes / sizes.sum(), np.stack([part.handlers for part in parts]), axes=1),
    )
