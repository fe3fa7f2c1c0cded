"""Service against posts: a monotone curve with bounds, and the fewest posts that meet both targets.

Posts are turned into heads on calls by the square-root rule, which fills the tightest intervals first, so that more
posts only ever add heads; every number of posts then meets the same simulated calls. With the true curve monotone, what
fewer posts surely reach bounds what more posts give, and the other way round.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import isotonic_regression

from rostering.staffing.assumptions import Desk
from rostering.staffing.checks import Floats, Ints, require_count, require_positive
from rostering.staffing.scenarios.estimate import path_mean, simulated
from rostering.staffing.scenarios.plan import Plan
from rostering.staffing.scenarios.profile import duty_rows

MEASURES = ("service_level_999", "abandonment_101")
MOST_BETA = 8.0  # standard deviations of the load above it: nobody waits there
REPLICATIONS = 100
_HALVINGS = 40
_STEPS, _STEPS_NEAR = 11, 6  # of the search for the fewest posts, and of one that knows where they are
_NEAR = 1 / 6


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Service at numbers of posts, (posts,) each, for 999 service level (rising) and 101 abandonment (falling).

    mean : isotonic regression of the simulated means; lower, upper : 95% bounds that are monotone besides
    """

    posts: Floats
    hours: Floats  # on calls over the span [h]
    mean: dict[str, Floats]
    lower: dict[str, Floats]
    upper: dict[str, Floats]
    replications: int


@dataclass(frozen=True, slots=True)
class PostsNeeded:
    """Fewest posts that meet both targets; with fewer than ``lower`` one is missed for sure, with ``upper`` both hold
    for sure (95%, of the simulation). None: not within the bounds of the search."""

    posts: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True, eq=False)
class PostsModel:
    """What turns posts into service.

    plan : the calls to expect, callers, absence; its rows are replaced
    load : (2, intervals), mean offered load of each queue [erlangs]
    hours_per_post : on calls over the plan's span, where calls want them [h]: after leave, breaks and whatever part of
        a real roster's hours lies beside the need
    floor : fewest heads of each interval
    """

    plan: Plan
    load: Floats
    hours_per_post: float
    floor: int = 2
    seed: int = 1
    replications: int = REPLICATIONS
    threads: int = 1

    def __post_init__(self) -> None:
        require_positive(hours_per_post=self.hours_per_post)
        require_count(0, seed=self.seed, floor=self.floor)
        require_count(2, replications=self.replications)
        if self.load.shape != (2, self.plan.intervals) or not (self.load > 0).any():
            raise ValueError(f"load must be (2, {self.plan.intervals}) erlangs, some above 0, got {self.load.shape}")

    @property
    def hours_of_floor(self) -> float:
        return float(self.heads(-np.inf).sum() * self.plan.interval_h)

    def heads(self, beta: float) -> Ints:
        """Heads on calls so many standard deviations above the load, (intervals,)."""
        load = self.load.sum(axis=0)
        wanted = load + (beta * np.sqrt(load) if np.isfinite(beta) else -load)
        return np.asarray(np.maximum(np.ceil(wanted - 1e-9), self.floor), dtype=np.int64)

    def heads_of(self, posts: float) -> Ints:
        """The most heads by the square-root rule that the posts can fill."""
        limit = posts * self.hours_per_post / self.plan.interval_h
        low, high = -MOST_BETA * 4, MOST_BETA
        if self.heads(high).sum() <= limit:
            return self.heads(high)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            if self.heads(middle).sum() <= limit:
                low = middle
            else:
                high = middle
        return self.heads(low)

    def scaled(self, factor_999: float, factor_101: float) -> "PostsModel":
        """The same with so many times each queue's calls."""
        factor = np.array([factor_999, factor_101])[:, None]
        return replace(self, plan=replace(self.plan, rates=self.plan.rates * factor), load=self.load * factor)

    def service(self, posts: float) -> dict[str, tuple[float, float]]:
        """Mean and half-width of the 95% interval of both measures over the span."""
        heads = self.heads_of(posts)
        desks = duty_rows(heads, np.zeros_like(heads))
        none, nobody = np.zeros(self.plan.paid_h.size, dtype=bool), np.arange(desks.shape[0])
        paid_h = (desks != Desk.OFF).sum(axis=1) * self.plan.interval_h
        plan = self.plan.with_rows(none, desks, nobody, paid_h, np.ones(desks.shape[0], dtype=bool))
        found = simulated(plan, self.replications, seed=self.seed, threads=self.threads).measures()
        estimator = path_mean(plan, self.replications)
        told = {}
        for name in MEASURES:
            mean, half = estimator.mean_and_half(found[name][:, None])
            told[name] = (float(mean[0]), float(half[0]))
        return told


def curve(model: PostsModel, posts: Sequence[float], progress: Callable[[float], None] | None = None) -> Curve:
    """The curve at rising numbers of posts.

    Raises
    ------
    ValueError : the numbers do not rise
    """
    at = np.asarray(posts, dtype=np.float64)
    if at.size == 0 or (np.diff(at) <= 0).any() or at[0] <= 0:
        raise ValueError(f"posts are {list(posts)}: expected rising numbers above 0")
    means: dict[str, list[float]] = {name: [] for name in MEASURES}
    halves: dict[str, list[float]] = {name: [] for name in MEASURES}
    for number, one in enumerate(at):
        for name, (mean, half) in model.service(float(one)).items():
            means[name].append(mean)
            halves[name].append(half)
        if progress is not None:
            progress((number + 1) / at.size)
    found = {name: monotone(np.array(means[name]), np.array(halves[name]), rises=name == MEASURES[0]) for name in means}
    return Curve(
        posts=at,
        hours=at * model.hours_per_post,
        mean={name: told[0] for name, told in found.items()},
        lower={name: told[1] for name, told in found.items()},
        upper={name: told[2] for name, told in found.items()},
        replications=model.replications,
    )


def monotone(mean: Floats, half: Floats, *, rises: bool) -> tuple[Floats, Floats, Floats]:
    """Isotonic means, and monotone lower and upper bounds from each point's own, (points,) each.

    Of a rising curve a point lies above the lower bound of every point before it and below the upper bound of every
    point after it.
    """
    if np.isnan(mean).any():  # without calls there is nothing to measure
        return mean, mean, mean
    sign = 1.0 if rises else -1.0
    fitted = sign * isotonic_regression(sign * mean).x
    low, high = (mean - half, mean + half) if rises else (-mean - half, -mean + half)
    lower, upper = np.maximum.accumulate(low), np.minimum.accumulate(high[::-1])[::-1]
    upper = np.maximum(upper, lower)  # where noise has crossed them
    return (fitted, lower, upper) if rises else (fitted, -upper, -lower)


def posts_needed(model: PostsModel, most: float, near: float | None = None) -> PostsNeeded:
    """Fewest posts up to ``most`` that meet both of the plan's targets, by halving; every try simulated with the same
    chance, so that the service of more posts is better for the same calls.

    near : where they are expected; the search is shorter if they are within a sixth of it
    """
    tries: list[tuple[float, float]] = []

    def margin(posts: float) -> float:
        """How far both targets hold, in half-widths of their intervals."""
        told, targets = model.service(posts), model.plan.targets
        spare = (
            (told[MEASURES[0]][0] - targets.service_level, told[MEASURES[0]][1]),
            (targets.abandonment - told[MEASURES[1]][0], told[MEASURES[1]][1]),
        )
        value = min((gap / max(half, 1e-9) for gap, half in spare if not math.isnan(gap)), default=math.inf)
        tries.append((posts, value))
        return value

    least = model.hours_of_floor / model.hours_per_post
    low, high, steps = least, most, _STEPS
    if near is not None and least < near * (1 - _NEAR) and near * (1 + _NEAR) < most:
        if margin(near * (1 + _NEAR)) < 0:
            low = near * (1 + _NEAR)
        elif margin(near * (1 - _NEAR)) < 0:
            low, high, steps = near * (1 - _NEAR), near * (1 + _NEAR), _STEPS_NEAR
        else:
            high = near * (1 - _NEAR)
    if high == most and margin(most) < 0:
        return PostsNeeded(None, None, None)
    for _ in range(steps):
        middle = (low + high) / 2
        low, high = (low, middle) if margin(middle) >= 0 else (middle, high)
    missed = [posts for posts, value in tries if value < -1]
    met = [posts for posts, value in tries if value >= 1]
    return PostsNeeded(high, max(missed, default=least), min(met, default=None))
