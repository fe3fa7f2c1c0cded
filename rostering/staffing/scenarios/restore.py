"""The posts that bring both targets back: seats added where the room is tightest, until simulation says enough."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rostering.staffing.assumptions import Desk
from rostering.staffing.checks import Floats, Ints
from rostering.staffing.scenarios.estimate import Z95, PathMean, path_mean, simulated
from rostering.staffing.scenarios.plan import Plan
from rostering.staffing.simulation.result import Count

REPLICATIONS = 200
MOST_BETA = 8.0  # standard deviations of the load above it: nobody waits there
_ROUNDS = 10  # halvings of the distance between too few and enough
_DESKS = (Desk.CALLS_999, Desk.CALLS_101)


@dataclass(frozen=True, slots=True)
class Restored:
    """Handlers on calls added, before shrinkage, and the service that simulation then finds.

    ``lower_h`` and ``upper_h`` bound the hours as far as the simulation's own noise goes (95%): with fewer than
    ``lower_h`` a target is missed for sure, with ``upper_h`` both hold for sure. None where none within the bounds
    of the search does.
    """

    seats_h: float | None  # handler-hours on calls over the plan's span
    lower_h: float | None
    upper_h: float | None
    posts: float | None  # full-time posts: rostered hours / the hours that one post rosters in so long a span
    seats_by_interval: tuple[int, ...]  # added
    service_level_999: float
    abandonment_101: float
    replications: int
    reason: str | None = None  # why nothing was found


@dataclass(frozen=True, slots=True, eq=False)
class _Tried:
    """Seats tried and how far both targets then hold, in standard errors: below 0 one is missed."""

    hours: float
    seats: Ints
    level: float
    abandonment: float
    margin: float


def restore(
    plan: Plan,
    *,
    shrinkage: float = 0.0,
    post_week_h: float = 37.0,
    seed: int = 1,
    replications: int = REPLICATIONS,
    threads: int = 1,
    progress: Callable[[float, str], None] | None = None,
) -> Restored:
    """Fewest handler-hours at the 999 desk that bring the plan's 999 service level and 101 abandonment, each over
    the whole span, back to its targets.

    Seats follow the square-root rule: each interval has at least load + beta sqrt(load) handlers, so that the smallest
    beta fills the tightest intervals first; beta is found by halving, every try simulated with the same random
    numbers. The load is that of the calls as simulated, redials and spill included.

    Parameters
    ----------
    plan : the changed side
    shrinkage : share of rostered time that is lost, for the posts
    post_week_h : rostered on-call hours of one full-time post a week [h]

    Raises
    ------
    ValueError : shrinkage is outside 0..1 below 1, or replications below 2

    References
    ----------
    .. [1] Halfin and Whitt (1981), Heavy-traffic limits for queues with many exponential servers.
    """
    if not 0.0 <= shrinkage < 1.0:
        raise ValueError(f"shrinkage is {shrinkage}: expected at least 0 and below 1")
    n = replications
    if n < 2:
        raise ValueError(f"replications is {n}: expected at least 2")
    estimator = path_mean(plan, n)
    load = _load(plan, n, seed, threads)
    at_desks = np.isin(plan.room.desks, _DESKS).sum(axis=0) * (1 - plan.room.assumptions.absence_rate)

    def tried(beta: float | None) -> _Tried:
        added = np.zeros(plan.intervals, dtype=np.int64) if beta is None else _added(load, at_desks, beta)
        return _simulated(plan, added, n, seed, threads, estimator)

    tries = [tried(None)]
    if tries[0].margin < 0:
        tries += _search(tried, load, at_desks, progress)
    best = min((t for t in tries if t.margin >= 0), key=lambda t: t.hours, default=None)
    if best is None:
        reason = f"no seats up to {MOST_BETA:g} standard deviations above the load meet both targets"
        return Restored(None, None, None, None, (), tries[-1].level, tries[-1].abandonment, n, reason)
    span_weeks = plan.intervals * plan.interval_h / 168
    surely_missed = [t.hours for t in tries if t.margin < -Z95 and t.hours <= best.hours]
    surely_met = [t.hours for t in tries if t.margin >= Z95]
    return Restored(
        seats_h=best.hours,
        lower_h=max(surely_missed, default=0.0),
        upper_h=min(surely_met, default=None),
        posts=best.hours / (1 - shrinkage) / (post_week_h * span_weeks),
        seats_by_interval=tuple(best.seats.tolist()),
        service_level_999=best.level,
        abandonment_101=best.abandonment,
        replications=n,
    )


def _search(
    tried: Callable[[float], _Tried],
    load: Floats,
    at_desks: Floats,
    progress: Callable[[float, str], None] | None,
) -> list[_Tried]:
    """Halve between the beta that the room has in its tightest interval and the largest."""
    used = load > 0
    low = float(((at_desks - load)[used] / np.sqrt(load[used])).min(initial=0.0))
    high = MOST_BETA
    tries = [tried(high)]
    if tries[0].margin < 0:
        return tries
    # After the edge itself, the points at which both targets surely fail and surely hold bound it.
    for goal in (0.0, Z95, -Z95):
        inside = [low, high]
        for step in range(_ROUNDS if goal == 0.0 else _ROUNDS // 2):
            beta = sum(inside) / 2
            tries.append(tried(beta))
            inside[int(tries[-1].margin >= goal)] = beta
            if progress is not None and goal == 0.0:
                progress(step / _ROUNDS, "seats that restore both targets")
        if goal == 0.0:
            width = 4 * (inside[1] - inside[0]) + 0.2
            low, high = inside[0] - width, inside[1] + width
    return tries


def _added(load: Floats, at_desks: Floats, beta: float) -> Ints:
    wanted = load + beta * np.sqrt(load)
    return np.where(load > 0, np.ceil(np.maximum(wanted - at_desks, 0.0) - 1e-9), 0.0).astype(np.int64)


def _simulated(plan: Plan, added: Ints, n: int, seed: int, threads: int, estimator: PathMean) -> _Tried:
    most = int(added.max(initial=0))
    posts: NDArray[np.int8] = np.where(np.arange(most)[:, None] < added, Desk.CALLS_999, Desk.OFF).astype(np.int8)
    found = simulated(plan.with_posts(posts), n, seed=seed, threads=threads).measures()
    (level, level_se), (abandonment, abandonment_se) = (
        (float(mean[0]), float(half[0]) / Z95)
        for mean, half in (
            estimator.mean_and_half(found[name][:, None]) for name in ("service_level_999", "abandonment_101")
        )
    )
    spare = (level - plan.targets.service_level, plan.targets.abandonment - abandonment)
    margins = [_margin(*pair) for pair in zip(spare, (level_se, abandonment_se), strict=True)]
    return _Tried(float(added.sum() * plan.interval_h), added, level, abandonment, min(margins))


def _load(plan: Plan, n: int, seed: int, threads: int) -> Floats:
    """Mean load of each interval, (intervals,) [erlangs]: offered calls of a short pilot x handling time."""
    pilot = simulated(plan, min(n, 50), seed=seed, threads=threads)
    offered = pilot.counts[:, Count.OFFERED].mean(axis=0)
    load: Floats = (offered * plan.room.aht_s).sum(axis=0) / plan.room.interval_s
    return load


def _margin(spare: float, se: float) -> float:
    """What is left above a target in standard errors; endless where there is nothing to miss."""
    if math.isnan(spare):
        return math.inf
    return spare / se if se > 0 else math.copysign(math.inf, spare)
