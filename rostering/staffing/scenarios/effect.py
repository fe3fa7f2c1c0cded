"""What one change of the staff does to callers: late 999 and lost 101 calls of two plans, paired."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rostering.staffing.checks import Floats
from rostering.staffing.scenarios.compare import Paired, paired
from rostering.staffing.scenarios.estimate import path_mean, simulated
from rostering.staffing.scenarios.plan import Plan
from rostering.staffing.simulation.result import Count, SimulationResult

_LEAST = 16  # replications without which there is no error to judge by


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """Figures of the whole span by name, each (1,) and its difference; see ``Paired``."""

    replications: int
    figures: Mapping[str, Paired]


def effect(base: Plan, changed: Plan, *, replications: int, seed: int = 1, threads: int = 1) -> Effect:
    """Simulate both plans with common random numbers.

    ``late_999``: 999 calls offered and not answered within the threshold by the force's clock; ``lost_101``: 101 calls
    abandoned, both a span; service level, abandonment, waits, occupancy and overruns as ``SimulationResult.measures``.
    Means over all paths of the rates, with 95% intervals; that of the difference is of the paired replications.

    Raises
    ------
    ValueError : the plans' spans differ, or there are too few replications
    """
    if base.rates.shape != changed.rates.shape or (base.days != changed.days).any():
        raise ValueError("base and changed: expected plans of the same intervals, days and paths")
    if replications < _LEAST:
        raise ValueError(f"replications is {replications}: expected at least {_LEAST}")
    before = _figures(simulated(base, replications, seed=seed, threads=threads))
    after = before if changed is base else _figures(simulated(changed, replications, seed=seed, threads=threads))
    mean = path_mean(base, replications).mean_and_half
    return Effect(replications, {name: paired(mean, before[name], after[name]) for name in before})


def _figures(result: SimulationResult) -> dict[str, Floats]:
    """By replication, (replications, 1) each."""
    calls = result.counts.sum(axis=3, dtype=np.float64)
    late = calls[:, Count.OFFERED, 0] - calls[:, Count.WITHIN, 0]
    measured = result.measures()
    names = ("service_level_999", "over_60s_999", "abandonment_101", "mean_wait_101_s", "occupancy", "overrun_h")
    return {"late_999": late[:, None], "lost_101": calls[:, Count.ABANDONED, 1][:, None]} | {
        name: measured[name][:, None] for name in names
    }
